"""Where a position is: its index i and the length n of the input.

Nearly everything that is known about a value before the input is known depends on (i, n) only, or
on the part of it that matters.  A granularity names that part: "", "i", "n" or "in".  An array "at"
a granularity has one row per context: 1, max_len, max_len, or max_len * max_len rows, the last one
with row (n - 1) * max_len + i, where rows with i >= n belong to no position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Granularity = Literal["", "i", "n", "in"]
# What the elements are is for readers: the type checker cannot follow reductions of NumPy arrays.
Bools: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Contexts:
    """The contexts of inputs of length 1..max_len."""

    max_len: int
    causal: bool

    def rows(self, granularity: Granularity) -> int:
        return int(self.max_len ** len(granularity))

    def valid(self) -> Bools:
        """At "in": is there such a position?"""
        size = self.max_len
        return (np.arange(size)[None, :] < np.arange(1, size + 1)[:, None]).reshape(-1)

    def reduce_any(self, mask: Bools, granularity: Granularity, to: Granularity) -> Bools:
        """Rows of a coarser granularity: true where any of the finer contexts is."""
        if granularity == to:
            return mask
        size, tail = self.max_len, mask.shape[1:]
        reduced: Bools
        if granularity != "in":
            assert to == ""
            reduced = np.any(mask, axis=0)[None]
            return reduced
        square = mask.reshape(size, size, *tail)
        if to == "i":
            reduced = np.any(square, axis=0)
        elif to == "n":
            reduced = np.any(square, axis=1)
        else:
            reduced = np.any(square, axis=(0, 1))[None]
        return reduced

    def expand(
        self, array: NDArray[Any], granularity: Granularity, to: Granularity
    ) -> NDArray[Any]:
        """Rows of a finer granularity, repeated; invalid contexts keep what they get."""
        if granularity == to:
            return array
        size, tail = self.max_len, array.shape[1:]
        if granularity == "":
            return np.broadcast_to(array, (self.rows(to), *tail))
        assert to == "in"
        if granularity == "i":
            square = np.broadcast_to(array[None], (size, size, *tail))
        else:
            square = np.broadcast_to(array[:, None], (size, size, *tail))
        return square.reshape(size * size, *tail)


_LETTERS: tuple[Granularity, ...] = ("i", "n")


def letters(*granularities: Granularity) -> Granularity:
    """The coarsest granularity that is at least as fine as all of these."""
    found: Granularity = ""
    for letter in _LETTERS:
        if any(letter in granularity for granularity in granularities):
            found = "in" if found else letter
    return found


def coarsest(array: NDArray[Any], contexts: Contexts) -> tuple[Granularity, NDArray[Any]]:
    """An array at "in" at the coarsest exact granularity; rows of no position do not count."""
    size = contexts.max_len
    tail = array.shape[1:]
    square = array.reshape(size, size, *tail)  # [n, i, ...]
    valid = contexts.valid().reshape(size, size)
    # Row i is first valid at n = i + 1, row n at i = 0: compare everything with those.
    first_by_i = square[np.arange(size), np.arange(size)]
    first_by_n = square[:, 0]
    spread = (slice(None), slice(None), *([None] * len(tail)))
    ignore = ~valid[spread]
    if bool(((square == square[0, 0]) | ignore).all()):
        return "", square[0, 0][None]
    if bool(((square == first_by_i[None]) | ignore).all()):
        return "i", first_by_i
    if bool(((square == first_by_n[:, None]) | ignore).all()):
        return "n", first_by_n
    return "in", array
