"""How many keys a selector selects, at most and at least, at each index of each length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rasp.meaning.masks import firsts
from rasp.meaning.states import Bools, Ints


@dataclass(frozen=True, eq=False)
class Counts:
    """How many keys a selector selects [length or 1, index or 1].

    Along an axis of size 1 it does not depend on that.  Where there is no position, what stands
    there means nothing.
    """

    low: Ints
    high: Ints

    @classmethod
    def of(cls, low: Ints, high: Ints) -> Counts:
        """Counts for each [length or 1, index or 1], with an axis of size 1 for what they do not
        depend on."""
        if min(low.shape) > 1:
            by_index = [np.diagonal(bound)[None] for bound in (low, high)]  # the shortest input
            by_length = [bound[:, :1] for bound in (low, high)]
            if _is_same([low, high], by_index):
                low, high = by_index
            elif _is_same([low, high], by_length):
                low, high = by_length
        if min(low.shape) == 1 and all((bound == bound[0, 0]).all() for bound in (low, high)):
            low, high = low[:1, :1], high[:1, :1]
        return cls(low, high)

    @classmethod
    def all_the_same(cls, low: int, high: int) -> Counts:
        return cls(np.full((1, 1), low), np.full((1, 1), high))

    def there(self) -> Bools:
        """[length or 1, index or 1]: where there is a position."""
        shape = self.low.shape
        return _positions(len(self.low)) if min(shape) > 1 else np.ones(shape, dtype=bool)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The different bounds that there are."""
        some = np.stack([self.low, self.high], axis=-1)[self.there()]
        return [(low, high) for low, high in np.unique(some, axis=0).tolist()]

    @property
    def never_empty(self) -> bool:
        return bool((self.low[self.there()] > 0).all())

    @property
    def most(self) -> int:
        return int(self.high[self.there()].max())

    @property
    def least(self) -> int:
        return int(self.low[self.there()].min())

    @property
    def at_most_one(self) -> bool:
        return self.most <= 1

    @property
    def fixed(self) -> bool:
        """Do length and index alone say how many there are?"""
        return bool((self.low == self.high)[self.there()].all())

    def at(self, lengths: Ints, indices: Ints) -> tuple[Ints, Ints]:
        """The bounds at some positions."""
        n, i = self.low.shape
        place = (lengths if n > 1 else 0 * lengths, indices if i > 1 else 0 * indices)
        return self.low[place], self.high[place]


def _is_same(bounds: Sequence[Ints], less: Sequence[Ints]) -> bool:
    """Are the bounds [length, index], where there is a position, those that say less?"""
    return all(
        np.array_equal(bound[n, : n + 1], one[n if len(one) > 1 else 0][: n + 1])
        if one.shape[1] > 1
        else (bound[n, : n + 1] == one[n, 0]).all()
        for bound, one in zip(bounds, less, strict=True)
        for n in range(len(bound))
    )


def _positions(size: int) -> Bools:
    """[length, index]: is there such a position?"""
    return np.tri(size, dtype=bool)


def by_position(chosen: Bools, mask: Bools, size: int, places: Ints | None) -> tuple[Ints, Ints]:
    """How many keys may be selected, and must be, among the keys up to each index.

    chosen [query, key state]; mask [length or 1, index or 1, key state]; places: what `places_of`
    finds in it -> [length or 1, query, index].
    """
    if places is not None:
        some, every = some_and_every(chosen, places, size)
        of_some = np.cumsum(some, axis=1, dtype=np.int32)[None]
        return of_some, of_some if every is some else np.cumsum(every, axis=1, dtype=np.int32)[None]
    started = _by_start(chosen, mask, size)
    if started is not None:
        return started
    may, must = [], []
    yes, no = chosen.astype(np.float32), (~chosen).astype(np.float32)
    for at_length in mask:
        there = at_length.astype(np.float32)  # [index or 1, key state]
        possible = yes @ there.T > 0  # [query, index or 1]
        certain = ~(no @ there.T > 0)
        shape = (len(chosen), size)
        may.append(np.cumsum(np.broadcast_to(possible, shape), axis=1))
        must.append(np.cumsum(np.broadcast_to(certain, shape), axis=1))
    return np.stack(may), np.stack(must)


