"""Marks that say whether a number is an int: on every input they say what the interpreter does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest

import rasp
from rasp.errors import RaspError
from rasp.graph import construct
from rasp.graph.nodes import INDICES, Aggregate, Atom, Fetch, Select, SOpNode
from rasp.graph.whether_int import Marks, whether_int
from rasp.interpreter import outcomes
from rasp.sop import SOp

NAMES = """
mean = average(tokens_asis);
so_far = aggregate(select(indices, indices, <=), tokens_asis);
before = select(indices, indices - 1, ==);
same = select(tokens, tokens, ==);
mean_or_2 = mean if mean == 2 else 2;
"""


class Known:
    """What is known of a program, by its values on all inputs."""

    def __init__(self, inputs: Sequence[list[Atom]]) -> None:
        self.inputs = inputs

    def values(self, node: SOpNode) -> Sequence[object] | None:
        found = outcomes(node, self.inputs)
        return [atom for row in found if not isinstance(row, RaspError) for atom in row]

    def at_most_one(self, node: Aggregate | Fetch) -> bool:
        selector = node.selector
        assert isinstance(selector, Select)
        return selector.comparison == "==" and INDICES in (selector.key, selector.query)

    def never_empty(self, node: Aggregate | Fetch) -> bool:
        return all(count for count in self.values(construct.selector_width(node.selector)) or [0])


def marks_of(
    expression: str, vocabulary: Sequence[Atom], most_ints: int = 40, most_marks: int = 8
) -> tuple[Marks | None, list[list[Atom]], SOp]:
    inputs = [[*some] for n in (1, 2, 3) for some in product(vocabulary, repeat=n)]
    sop = rasp.loads(f"{NAMES}result = {expression};")["result"]
    assert isinstance(sop, SOp)
    found = whether_int(sop.node, Known(inputs), most_ints=most_ints, most_marks=most_marks)
    return found, inputs, sop


@pytest.mark.parametrize(
    ("expression", "vocabulary"),
    [
        ("mean", [0, 1, 2]),
        ("mean", [0, 2, 2.0]),  # written out, 2 and 2.0 are not the same
        ("mean", [0, 0.5, 2]),
        ("aggregate(select(tokens, 1, ==), tokens_asis * 2, 2)", [0, 1, 1.0]),
        ("aggregate(select(indices, indices, <), mean, 1)", [0, 1, 2]),
        ("aggregate(select(indices, indices, <), mean, 1.0)", [0, 1, 2]),
        ("aggregate(before, so_far ^ 2, 1.0)", [0, 1, 2]),
        ("aggregate(before, so_far ^ 2, 1)", [0, 1, 2]),
        ("average((tokens_asis - mean) ^ 2)", [0, 1, 2]),
        ("aggregate(same, so_far * indices + mean)", [0, 2]),
        ("average(so_far if indices == 0 else mean / 1)", [0, 2]),
        ("average(so_far if indices < 2 else mean)", [0, 2]),
        ("average(so_far if tokens_asis == 2 else 2.0)", [0, 2]),
        ("(2 ^ mean) ^ (tokens_asis - 1)", [0, 2]),  # 2 ^ -1 is a float
        ("7 % (so_far + 1) + (tokens_asis == 2)", [0, 2]),
        ("-mean + +so_far", [0, 2]),
        ("fetch(before, mean * so_far, 3.0)", [0, 2]),
        ("fetch(select(indices, 0, ==), so_far + mean)", [0, 2]),
        ("fetch(same, mean + tokens_asis)", [0, 2]),
        ("fetch(select(indices, 2, <), 2 if indices == 0 else mean_or_2)", [1, 3]),  # 2, not 2.0
        ("fetch(select(indices, 2, <), mean_or_2 if indices == 0 else 2)", [1, 3]),
        ("average(round(so_far) + mean)", [0, 2]),
        ("average(so_far / 2)", [0, 2]),
        ("average({0: 2, 2: 2.5}[tokens_asis] + mean)", [0, 2]),
        ("average([1, 1.0, 3.0][tokens_asis])", [0, 1, 2]),
        ("aggregate(select(indices, 0, ==), mean, True)", [0, 2]),  # there is such a key
        ('fetch(same, mean * tokens_asis, "-") * 2', [0, 2]),
    ],
)
def test_marks_say_what_is_an_int(expression: str, vocabulary: list[Atom]) -> None:
    marks, inputs, sop = marks_of(expression, vocabulary)
    assert marks is not None
    said = [outcomes(mark, inputs) for mark in marks]
    types: set[type] = set()
    for row, tokens in enumerate(inputs):
        values = sop(tokens)
        types |= set(map(type, values))
        for place, value in enumerate(values):
            of = [found[row][place] for found in said if not isinstance(found[row], RaspError)]
            assert len(of) == len(marks)
            assert all(type(mark) is int and mark in (0, 1) for mark in of)
            assert all(of) == (type(value) is int), (tokens, place)
    assert types <= {int, float}


@pytest.mark.parametrize(
    ("expression", "vocabulary"),
    [
        ("average(tokens_asis == 2)", [0, 2]),  # True beside nothing else is no number
        ("aggregate(before, mean, True)", [0, 2]),
        ('aggregate(before, so_far, "a")', [0, 2]),
        ("mean if indices == 0 else True", [0, 2]),
        ("mean", [0, "a"]),
    ],
)
def test_of_what_may_be_no_number_nothing_is_said(expression: str, vocabulary: list[Atom]) -> None:
    assert marks_of(expression, vocabulary)[0] is None


def test_no_more_than_was_asked_for() -> None:
    assert marks_of("average(so_far * 3)", [0, 1, 2], most_ints=2)[0] is None
    assert marks_of("average(so_far * mean)", [0, 2], most_marks=1)[0] is None
