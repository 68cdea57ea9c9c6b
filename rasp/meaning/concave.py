"""Lemma: where scores are concave in the index of the key, its neighbours are all that matters.

Of a head that reads the key at a computed place, scores are a polynomial of second degree in the
index of the key, such as 2 t k - k^2.  A sequence that is concave and grows from one member to the
next has grown all the way up to there; one that falls goes on falling.  So the key at place t has
the largest score by a gap, if that is so beside its two neighbours.  And all keys up to the last
one that is seen miss, if this one does and the one before it has no larger score.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from operator import index

import numpy as np

from rasp.certificate import worst
from rasp.graph.nodes import INDICES, Select, SelectorNode, SOpNode
from rasp.meaning.factors import Factors
from rasp.meaning.masks import is_in_turn
from rasp.meaning.parted import NEAR
from rasp.meaning.states import Floats, Ints, States, UnprovedError
from rasp.meaning.stream import LARGEST_EXACT, UNIT, Numbers, grain_of
from rasp.meaning.totals import by_sum_and_length

FARTHEST = 2**53
"""Of places farther away NumPy might not hold the number."""


@dataclass(frozen=True, eq=False)
class _Queries:
    """places: the index that is asked for; first, last: the last key that is seen is between these;
    numbers: the factors of scores."""

    places: Ints
    first: Ints
    last: Ints
    numbers: Numbers


def selects_place(factors: Factors, head: int, selector: SelectorNode) -> float:
    """How far the scores of a head are off that selects the key at a computed place.  Raises
    UnprovedError."""
    match selector:
        case Select(key=key, query=query, comparison="==") if key is INDICES:
            pass
        case _:
            raise UnprovedError("the key is not read at a computed place")
    keys, indices = _keys(factors, head)
    *earlier, last = _queries(factors, head, query)
    for found in earlier:
        with suppress(UnprovedError):
            off = _off(factors, head, selector, found(), keys, indices)
            if off <= NEAR:
                return off
    return _off(factors, head, selector, last(), keys, indices)


def _off(
    factors: Factors,
    head: int,
    selector: SelectorNode,
    queries: _Queries,
    keys: Numbers,
    indices: Ints,
) -> float:
    plan = factors.heads[head]
    weighed, uneven = plan.weight is not None, (plan.uneven, plan.best) != (None, None)
    never_empty = factors.space.facts.counts(selector).never_empty
    every = len(queries.places) * len(keys.values)
    rounding = factors.scores(head, queries.numbers, keys, most=every).off  # none is made
    bias = float(factors.tensors["b_K"][head][keys.values.shape[1]])
    if not _are_concave(queries.numbers.values, keys.values, indices, factors.space.max_len):
        raise UnprovedError("scores are not known to be concave in the place of the key")

    def scores(rows: Ints, places: Ints) -> Floats:
        own = queries.numbers.values[rows] * keys.values[places]
        return np.asarray(own.sum(axis=1) + bias)

    off = 0.0
    there = np.flatnonzero((queries.places >= 0) & (queries.places <= queries.last))
    at = queries.places[there]
    own = scores(there, at)
    above = np.zeros_like(own) if weighed or uneven else np.maximum(own, 0.0)
    off = worst(off, float((above - own).max(initial=0.0)))
    if weighed:
        off = worst(off, float(own.max(initial=0.0)))
    for side in (-1, 1):
        seen = (at + side >= 0) & (at + side <= queries.last[there])
        beside = scores(there[seen], at[seen] + side) - above[seen] + 1.0
        off = worst(off, float(beside.max(initial=0.0)))
    # Where the key is not there, or need not be, the beginning of the sequence is read.
    before = np.flatnonzero(queries.places < 0)
    behind = queries.places > (queries.last if never_empty else queries.first)
    after = np.flatnonzero((queries.places >= 0) & behind)
    for rows, ends, side in (
        (before, np.zeros(len(before), dtype=np.int64), 1),
        (after, np.minimum(queries.last[after], queries.places[after] - 1), -1),
    ):
        least = scores(rows, ends)
        off = worst(off, float((least + 1.0).max(initial=0.0)))
        seen = (ends + side >= 0) & (ends + side <= queries.last[rows])
        if not (scores(rows[seen], ends[seen] + side) + 2 * rounding <= least[seen]).all():
            raise UnprovedError("scores grow toward keys that are not to be read")
    return off + rounding


def _keys(factors: Factors, head: int) -> tuple[Numbers, Ints]:
    """What keys are scored by [key, factor], and the index of each, ascending; of each index there
    is one, or `_are_concave` says no."""
    keys, found = factors.states("K", [head], [INDICES])
    codes, atoms = keys.codes(INDICES)
    indices = np.array(atoms)[codes]
    order = np.argsort(indices, kind="stable")
    return replace(found[head], values=found[head].values[order]), indices[order]


def _queries(factors: Factors, head: int, query: SOpNode) -> list[Callable[[], _Queries]]:
    """Ways to list the queries, from the one that knows least of what can meet."""
    if factors.space.causal:
        return [partial(_by_states, factors, head, query)]
    return [partial(_by_length, factors, head, query), partial(_by_states, factors, head, query)]


def _by_length(factors: Factors, head: int, query: SOpNode) -> _Queries:
    """Each place beside each length, whatever the place is computed from."""
    found = by_sum_and_length(factors.streams, factors.query_matrix(head), query)
    factors.check_queries(head, found.numbers)
    places = _places(found.states, query)
    return _Queries(places, found.shortest - 1, found.longest - 1, found.numbers)


def _by_states(factors: Factors, head: int, query: SOpNode) -> _Queries:
    size, causal = factors.space.max_len, factors.space.causal
    states, numbers = factors.states("Q", [head], [query])
    ends = states.ends_at(states.at_indices if causal else states.at_lengths, size)
    return _Queries(_places(states, query), ends.first, ends.last, numbers[head])


def _places(states: States, query: SOpNode) -> Ints:
    codes, atoms = states.codes(query)
    if any(type(atom) is not int or abs(atom) > FARTHEST for atom in atoms):
        raise UnprovedError("a place is no integer")
    return np.array([index(atom) for atom in atoms], dtype=np.int64)[codes]


def _are_concave(queries: Floats, keys: Floats, indices: Ints, size: int) -> bool:
    """Is there one key [key, factor] at each index, and are the scores of all queries concave?

    Where the program fails at one index in all inputs, another may have two keys.
    """
    bends = keys[2:] - 2 * keys[1:-1] + keys[:-2]  # exact where keys are
    exact = grain_of(keys) > 0.0 and np.abs(keys).max(initial=0.0) < LARGEST_EXACT
    curved = queries @ bends[:1].T  # of the second degree, as all bends are the same
    rounding = 2 * (keys.shape[1] + 2) * UNIT * (np.abs(queries) @ np.abs(bends[:1].T))
    is_bent = bool((bends == bends[:1]).all() and (curved + rounding <= 0.0).all())
    return is_in_turn(indices, size) and exact and is_bent
