"""What is known of the values that are possible in a context, and of sums of their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.extremes import are_filled, extremes
from rasp.compiler.limits import BLOCK_OF_CONTEXTS, MOST_DETAILED

CONTEXTS = Contexts(3 * BLOCK_OF_CONTEXTS, causal=False)
RANDOM = np.random.default_rng(5)
SIZE = 9
NUMBERS = {
    "ascending": np.arange(SIZE) * 2.0 - 3,
    "descending": 5.0 - np.arange(SIZE),
    "mixed": RANDOM.permutation(SIZE).astype(float),
    "with equal ones": RANDOM.integers(0, 4, SIZE).astype(float),
}


def domain_of(mask: np.ndarray) -> Domain:
    return Domain(tuple(range(mask.shape[1])), CONTEXTS, "n", mask)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("share", [0.02, 0.5, 1.0])
def test_extremes_are_those_of_what_is_possible(name: str, share: float) -> None:
    numbers = NUMBERS[name]
    mask = RANDOM.random((CONTEXTS.max_len, SIZE)) < share
    least, most = extremes(domain_of(mask), numbers)
    for row, low, high in zip(mask, least, most, strict=True):
        assert low == numbers[row].min(initial=np.inf)
        assert high == numbers[row].max(initial=-np.inf)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_without_a_gap(name: str) -> None:
    numbers = NUMBERS[name]
    for first in range(SIZE):
        for last in range(first, SIZE):
            mask = np.zeros((CONTEXTS.max_len, SIZE), dtype=bool)
            mask[:, first : last + 1] = True
            mask[-1, first:last] = False  # the last value alone is without a gap, too
            there = [np.unique(numbers[row]) for row in (mask[0], mask[-1])]
            every = np.unique(numbers)
            expected = all(bool((np.diff(some) == 1).all()) for some in (*there, every))
            assert are_filled(domain_of(mask), numbers) is expected


def test_a_gap_in_one_context_is_seen() -> None:
    mask = np.ones((CONTEXTS.max_len, SIZE), dtype=bool)
    mask[BLOCK_OF_CONTEXTS + 1, 4] = False
    assert not are_filled(domain_of(mask), np.arange(SIZE) + 0.0)


@pytest.mark.parametrize("size", [60, MOST_DETAILED + 1])
def test_bounds_that_index_and_length_know_are_never_too_narrow(size: int) -> None:
    contexts = Contexts(size, causal=False)
    indices, lengths = np.arange(size)[None, :], np.arange(1, size + 1)[:, None]
    by_index = Bounds(contexts, indices // 3, indices + 1)
    by_length = Bounds(contexts, lengths // 2, lengths)
    total = (by_index + by_length).below(lengths + size // 2)
    detailed = size <= MOST_DETAILED
    assert total.high.shape == ((size, size) if detailed else (size, 1))
    for length in (1, 2, size // 2, size):
        index = np.arange(length)
        low = np.broadcast_to(total.low[length - 1], (size,))[:length]
        high = np.broadcast_to(total.high[length - 1], (size,))[:length]
        most = np.minimum(index + 1 + length, length + size // 2)
        least = np.minimum(index // 3 + length // 2, length + size // 2)
        assert (low <= least).all()
        assert (high >= most).all()
        assert low.min() == least.min()
        assert high.max() == most.max()
