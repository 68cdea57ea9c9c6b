"""Selectors as scores of heads: comparisons as matrices, and what is known about how many keys they
select.

The comparisons of a selector are grouped by the pair of variables they compare.  Any boolean
function of one group is one matrix over (value of the query variable, value of the key variable); a
conjunction over groups is a `Term`, which one head can score by adding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Literal, TypeAlias

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Bools, Contexts, Ints
from rasp.compiler.facts.rows import distinct_lines
from rasp.compiler.limits import (
    MAX_BOUND_CELLS,
    MAX_COMPARED_NUMBERS,
    MAX_COMPARED_PAIRS,
    MOST_ADDRESSED,
    MOST_DETAILED,
    MOST_EXACT,
    MOST_SINGLE,
)
from rasp.compiler.linear import Categorical, Distinct, Linear, View
from rasp.compiler.selection.candidates import Answer, ask_all, proposals
from rasp.compiler.selection.factors import Factors
from rasp.compiler.selection.forms import EVEN, NOT_ASKED, THRESHOLD, Comparison, cheapest
from rasp.compiler.selection.thresholds import with_threshold
from rasp.errors import CompileError
from rasp.graph.columns import apply_column
from rasp.graph.nodes import Select
from rasp.graph.operators import COMPARISON_OPERATORS


@dataclass(frozen=True, eq=False)
class Group:
    """matrix[query value, key value]: does the query select the key, as far as these two know?

    masked: both are the index in a causal model, so that what is said of later keys is no matter.
    """

    query: Categorical
    key: Categorical
    matrix: Bools
    masked: bool = False

    def answers(self, purpose: Purpose) -> tuple[Answer[Factors], ...]:
        """What each form says of its scores, for what a head is asked for."""
        most = _most_numbers(self.query, self.key, purpose.single)
        if most not in self._even:
            self._even[most] = ask_all(EVEN, Comparison(self.matrix, most))
        return (*self._even[most], self.threshold if purpose.agree else NOT_ASKED)

    @cached_property
    def _even(self) -> dict[int, tuple[Answer[Factors], ...]]:
        """By how many values may be told apart by their number: each is found once."""
        return {}

    @cached_property
    def threshold(self) -> Answer[Factors]:
        """What is said of scores of which only the sign says what is selected."""
        embedded = self.query.embedded and self.key.embedded
        comparison = Comparison(
            self.matrix,
            masked=self.masked,
            free=self.query.free and self.key.free,
            most_ranks=None if embedded else 2 * MOST_SINGLE,
        )
        return ask_all((THRESHOLD,), comparison)[0]

    def factorisations(self, *, single: bool = False) -> list[Factors]:
        """All forms of its scores of which all selected keys have the same."""
        return proposals(self.answers(Purpose(single)))

    def factor(self, *, single: bool = False) -> Factors:
        """The cheapest form of its scores."""
        return cheapest(self.factorisations(single=single))


def _most_numbers(query: Categorical, key: Categorical, single: bool) -> int:
    """How many values may be told apart by their number, as exactly as the head needs it."""
    if query.embedded and key.embedded:
        return MOST_ADDRESSED if single else MOST_EXACT
    if single and query.free and key.free:
        return MOST_SINGLE
    return 0


ProductKind: TypeAlias = Literal["parabola", "comparisons"]
"""The key nearest to a number; comparisons of which one holds where a product is 0."""


@dataclass(frozen=True, eq=False)
class Products:
    """Scores given as products of a number of the query and one of the key.

    relative: one key is selected, by the largest score, whatever that is, or none if all are below
    0, which never happens if `always`; otherwise it is 0 for selected keys and at most -1 for
    others.  kind: the construction; n_values: so many values are compared, each of which would be
    looked at by itself without it.
    """

    pairs: tuple[tuple[Linear, Linear], ...]
    bias: float
    relative: bool
    kind: ProductKind
    n_values: int
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
    most; label: what it is a number of.
    """

    key: Linear
    largest: int
    shared: int
    label: str

    def then(self, other: Rank) -> Rank:
        """By this number, and among keys that share it by the other."""
        size = other.largest + 1
        return Rank(
            self.key.scaled(size) + other.key,
            self.largest * size + other.largest,
            min(self.shared, other.shared),
            f"{self.label}, then {other.label}",
        )


