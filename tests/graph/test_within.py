"""Comparisons of a token's number with the length, as questions about keys, and back."""

from __future__ import annotations

import pytest

import rasp
from rasp.compiler.simplify import simplify
from rasp.graph.nodes import SOpNode
from rasp.graph.origins import Origins
from rasp.graph.within import as_presence
from rasp.interpreter import evaluate
from rasp.meaning.within import as_comparison
from rasp.sop import SOp

WRITTEN = [
    "x = tokens_int < length;",
    "x = tokens_int - 2 >= length;",
    "x = length > tokens_int;",
    "x = length <= 2 * tokens_int;",
]
INPUTS = [["0"], ["1"], ["-3"], ["2", "0", "5"], ["-1", "3", "2", "4"], ["4", "4", "4", "4", "4"]]


@pytest.mark.parametrize("text", WRITTEN)
def test_it_is_the_same(text: str) -> None:
    node = _node(text)
    asked = as_presence(node)
    assert asked is not node
    assert evaluate(asked, INPUTS) == evaluate(node, INPUTS)
    compared = as_comparison(asked)
    assert compared is not None
    assert evaluate(compared, INPUTS) == evaluate(node, INPUTS)


@pytest.mark.parametrize(
    "text",
    [
        "x = indices < length;",  # nothing that the token says
        "x = tokens_int < 3;",
        "x = tokens_int <= length;",  # a number behind the last index
        "x = tokens_int == length;",
        "x = tokens_int / 2 < length;",  # no integer
        "x = aggregate(select(indices, 0, ==), tokens_int) < length;",
        "x = aggregate(select(indices, 0, ==), True, False);",
        "x = aggregate(select(indices, 2 if tokens_int < 0 else tokens_int, ==), True, False);",
        "x = aggregate(select(indices, 0 if tokens_int < 3 else tokens_int, ==), True, False);",
        "x = aggregate(select(indices, 0 if tokens_int > 0 else tokens_int, ==), True, False);",
        "x = aggregate(select(tokens_int, 0 if tokens_int < 0 else tokens_int, ==), True, False);",
        "x = aggregate(select(indices, 0 if tokens_int < 0 else tokens_int, ==), True, True);",
        "x = aggregate(select(indices, 0 if tokens_int < 0 else tokens_int, ==), False, False);",
    ],
)
def test_anything_else_stays(text: str) -> None:
    node = _node(text)
    assert as_presence(node) is node
    assert as_comparison(node) is None


def _node(text: str) -> SOpNode:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return simplify(sop.node, Origins())
