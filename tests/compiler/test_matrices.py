"""Matrices that are views of a line, and intervals in rows, against plain ones."""

from __future__ import annotations

import operator

import numpy as np
import pytest

from rasp.compiler.facts.rows import by_order, distinct_lines
from rasp.compiler.matrices import as_slice, between, compared, identity, lower


@pytest.mark.parametrize("size", [1, 2, 3, 70])
def test_what_is_the_same_along_diagonals(size: int) -> None:
    assert np.array_equal(identity(size), np.eye(size, dtype=bool))
    for k in (-1, 0, 1):
        assert np.array_equal(lower(size, k), np.tri(size, k=k, dtype=bool))
    with pytest.raises(ValueError, match="read-only"):
        lower(size)[0, 0] = False


@pytest.mark.parametrize("seed", range(60))
def test_comparisons(seed: int) -> None:
    """Whatever the steps of both sides are, and where differences would not fit."""
    draw = np.random.default_rng(seed)
    n_queries, n_keys = draw.integers(1, 9, 2)
    steps = draw.integers(-2, 3, 2) if seed % 2 else np.repeat(draw.integers(-2, 3), 2)
    queries = np.arange(n_queries) * steps[0] + draw.integers(-4, 5)
    keys = np.arange(n_keys) * steps[1] + draw.integers(-4, 5)
    if seed % 5 == 0:
        keys, queries = keys + (2**63 - 60), queries - (2**63 - 60)
    if seed % 7 == 0:
        keys = draw.permutation(keys)
    for compare in (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal):
        plain = getattr(
            operator,
            {
                "equal": "eq",
                "not_equal": "ne",
                "less": "lt",
                "less_equal": "le",
                "greater": "gt",
                "greater_equal": "ge",
            }[compare.__name__],
        )
        expected = [[plain(key, query) for key in keys.tolist()] for query in queries.tolist()]
        found = compared(compare, queries, keys)
        assert np.array_equal(found, np.array(expected))
        lines, line_of = distinct_lines(found)
        assert np.array_equal(lines, np.unique(found, axis=0))
        assert np.array_equal(lines[line_of], found)


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("at", [False, True])
@pytest.mark.parametrize("behind", [False, True])
def test_order(before: bool, at: bool, behind: bool) -> None:
    signs = np.sign(np.arange(5)[None, :] - np.arange(5)[:, None])
    matrix = np.select([signs < 0, signs == 0], [before, at], behind)
    assert by_order(matrix) == (before, at, behind)
    other = matrix.copy()
    other[3, 1] = not other[3, 1]
    assert by_order(other) is None


@pytest.mark.parametrize(
    "places", [[], [3], [0, 1, 2], [4, 3], [2, 1, 0], [0, 2], [0, 1, 3], [1, 1]]
)
def test_slices(places: list[int]) -> None:
    numbers = np.arange(6)
    found = as_slice(np.array(places, dtype=np.int64))
    assert numbers[found].tolist() == places
    assert isinstance(found, slice) == (places in ([0, 1, 2], [4, 3], [2, 1, 0]))


@pytest.mark.parametrize("seed", range(5))
def test_numbers_between(seed: int) -> None:
    draw = np.random.default_rng(seed)
    low, high = draw.integers(0, 9, (2, 150))
    values = np.arange(draw.integers(1, 9))
    expected = (values >= low[:, None]) & (values <= high[:, None])
    assert np.array_equal(between(values, low, high), expected)