@dataclass(frozen=True)
class Purpose:
    """What a head is asked for.

    single: never more than one key is selected; agree: selected keys carry the same, so that any of
    them will do; faithful: orders of so many products are to have patterns that look like the
    selector all the same.
    """

    single: bool = False
    agree: bool = False
    faithful: int = 0


SHARE = Purpose()
"""Selected keys share the attention equally."""


@dataclass(frozen=True)
class Scores:
    """forms: those of each group; uneven: the group of which some selected keys have larger scores
    than others, None if all have 0."""

    forms: tuple[Factors, ...]
    uneven: int | None


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

    def scores(self, purpose: Purpose) -> Scores:
        """The cheapest scores that serve the purpose."""
        forms = [group.factor(single=purpose.single) for group in self.groups]
        if purpose.agree and self.rank is None:
            candidates = [
                group.threshold.proposal if len(form.pairs) > purpose.faithful else None
                for group, form in zip(self.groups, forms, strict=True)
            ]
            found = with_threshold(forms, candidates)
            if found is not None:
                return Scores(tuple(found[0]), found[1])
        return Scores(tuple(forms), None)

    def key(self) -> tuple[object, ...]:
        """Equal for terms that select alike for the same reason: they can share a head."""
        groups = sorted((id(g.query), id(g.key), g.matrix.tobytes()) for g in self.groups)
        return (
            *groups,
            None if self.products is None else self.products.key(),
            None if self.rank is None else self.rank.key.key(),
        )


