"""Matrices that say the same along each of their diagonals, as places along one line.

`key index < query index` depends on the difference of both alone.  Of N indices there are 2 N - 1
differences, and every row of the matrix is a piece of the line of what is said of them.  Such a
matrix is a view of that line: it takes no more memory, and cannot be written into.  What is
computed of such matrices cell by cell is computed of their lines, and what is asked of others is
asked of a few rows at a time, so that nothing as large as a matrix is made beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.compiler.limits import BLOCK_OF_CONTEXTS, BLOCK_OF_PAIRS, LARGEST_SUBTRACTED

Bools: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[Any]


def diagonals(line: Bools, n_rows: int) -> Bools:
    """[row, column]: what the line says at column - row + n_rows - 1."""
    width = len(line) - n_rows + 1
    return np.lib.stride_tricks.sliding_window_view(line, width)[::-1]


def line_of(matrix: NDArray[Any]) -> NDArray[Any] | None:
    """The line of a matrix that is held as a view of one; None of any other."""
    if 0 in matrix.shape or matrix.strides[0] != -matrix.strides[1]:
        return None
    return np.concatenate([matrix[::-1, 0], matrix[0, 1:]])


def by_cell(compute: Callable[..., NDArray[Any]], *matrices: NDArray[Any]) -> NDArray[Any]:
    """What is computed of matrices of one shape, cell by cell: as a view, if all of them are, or
    all are with their rows the other way round."""
    for step in (1, -1):
        lines = [line_of(matrix[::step]) for matrix in matrices]
        if not any(line is None for line in lines):
            return diagonals(compute(*lines), len(matrices[0]))[::step]
    return compute(*matrices)


def few_rows(n_rows: int, n_columns: int) -> Iterator[slice]:
    """All rows, so many at a time that they have no more than a quarter of a million cells."""
    step = max(1, BLOCK_OF_PAIRS // max(1, n_columns))
    for start in range(0, n_rows, step):
        yield slice(start, min(n_rows, start + step))


def are_same(one: Bools, other: Bools, where: Bools | None = None) -> bool:
    """Are two matrices the same, as far as a third one is true?  one: of the whole shape."""
    other = np.broadcast_to(other, one.shape)
    for rows in few_rows(*one.shape):
        same = one[rows] == other[rows]
        if where is not None:
            same |= ~where[rows]
        if not bool(same.all()):
            return False
    return True


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
    """[row, value]: is it one of the numbers from low to high [row]?  values: ascending by 1."""
    view = _moving(values, low, high)
    if view is not None:
        return view
    found = np.empty((len(low), len(values)), dtype=bool)
    for start in range(0, len(low), BLOCK_OF_CONTEXTS):
        rows = slice(start, start + BLOCK_OF_CONTEXTS)
        found[rows] = (values >= low[rows, None]) & (values <= high[rows, None])
    return found


def _moving(values: Ints, low: NDArray[Any], high: NDArray[Any]) -> Bools | None:
    """The same as a view, if all rows are one, or each is the row before moved by a value, as far
    as these go."""
    n_rows, width = len(low), len(values)
    if not n_rows or not width:
        return None
    first, last = int(values[0]), int(values[-1])
    low, high = np.maximum(low, first), np.minimum(high, last)
    if bool((low == low[0]).all() and (high == high[0]).all()):
        return np.broadcast_to((values >= low[0]) & (values <= high[0]), (n_rows, width))
    rows = np.arange(n_rows)
    # An end that is beyond all values may be anywhere beyond.
    least, most = (low - rows)[low > first], (high - rows)[high < last]
    start = int(least[0]) if len(least) else first - n_rows
    end = int(most[0]) if len(most) else last + 1
    places = np.arange(first - n_rows + 1, last + 1)  # value - row
    if bool((np.maximum(start + rows, first) != low).any()):
        return None
    if bool((np.minimum(end + rows, last) != high).any()):
        return None
    return diagonals((places >= start) & (places <= end), n_rows)
