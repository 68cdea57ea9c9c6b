"""How many keys a selector selects, from what is known about positions: between which bounds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Bools, Contexts, Ints
from rasp.compiler.facts.rows import distinct_lines
from rasp.compiler.limits import MAX_BOUND_CELLS, MOST_DETAILED
from rasp.compiler.linear import Categorical, Distinct
from rasp.compiler.matrices import few_rows, lower
from rasp.compiler.selection.selectors import Group, Term


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
    placed: list[Group] = []
    others: list[Group] = []
    limit = size
    for group in term.groups:
        fixed_key = group.key in (position, unit) or (
            group.key.permutation and len(term.groups) == 1
        )
        if group.query in (position, unit) and fixed_key:
            # The values of a permutation are the indices in another order.
            placed.append(group)
            continue
        others.append(group)
        multiplicity, within = group.key.multiplicity, group.key.within
        if multiplicity is not None and (within is None or _pinned(term, within)):
            per_query = group.relation.added_up(np.minimum(multiplicity, size))
            limit = min(limit, int(per_query.max(initial=0)))
    gathered = _gathered(term, position, contexts)
    if gathered is not None:
        return gathered
    if len(placed) == 1:
        least, most = _of_group(placed[0], contexts)
    else:
        least, most = _counted(placed, contexts)
    low = np.zeros((1, 1), dtype=np.int64)
    if not others:
        low = least
    elif all(g.query is g.key and bool(g.matrix.diagonal().all()) for g in others):
        of_each = [_diagonal(group, size) for group in placed]
        low = reduce(np.logical_and, of_each, np.ones((1, 1), dtype=bool)).astype(np.int64)
    return Bounds(contexts, low, np.minimum(most, limit))


def _of_group(group: Group, contexts: Contexts) -> tuple[Ints, Ints]:
    """`_counted` of a group that many selectors may have in common."""
    if contexts not in group.counts:
        group.counts[contexts] = _counted([group], contexts)
    return group.counts[contexts]


def _counted(groups: Sequence[Group], contexts: Contexts) -> tuple[Ints, Ints]:
    """How many keys of an input all of these choose, at least and at most: [length - 1, index],
    each side of size 1 where it does not matter.  groups: of the index, or of what is always 1.
    """
    size = contexts.max_len
    if all(group.query.size == 1 for group in groups):  # whatever the query is
        counts = np.cumsum(np.broadcast_to(_chosen(groups, slice(0, 1), size), (1, size))[0])
        counts = counts[None, :] if contexts.causal else counts[:, None]
        return counts, counts
    seen, beyond = np.zeros(size, dtype=np.int64), False
    for rows in few_rows(size, size):
        chosen = _chosen(groups, rows, size)
        before = chosen & lower(size)[rows]
        seen[rows] = before.sum(axis=1)
        beyond = beyond or not np.array_equal(np.broadcast_to(chosen, before.shape), before)
    if contexts.causal or not beyond:
        return seen[None, :], seen[None, :]
    if size <= MOST_DETAILED:
        counts = np.empty((size, size), dtype=np.int32)
        for rows in few_rows(size, size):
            counts[:, rows] = _chosen(groups, rows, size).cumsum(axis=1, dtype=np.int32).T
        return counts, counts
    least, most = np.arange(1, size + 1), np.zeros(size, dtype=np.int64)
    for rows in few_rows(size, size):
        for index, row in zip(range(size)[rows], _chosen(groups, rows, size), strict=True):
            counts = np.cumsum(row)[index:]  # [length, from index + 1 on]
            np.minimum(least[index:], counts, out=least[index:])
            np.maximum(most[index:], counts, out=most[index:])
    return least[:, None], most[:, None]


def _chosen(groups: Sequence[Group], rows: slice, size: int) -> Bools:
    """[query index, key index]: what all of these choose, for some of the queries."""
    found = np.ones((len(range(size)[rows]), size), dtype=bool)
    for group in groups:
        own = group.relation.at(rows if group.query.size > 1 else slice(0, 1))
        found &= own[:, :size]
    return found


def _diagonal(group: Group, size: int) -> Bools:
    """[1, index]: what is said of a position as its own key; of size 1 where it is always that."""
    relation = group.relation
    if relation.kinds is not None and group.query.size > 1 < group.key.size:
        queries, keys = relation.kinds
        return np.asarray(relation.table[queries[:size], keys[:size]][None, :])
    chosen = group.matrix[:, :size]
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
