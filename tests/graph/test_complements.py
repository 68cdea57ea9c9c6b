"""Widths as sums of widths, and what is before a query: the same values and failures, by the
interpreter alone.  The compiler and the proof of meaning both use these rules."""

from __future__ import annotations

import random
from functools import reduce
from itertools import product

import pytest

import rasp
from rasp.compiler import prepared
from rasp.graph import construct
from rasp.graph.complements import counted_apart
from rasp.graph.disjunctions import grouped
from rasp.graph.nodes import COMPARISONS, INDICES, TOKENS, Node, SelectorNode, SOpNode
from rasp.graph.oneself import counted_up_to_oneself
from rasp.interpreter import outcomes
from rasp.verification import same_outcome

INPUTS = [list(some) for n in (1, 2, 3, 4) for some in product("a1b" if n < 4 else "a1", repeat=n)]
ENDLESS = float("inf")
SAME = "same = select(tokens, tokens, ==);\n"
MOST = 2**13_999 - 1 + 2**13_999  # no integer has more bits


def chosen(a: SOpNode | float | str, b: SOpNode | float | str) -> SOpNode:
    return construct.elementwise("where", construct.elementwise("equal", TOKENS, "a"), a, b)


def moved(by: int | float) -> SOpNode:
    return construct.elementwise("add", INDICES, by)


def things() -> list[SOpNode]:
    """What may be compared: nan, infinities, one number of several types, strings, failures."""
    before = construct.select(INDICES, moved(-1), "==")
    return [
        *(TOKENS, INDICES, construct.elementwise("to_int", TOKENS)),
        *(chosen(float("nan"), 1), chosen(ENDLESS, chosen(-ENDLESS, INDICES))),
        *(chosen(True, 1.0), chosen(-0.0, 0), chosen("x", 1), moved(1), moved(0.5), moved(True)),
        construct.elementwise("divide", 1, moved(-1)),
        construct.aggregate(before, TOKENS, "z"),
        construct.selector_width(construct.select(TOKENS, TOKENS, "==")),
        *(construct.as_sop(atom) for atom in (1, True, "a", float("nan"))),
    ]


def window(draw: random.Random) -> SelectorNode:
    place = moved(draw.choice([*range(-4, 5), *range(-4, 5), 30, 1.0, MOST, MOST - 1]))
    return construct.select(INDICES, place, draw.choice(COMPARISONS))


def selector(draw: random.Random, parts: list[SOpNode], depth: int = 0) -> SelectorNode:
    kind = draw.random()
    if depth == 3 or kind < 0.3:
        key, query = draw.choice(parts), draw.choice(parts)
        query = draw.choice([key, query])
        return construct.select(key, query, draw.choice(["==", "!=", *COMPARISONS]))
    if kind < 0.45:
        return window(draw)
    left, right = (selector(draw, parts, depth + 1) for _ in range(2))
    if kind < 0.6:
        return reduce(construct.selector_and, [left, window(draw), window(draw)])
    if kind < 0.75:
        return construct.selector_and(left, right)
    if kind < 0.9:
        return construct.selector_or(left, right)
    return draw.choice([construct.selector_not(left), construct.best(left, draw.choice(parts))])


def is_same(node: Node, other: Node, *, causal: bool) -> bool:
    pairs = zip(*(outcomes(n, INPUTS, causal=causal) for n in (node, other)), strict=True)
    return all(same_outcome(*pair) for pair in pairs)


@pytest.mark.parametrize("seed", range(2))
def test_what_stands_for_a_width_or_a_mean_is_the_same(seed: int) -> None:
    draw, parts, changed = random.Random(seed), things(), 0
    for _ in range(120):
        asked = selector(draw, parts)
        if draw.random() < 0.6:
            sides = [asked, window(draw), window(draw)]
            asked = reduce(construct.selector_and, draw.sample(sides, 3))
        width = construct.selector_width(asked)
        ways = [way.counted for way in counted_apart(width)]
        ways.append(construct.selector_width(reduce(construct.selector_or, grouped(asked))))
        for way in ways:
            changed += way is not width
            assert way is width or is_same(width, way, causal=draw.random() < 0.5)
        for node in (width, construct.aggregate(asked, draw.choice(parts), 2)):
            found = counted_up_to_oneself(node)
            assert found is node or is_same(node, found, causal=True)
    assert changed > 20


@pytest.mark.parametrize(
    "text",
    [
        "selector_width(select(indices, last, <) and select(indices, indices + (h - 3), >=))",
        "selector_width(select(indices, last, <=) and same and select(indices, indices, <))",
    ],
)
def test_places_that_have_too_many_bits_fail(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They were left out, so that nothing failed."""
    monkeypatch.setattr(prepared, "WIDE_INEQUALITY", 2)
    sop = rasp.loads(f"h = 2 ^ 13999 - 1 + 2 ^ 13999;\nlast = indices + h;\n{SAME}x = {text};")["x"]
    model = rasp.compile(sop, vocab="ab", max_len=3, causal=True, optimize="size")
    inputs = [list("a"), list("ab"), list("bbb")]
    expected = outcomes(sop.node, inputs, causal=True)
    assert isinstance(expected[0], list)
    assert isinstance(expected[1], rasp.RaspError)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))