def places_of(mask: Bools, size: int) -> Ints | None:
    """At which index each key state is, if it is at one index only, whatever the length, and there
    is one at every index."""
    placed = mask.shape[:2] == (1, size) and (np.count_nonzero(mask[0], axis=0) == 1).all()
    if not placed or not mask.any(axis=2).all():
        return None
    return firsts(mask[0].T)


def some_and_every(chosen: Bools, group: Ints, n_groups: int) -> tuple[Bools, Bools]:
    """[query, group]: are some, and are all, of the keys of a group chosen [query, key]?  No group
    is empty."""
    order = np.argsort(group, kind="stable")
    of_each = chosen.take(order, axis=1)
    if len(group) == n_groups:
        return of_each, of_each
    starts = np.searchsorted(group[order], np.arange(n_groups))
    some: Bools = np.logical_or.reduceat(of_each, starts, axis=1)
    every: Bools = np.logical_and.reduceat(of_each, starts, axis=1)
    return some, every


def _by_start(chosen: Bools, mask: Bools, size: int) -> tuple[Ints, Ints] | None:
    """The same, in one go for all lengths, if a key state that is possible at an index of an input
    is so in all longer ones; None if that is not so."""
    n_lengths, n_indices, _ = mask.shape
    start = np.where(mask[-1], np.argmax(mask, axis=0), n_lengths)  # [index or 1, key state]
    if n_lengths == 1 or not np.array_equal(
        mask, start[None] <= np.arange(n_lengths)[:, None, None]
    ):
        return None
    first_yes = np.full((len(chosen), n_indices), n_lengths)
    first_no = np.full((len(chosen), n_indices), n_lengths)
    for index in range(n_indices):
        there = np.flatnonzero(start[index] < n_lengths)
        since, here = start[index, there], chosen[:, there]
        first_yes[:, index] = np.where(here, since, n_lengths).min(axis=1, initial=n_lengths)
        first_no[:, index] = np.where(here, n_lengths, since).min(axis=1, initial=n_lengths)
    lengths = np.arange(n_lengths)[:, None, None]
    shape = (n_lengths, len(chosen), size)
    return (
        np.cumsum(np.broadcast_to(first_yes <= lengths, shape), axis=2, dtype=np.int32),
        np.cumsum(np.broadcast_to(first_no > lengths, shape), axis=2, dtype=np.int32),
    )


Bounds: TypeAlias = tuple[Ints, Ints]


def over_queries(
    mask: Bools,
    bounds: Bounds,
    limit: Ints,
    least: Ints | None,
    *,
    causal: bool,
    others: Bounds | None = None,
) -> Bounds:
    """The smallest and the largest number of keys over all states of a query [length, index]; an
    axis is of size 1 where what they are made of does not depend on it.

    mask [length or 1, index or 1, query]: where a state is possible; bounds: how many keys may be,
    and must be, selected among those up to each index [length or 1, query, index]; limit [query];
    least [query, length]; others: the same over other states, with which it is over these too, and
    which may be changed.
    """
    in_a_row = causal and len(mask) == len(bounds[0]) == 1 and least is None
    pinned = None if in_a_row or mask.shape[1] == 1 else _pinned(mask)
    if pinned is not None:
        return _over_pinned(mask, bounds, limit, least, pinned, others, causal=causal)
    low, high = _over_some(mask, bounds, limit, least, causal=causal)
    return (
        (low, high) if others is None else (np.minimum(low, others[0]), np.maximum(high, others[1]))
    )


