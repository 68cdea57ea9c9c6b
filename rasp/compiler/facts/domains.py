"""Which values an s-op can take, per context.

A domain is a finite list of typed atoms with, per context, the ones possible there.  It may list
too much, never too little.  `joint` enumerates the combinations of several variables' values that
can meet at one position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from rasp.compiler.facts.contexts import Bools, Contexts, Floats, Granularity, Ints, letters
from rasp.compiler.facts.rows import distinct_rows, first_rows
from rasp.compiler.limits import (
    BLOCK_OF_CONTEXTS,
    COPYING_ERROR,
    FARTHEST_OFF,
    LARGEST_TOTAL,
    MAX_LISTED_ROWS,
)
from rasp.compiler.matrices import few_rows
from rasp.deadline import look
from rasp.graph.nodes import Atom, atom_key

_LETTERS: tuple[Granularity, ...] = ("i", "n")


class TooManyRowsError(Exception):
    """More joint values than can be enumerated; `rows` says how many, at least."""

    def __init__(self, rows: float) -> None:
        super().__init__(rows)
        self.rows = rows


@dataclass(frozen=True, eq=False)
class Domain:
    """values: distinct typed atoms.  mask: [contexts at granularity, values], what is possible
    where.

    Every value is possible somewhere.
    """

    values: tuple[Atom, ...]
    contexts: Contexts
    granularity: Granularity
    mask: Bools

    @classmethod
    def everywhere(cls, values: Sequence[Atom], contexts: Contexts) -> Domain:
        return cls(tuple(values), contexts, "", np.ones((1, len(values)), dtype=bool))

    @cached_property
    def code(self) -> dict[tuple[str, str | int], int]:
        """Typed atom key -> its place in values."""
        return {atom_key(value): number for number, value in enumerate(self.values)}

    def __len__(self) -> int:
        return len(self.values)

    def at(self, granularity: Granularity) -> Bools:
        """The mask at a finer or coarser granularity."""
        if set(self.granularity) <= set(granularity):
            return np.asarray(self.contexts.expand(self.mask, self.granularity, granularity))
        common = _common(granularity, self.granularity)
        if common not in self._coarse:
            self._coarse[common] = self.contexts.reduce_any(
                self._valid_mask, self.granularity, common
            )
        return np.asarray(self.contexts.expand(self._coarse[common], common, granularity))

    def reduced(self, granularity: Granularity) -> Domain:
        """The values with what is known of them at a coarser granularity."""
        if granularity == self.granularity:
            return self
        return Domain(self.values, self.contexts, granularity, self.at(granularity))

    def counts(self, granularity: Granularity) -> Ints:
        """How many values are possible in each context."""
        if set(self.granularity) <= set(granularity):
            return np.asarray(self.contexts.expand(self._n_there, self.granularity, granularity))
        return np.asarray(np.count_nonzero(self.at(granularity), axis=1))

    @cached_property
    def _coarse(self) -> dict[Granularity, Bools]:
        """The mask at coarser granularities, each found once."""
        return {}

    @cached_property
    def _n_there(self) -> Ints:
        """[contexts]: how many values are possible; few are held in a byte each."""
        found = np.empty(len(self.mask), dtype=np.min_scalar_type(len(self.values)))
        for start in range(0, len(self.mask), BLOCK_OF_CONTEXTS):
            rows = slice(start, start + BLOCK_OF_CONTEXTS)
            found[rows] = np.count_nonzero(self.mask[rows], axis=1)
        return found

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """[contexts]: the first and the last of the values that are possible there; where none is,
        the last is before the first."""
        first, behind = np.zeros((2, len(self.mask)), dtype=np.int64)
        for start in range(0, len(self.mask), BLOCK_OF_CONTEXTS):
            rows = slice(start, start + BLOCK_OF_CONTEXTS)
            mask = self.mask[rows]
            first[rows] = mask.argmax(axis=1)
            behind[rows] = mask.shape[1] - mask[:, ::-1].argmax(axis=1)
            behind[rows][~mask.any(axis=1)] = 0
        return first, behind - 1

    @cached_property
    def some(self) -> Bools:
        """[contexts]: is any value possible there?"""
        first, last = self.ends
        return np.asarray(first <= last)

    @cached_property
    def is_filled(self) -> bool:
        """Are all values between the first and the last in a context possible there, too?"""
        first, last = self.ends
        return bool((np.count_nonzero(self.mask, axis=1) == last - first + 1).all())

    @cached_property
    def numbers(self) -> Floats:
        """The values, which are numbers."""
        return np.array([float(value) for value in self.values])

    @cached_property
    def _valid_mask(self) -> Bools:
        if self.granularity != "in":
            return self.mask
        return self.mask & self.contexts.valid()[:, None]

    @property
    def size(self) -> float:
        """How many values there are, as `Unlisted` has it, too."""
        return float(len(self.values))

    @property
    def numeric(self) -> bool:
        """Numbers only, no booleans."""
        return all(type(value) in (int, float) for value in self.values)


@dataclass(frozen=True)
class Interval:
    """The integers from low to high, all of type int.

    off: by how much they may be off where they are held as numbers, at most.
    """

    low: int
    high: int
    off: float = 0.0

    @property
    def size(self) -> int:
        return self.high - self.low + 1

    @property
    def largest(self) -> int:
        """The largest absolute value."""
        return max(abs(self.low), abs(self.high))

    @property
    def is_told(self) -> bool:
        """Are neighbours told apart, whatever rounding does?"""
        return self.largest < LARGEST_TOTAL and self.off < FARTHEST_OFF

    def copied(self) -> Interval:
        """As it is where it is read by a head, or added up from parts."""
        return replace(self, off=self.off + COPYING_ERROR * self.largest)

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high, self.off + other.off)

    def times(self, factor: int) -> Interval:
        ends = self.low * factor, self.high * factor
        return Interval(min(ends), max(ends), abs(factor) * self.off)

    def beside(self, number: int) -> Interval:
        """With one more integer, and what is between."""
        return Interval(min(self.low, number), max(self.high, number), self.off)


@dataclass(frozen=True, eq=False)
class Unlisted:
    """Too many values to list: about `size`, and nothing is known of them by context.

    interval: where all are integers; None if they are other numbers, or of types that are not
    known.
    """

    size: float
    contexts: Contexts
    granularity: Granularity = ""
    interval: Interval | None = None

    @classmethod
    def integers(cls, interval: Interval, contexts: Contexts) -> Unlisted:
        return cls(float(interval.size), contexts, interval=interval)


AnyDomain: TypeAlias = Domain | Unlisted


def listed(domain: AnyDomain) -> Domain:
    """The domain, whose list of values is needed.  Raises TooManyRowsError if there is none."""
    if isinstance(domain, Unlisted):
        raise TooManyRowsError(domain.size)
    return domain


def restrict(
    values: Sequence[Atom], contexts: Contexts, granularity: Granularity, mask: Bools
) -> Domain:
    """A domain without the values that are possible nowhere."""
    valid = mask & contexts.valid()[:, None] if granularity == "in" else mask
    alive = np.any(valid, axis=0)
    if bool(alive.all()):
        return Domain(tuple(values), contexts, granularity, mask)
    kept = tuple(value for value, keep in zip(values, alive, strict=True) if keep)
    return Domain(kept, contexts, granularity, mask[:, alive])


@dataclass(frozen=True, eq=False)
class Joint:
    """Combinations of values: codes [rows, variables]; contexts: the row numbers at granularity.

    of: all values of this domain are listed, each once; contexts are the first that it has.
    """

    codes: Ints
    granularity: Granularity
    contexts: Ints
    of: Domain | None = None

    def where(self, kinds: Ints, n_kinds: int, n_contexts: int) -> Bools:
        """[context, kind]: is there a row of that kind?  kinds: of each row, below 0 for none."""
        mask = np.zeros((n_contexts, n_kinds), dtype=bool)
        known = np.flatnonzero(kinds >= 0)
        if self.of is None:
            mask[self.contexts[known], kinds[known]] = True
            return mask
        order = known[np.argsort(kinds[known], kind="stable")]
        there, starts = np.unique(kinds[order], return_index=True)
        if len(there):
            for rows in few_rows(n_contexts, len(order)):
                own = self.of.mask[rows].take(self.codes[order, 0], axis=1)
                mask[rows, there] = np.logical_or.reduceat(own, starts, axis=1)
        return mask


def joint(
    domains: Sequence[AnyDomain],
    contexts: Contexts,
    keep: Granularity = "",
    *,
    enough: int = MAX_LISTED_ROWS,
) -> Joint:
    """All combinations that can meet at one position, each once per context of `keep`.

    Only the parts of the context that at least two domains (or the caller, by `keep`) know
    something about can exclude a combination; the others are not enumerated.  Of more combinations
    than are enough fewer are excluded, where that takes no more.  Raises TooManyRowsError.
    """
    known = [listed(domain) for domain in domains]
    for granularity in _coarser(letters(_shared(known), keep)):
        total = _size(known, contexts, granularity)
        if total <= (enough if granularity else MAX_LISTED_ROWS):
            return _expand(known, contexts, granularity, keep)
    raise TooManyRowsError(total)


def joint_size(domains: Sequence[AnyDomain], contexts: Contexts) -> float:
    """About how many combinations `joint` lists: no more than this."""
    try:
        known = [listed(domain) for domain in domains]
        granularity = _shared(known)
        pinned = _size(known, contexts, granularity)
        return min(pinned, _size(known, contexts, "")) if granularity else pinned
    except TooManyRowsError as error:
        return error.rows


def _shared(domains: Sequence[Domain]) -> Granularity:
    """The parts of the context that at least two domains know something about."""
    shared: Granularity = ""
    for letter in _LETTERS:
        if sum(letter in domain.granularity for domain in domains) >= 2:
            shared = letters(shared, letter)
    return shared


def _size(domains: Sequence[Domain], contexts: Contexts, granularity: Granularity) -> float:
    if granularity == "in" and all(domain.granularity != "in" for domain in domains):
        # For each length the sum over its indices, without a row for each pair.
        n_contexts = contexts.rows("i")
        by_index, by_length = np.ones(n_contexts), np.ones(n_contexts)
        for domain in domains:
            if domain.granularity == "i":
                by_index = by_index * domain.counts("i")
            else:
                by_length = by_length * domain.counts("n")
        return float((by_length * np.cumsum(by_index)).sum())
    size = np.ones(contexts.rows(granularity))
    for domain in domains:
        size = size * domain.counts(granularity)
    return float((size * contexts.valid() if granularity == "in" else size).sum())


def _coarser(granularity: Granularity) -> list[Granularity]:
    """Itself and what may stand in for it, finest first: fewer exclusions, but fewer contexts."""
    if granularity == "in":
        return ["in", "i", "n", ""]
    return [granularity, ""] if granularity else [""]


def _expand(
    domains: Sequence[Domain], contexts: Contexts, granularity: Granularity, keep: Granularity
) -> Joint:
    if len(domains) == 1 and domains[0].granularity == granularity == keep and keep in ("i", "n"):
        (domain,) = domains
        codes = np.flatnonzero(domain.mask.any(axis=0))
        return Joint(codes[:, None], keep, first_rows(domain.mask)[codes], domain)
    rows = np.arange(contexts.rows(granularity), dtype=np.int64)
    if granularity == "in":
        rows = rows[contexts.valid()]
    columns: list[Ints] = []
    for domain in domains:
        look()
        known = _common(domain.granularity, granularity)
        mask = domain.at(known)
        own, _ = _project(rows, contexts, granularity, known)
        counts = mask.sum(axis=1)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        allowed = np.nonzero(mask)[1]
        repeat = counts[own]
        within = np.arange(int(repeat.sum())) - np.repeat(np.cumsum(repeat) - repeat, repeat)
        codes = allowed[np.repeat(starts[own], repeat) + within]
        columns = [np.repeat(column, repeat) for column in columns]
        columns.append(codes.astype(np.int64))
        rows = np.repeat(rows, repeat)
    rows, kept = _project(rows, contexts, granularity, keep)
    first = distinct_rows([rows, *columns], len(rows))
    codes = (
        np.stack([column[first] for column in columns], axis=1)
        if columns
        else np.zeros((len(first), 0), dtype=np.int64)
    )
    return Joint(codes, kept, rows[first])


def _common(first: Granularity, second: Granularity) -> Granularity:
    """The parts of the context that both know."""
    return letters(*(letter for letter in _LETTERS if letter in first and letter in second))


def _project(
    rows: Ints, contexts: Contexts, granularity: Granularity, keep: Granularity
) -> tuple[Ints, Granularity]:
    """Context numbers at the part of `granularity` that is to be kept."""
    size = contexts.max_len
    kept = _common(keep, granularity)
    if kept == granularity:
        return rows, kept
    if kept == "":
        return np.zeros_like(rows), kept
    return (rows % size if kept == "i" else rows // size), kept
