"""Selectors as sums of heads: from a boolean combination of comparisons to score matrices.

The comparisons of a selector are grouped by the pair of variables they compare.  Any boolean
function of one group is one matrix over (value of the query variable, value of the key variable); a
conjunction over groups is a `Term`, which one head can score by adding.  Every selector is a sum of
disjoint terms, most are a single one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from rasp.compiler.contexts import Bools, Contexts, Floats, Ints
from rasp.compiler.factors import MOST_EXACT, MOST_SINGLE, Factors, factor, factorisations
from rasp.compiler.rows import distinct_lines, distinct_rows, number_rows
from rasp.errors import CompileError
from rasp.graph.columns import apply_column
from rasp.graph.nodes import (
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
)
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
class Nearest:
    """Is the key's number that of the query?  Exactly one key's is.

    index: the number of the query, an integer; numbers: those of the values of the key variable.
    """

    index: Linear
    key: Categorical
    numbers: Floats


@dataclass(frozen=True, eq=False)
class Term:
    """A conjunction of groups, at most one for each pair of variables; or a single `Nearest`."""

    groups: tuple[Group, ...]
    nearest: Nearest | None = None

    @property
    def selects_all(self) -> bool:
        return not self.groups and self.nearest is None

    def key(self) -> tuple[object, ...]:
        """Equal for terms that select alike for the same reason: they can share a head."""
        groups = sorted((id(g.query), id(g.key), g.matrix.tobytes()) for g in self.groups)
        return (*groups, None if self.nearest is None else self.nearest.index.key())


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


def split(
    selector: SelectorNode,
    compare: Callable[[Select], Group],
    unit: Categorical,
) -> list[Term]:
    """The selector as a sum of disjoint terms.

    compare gives the group of a single comparison; `unit` is the variable of constants.  The empty
    selector is no term at all.
    """
    nodes = _combination(selector)
    atoms = {node: compare(node) for node in nodes if isinstance(node, Select)}
    pairs: list[tuple[Categorical, Categorical]] = []
    classes: list[Ints] = []  # per pair: [query, key] -> class of cells that compare alike
    patterns: list[Bools] = []  # per pair: [class, comparison of the pair]
    places: dict[Select, tuple[int, int]] = {}
    for query, key in _merge_constants(list(atoms.values()), unit):
        members = [node for node, group in atoms.items() if _covers(query, key, group, unit)]
        members = [node for node in members if node not in places]
        if not members:
            continue
        number = len(pairs)
        pairs.append((query, key))
        for place, node in enumerate(members):
            places[node] = number, place
        stacked = np.stack(
            [
                np.broadcast_to(atoms[node].matrix, (query.size, key.size)).reshape(-1)
                for node in members
            ],
            axis=1,
        )
        inverse = number_rows([column.astype(np.int64) for column in stacked.T], len(stacked))
        classes.append(inverse.reshape(query.size, key.size))
        patterns.append(stacked[distinct_rows([inverse], len(stacked))])
    truth = _truth(nodes, places, patterns)
    prices: dict[tuple[int, bytes], int] = {}

    def price(axis: int, members: Bools) -> int:
        """Dimensions of the scores of one side of a box."""
        key = axis, members.tobytes()
        if key not in prices:
            group = Group(*pairs[axis], members[classes[axis]])
            prices[key] = 0 if bool(group.matrix.all()) else len(group.factor().pairs)
        return prices[key]

    chosen = _disjoint(truth, tuple(range(truth.ndim)), price)
    return [
        Term(
            tuple(
                Group(query, key, members[classes[number]])
                for number, ((query, key), members) in enumerate(zip(pairs, term, strict=True))
                if not members[classes[number]].all()
            )
        )
        for term in chosen
        if all(bool(members.any()) for members in term)
    ]


def _combination(selector: SelectorNode) -> list[SelectorNode]:
    """The comparisons of a selector and what combines them, operands first.

    Selectors inside the compared s-ops do not belong to it.
    """
    order: list[SelectorNode] = []
    seen: set[SelectorNode] = set()
    stack: list[tuple[SelectorNode, bool]] = [(selector, False)]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready or isinstance(node, Select):
            seen.add(node)
            order.append(node)
            continue
        stack.append((node, True))
        operands = (node.operand,) if isinstance(node, SelectorNot) else (node.left, node.right)
        stack.extend((operand, False) for operand in operands)
    return order


def _merge_constants(
    groups: Sequence[Group], unit: Categorical
) -> list[tuple[Categorical, Categorical]]:
    """The pairs of variables to keep: one that only filters keys or queries joins another pair."""
    pairs = list(dict.fromkeys((group.query, group.key) for group in groups))
    full = [pair for pair in pairs if unit not in pair]
    kept = list(full)
    for query, key in pairs:
        if (query, key) in full:
            continue
        joins = any(
            (query is unit or query is other_query) and (key is unit or key is other_key)
            for other_query, other_key in full
        )
        if not joins:
            kept.append((query, key))
    return kept


def _covers(query: Categorical, key: Categorical, group: Group, unit: Categorical) -> bool:
    return group.query in (query, unit) and group.key in (key, unit)


def _truth(
    nodes: Sequence[SelectorNode], places: dict[Select, tuple[int, int]], patterns: list[Bools]
) -> Bools:
    """The selector's value for every combination of classes, one axis for each pair."""
    n_axes = len(patterns)
    values: dict[object, Bools] = {}
    for node in nodes:
        match node:
            case Select():
                number, place = places[node]
                shape = [1] * n_axes
                shape[number] = len(patterns[number])
                values[node] = patterns[number][:, place].reshape(shape)
            case SelectorNot(operand=operand):
                values[node] = ~values[operand]
            case SelectorAnd(left=left, right=right):
                values[node] = values[left] & values[right]
            case SelectorOr(left=left, right=right):
                values[node] = values[left] | values[right]
    return np.broadcast_to(values[nodes[-1]], tuple(len(pattern) for pattern in patterns)).copy()


