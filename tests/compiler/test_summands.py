"""Expressions as sums: which operations count, what is added up, and how long it takes."""

from __future__ import annotations

from fractions import Fraction

import pytest

import rasp
from rasp.compiler.summands import EXACT, FRACTIONS, ROUGHLY, Summands, sum_of
from rasp.graph.nodes import Constant, Elementwise, SOpNode

NAMES = "a = count(tokens, 0);\nb = count(tokens, 1);\n"


def node_of(expression: str) -> SOpNode:
    node: SOpNode = rasp.loads(f"{NAMES}result = {expression};")["result"].node
    return node


def number(node: SOpNode) -> int | float | None:
    match node:
        case Constant(value=value) if type(value) in (int, float):
            assert not isinstance(value, str)
            return value
    return None


def summed(expression: str, operations: frozenset[str], most: int = 100) -> Summands | None:
    parts = {node_of("a"), node_of("b")}
    return sum_of(
        node_of(expression), operations, number, is_part=lambda node: node in parts, most=most
    )


@pytest.mark.parametrize(
    ("expression", "constant", "of_a", "of_b"),
    [
        ("a + b", 0, 1, 1),
        ("a - b", 0, 1, -1),
        ("-a + 3", 3, -1, None),
        ("2 * a - b * 3 + 1 - 4", -3, 2, -3),
        ("a + a + b - a", 0, 1, 1),
        ("a - a", 0, 0, None),
        ("0.5 * (a + b) * 4", 0, 2, 2),
        ("-(a - (b - 1))", -1, -1, 1),
    ],
)
def test_what_is_added_up(expression: str, constant: int, of_a: int, of_b: int | None) -> None:
    found = summed(expression, EXACT)
    assert found is not None
    assert found.constant == constant
    expected = {node_of("a"): of_a} | ({} if of_b is None else {node_of("b"): of_b})
    assert dict(found.factors) == expected


@pytest.mark.parametrize(
    ("expression", "operations"),
    [
        ("a * b", ROUGHLY),
        ("a / b", ROUGHLY),
        ("1 / a", ROUGHLY),
        ("a / 0", ROUGHLY),
        ("a / 2", EXACT),
        ("round(a)", FRACTIONS),
        ("a % 2", ROUGHLY),
    ],
)
def test_what_is_no_sum_is_a_part(expression: str, operations: frozenset[str]) -> None:
    found = summed(expression, operations)
    assert found is not None
    assert dict(found.factors) == {node_of(expression): 1}


def test_division_and_rounding_count_where_the_caller_says_so() -> None:
    halved = summed("(a + b) / 4", FRACTIONS)
    assert halved is not None
    assert set(halved.factors.values()) == {Fraction(1, 4)}
    rounded = summed("round(a / 4) + b", ROUGHLY)
    assert rounded is not None
    assert rounded.factors[node_of("a")] == Fraction(1, 4)


def test_parts_come_in_the_order_in_which_they_are_met() -> None:
    found = summed("2 * b - (a + b)", EXACT)
    assert found is not None
    assert list(found.factors) == [node_of("b"), node_of("a")]


def test_a_sum_of_too_many_parts_is_none() -> None:
    assert summed("a + b + a + b", EXACT, most=3) is None


def test_each_part_of_a_shared_sum_is_looked_at_once() -> None:
    """A sum that is doubled fifty times has 2^50 summands, and 51 nodes."""
    node = node_of("a + b")
    assert isinstance(node, Elementwise)
    rows = "".join(f"x{number + 1} = x{number} + x{number};\n" for number in range(50))
    doubled = rasp.loads(f"{NAMES}x0 = a + b;\n{rows}")["x50"].node
    parts = {node_of("a"), node_of("b")}
    found = sum_of(doubled, EXACT, number, is_part=lambda part: part in parts, most=100)
    assert found is not None
    assert set(found.factors.values()) == {2**50}


def test_a_sum_that_is_doubled_forty_times_compiles() -> None:
    rows = "".join(f"x{number + 1} = x{number} + x{number};\n" for number in range(40))
    same = "selector_width(select(tokens, tokens, ==))"
    sop = rasp.loads(f"x0 = {same} + indices;\n{rows}")["x40"]
    model = rasp.compile(sop, vocab="ab", max_len=3)
    assert model("ab") == [2**40, 2**41]
