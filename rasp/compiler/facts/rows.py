"""Rows of small integers as single numbers: `numpy.unique` on those is much faster than along an
axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.limits import BLOCK_OF_CLASSES, BLOCK_OF_CONTEXTS, FIRST_COLUMNS
from rasp.compiler.matrices import are_same, as_slice, diagonals, few_rows
from rasp.deadline import look


def number_rows(columns: Sequence[Ints], n_rows: int) -> Ints:
    """A number for each row, equal exactly for equal rows, from 0 without gaps."""
    packed = np.zeros(n_rows, dtype=np.int64)
    bound = 1
    for column in columns:
        look()
        if len(column) == 0:
            break
        low, high = int(column.min()), int(column.max())
        span = high - low + 1
        if bound * span >= 1 << 62:
            packed = np.unique(packed, return_inverse=True)[1].reshape(-1)
            bound = int(packed.max(initial=0)) + 1
        packed = packed * span + (column - low)
        bound *= span
    return _compact(packed, bound)


def _compact(packed: Ints, bound: int) -> Ints:
    if bound <= 4 * len(packed) + 1024:
        present = np.zeros(bound, dtype=bool)
        present[packed] = True
        return (np.cumsum(present) - 1)[packed]
    return np.unique(packed, return_inverse=True)[1].reshape(-1).astype(np.int64)


def count_rows(columns: Sequence[Ints], n_rows: int) -> int:
    """How many different rows there are."""
    return int(number_rows(columns, n_rows).max(initial=-1)) + 1


def distinct_rows(columns: Sequence[Ints], n_rows: int) -> Ints:
    """The places of the first of each set of equal rows, in the order of the rows' numbers."""
    return _firsts(number_rows(columns, n_rows))


def _firsts(numbers: Ints) -> Ints:
    """The place of the first of each number; the numbers have no gaps."""
    first = np.full(int(numbers.max(initial=-1)) + 1, len(numbers), dtype=np.int64)
    np.minimum.at(first, numbers, np.arange(len(numbers)))
    return first


def combinations_of(keys: Ints) -> tuple[Ints, Ints]:
    """The different rows of small integers in ascending order, and for each row which it is."""
    numbers = number_rows(list(keys.T), len(keys))
    return keys[_firsts(numbers)], numbers


def distinct_lines(matrix: Bools) -> tuple[Bools, Ints]:
    """The different rows of a matrix in ascending order, and for each row which of them it is."""
    first, place_of = _distinct(packed_rows(matrix))
    return np.asarray(matrix[as_slice(first)]), place_of


@dataclass(frozen=True, eq=False)
class Lines:
    """The different rows of a matrix, where they stand in it.  first: of each, in ascending order
    of the rows; number: for each row of the matrix which of them it is."""

    matrix: Bools
    first: Ints
    number: Ints

    @classmethod
    def of(cls, matrix: Bools) -> Lines:
        return cls(matrix, *_distinct(packed_rows(matrix)))

    def __len__(self) -> int:
        return len(self.first)

    def selecting(self) -> Ints:
        """For each column how many of the different rows select it."""
        found = np.zeros(self.matrix.shape[1], dtype=np.int64)
        for rows in few_rows(len(self), len(found)):
            found += np.count_nonzero(self.matrix[self.first[rows]], axis=0)
        return found


