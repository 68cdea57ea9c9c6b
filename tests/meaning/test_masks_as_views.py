"""Masks of counts that grow with the input are pieces of one row, and say what they should."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rasp.meaning.masks import between, firsts, joined_masks, taken

N = 40
ROWS = np.arange(N)


def listed(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    low, high = np.broadcast_arrays(low, high)
    return (values >= low[..., None]) & (values <= high[..., None])


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0 * ROWS, ROWS + 1),
        (0 * ROWS, ROWS),
        (ROWS, ROWS),
        (ROWS - 3, ROWS + 2),
        (np.minimum(ROWS, 1), ROWS),
        (0 * ROWS, np.minimum(ROWS, 2)),
        (ROWS[::-1], ROWS[::-1] + 3),
        (ROWS + 2, ROWS),
        (0 * ROWS, np.full(N, N)),
    ],
)
@pytest.mark.parametrize("shape", [(N,), (N, 1), (1, N)])
def test_counts_between_two_numbers(
    low: np.ndarray, high: np.ndarray, shape: tuple[int, ...]
) -> None:
    for values in (np.arange(N + 1), np.arange(1, N), np.arange(-5, 4), np.array([7])):
        low, high = low.reshape(shape), high.reshape(shape)
        found = between(values, low, high)
        assert found.shape == (*shape, len(values))
        assert np.array_equal(found, listed(values, low, high))


def test_counts_at_random() -> None:
    draw = random.Random(3)
    for _ in range(300):
        shape = draw.choice([(4,), (4, 1), (1, 4), (1, 1), (2, 2), (3, 3)])
        size = int(np.prod(shape))
        low, high = (
            np.array([draw.randint(0, 3) + draw.choice([0, 1]) * n for n in range(size)])
            for _ in range(2)
        )
        values = np.arange(draw.randint(0, 2), draw.randint(3, 6))
        low, high = low.reshape(shape), high.reshape(shape)
        assert np.array_equal(between(values, low, high), listed(values, low, high))


def test_what_grows_with_the_input_takes_no_square() -> None:
    found = between(np.arange(N + 1), 0 * ROWS[:, None], ROWS[:, None] + 1)
    assert found.shape == (N, 1, N + 1)
    assert found.base is not None
    assert 0 in found.strides or found.strides[0] == -found.strides[2]
    some = taken(found, np.arange(3, 20, 2))
    assert np.shares_memory(some, found)
    assert np.array_equal(some, found[:, :, 3:20:2])
    assert np.array_equal(taken(found, np.array([5, 1])), found[:, :, [5, 1]])


def test_the_first_of_each_row() -> None:
    table = np.random.default_rng(1).random((30, 7)) < 0.2
    assert np.array_equal(firsts(table), table.argmax(axis=1))


def test_masks_of_kinds_are_unions() -> None:
    mask = between(np.arange(4), np.zeros((N, 1), dtype=int), ROWS[:, None])
    found = joined_masks(mask, np.array([1, 0, 1, 0]), 2)
    assert np.array_equal(found, np.stack([mask[..., 1] | mask[..., 3], mask[..., 0]], axis=-1))
