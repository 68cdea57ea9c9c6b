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
from rasp.compiler.matrices import lower
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
            per_query = group.matrix @ np.minimum(multiplicity, size)
            limit = min(limit, int(per_query.max(initial=0)))
    gathered = _gathered(term, position, contexts)
    if gathered is not None:
        return gathered
    if len(placed) == 1:
        least, most = _of_group(placed[0], contexts)
    else:
        chosen: Bools = np.ones((1, 1), dtype=bool)  # [query index, key index]
        for group in placed:
            chosen = chosen & group.matrix[:, :size]
        least, most = _counted(chosen, contexts)
    low = np.zeros((1, 1), dtype=np.int64)
    if not others:
        low = least
    elif all(g.query is g.key and bool(g.matrix.diagonal().all()) for g in others):
        of_each = [_diagonal(group.matrix[:, :size], size) for group in placed]
        low = reduce(np.logical_and, of_each, np.ones((1, 1), dtype=bool)).astype(np.int64)
    return Bounds(contexts, low, np.minimum(most, limit))


def _of_group(group: Group, contexts: Contexts) -> tuple[Ints, Ints]:
    """`_counted` of a group that many selectors may have in common."""
    if contexts not in group.counts:
        group.counts[contexts] = _counted(group.matrix[:, : contexts.max_len], contexts)
    return group.counts[contexts]


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
    seen = lower(size)
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