def packed_rows(matrix: Bools) -> NDArray[np.uint8]:
    """[row, byte]: eight cells in a byte, so that rows compare as their bytes do.

    Of a matrix that is held column by column, eight columns are put together at a time: to go
    through it row by row takes many times as long.
    """
    columns = matrix.T
    if matrix.flags.c_contiguous or not columns.flags.c_contiguous:
        whole = np.empty((len(matrix), -(-matrix.shape[1] // 8)), dtype=np.uint8)
        for rows in few_rows(*matrix.shape):
            whole[rows] = np.packbits(matrix[rows], axis=1)
        return whole
    packed = np.zeros((-(-len(columns) // 8), len(matrix)), dtype=np.uint8)
    for bit in range(min(8, len(columns))):
        some = columns[bit::8].view(np.uint8)
        packed[: len(some)] |= some << np.uint8(7 - bit)
    return np.asarray(np.ascontiguousarray(packed.T))


def first_columns(matrix: Bools) -> Ints:
    """For each row the first column that it selects, 0 where it selects none."""
    first = np.zeros(len(matrix), dtype=np.int64)
    for rows in few_rows(*matrix.shape):
        first[rows] = matrix[rows].argmax(axis=1)
    return first


def first_rows(matrix: Bools) -> Ints:
    """For each column the first row that selects it, 0 where none does."""
    first = np.full(matrix.shape[1], -1)
    for start in range(0, len(matrix), BLOCK_OF_CONTEXTS):
        block = matrix[start : start + BLOCK_OF_CONTEXTS]
        new = np.flatnonzero((first < 0) & block.any(axis=0))
        first[new] = start + block[:, new].argmax(axis=0)
    return np.asarray(np.maximum(first, 0))


def by_order(matrix: Bools) -> tuple[bool, bool, bool] | None:
    """What stands left of the diagonal, on it and right of it, of a square matrix in which each of
    these is one truth value; otherwise None."""
    size = len(matrix)
    if matrix.shape != (size, size) or size < 2:
        return None
    before, at, behind = bool(matrix[1, 0]), bool(matrix[0, 0]), bool(matrix[0, 1])
    places = np.arange(1 - size, size)  # column - row
    line = np.where(places < 0, before, np.where(places == 0, at, behind))
    return (before, at, behind) if are_same(matrix, diagonals(line, size)) else None


def alike_rows(rows: NDArray[np.int32]) -> tuple[Ints, NDArray[np.int32]]:
    """Rows that are equal wherever both are known, greedily put together.

    rows: [row, column], below 0 what is not known.  Gives the class of each row, and for each class
    what is known of it.  Rows of which most is known come first: they are the best to begin with.
    """
    first, place_of = _distinct(rows)  # a row that comes again joins the class of the first
    distinct = rows[first]
    order = np.lexsort((first, -(distinct >= 0).sum(axis=1)))
    representatives = np.empty_like(distinct)  # [class, column]
    classes = np.zeros(len(distinct), dtype=np.int64)
    n_classes = 0
    for number in order.tolist():
        row = distinct[number]
        place = _first_alike(row, representatives[:n_classes])
        if place == n_classes:
            representatives[place] = row
            n_classes += 1
        else:
            np.copyto(representatives[place], row, where=representatives[place] < 0)
        classes[number] = place
    return classes[place_of], representatives[:n_classes]


def _distinct(rows: NDArray[Any]) -> tuple[Ints, Ints]:
    """The places of the different rows, each the first of its kind, in the order of their bytes;
    for each row, which it is."""
    if rows.size == 0:
        return np.arange(min(len(rows), 1)), np.zeros(len(rows), dtype=np.int64)
    width = rows.shape[1] * rows.itemsize
    rows = np.ascontiguousarray(rows)
    if width <= 8:
        padded = np.zeros((len(rows), 8), dtype=np.uint8)
        padded[:, :width] = rows.view(np.uint8)
        numbers = padded.view(">u8").reshape(-1).astype(np.uint64)
        _, places, place_of = np.unique(numbers, return_index=True, return_inverse=True)
        return places, place_of.reshape(-1)
    data = rows.tobytes()
    lines = [data[start : start + width] for start in range(0, len(data), width)]
    first: dict[bytes, int] = {}
    for place, line in enumerate(lines):
        first.setdefault(line, place)
    number = {line: place for place, line in enumerate(sorted(first))}
    return (
        np.array([first[line] for line in number], dtype=np.int64),
        np.array([number[line] for line in lines], dtype=np.int64),
    )


def _first_alike(row: NDArray[np.int32], representatives: NDArray[np.int32]) -> int:
    """The first that the row is alike, or their number."""
    known = np.flatnonzero(row >= 0)
    for start in range(0, len(representatives), BLOCK_OF_CLASSES):
        block = representatives[start : start + BLOCK_OF_CLASSES]  # [class, column]
        places = np.arange(len(block))
        n_columns = FIRST_COLUMNS
        while True:
            columns = known[:: len(known) // n_columns + 1]
            places = places[_are_alike(row[columns], block[places[:, None], columns])]
            if len(places) == 0 or len(columns) == len(known):
                break
            n_columns *= FIRST_COLUMNS
        if len(places):
            return start + int(places[0])
    return len(representatives)


def _are_alike(row: NDArray[np.int32], others: NDArray[np.int32]) -> Bools:
    """Which other rows are alike one that is wholly known."""
    return np.asarray(((others == row) | (others < 0)).all(axis=1))


def nested(matrix: Bools) -> tuple[Ints, Ints] | None:
    """If of any two rows one selects all columns that the other does: how many columns each row
    selects, and the place of each column in an order of which a row selects the first so many."""
    n_selected = np.count_nonzero(matrix, axis=1).astype(np.int32)  # [row]
    n_selecting = np.count_nonzero(matrix, axis=0)  # [column]
    place = np.empty(len(n_selecting), dtype=np.int32)
    place[np.argsort(-n_selecting, kind="stable")] = np.arange(len(n_selecting))
    for start in range(0, len(matrix), BLOCK_OF_CLASSES):
        rows = slice(start, start + BLOCK_OF_CLASSES)
        if not bool((matrix[rows] == (place < n_selected[rows, None])).all()):
            return None
    return n_selected.astype(np.int64), place.astype(np.int64)
