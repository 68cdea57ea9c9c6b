"""Lemma: where selector and value are functions of the index, every mean is computed.

Of an aggregate that looks at nothing but indices, index and length say what is selected and what it
carries: all inputs of one length have the same means.
"""

from __future__ import annotations

import numpy as np

from rasp.graph.nodes import INDICES, Aggregate, Atom, Constant, SOpNode, atom_key
from rasp.graph.operators import OperationError, mean
from rasp.meaning.ranks import unranked
from rasp.meaning.selectors import keys_of, queries_of, truth_of
from rasp.meaning.space import Space
from rasp.meaning.states import MAX_MASK, Domain, States, UnprovedError, codes_of

MOST_AVERAGED = 4_000_000
"""Keys that are averaged, of all queries of all lengths together: a second or two."""


def placed_means(node: Aggregate, space: Space) -> Domain | None:
    """The values, each where it is; None if something else than the index has a say in them."""
    size = space.max_len
    base, scores = unranked(node.selector)
    queries, keys = queries_of(base), keys_of(base)
    if scores or not all(_is_placed(n, space) for n in (node.value, *queries, *keys)):
        return None
    by_query = space.causal or not all(isinstance(query, Constant) for query in queries)
    rows = size if by_query else 1
    if rows * size * size > MOST_AVERAGED:
        return None
    query, key = _by_index(space, queries), _by_index(space, [node.value, *keys])
    truth = truth_of(node.selector, query, key)
    if truth.clash is not None:
        return None
    seen = np.tri(size, dtype=bool) if space.causal else np.ones((size, size), dtype=bool)
    chosen = np.broadcast_to(truth.chosen, (size, size)) & seen
    codes, atoms = codes_of(key.columns[node.value])
    places: dict[object, int] = {}
    values: list[Atom] = []
    found: list[tuple[int, int, int]] = []
    for index in range(rows):
        for last in range(index, size):
            selected = [atoms[int(code)] for code in codes[: last + 1][chosen[index, : last + 1]]]
            try:
                value = mean(selected) if selected else node.default
            except OperationError:
                return None
            if atom_key(value) not in places:
                places[atom_key(value)] = len(values)
                values.append(value)
            found.append((last, index, places[atom_key(value)]))
    if size * rows * len(values) > MAX_MASK:
        return None
    mask = np.zeros((size, rows, len(values)), dtype=bool)
    mask[tuple(np.array(found).T)] = True
    return Domain(tuple(values), mask)


def _is_placed(node: SOpNode, space: Space) -> bool:
    """Is it a function of the index and of nothing else?"""
    return not space.made_of(node) & ~space.made_of(INDICES)


def _by_index(space: Space, nodes: list[SOpNode]) -> States:
    """The nodes at each index, in order.  Raises UnprovedError where one fails."""
    states = space.states([INDICES, *nodes])
    codes, atoms = codes_of(states.columns[INDICES])
    indices = np.array([int(atom) for atom in atoms])[codes]
    if not states.succeeded.all() or sorted(indices.tolist()) != list(range(space.max_len)):
        raise UnprovedError("not all indices have a value")
    return states.take(np.argsort(indices))
