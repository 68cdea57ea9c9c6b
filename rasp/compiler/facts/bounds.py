"""How many keys a selector selects, at least and at most, for each length and index.

Most selectors are about less than both: a filter of keys selects as many for every query, and what
comes before a query does not depend on what comes after it.  So bounds have one row for all
lengths, or one column for all indices, wherever that says the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rasp.compiler.facts.contexts import Bools, Contexts, Granularity, Ints, coarsest
from rasp.compiler.facts.rows import combinations_of
from rasp.compiler.limits import MOST_DETAILED
from rasp.compiler.matrices import few_rows, lower


@dataclass(frozen=True, eq=False)
class Bounds:
    """low, high: [length - 1, index], each side of size 1 where it does not matter."""

    contexts: Contexts
    low: Ints
    high: Ints

    @classmethod
    def of(cls, contexts: Contexts, low: int, high: int) -> Bounds:
        """The same everywhere."""
        return cls(contexts, np.full((1, 1), low), np.full((1, 1), high))

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(
            self.contexts,
            np.add(*_beside(self.low, other.low, np.minimum)),
            np.add(*_beside(self.high, other.high, np.maximum)),
        )

    def at_least(self, number: int) -> Bounds:
        """Where fewer would be possible, so many."""
        return replace(self, low=np.maximum(self.low, number), high=np.maximum(self.high, number))

    def below(self, limit: Ints) -> Bounds:
        """With nothing above a limit, which is [length - 1, 1]."""
        return Bounds(
            self.contexts,
            _limited(self.low, limit, np.minimum),
            _limited(self.high, limit, np.maximum),
        )

    def at_most(self, number: int) -> Bounds:
        """Where more would be possible, so many."""
        return replace(self, low=np.minimum(self.low, number), high=np.minimum(self.high, number))

    def among_best(self, shared: int) -> Bounds:
        """Of the best of these, which at most so many keys are together."""
        low, high = np.minimum(self.low, 1), np.minimum(self.high, shared)
        return replace(self, low=low, high=high)

    @property
    def never_empty(self) -> bool:
        return self._always(lambda low: low > 0, self.low)

    @property
    def at_most_one(self) -> bool:
        return self._always(lambda high: high <= 1, self.high)

    @cached_property
    def pairs(self) -> tuple[Granularity, Ints]:
        """[context, (low, high)] at the coarsest granularity that tells them; rows of no position
        do not count."""
        low, _ = _beside(self.low, self.high, np.minimum)
        _, high = _beside(self.low, self.high, np.maximum)
        shape = np.broadcast_shapes(low.shape, high.shape)
        sides = [np.broadcast_to(side, shape) for side in (low, high)]
        rows = np.stack(sides, axis=-1).reshape(-1, 2)
        size = self.contexts.max_len
        granularity: Granularity
        if shape == (size, size) and size > 1:
            return coarsest(rows, self.contexts)
        if bool((rows == rows[0]).all()):
            return "", rows[:1]
        granularity = "n" if shape[0] > 1 else "i"
        return granularity, rows

    @property
    def possible(self) -> Ints:
        """[case, (low, high)]: the different pairs that there are."""
        granularity, rows = self.pairs
        if granularity == "in":
            rows = rows[self.contexts.valid()]
        return combinations_of(rows)[0]

    def at_length(self, length: int) -> Ints:
        """[case, (low, high)] for inputs of this length."""
        sides = [
            np.broadcast_to(side[length - 1 if len(side) > 1 else 0], (self.contexts.max_len,))
            for side in (self.low, self.high)
        ]
        return combinations_of(np.stack(sides, axis=-1)[:length])[0]

    @property
    def by_index(self) -> Ints | None:
        """The number for each index (or the one for all), if the index alone says what it is."""
        if not self._always(np.equal, self.low, self.high):
            return None
        granularity, rows = self.pairs
        return rows[:, 0] if granularity in ("", "i") else None

    def _always(self, condition: Callable[..., Bools], *sides: Ints) -> bool:
        """Does it hold of all positions that there are?"""
        size = self.contexts.max_len
        if np.broadcast_shapes(*(side.shape for side in sides)) != (size, size):
            return bool(condition(*sides).all())
        for rows in few_rows(size, size):
            found = condition(*(side[rows] if len(side) > 1 else side for side in sides))
            if not bool((found | ~lower(size)[rows]).all()):
                return False
        return True


def _limited(counts: Ints, limit: Ints, furthest: np.ufunc) -> Ints:
    """The smaller of both, with no more rows than before where nothing is above the limit."""
    n_lengths, n_indices = counts.shape
    size = len(limit)
    if n_lengths == size:
        return np.minimum(counts, limit)
    # Index i is first there in inputs of length i + 1, and limits grow with the length.
    first = limit[:, 0] if n_indices == size else limit[:1, 0]
    if bool((counts[0] <= first).all()):
        return counts
    return np.asarray(np.minimum(*_beside(counts, limit, furthest)))


def _beside(one: Ints, other: Ints, furthest: np.ufunc) -> tuple[Ints, Ints]:
    """Two sides that are put together: of long inputs not for each pair of index and length, but
    for each length.  furthest: the smaller or the larger of two, for lower or upper sides."""
    n_lengths, n_indices = np.broadcast_shapes(one.shape, other.shape)
    if n_lengths <= MOST_DETAILED or n_indices == 1:
        return one, other
    one, other = (
        furthest.accumulate(side[0])[:, None] if len(side) == 1 < side.shape[1] else side
        for side in (one, other)
    )
    return one, other
