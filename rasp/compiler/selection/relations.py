"""Which value of a query selects which value of a key, with values that act alike as one kind.

Mostly each value is a kind of its own, and a relation is the matrix of all pairs.  But what a digit
of an order says is a table of a few kinds, however many values have that digit, and all that is
asked of the relation is asked of the table.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.facts.rows import by_order, nested
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
        queries, keys = self.kinds
        pairs: list[Pair] = [
            (_of_values(query, queries), _of_values(key, keys)) for query, key in factors.pairs
        ]
        return replace(factors, pairs=pairs)


def _of_values(feature: Floats | None, kinds: Ints) -> Floats | None:
    return None if feature is None else feature[kinds]


def _in_turn(kinds: Ints) -> tuple[Ints, Ints]:
    """The kinds that there are, in the order in which they come first; which of them each is."""
    used, first, number = np.unique(kinds, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return used[order], place[number.reshape(-1)]
