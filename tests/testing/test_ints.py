"""The campaign about ints and floats, in a small form; and which types are forgiven."""

from __future__ import annotations

import pytest

import rasp
from rasp.graph.left_open import may_be_open
from rasp.graph.nodes import Atom
from rasp.sop import SOp
from rasp.testing.ints import compared, marked, random_program
from rasp.testing.judging import Judge


@pytest.mark.parametrize("seed", [10, 19, 42, 105])
def test_types_of_random_programs(seed: int) -> None:
    assert compared(random_program(seed)) in ("proved", "not proved", "refused")


def test_marks_of_random_programs() -> None:
    assert {marked(random_program(seed)) for seed in range(20)} <= {"said", "constant"}


def _of(expression: str) -> SOp:
    found = rasp.loads(f"m = average(tokens_int); result = {expression};")["result"]
    assert isinstance(found, SOp)
    return found


@pytest.mark.parametrize(
    ("expression", "is_open"),
    [
        ("m", False),
        ("m * 2 + tokens_int", False),
        ("m if length == 1 else 2 ^ m", False),
        ("average(tokens_int / (1 + m))", False),  # of floats
        ("average(round(m))", False),
        ("average(2 if m > 1 else 3)", False),
        ("aggregate(select(indices, m, ==), tokens_int)", False),
        ("average(m * 2)", True),
        ("1 + aggregate(select(indices, 0, ==), 2 if indices == 0 else m)", True),
        ("-fetch(select(indices, 0, ==), m)", True),
        ("average(aggregate(select(indices, 0, ==), m % 2))", True),
    ],
)
def test_where_a_type_may_be_left_to_the_rule(expression: str, is_open: bool) -> None:
    assert may_be_open(_of(expression).node) is is_open


def test_which_types_are_forgiven() -> None:
    inputs: list[list[Atom]] = [["1"], ["2"]]
    open_ = _of("average(m * 2)").node

    def judge(node: object, rows: list[list[Atom]], *, by_rule: bool = True) -> Judge:
        expected: list[list[Atom]] = [[4], [4.0]] if len(rows) > 1 else [[4]]
        return Judge(node, rows, expected, by_rule=by_rule, n_tokens=2)  # type: ignore[arg-type]

    assert judge(open_, inputs).accepts(["1"], [4], [4.0])  # of another input it is a float
    assert judge(open_, inputs[:1]).accepts(["1"], [4], [4.0])  # who knows
    assert not judge(open_, inputs, by_rule=False).accepts(["1"], [4], [4.0])
    assert not judge(_of("m").node, inputs).accepts(["1"], [4], [4.0])
    assert not judge(open_, inputs).accepts(["1"], [4], [5])
    decided = Judge(open_, inputs, [[4], [4]], by_rule=True, n_tokens=2)
    assert not decided.accepts(["1"], [4], [4.0])  # on all inputs of this length it is an int
