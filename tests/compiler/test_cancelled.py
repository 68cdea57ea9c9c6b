"""Differences of means that selectors compare are refused at once, and nothing else is."""

from __future__ import annotations

import random

import pytest

import rasp
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

PLACES = """
plus = aggregate(select(tokens, "+", ==), indices);
equals = aggregate(select(tokens, "=", ==), indices);
"""
TWO = PLACES + 'x = aggregate(select(indices, plus - equals, ==), tokens, "?");'
THREE = PLACES + 'x = aggregate(select(indices, indices - equals + plus, ==), tokens, "?");'
ORDER = PLACES + "x = selector_width(select(indices, equals - plus, <));"
KEYS = PLACES + "x = selector_width(select(plus - equals, indices, ==));"
SUM = PLACES + 'x = aggregate(select(indices, (plus + equals) / 2, ==), tokens, "?");'
LARGER = PLACES + "x = plus < equals;"
APART = PLACES + "x = equals - plus;"
SIGN = PLACES + "x = selector_width(select(plus - equals, 0, <));"
ONE = PLACES + 'x = aggregate(select(indices, plus - 1, ==), tokens, "?");'
FIRST = PLACES.replace("select(", "select_from_first(").replace(", ==", "")
TWO_FIRST = FIRST + 'x = aggregate(select(indices, plus - equals, ==), tokens, "?");'


def sop_of(text: str) -> SOp:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop


def test_too_many_pairs_of_means_say_how_to_mean_one_position() -> None:
    with pytest.raises(rasp.CompileError, match="joint values of") as caught:
        rasp.compile(sop_of(LARGER), vocab="+=ab", max_len=40)
    assert "where one position is meant" in str(caught.value)


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("program", [TWO, THREE, ORDER, KEYS])
def test_a_difference_of_means_is_refused_at_once(
    program: str, causal: bool, optimize: str
) -> None:
    with pytest.raises(rasp.CompileError, match="is compared to the last bit") as caught:
        rasp.compile(sop_of(program), vocab="+=ab", max_len=20, causal=causal, optimize=optimize)
    assert "select_from_first" in str(caught.value)
    assert ":4:" in str(caught.value)  # where it is written


@pytest.mark.parametrize(
    ("program", "max_len"),
    [(TWO, 7), (SUM, 9), (LARGER, 9), (APART, 20), (SIGN, 9), (ONE, 20), (TWO_FIRST, 20)],
)
def test_what_tells_few_of_them_apart_is_not(program: str, max_len: int) -> None:
    sop = sop_of(program)
    model = rasp.compile(sop, vocab="+=ab", max_len=max_len)
    assert model.certificate.ok
    draw = random.Random(max_len)
    inputs = [draw.choices("+=ab", k=n) for n in range(1, max_len + 1) for _ in range(12)]
    expected = outcomes(sop.node, inputs, origins=sop.origins)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))