def _disjoint(
    truth: Bools, axes: tuple[int, ...], price: Callable[[int, Bools], int]
) -> list[list[Bools]]:
    """A truth table as disjoint boxes: per box and axis, which classes belong to it.

    As few boxes as splitting along one axis after the other gives, and among those the ones with
    the narrowest scores.  axes: the numbers by which `price` knows the axes of the table.
    """
    if not truth.any():
        return []
    places = range(truth.ndim)
    sides = [np.any(truth, axis=tuple(a for a in places if a != place)) for place in places]
    box = np.ones(truth.shape, dtype=bool)
    for place, side in enumerate(sides):
        shape = [1] * truth.ndim
        shape[place] = len(side)
        box = box & side.reshape(shape)
    if bool((box == truth).all()):
        return [sides]
    best: list[list[Bools]] | None = None
    best_price = (np.inf, np.inf)
    for place in places:
        moved = np.moveaxis(truth, place, 0)
        slices, inverse = np.unique(moved.reshape(moved.shape[0], -1), axis=0, return_inverse=True)
        if len(slices) == 1:
            continue
        rest_axes = axes[:place] + axes[place + 1 :]
        boxes: list[list[Bools]] = []
        for number, part in enumerate(slices):
            members = inverse.reshape(-1) == number
            for rest in _disjoint(part.reshape(moved.shape[1:]), rest_axes, price):
                boxes.append([*rest[:place], members, *rest[place:]])
        width = sum(
            price(axis, members)
            for entry in boxes
            for axis, members in zip(axes, entry, strict=True)
        )
        if (len(boxes), width) < best_price:
            best, best_price = boxes, (len(boxes), width)
    assert best is not None
    return best


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
        if term.nearest is not None:
            low, high = low + 1, high + 1
            continue
        chosen = np.ones((size, size), dtype=bool)  # [query index, key index]
        others: list[Group] = []
        limit = size
        for group in term.groups:
            fixed_key = group.key in (position, unit) or (
                group.key.permutation and not contexts.causal and len(term.groups) == 1
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
    return Bounds(np.minimum(low, lengths), np.minimum(high, lengths))


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