_OF_INTEGERS: dict[str, Callable[[Ints, Ints], Bools]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def _are_integers(view: View) -> bool:
    column = view.column
    return column.failed is None and column.is_numeric and column.data.dtype == np.int64


def _ranks(key: View, query: View) -> tuple[Ints, Ints] | None:
    """For strings on both sides, their places in one order: they compare as the strings do."""
    sides: list[list[str]] = []
    for view in (key, query):
        values = view.column.elements()
        sides.append([value for value in values if isinstance(value, str)])
        if len(sides[-1]) < len(values):
            return None
    strings = {value for side in sides for value in side}
    places = {string: place for place, string in enumerate(sorted(strings))}
    keys, queries = (
        np.broadcast_to(np.array([places[value] for value in side]), (view.variable.size,))
        for side, view in zip(sides, (key, query), strict=True)
    )
    return keys, queries


def matrix_of(select: Select, query: View, key: View) -> tuple[Bools, Bools | None]:
    """Compare every value of the query variable with every value of the key variable.

    Also where that fails, because the values have no order; None if it never does.  Raises
    CompileError for too many pairs; the caller knows the place.
    """
    n_query, n_key = query.variable.size, key.variable.size
    if n_query * n_key <= MAX_COMPARED_NUMBERS and _are_integers(query) and _are_integers(key):
        compare = _OF_INTEGERS[select.comparison]
        sides = (np.broadcast_to(view.column.data, (view.variable.size,)) for view in (key, query))
        keys, queries = sides
        return np.asarray(compare(keys[None, :], queries[:, None])), None
    ranked = _ranks(key, query) if n_query * n_key <= MAX_COMPARED_PAIRS else None
    if ranked is not None:
        keys, queries = ranked
        return np.asarray(_OF_INTEGERS[select.comparison](keys[None, :], queries[:, None])), None
    if n_query * n_key > MAX_COMPARED_PAIRS:
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


def bounds(
    terms: Sequence[Term], position: Categorical, unit: Categorical, contexts: Contexts
) -> Bounds:
    """Bounds on the number of selected keys, from what is known about positions."""
    total = Bounds.of(contexts, 0, 0)
    for term in terms:
        total = total + _bounds_of(term, position, unit, contexts)
    found = total.below(np.arange(1, contexts.max_len + 1)[:, None])
    ranks = [term.rank for term in terms if term.rank is not None]
    return found.among_best(max(rank.shared for rank in ranks)) if ranks else found


def _bounds_of(term: Term, position: Categorical, unit: Categorical, contexts: Contexts) -> Bounds:
    size = contexts.max_len
    if term.products is not None:
        products = term.products
        certain = products.relative and products.always
        return Bounds.of(contexts, int(certain), 1 if products.relative else size)
    chosen = np.ones((1, 1), dtype=bool)  # [query index, key index]
    others: list[Group] = []
    limit = size
    for group in term.groups:
        fixed_key = group.key in (position, unit) or (
            group.key.permutation and len(term.groups) == 1
        )
        if group.query in (position, unit) and fixed_key:
            # The values of a permutation are the indices in another order.
            chosen = chosen & group.matrix[:, :size]
            continue
        others.append(group)
        multiplicity, within = group.key.multiplicity, group.key.within
        if multiplicity is not None and (within is None or _pinned(term, within)):
            per_query = group.matrix @ np.minimum(multiplicity, size)
            limit = min(limit, int(per_query.max(initial=0)))
    gathered = _gathered(term, position, contexts)
    if gathered is not None:
        return gathered
    least, most = _counted(chosen, contexts)
    low = np.zeros((1, 1), dtype=np.int64)
    if not others:
        low = least
    elif all(g.query is g.key and bool(g.matrix.diagonal().all()) for g in others):
        low = _diagonal(chosen, size).astype(np.int64)
    return Bounds(contexts, low, np.minimum(most, limit))


def _counted(chosen: Bools, contexts: Contexts) -> tuple[Ints, Ints]:
    """How many keys of an input are among those chosen, at least and at most: [length - 1, index],
    each side of size 1 where it does not matter.  chosen: [query index, key index], likewise.
    """
    size = contexts.max_len
    lengths = np.arange(1, size + 1)
    if len(chosen) == 1:  # whatever the query is
        counts = np.cumsum(np.broadcast_to(chosen[0], (size,)))
        counts = counts[None, :] if contexts.causal else counts[:, None]
        return counts, counts
    seen = np.tri(size, dtype=bool)
    if contexts.causal or not bool((chosen & ~seen).any()):
        counts = (chosen & seen).sum(axis=1)[None, :]
        return counts, counts
    if size <= MOST_DETAILED:
        counts = np.broadcast_to(chosen, (size, size)).cumsum(axis=1).T
        return counts, counts
    least, most = lengths.copy(), np.zeros(size, dtype=np.int64)
    for index, row in enumerate(np.broadcast_to(chosen, (size, size))):
        counts = np.cumsum(row[:size])[index:]  # [length, from index + 1 on]
        np.minimum(least[index:], counts, out=least[index:])
        np.maximum(most[index:], counts, out=most[index:])
    return least[:, None], most[:, None]


def _diagonal(chosen: Bools, size: int) -> Bools:
    """[1, index]: what is said of a position as its own key; of size 1 where it is always that."""
    return chosen if chosen.size == 1 else np.broadcast_to(chosen, (size, size)).diagonal()[None, :]


def _gathered(term: Term, position: Categorical, contexts: Contexts) -> Bounds | None:
    """Bounds for reading at a computed place: as many keys as the values possible there select."""
    if len(term.groups) != 1 or contexts.causal:
        return None
    group, size = term.groups[0], contexts.max_len
    if group.key is not position or group.query is position:
        return None
    domain = group.query.domain
    by_index = "i" in domain.granularity
    if size * (size if by_index else 1) * group.query.size > MAX_BOUND_CELLS:
        return None
    counts = group.matrix.cumsum(axis=1).T  # [n - 1, value]
    mask = domain.at("in" if by_index else "n")
    possible = mask.reshape(size, size if by_index else 1, -1)  # [n - 1, i, value]
    low = np.where(possible, counts[:, None, :], size).min(axis=2)
    high = np.where(possible, counts[:, None, :], 0).max(axis=2)
    return Bounds(contexts, low, high)


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
