"""Score matrices as few products of a query feature and a key feature.

A matrix of what is selected is written as such products in numbers that are exact in any dtype: a
filter, the parabola or a code for equality, or one-hot against rows.  Which of them there are of a
matrix, and which is taken, is in `rasp.compiler.selection.forms`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, overload

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.facts.rows import Lines, first_columns, first_rows
from rasp.compiler.limits import LARGEST_SCORE
from rasp.compiler.matrices import are_same

Pair: TypeAlias = tuple[Floats | None, Floats | None]

ONE_HOT = "one-hot"


@dataclass(frozen=True)
class Factors:
    """score[q, k] = sum of queries[r][q] * keys[r][k] + bias; 0 if selected, at most -1 if not.

    A feature that is None is the number 1.  largest: above 0 where only the sign says what is
    selected, and then what a selected key scores at most.
    """

    form: str
    pairs: Sequence[Pair]
    bias: float = 0.0
    largest: float = 0.0


def filtered(matrix: Bools) -> Factors | None:
    """What asks something of keys alone, or of queries alone; None if both have a say."""
    if are_same(matrix, matrix[:1]):
        return Factors("filter", [(None, matrix[0].astype(float) - 1)])
    if are_same(matrix, matrix[:, :1]):
        return Factors("filter", [(matrix[:, 0].astype(float) - 1, None)])
    return None


def numbers_of(matrix: Bools) -> tuple[Ints, Ints]:
    """Numbers of queries and keys that are equal exactly where the matrix is true.

    Its rows are disjoint or equal.  Blocks are numbered by their first key, so that numbers of
    indices run with the indices; what belongs to no block goes on in front of them and behind.
    """
    selects: Bools = np.any(matrix, axis=1)
    selected: Bools = np.any(matrix, axis=0)
    first = first_columns(matrix)
    starts = np.unique(first[selects])
    queries = np.searchsorted(starts, first)
    keys = np.searchsorted(starts, first[first_rows(matrix)])
    queries = _continued(queries, selects, len(starts))
    keys = _continued(keys, selected, len(starts))
    if np.isin(keys[~selected], queries[~selects]).any():
        beyond = 1 + max(int(queries.max()), len(starts) - 1)
        keys[~selected] = beyond
    return queries, keys


def _continued(numbers: Ints, known: Bools, size: int) -> Ints:
    """Numbers outside 0 .. size - 1 for what has none: counted down before the first that has one,
    up behind it."""
    first = int(known.argmax())
    places = np.arange(len(numbers))
    before = places < first
    behind = np.cumsum(~known & ~before) - 1 + size
    return np.where(known, numbers, np.where(before, places - first, behind))


def parabola(queries: Ints, keys: Ints) -> Factors:
    """-(t - k)^2 for the numbers t of the query and k of the key, counted from the middle.

    Where queries are further from all keys than these from each other, the square goes on as a
    straight line in front of all keys and behind: the largest score there is -1 all the same, and
    neurons have no bends to make where no key is.  Elsewhere (i - 2)^2 is a sum of i^2 and i, which
    costs nothing.
    """
    first, last = int(keys.min()) - 1, int(keys.max()) + 1
    numbers = np.concatenate([queries, keys])
    least, most = int(numbers.min()), int(numbers.max())
    is_far = max(first - least, most - last) > last - first
    middle = (first + last) // 2 if is_far else (least + most) // 2
    t, k = (queries - middle).astype(np.float64), (keys - middle).astype(np.float64)
    near = np.clip(t, first - middle, last - middle) if is_far else t
    nearest = np.clip(t, k.min(), k.max())
    return Factors(
        "parabola",
        [(2 * t, k), (None, -(k**2)), (-(near**2 + 2 * nearest * (t - near)), None)],
    )


def are_told_apart(queries: Ints, keys: Ints, most_numbers: int) -> bool:
    """Are the scores of the parabola exact enough, if so many numbers are?

    Few keys may be compared with many queries.
    """
    if np.ptp(np.concatenate([queries, keys])) < most_numbers:
        return True
    middle = (int(keys.min()) + int(keys.max())) // 2
    farthest = 2 * int(np.abs(queries - middle).max()) * max(1, int(np.abs(keys - middle).max()))
    return bool(np.ptp(keys) < most_numbers and farthest <= LARGEST_SCORE)


def sign_code(queries: Ints, keys: Ints) -> Factors:
    """The bits of the numbers as +-1: their product is largest exactly if all are equal.

    All queries without a key have one number, and all keys without a query another.
    """
    shared = np.intersect1d(queries, keys)
    size = len(shared)
    query_codes = np.where(np.isin(queries, shared), np.searchsorted(shared, queries), size)
    size += int((query_codes == size).any())
    key_codes = np.where(np.isin(keys, shared), np.searchsorted(shared, keys), size)
    size += int((key_codes == size).any())
    width = max(1, int(np.ceil(np.log2(size))))
    pairs: list[Pair] = []
    for bit in range(width):
        query = ((query_codes >> bit) & 1) - 0.5
        key = ((key_codes >> bit) & 1) * 2.0 - 1
        pairs.append((query, key))
    return Factors("sign code", pairs, -width / 2)


def one_hot(rows: Lines, columns: Lines) -> Factors:
    """The values of one side, one by one: of that of which fewer differ.

    rows, columns: those of a matrix that differ.
    """
    if len(rows) <= len(columns):
        return Factors(ONE_HOT, _EachValue.of(rows, of_keys=False))
    return Factors(ONE_HOT, _EachValue.of(columns, of_keys=True))


@dataclass(frozen=True, eq=False)
class _EachValue(Sequence[Pair]):
    """One product for each value of one side, made when it is asked for: there may be thousands.

    lines: for each of the values those of the other side; numbers: of the lines that have a
    product, since what selects all needs none; of_keys: the values are keys.
    """

    lines: Lines
    numbers: Ints
    of_keys: bool

    @classmethod
    def of(cls, lines: Lines, *, of_keys: bool) -> _EachValue:
        selects_all = np.asarray(lines.matrix.all(axis=1))[lines.first]
        return cls(lines, np.flatnonzero(~selects_all), of_keys)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> Pair: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Pair]: ...
    def __getitem__(self, place: int | slice) -> Pair | Sequence[Pair]:
        if isinstance(place, slice):
            return replace(self, numbers=self.numbers[place])
        number = self.numbers[place]
        own = (self.lines.number == number).astype(float)
        other = self.lines.matrix[self.lines.first[number]].astype(float) - 1
        return (other, own) if self.of_keys else (own, other)
