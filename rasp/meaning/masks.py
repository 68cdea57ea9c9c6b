"""Masks, which say in which contexts rows are possible; tables that are made a few rows at a time.

A mask is an array [length or 1, index or 1, row]: along an axis of size 1 nothing is known.  Masks
are never written into once they are made, so that one may be a piece of another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bools: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[Any]

CELLS_AT_ONCE = 1 << 18
"""Of tables of pairs, so many cells are made at a time."""

EVERY = slice(None)


def blocks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """So many rows at a time that no more than a quarter of a million cells are made at once."""
    step = max(1, CELLS_AT_ONCE // max(1, n_columns))
    for start in range(0, n_rows, step):
        yield slice(start, min(n_rows, start + step))


@dataclass(frozen=True, eq=False)
class Ends:
    """Of each row: at how many places there can be such a position, and the first and last of them;
    0 and the largest where there is none."""

    n_there: Ints
    first: Ints
    last: Ints

    @property
    def some(self) -> Bools:
        return np.asarray(self.n_there > 0)

    @property
    def are_filled(self) -> bool:
        """Is every place between the first and the last one of them?"""
        return bool((self.n_there == self.last - self.first + 1).all())


def joined_masks(mask: Bools, kind: Ints, n_kinds: int) -> Bools:
    """The union of the masks of rows of one kind.  There is a row of every kind."""
    if is_in_turn(kind, n_kinds):
        return mask
    order = np.argsort(kind, kind="stable")
    starts = np.searchsorted(kind[order], np.arange(n_kinds))
    n, i, n_rows = mask.shape
    found = np.empty((n * i, n_kinds), dtype=bool)
    flat = mask.reshape(n * i, n_rows)
    for some in blocks(n * i, n_rows):
        found[some] = np.logical_or.reduceat(flat[some].take(order, axis=1), starts, axis=1)
    return found.reshape(n, i, n_kinds)


def firsts(table: Bools) -> Ints:
    """For each row the first column that is true, 0 where none is."""
    found = np.zeros(len(table), dtype=np.int64)
    for rows in blocks(*table.shape):
        found[rows] = table[rows].argmax(axis=1)
    return found


def at_lengths(mask: Bools) -> Bools:
    """[length or 1, value]: where values are possible, whatever the index."""
    return mask[:, 0] if mask.shape[1] == 1 else np.asarray(mask.any(axis=1))


def is_in_turn(places: Ints, size: int) -> bool:
    """Are these the places of so many things, in order?"""
    return np.array_equal(places, np.arange(size))


def taken(mask: Bools, rows: Ints) -> Bools:
    """The mask of some rows; itself if these are all of them."""
    if is_in_turn(rows, mask.shape[2]):
        return mask
    step = int(rows[1]) - int(rows[0]) if len(rows) > 1 else 0
    if step > 0 and bool((np.diff(rows) == step).all()):  # a piece of the mask
        return mask[:, :, int(rows[0]) : int(rows[-1]) + 1 : step]
    return mask[:, :, rows]


def between(values: Ints, low: Ints, high: Ints) -> Bools:
    """[..., value]: is it one of the numbers from low to high [...]?  values: ascending by 1.

    Where every row is the one before, moved by a value as far as these go, all rows are pieces of
    one that is longer.
    """
    low, high = np.broadcast_arrays(low, high)
    low, high, shape = low.reshape(-1), high.reshape(-1), low.shape
    line = _line(values, low, high) if len(low) in shape and len(values) else None
    if line is not None:
        view = np.lib.stride_tricks.sliding_window_view(line, len(values))[::-1]
        return view.reshape(*shape, len(values))
    found = np.empty((len(low), len(values)), dtype=bool)
    for rows in blocks(len(found), len(values)):
        np.greater_equal(values, low[rows, None], out=found[rows])
        found[rows] &= values <= high[rows, None]
    return found.reshape(*shape, len(values))


def _line(values: Ints, low: Ints, high: Ints) -> Bools | None:
    """Of value - row, from the least on: is it between what low and high are beyond the row?  None
    where these do not say the same of all rows."""
    n_rows = len(low)
    first, last, rows = int(values[0]), int(values[-1]), np.arange(n_rows)
    low, high = np.maximum(low, first), np.minimum(high, last)
    starts, ends = (low - rows)[low > first], (high - rows)[high < last]
    start = int(starts[0]) if len(starts) else first - n_rows  # before all values, in every row
    end = int(ends[0]) if len(ends) else last
    same = np.array_equal(np.maximum(start + rows, first), low)
    if not same or not np.array_equal(np.minimum(end + rows, last), high):
        return None
    places = np.arange(first - n_rows + 1, last + 1)
    return np.asarray((places >= start) & (places <= end))


def identity(size: int) -> Bools:
    """[row, column]: are they the same?  All rows are pieces of one row that is twice as long."""
    line = np.zeros(2 * size - 1, dtype=bool)
    line[size - 1] = True
    return np.lib.stride_tricks.sliding_window_view(line, size)[::-1]
