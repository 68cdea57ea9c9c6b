"""How many keys a selector selects, at most and at least, at each index of each length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rasp.meaning.states import Bools, Ints


@dataclass(frozen=True, eq=False)
class Counts:
    """How many keys a selector selects [length, index]; 0 and 0 where there is no position."""

    low: Ints
    high: Ints

    def valid(self) -> Bools:
        size = len(self.low)
        return np.arange(size)[None, :] <= np.arange(size)[:, None]

    @property
    def never_empty(self) -> bool:
        return bool((self.low[self.valid()] > 0).all())

    @property
    def at_most_one(self) -> bool:
        return bool((self.high[self.valid()] <= 1).all())


def by_position(chosen: Bools, mask: Bools, size: int) -> tuple[Ints, Ints]:
    """How many keys may be selected, and must be, among the keys up to each index.

    chosen [query, key state]; mask [length or 1, index or 1, key state] -> [length or 1, query,
    index].
    """
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


def over_queries(
    mask: Bools, bounds: tuple[Ints, Ints], limit: Ints, least: Ints | None, *, causal: bool
) -> tuple[Ints, Ints]:
    """The smallest and the largest number of keys over all states of a query [length, index].

    mask [length or 1, index or 1, query]: where a state is possible; bounds: how many keys may be,
    and must be, selected among those up to each index [length or 1, query, index]; limit [query];
    least [query, length].
    """
    may, must = bounds
    size, n_queries = may.shape[2], may.shape[1]
    low = np.full((size, size), size + 1, dtype=np.int64)
    high = np.zeros((size, size), dtype=np.int64)
    pinned = _pinned(mask, size)
    every = np.arange(n_queries)
    for n in range(size):
        here = mask[n if len(mask) > 1 else 0]  # [index or 1, query]
        row = n if len(may) > 1 else 0
        if pinned is not None:
            last = pinned if causal else n
            most = np.minimum(may[row][every, last], limit)
            some = must[row][every, last]
            if least is not None:
                some = np.maximum(some, least[:, n])
            there = np.flatnonzero(here[pinned, every] & (pinned <= n))
            np.maximum.at(high[n], pinned[there], most[there])
            np.minimum.at(low[n], pinned[there], some[there])
            continue
        seen = slice(0, n + 1) if causal else slice(n, n + 1)
        most = np.minimum(may[row][:, seen].T, limit[None, :])  # [index or 1, query]
        some = must[row][:, seen].T
        if least is not None:
            some = np.maximum(some, least[:, n][None, :])
        here = here[: n + 1]
        high[n, : n + 1] = np.where(here, most, 0).max(axis=1)
        low[n, : n + 1] = np.where(here, some, size + 1).min(axis=1)
    return low, high


def _pinned(mask: Bools, size: int) -> Ints | None:
    """The one index at which each state is possible; None if some are at several."""
    if mask.shape[1] != size or size == 1:
        return None
    at = mask.any(axis=0)  # [index, state]
    return None if (at.sum(axis=0) > 1).any() else np.asarray(at.argmax(axis=0))
