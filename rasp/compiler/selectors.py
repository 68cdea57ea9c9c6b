"""Selectors as scores of heads: comparisons as matrices, and what is known about how many keys they
select.

The comparisons of a selector are grouped by the pair of variables they compare.  Any boolean
function of one group is one matrix over (value of the query variable, value of the key variable); a
conjunction over groups is a `Term`, which one head can score by adding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from rasp.compiler.contexts import Bools, Contexts, Ints
from rasp.compiler.factors import MOST_EXACT, MOST_SINGLE, Factors, factor, factorisations
from rasp.compiler.rows import distinct_lines
from rasp.errors import CompileError
from rasp.graph.columns import apply_column
from rasp.graph.nodes import Select
from rasp.graph.operators import COMPARISON_OPERATORS

if TYPE_CHECKING:
    from rasp.compiler.orders import Distinct
    from rasp.compiler.variables import Categorical, Linear, View

MAX_CELLS = 4_000_000
MAX_BOUND_CELLS = 30_000_000


@dataclass(frozen=True, eq=False)
class Group:
    """matrix[query value, key value]: does the query select the key, as far as these two know?"""

    query: Categorical
    key: Categorical
    matrix: Bools

    def factorisations(self, *, single: bool = False) -> list[Factors]:
        """All forms of its scores; single: the head never selects several keys."""
        return factorisations(self.matrix, _most_numbers(self.query, self.key, single))

    def factor(self, *, single: bool = False) -> Factors:
        """The cheapest form of its scores."""
        return factor(self.matrix, _most_numbers(self.query, self.key, single))


def _most_numbers(query: Categorical, key: Categorical, single: bool) -> int:
    """How many values may be told apart by their number, as exactly as the head needs it."""
    if query.embedded and key.embedded:
        return MOST_EXACT
    if single and query.free and key.free:
        return MOST_SINGLE
    return 0


@dataclass(frozen=True, eq=False)
class Products:
    """Scores given as products of a number of the query and one of the key.

    relative: one key is selected, by the largest score, whatever that is, or none if all are below
    0, which never happens if `always`; otherwise it is 0 for selected keys and at most -1 for
    others.  text: what it is, for reports; instead: what else it could be, with so many neurons and
    products.
    """

    pairs: tuple[tuple[Linear, Linear], ...]
    bias: float
    relative: bool
    text: str
    instead: str
    instead_neurons: int
    instead_products: int
    always: bool = True

    def key(self) -> tuple[object, ...]:
        return tuple((query.key(), key.key()) for query, key in self.pairs)

    @property
    def depth(self) -> int:
        """After which attention all that is compared is there."""
        return max(depth_of(side) for pair in self.pairs for side in pair)


def depth_of(linear: Linear) -> int:
    """After which attention all that a linear form is made of is there."""
    return max([0, *(variable.depth for variable in (*linear.features, *linear.scalars))])


@dataclass(frozen=True, eq=False)
class Rank:
    """Which of the selected keys is best: the one with the largest number, or those that share it.

    key: an integer from 0 to `largest` at every key; shared: so many keys have the same number, at
    most; text: what it is a number of.
    """

    key: Linear
    largest: int
    shared: int
    text: str

    def then(self, other: Rank) -> Rank:
        """By this number, and among keys that share it by the other."""
        size = other.largest + 1
        return Rank(
            self.key.scaled(size) + other.key,
            self.largest * size + other.largest,
            min(self.shared, other.shared),
            f"{self.text}, then {other.text}",
        )


@dataclass(frozen=True, eq=False)
class Term:
    """A conjunction of groups, at most one for each pair of variables; or scores of its own.

    name: which part of a selector it is, where it is not the whole of one; rank: of the keys that
    all this selects, those that are best.
    """

    groups: tuple[Group, ...]
    products: Products | None = None
    name: str = ""
    rank: Rank | None = None

    @property
    def selects_all(self) -> bool:
        return not self.groups and self.products is None and self.rank is None

    def key(self) -> tuple[object, ...]:
        """Equal for terms that select alike for the same reason: they can share a head."""
        groups = sorted((id(g.query), id(g.key), g.matrix.tobytes()) for g in self.groups)
        return (
            *groups,
            None if self.products is None else self.products.key(),
            None if self.rank is None else self.rank.key.key(),
        )


def matrix_of(select: Select, query: View, key: View) -> tuple[Bools, Bools | None]:
    """Compare every value of the query variable with every value of the key variable.

    Also where that fails, because the values have no order; None if it never does.  Raises
    CompileError for too many pairs; the caller knows the place.
    """
    n_query, n_key = query.variable.size, key.variable.size
    if n_query * n_key > MAX_CELLS:
        raise CompileError(
            f"the comparison has {n_query} * {n_key} pairs of values",
            hint="a smaller vocabulary or a smaller max_len",
        )
    pairs = (
        key.column.take(np.tile(np.arange(n_key), n_query)),
        query.column.take(np.repeat(np.arange(n_query), n_key)),
    )
    result = apply_column(COMPARISON_OPERATORS[select.comparison], (), pairs)
    chosen = result.truth()
    if result.failed is None:
        return chosen.reshape(n_query, n_key), None
    # Values that could not be computed fail for themselves; here only the comparison counts.
    unordered = result.failed.copy()
    for column in pairs:
        if column.failed is not None:
            unordered &= ~column.failed
    chosen = (chosen & ~result.failed).reshape(n_query, n_key)
    return chosen, unordered.reshape(n_query, n_key) if unordered.any() else None


@dataclass(frozen=True)
class Bounds:
    """How many keys a selector selects: lowest and highest, [n, i] for every context."""

    low: Ints
    high: Ints

    @property
    def never_empty(self) -> bool:
        size = len(self.low)
        valid = np.arange(size)[None, :] < np.arange(1, size + 1)[:, None]
        return bool((self.low[valid] > 0).all())

    def among_best(self, shared: int) -> Bounds:
        """Of the best of these, which at most so many keys are together."""
        return Bounds(np.minimum(self.low, 1), np.minimum(self.high, shared))

    @property
    def at_most_one(self) -> bool:
        size = len(self.low)
        valid = np.arange(size)[None, :] < np.arange(1, size + 1)[:, None]
        return bool((self.high[valid] <= 1).all())


def bounds(
    terms: Sequence[Term], position: Categorical, unit: Categorical, contexts: Contexts
) -> Bounds:
    """Bounds on the number of selected keys, from what is known about positions."""
    size = contexts.max_len
    low = np.zeros((size, size), dtype=np.int64)
    high = np.zeros((size, size), dtype=np.int64)
    for term in terms:
        if term.products is not None:
            one = term.products.relative
            low, high = low + (one and term.products.always), high + (1 if one else size)
            continue
        chosen = np.ones((size, size), dtype=bool)  # [query index, key index]
        others: list[Group] = []
        limit = size
        for group in term.groups:
            fixed_key = group.key in (position, unit) or (
                group.key.permutation and len(term.groups) == 1
            )
            if group.query in (position, unit) and fixed_key:
                # The values of a permutation are the indices in another order.
                matrix = group.matrix[:, :size]
                chosen &= np.broadcast_to(matrix, (size, size))
                continue
            others.append(group)
            multiplicity, within = group.key.multiplicity, group.key.within
            if multiplicity is not None and (within is None or _pinned(term, within)):
                per_query = group.matrix @ np.minimum(multiplicity, size)
                limit = min(limit, int(per_query.max(initial=0)))
        if contexts.causal:
            chosen &= np.tri(size, dtype=bool)
        counts = chosen.cumsum(axis=1).T  # [n - 1, i]: keys j < n
        high += np.minimum(counts, limit)
        gathered = _gathered(term, position, contexts)
        if gathered is not None:
            low += gathered.low
            high += gathered.high - np.minimum(counts, limit)
        elif not others:
            low += counts
        elif all(g.query is g.key and bool(g.matrix.diagonal().all()) for g in others):
            low += chosen.diagonal()[None, :].astype(np.int64)
    lengths = np.arange(1, size + 1)[:, None]
    found = Bounds(np.minimum(low, lengths), np.minimum(high, lengths))
    ranks = [term.rank for term in terms if term.rank is not None]
    return found.among_best(max(rank.shared for rank in ranks)) if ranks else found


def _gathered(term: Term, position: Categorical, contexts: Contexts) -> Bounds | None:
    """Bounds for reading at a computed place: as many keys as the values possible there select."""
    if len(term.groups) != 1 or contexts.causal:
        return None
    group, size = term.groups[0], contexts.max_len
    if group.key is not position or group.query is position:
        return None
    if size * size * group.query.size > MAX_BOUND_CELLS:
        return None
    counts = group.matrix.cumsum(axis=1).T  # [n - 1, value]
    possible = group.query.domain.at("in").reshape(size, size, -1)  # [n - 1, i, value]
    low = np.where(possible, counts[:, None, :], size).min(axis=2)
    high = np.where(possible, counts[:, None, :], 0).max(axis=2)
    return Bounds(low, high)


def _pinned(term: Term, within: Distinct) -> bool:
    """Do the keys that a query selects belong to one class, as far as `within` goes?"""
    if not within.variables:
        return within.everywhere
    rows_of: list[Bools] = []
    for variable in within.variables:
        groups = [group for group in term.groups if group.key is variable]
        if not groups:
            rows_of.append(np.ones((1, variable.size), dtype=bool))
            continue
        best = min(groups, key=lambda group: int(group.matrix.sum(axis=1).max()))
        rows_of.append(distinct_lines(best.matrix)[0])
    return all(within.one_class(rows) for rows in product(*rows_of))