def _over_some(
    mask: Bools, bounds: Bounds, limit: Ints, least: Ints | None, *, causal: bool
) -> Bounds:
    """The same over the states that are given, wherever they are possible."""
    may, must = bounds
    size, n_queries = may.shape[2], may.shape[1]
    anywhere = mask.shape[1] == 1
    if causal and len(mask) == len(may) == 1 and least is None:
        pinned = None if anywhere else _pinned(mask)
        if pinned is None:
            return _over_all(mask[0], may[0].T, must[0].T, limit)
        low, high = np.full((1, size), size + 1), np.zeros((1, size), dtype=np.int64)
        there = np.flatnonzero(mask[0, pinned, np.arange(n_queries)])
        at = pinned[there]
        np.maximum.at(high[0], at, np.minimum(may[0][there, at], limit[there]))
        np.minimum.at(low[0], at, must[0][there, at])
        return low, high
    if not causal and anywhere:
        ends = np.arange(size)
        most, some = (bound[ends if len(bound) > 1 else 0, :, ends] for bound in (may, must))
        low, high = _over_all(mask[:, 0], most, some, limit, least)
        return low.T, high.T
    low = np.full((size, size), size + 1, dtype=np.int32)
    high = np.zeros((size, size), dtype=np.int32)
    for n in range(size):
        here = mask[n if len(mask) > 1 else 0]  # [index or 1, query]
        row = n if len(may) > 1 else 0
        seen = slice(0, n + 1) if causal else slice(n, n + 1)
        most = np.minimum(may[row][:, seen].T, limit[None, :])  # [index or 1, query]
        some = must[row][:, seen].T
        if least is not None:
            some = np.maximum(some, least[:, n][None, :])
        here = here[: n + 1]
        high[n, : n + 1] = np.where(here, most, 0).max(axis=1)
        low[n, : n + 1] = np.where(here, some, size + 1).min(axis=1)
    return low, high


def _over_pinned(
    mask: Bools,
    bounds: Bounds,
    limit: Ints,
    least: Ints | None,
    pinned: Ints,
    others: Bounds | None,
    *,
    causal: bool,
) -> Bounds:
    """The same where each state is possible at one index only, pinned [query]."""
    size, every = bounds[0].shape[2], np.arange(len(pinned))
    ends = np.arange(size)
    if causal:
        may, must = (bound[:, every, pinned] for bound in bounds)  # [length or 1, query]
    else:
        may, must = (bound[ends if len(bound) > 1 else 0, :, ends] for bound in bounds)
    there = mask[:, pinned, every] & (pinned[None, :] <= ends[:, None])  # [length, query]
    most = np.where(there, np.minimum(may, limit[None, :]), 0)
    fewest = np.where(there, must if least is None else np.maximum(must, least.T), size + 1)
    order = np.argsort(pinned, kind="stable")
    at, starts = np.unique(pinned[order], return_index=True)
    if others is None:
        others = np.full((size, size), size + 1, np.int32), np.zeros((size, size), np.int32)
    low, high = others
    low[:, at] = np.minimum(low[:, at], np.minimum.reduceat(fewest[:, order], starts, axis=1))
    high[:, at] = np.maximum(high[:, at], np.maximum.reduceat(most[:, order], starts, axis=1))
    return low, high


def _over_all(
    mask: Bools, may: Ints, must: Ints, limit: Ints, least: Ints | None = None
) -> tuple[Ints, Ints]:
    """The same for numbers at one position after another: mask [position or 1, query]; bounds
    [position, query] -> [1, position]."""
    most = np.minimum(may, limit[None])
    some = must if least is None else np.maximum(must, least.T)
    high = np.where(mask, most, 0).max(axis=1)
    low = np.where(mask, some, may.shape[0] + 1).min(axis=1)
    return low[None], high[None]


def _pinned(mask: Bools) -> Ints | None:
    """The one index at which each state is possible; None if some are at several.

    mask [length or 1, index, state].
    """
    at = mask.any(axis=0)  # [index, state]
    return None if (at.sum(axis=0) > 1).any() else np.asarray(at.argmax(axis=0))
