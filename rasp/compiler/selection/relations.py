"""Which value of a query selects which value of a key, with values that act alike as one kind.

Mostly each value is a kind of its own, and a relation is the matrix of all pairs.  But what a digit
of an order says is a table of a few kinds, however many values have that digit, and all that is
asked of the relation is asked of the table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import overload

import numpy as np

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.facts.rows import by_order, nested
from rasp.compiler.matrices import few_rows
from rasp.compiler.selection.factors import Factors, Pair


@dataclass(frozen=True, eq=False)
class Relation:
    """table: [kind of query, kind of key] is it selected?  kinds: that of each value of the query
    and of each of the key; None if each value is a kind of its own."""

    table: Bools
    kinds: tuple[Ints, Ints] | None = None

    @classmethod
    def of_kinds(cls, table: Bools, queries: Ints, keys: Ints) -> Relation:
        """Kinds that no value is of are left out, and the others numbered as they come."""
        used, queries = _in_turn(queries)
        used_keys, keys = _in_turn(keys)
        return cls(table[used][:, used_keys], (queries, keys))

    @cached_property
    def matrix(self) -> Bools:
        """[query value, key value], all pairs of them."""
        if self.kinds is None:
            return self.table
        queries, keys = self.kinds
        return self.table[queries][:, keys]

    def at(self, rows: slice) -> Bools:
        """[query value, key value] for some of the queries."""
        if self.kinds is None:
            return self.table[rows]
        queries, keys = self.kinds
        return self.table[queries[rows]][:, keys]

    def added_up(self, weights: Ints) -> Ints:
        """For each value of the query, the sum of the weights of the keys that it selects."""
        if self.kinds is None:
            found = np.zeros(len(self.table), dtype=np.int64)
            for rows in few_rows(*self.table.shape):
                found[rows] = self.table[rows] @ weights
            return found
        queries, keys = self.kinds
        of_kinds = np.zeros(self.table.shape[1], dtype=np.int64)
        np.add.at(of_kinds, keys, weights)
        return (self.table @ of_kinds)[queries]

    @cached_property
    def is_full(self) -> bool:
        """Does every query select every key?"""
        return bool(self.table.all())

    @cached_property
    def is_empty(self) -> bool:
        return not bool(self.table.any())

    @cached_property
    def content(self) -> bytes:
        """Equal only for equal relations."""
        digest = hashlib.blake2b(repr(self.table.shape).encode())
        digest.update(np.packbits(self.table, axis=1).tobytes())
        for kinds in self.kinds or ():
            digest.update(kinds.astype(np.int64).tobytes())
        return digest.digest()

    @cached_property
    def by_order(self) -> tuple[bool, bool, bool] | None:
        """Are keys selected that stand before, at, or behind the query's value, where that is all
        that matters, as it is for indices; otherwise None."""
        return by_order(self.matrix)

    @cached_property
    def nested(self) -> tuple[Ints, Ints] | None:
        """See `rasp.compiler.facts.rows.nested`."""
        return nested(self.matrix)

    def spread(self, factors: Factors) -> Factors:
        """Scores of kinds as those of values."""
        if self.kinds is None:
            return factors
        return replace(factors, pairs=_OfValues(factors.pairs, *self.kinds))


@dataclass(frozen=True, eq=False)
class _OfValues(Sequence[Pair]):
    """Products of kinds as those of values, each made when it is asked for."""

    of_kinds: Sequence[Pair]
    queries: Ints
    keys: Ints

    def __len__(self) -> int:
        return len(self.of_kinds)

    @overload
    def __getitem__(self, place: int) -> Pair: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Pair]: ...
    def __getitem__(self, place: int | slice) -> Pair | Sequence[Pair]:
        if isinstance(place, slice):
            return replace(self, of_kinds=self.of_kinds[place])
        query, key = self.of_kinds[place]
        return (
            None if query is None else query[self.queries],
            None if key is None else key[self.keys],
        )


def _in_turn(kinds: Ints) -> tuple[Ints, Ints]:
    """The kinds that there are, in the order in which they come first; which of them each is."""
    used, first, number = np.unique(kinds, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return used[order], place[number.reshape(-1)]
