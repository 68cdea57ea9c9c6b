"""Chains of choices as trees: the same value, of the same type, and never for what may be NaN."""

from __future__ import annotations

import itertools

import pytest

import rasp
from rasp.graph.balanced import balanced, chosen_of
from rasp.graph.nodes import SOpNode
from rasp.graph.walk import topological
from rasp.interpreter import evaluate
from rasp.sop import SOp

CHOICES = ("a > b", "a >= b", "a < b", "a <= b", "b > a", "b <= a")
READS = "".join(
    f"r{k} = aggregate(select(indices, indices - {k}, ==), tokens_int, {k} - 2.0);\n"
    for k in range(1, 5)
)


def node_of(text: str) -> SOpNode:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop.node


def tree_of(text: str) -> SOpNode:
    root = node_of(text)
    tree = balanced(root)[root]
    assert isinstance(tree, type(root))
    return tree


def height(node: SOpNode) -> int:
    """Choices above each other."""
    heights: dict[object, int] = {}
    for part in topological([node]):
        choice = chosen_of(part)
        sides = () if choice is None else choice[1:]
        heights[part] = max((1 + heights.get(side, 0) for side in sides), default=0)
    return heights[node]


@pytest.mark.parametrize("condition", CHOICES)
@pytest.mark.parametrize(
    "chain",
    [
        "p(p(p(p(tokens_int, r1), r2), r3), r4)",
        "p(tokens_int, p(r1, p(r2, p(r3, r4))))",
        "p(p(p(tokens_int, r1), p(r2, r3)), r4)",
    ],
)
def test_the_same_value_of_the_same_type(condition: str, chain: str) -> None:
    text = f"def p(a, b) {{ return a if {condition} else b; }}\n{READS}x = {chain};"
    before, after = node_of(text), tree_of(text)
    assert height(after) == 3
    for tokens in itertools.product("012", repeat=5):
        found, expected = evaluate(after, list(tokens)), evaluate(before, list(tokens))
        assert [(type(v), v) for v in found] == [(type(v), v) for v in expected]


@pytest.mark.parametrize(
    "text",
    [
        "x = max(max(max(tokens, r1), r2), r3);",
        "x = max(max(max(tokens_float, r1), r2), r3);",
        "x = max(max(max(r1 / 2, r2), r3), tokens_int);",
        "x = max(max(max(tokens_int, 1e308 * 10), r2), r3);",
        "x = max(min(max(tokens_int, r1), r2), r3);",
    ],
)
def test_what_may_be_nan_or_no_number_stays_in_order(text: str) -> None:
    assert tree_of(READS + text) is node_of(READS + text)


def test_what_others_read_stays() -> None:
    shared = "m = max(max(tokens_int, r1), r2);\nx = max(max(m, r3), r4) + m;"
    tree = tree_of(READS + shared)
    assert node_of(READS + "x = max(max(tokens_int, r1), r2);") in topological([tree])
    rounds = "m = tokens_int;\nfor k in range(6) { m = max(m, aggregate(full_s, m)); }\nx = m;"
    assert tree_of(rounds) is node_of(rounds)


def test_thousands_are_no_recursion() -> None:
    text = "m = tokens_int;\nfor k in range(3000) { m = max(m, indices - k); }\nx = m;"
    assert height(tree_of(text)) == 12


def test_integers_that_are_no_floats() -> None:
    """Whether they are finite was asked of them as floats."""
    text = """
        left = select(indices, indices, <);
        y = aggregate(best(left, 10 ^ 400 if indices == 1 else indices), indices, -1);
        z = fetch(left, indices, 10 ^ 400);
    """
    program = rasp.loads(text)
    for name in ("y", "z"):
        sop = program[name]
        assert isinstance(sop, SOp)
        assert balanced(sop.node)[sop.node] is sop.node


LARGE_DEFAULT = """
    f = fetch(select(tokens, "0", ==), 3, 10.0 ^ 308);
    y = f * f - f * f;
    def m(a, b) { return a if a > b else b; }
    x = m(5 if tokens == "1" else 6, m(y, 1 if tokens == "1" else 2));
"""


def test_a_float_in_the_place_of_an_integer_that_is_not_there() -> None:
    """`fetch` of an integer was taken for one where it is its default: `y` can be nan."""
    root = node_of(LARGE_DEFAULT)
    assert balanced(root)[root] is root
    assert evaluate(root, [["1"]]) == [[5]]
    sop = rasp.loads(LARGE_DEFAULT)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="01", max_len=2)
    assert model(["1"]) == [5]


def test_an_integer_where_nothing_is_fetched_stays_one() -> None:
    text = (
        'f = fetch(select(tokens, "0", ==), indices, -1);\nx = max(f, max(f * f, max(2 - f, 1)));'
    )
    root = node_of(text)
    assert height(root) == 3
    assert height(tree_of(text)) == 2
