"""The best of the selected keys: which of two keys is better, and scores that say so.

`best(S, v)` selects, of the keys that S selects, those where v is largest; `best(best(S, a), b)` is
ranked by a and, among equals, by b.  A head reads them if of any two keys that S selects for a
query the better one scores a whole gap more, and two that are equal score the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.certificate import worst
from rasp.graph.nodes import Best, SelectorNode, SOpNode
from rasp.meaning.states import Bools, Floats, Ints, States, UnprovedError, numbered


def unranked(selector: SelectorNode) -> tuple[SelectorNode, list[SOpNode]]:
    """A selector without what ranks it, and that: what comes first first."""
    scores: list[SOpNode] = []
    while isinstance(selector, Best):
        scores.append(selector.score)
        selector = selector.selector
    return selector, scores[::-1]


def ranks_of(scores: Sequence[SOpNode], key: States) -> Ints:
    """For each state of a key a number, larger for better ones and equal for equal ones.

    key: states in which no score fails.  Raises UnprovedError for scores that have no order.
    """
    columns = []
    for score in scores:
        codes, atoms = key.codes(score)
        kinds = {type(atom) for atom in atoms}
        if not (kinds <= {int, float} or kinds == {str}) or any(atom != atom for atom in atoms):
            raise UnprovedError("scores that may have no order")
        places = {atom: place for place, atom in enumerate(sorted(set(atoms)))}
        columns.append(np.array([places[atom] for atom in atoms], dtype=np.int64)[codes])
    total = np.zeros(key.size, dtype=np.int64)
    for column in columns:
        _, kind = numbered([total * (int(column.max(initial=0)) + 1) + column], key.size)
        total = kind
    return total


def short_of_ranks(scores: Floats, chosen: Bools, ranks: Ints) -> float:
    """How much of a gap is missing between the scores [query, key] of keys of different ranks, or
    how far those of keys of the same rank are apart: the largest of both.

    chosen [query, key]: what is selected, before it is ranked.
    """
    order = np.argsort(ranks, kind="stable")
    starts = np.flatnonzero(np.diff(ranks[order], prepend=-1))
    sorted_scores, sorted_chosen = scores[:, order], chosen[:, order]
    high = np.maximum.reduceat(np.where(sorted_chosen, sorted_scores, -np.inf), starts, axis=1)
    low = np.minimum.reduceat(np.where(sorted_chosen, sorted_scores, np.inf), starts, axis=1)
    there = high > -np.inf
    apart = float((high - low)[there].max(initial=0.0))
    below = np.maximum.accumulate(high, axis=1)[:, :-1]
    both = there[:, 1:] & (below > -np.inf)
    return worst(apart, float((below - low[:, 1:] + 1.0)[both].max(initial=0.0)))
