"""Matrices that say the same along each of their diagonals, as places along one line.

`key index < query index` depends on the difference of both alone.  Of N indices there are 2 N - 1
differences, and every row of the matrix is a piece of the line of what is said of them.  Such a
matrix is a view of that line: it takes no more memory, and cannot be written into.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.compiler.limits import BLOCK_OF_CONTEXTS, LARGEST_SUBTRACTED

Bools: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[Any]


def diagonals(line: Bools, n_rows: int) -> Bools:
    """[row, column]: what the line says at column - row + n_rows - 1."""
    width = len(line) - n_rows + 1
    return np.lib.stride_tricks.sliding_window_view(line, width)[::-1]


def identity(size: int) -> Bools:
    """[row, column]: are they the same?"""
    return diagonals(np.arange(1 - size, size) == 0, size)


def lower(size: int, k: int = 0) -> Bools:
    """[row, column]: is the column no more than k behind the row?"""
    return diagonals(np.arange(1 - size, size) <= k, size)


def compared(compare: Callable[[Ints, Ints], Bools], queries: Ints, keys: Ints) -> Bools:
    """[query, key]: how a key compares with a query, as a view where both count in one step."""
    step = _step(keys)
    if step is None or step != _step(queries):
        return np.asarray(compare(keys[None, :], queries[:, None]))
    differences = np.arange(1 - len(queries), len(keys)) * step + (int(keys[0]) - int(queries[0]))
    return diagonals(np.asarray(compare(differences, np.zeros_like(differences))), len(queries))


def _step(numbers: Ints) -> int | None:
    """How much each is more than the one before; None if that is not always the same."""
    largest = max(-int(numbers.min(initial=0)), int(numbers.max(initial=0)))
    if len(numbers) < 2 or largest >= LARGEST_SUBTRACTED:
        return None
    step = int(numbers[1]) - int(numbers[0])
    return step if bool((np.diff(numbers) == step).all()) else None


def as_slice(places: Ints) -> slice | Ints:
    """Places as a slice, where they are one after the other, forwards or backwards."""
    if len(places) < 2:
        return places
    first, last, step = int(places[0]), int(places[-1]), int(places[1]) - int(places[0])
    if abs(step) != 1 or bool((np.diff(places) != step).any()):
        return places
    end = last + step
    return slice(first, end if end >= 0 else None, step)


def between(values: Ints, low: NDArray[Any], high: NDArray[Any]) -> Bools:
    """[row, value]: is it one of the numbers from low to high [row]?"""
    found = np.empty((len(low), len(values)), dtype=bool)
    for start in range(0, len(low), BLOCK_OF_CONTEXTS):
        rows = slice(start, start + BLOCK_OF_CONTEXTS)
        found[rows] = (values >= low[rows, None]) & (values <= high[rows, None])
    return found
