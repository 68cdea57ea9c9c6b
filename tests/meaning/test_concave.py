"""Keys at computed places: their neighbours are all that matters where scores are concave."""

from __future__ import annotations

import numpy as np
import pytest

import rasp
from rasp.meaning.attended import Attended
from rasp.meaning.concave import _are_concave
from rasp.meaning.linear import ends_of_sum, linear_of
from rasp.meaning.states import Floats
from rasp.meaning.totals import _shortest

PLACES = """
plus = aggregate(select_from_first(tokens, "+"), indices, {default});
equals = aggregate({other}, indices, {default});
x = aggregate(select(indices, {place}, ==), tokens, "?");
"""
FIRST = 'select_from_first(tokens, "=")'
LAST = 'last(select(tokens, "=", ==))'


@pytest.mark.parametrize("max_len", [20, 300])
@pytest.mark.parametrize(
    ("place", "default", "other"),
    [
        ("indices - equals + plus", 0, FIRST),
        ("indices - equals + plus - 1", -1, FIRST),
        ("indices + plus", 0, FIRST),
        ("plus - equals", 0, FIRST),
        ("equals - plus - 1", 0, LAST),
        ("length - 1 - equals", 0, LAST),
    ],
)
def test_computed_places_are_proved(max_len: int, place: str, default: int, other: str) -> None:
    text = PLACES.format(place=place, default=default, other=other)
    model = rasp.compile(rasp.loads(text)["x"], vocab="ab+=", max_len=max_len)
    assert str(model.report.certificate.meaning) == "proved"


def _parabola(size: int) -> Floats:
    places = np.arange(float(size))
    return np.stack([2 * places, -(places**2), np.ones(size)], axis=1)


def test_which_scores_are_concave() -> None:
    keys = _parabola(9)
    asks = np.stack([np.arange(-3.0, 12.0), np.ones(15), np.zeros(15)], axis=1)
    indices = np.arange(9)
    assert _are_concave(asks, keys, indices, 9)
    assert not _are_concave(asks, keys, indices, 10)  # no key at the last index
    assert not _are_concave(asks, keys, np.maximum(indices - 1, 0), 9)  # and two at the first
    assert not _are_concave(-asks, keys, indices, 9)
    bent = keys.copy()
    bent[6, 1] += 1.0
    assert not _are_concave(asks, bent, indices, 9)
    assert not _are_concave(asks, keys / 3, indices, 9)  # no exact numbers


@pytest.mark.parametrize(
    "text",
    [
        "x = indices - length;",
        'x = indices + aggregate(select_from_first(tokens, "a"), indices, -1);',
        "x = selector_width(select(tokens, tokens, ==)) - indices;",
    ],
)
def test_the_shortest_input_of_a_sum(text: str) -> None:
    """No shorter input has that value."""
    space, node = Attended(("a", "b"), 6, causal=False), rasp.loads(text)["x"].node
    low, high = ends_of_sum(linear_of(node), space)
    sums = np.arange(low.min() - 1, high.max() + 2)
    for value, shortest in zip(sums, _shortest(space, node, sums), strict=True):
        possible = np.flatnonzero((low <= value) & (value <= high)) + 1
        assert all(shortest <= possible)
