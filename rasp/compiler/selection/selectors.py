"""Selectors as scores of heads: comparisons as matrices.

The comparisons of a selector are grouped by the pair of variables they compare.  Any boolean
function of one group is one matrix over (value of the query variable, value of the key variable); a
conjunction over groups is a `Term`, which one head can score by adding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from rasp.compiler.facts.contexts import Bools, Contexts, Ints
from rasp.compiler.limits import (
    MAX_COMPARED_NUMBERS,
    MAX_COMPARED_PAIRS,
    MOST_ADDRESSED,
    MOST_EXACT,
    MOST_SINGLE,
)
from rasp.compiler.linear import Categorical, Linear, View
from rasp.compiler.matrices import compared
from rasp.compiler.selection.candidates import Answer, ask_all, proposals
from rasp.compiler.selection.factors import Factors
from rasp.compiler.selection.forms import EVEN, NOT_ASKED, UNEVEN, Comparison, cheapest
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.shared import Shared, shared
from rasp.compiler.selection.thresholds import scale_beside, with_uneven
from rasp.errors import CompileError
from rasp.graph.columns import apply_column
from rasp.graph.nodes import Select
from rasp.graph.operators import COMPARISON_OPERATORS


@dataclass(frozen=True, eq=False)
class Group:
    """relation: does the query select the key, as far as these two know?

    masked: both are the index in a causal model, so that what is said of later keys is no matter.
    """

    query: Categorical
    key: Categorical
    relation: Relation
    masked: bool = False

    @property
    def matrix(self) -> Bools:
        """[query value, key value]"""
        return self.relation.matrix

    @cached_property
    def counts(self) -> dict[Contexts, tuple[Ints, Ints]]:
        """What `rasp.compiler.selection.counted` found out about it, once."""
        return {}

    def answers(self, purpose: Purpose) -> tuple[Answer[Factors], ...]:
        """What each form says of its scores, for what a head is asked for."""
        most = _most_numbers(self.query, self.key, purpose.single)
        if most not in self._even:
            self._even[most] = tuple(
                answer.map(self.relation.spread)
                for answer in ask_all(EVEN, Comparison(self.relation.table, most))
            )
        return (*self._even[most], *(self._uneven if purpose.agree else NOT_ASKED))

    @cached_property
    def _even(self) -> dict[int, tuple[Answer[Factors], ...]]:
        """By how many values may be told apart by their number: each is found once."""
        return {}

    @cached_property
    def _uneven(self) -> tuple[Answer[Factors], ...]:
        """What is said of scores of which only the sign says what is selected."""
        embedded = self.query.embedded and self.key.embedded
        comparison = Comparison(
            self.matrix,
            masked=self.masked,
            free=self.query.free and self.key.free,
            most_ranks=None if embedded else 2 * MOST_SINGLE,
        )
        return ask_all(UNEVEN, comparison)

    @property
    def uneven(self) -> Factors | None:
        """The cheapest of these, if there are any."""
        return min(proposals(self._uneven), key=lambda found: len(found.pairs), default=None)

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
        return (self.bias, *((query.key(), key.key()) for query, key in self.pairs))

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
    """forms: those of each group by itself; uneven: the group of which some selected keys have
    larger scores than others, None if all have 0; shared: groups that have products in common."""

    forms: tuple[Factors, ...]
    uneven: int | None
    shared: tuple[Shared, ...] = ()

    @property
    def comparisons(self) -> list[int | Shared]:
        """What has products of its own, in turn: groups by their numbers, and several at once."""
        first = {one.members[0]: one for one in self.shared}
        others = {number for one in self.shared for number in one.members[1:]}
        return [first.get(n, n) for n in range(len(self.forms)) if n not in others]

    @property
    def n_products(self) -> int:
        """How wide a head of these scores is."""
        own = (one if isinstance(one, Shared) else self.forms[one] for one in self.comparisons)
        return sum(len(scores.pairs) for scores in own)


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
                group.uneven if len(form.pairs) > purpose.faithful else None
                for group, form in zip(self.groups, forms, strict=True)
            ]
            found = with_uneven(forms, candidates)
            if found is not None:
                scaled, number = found
                together = shared(self.groups, scaled, scale_beside(scaled[number]))
                return Scores(tuple(scaled), number, tuple(together))
        return Scores(tuple(forms), None, tuple(shared(self.groups, forms, 1.0)))

    def key(self) -> tuple[object, ...]:
        """Equal for terms that select alike for the same reason: they can share a head."""
        groups = sorted((id(g.query), id(g.key), g.relation.content) for g in self.groups)
        return (
            *groups,
            None if self.products is None else self.products.key(),
            None if self.rank is None else self.rank.key.key(),
        )


ORDERS: dict[str, Callable[[Ints, Ints], Bools]] = {
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
        compare = ORDERS[select.comparison]
        sides = (np.broadcast_to(view.column.data, (view.variable.size,)) for view in (key, query))
        keys, queries = sides
        return compared(compare, queries, keys), None
    ranked = _ranks(key, query) if n_query * n_key <= MAX_COMPARED_PAIRS else None
    if ranked is not None:
        keys, queries = ranked
        return np.asarray(ORDERS[select.comparison](keys[None, :], queries[:, None])), None
    if n_query * n_key > MAX_COMPARED_PAIRS:
        raise CompileError(
            f"{key.variable.label} has {n_key:,} possible values, and {query.variable.label}"
            f" {n_query:,}: these are too many pairs to be compared",
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
