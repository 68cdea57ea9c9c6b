"""Heads that read a number's features from the table of positions.

Lemma: m keys are selected only where at least m are seen, so where a count m is above 0 there is an
m-th key.  A head whose score is largest at that key, by a whole gap, reads what it carries; where
the count is 0 and all scores are below 0, it reads the beginning of the sequence.  The same holds
for any other number that is an integer, and in no context is larger than the keys that are seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.graph.nodes import INDICES, Atom, SelectorWidth
from rasp.meaning.scores import NEAR, Scoring
from rasp.meaning.states import Ints, States, UnprovedError
from rasp.meaning.witness import Quantity


def addressed(
    scoring: Scoring, head: int, quantity: Quantity, carried: Sequence[Quantity]
) -> tuple[States, States, Ints]:
    """The values of the number, the keys, and for each value the key that is read, -1 for the
    beginning of the sequence.

    carried: what keys are asked for.  Raises UnprovedError if the scores do not select that key.
    """
    queries, q_factors = scoring.states("Q", [head], [quantity])
    keys, k_factors = scoring.states("K", [head], [INDICES, *carried])
    numbers = np.array(_integers(queries.codes(quantity)))[queries.codes(quantity)[0]]
    indices = np.array(_integers(keys.codes(INDICES)))[keys.codes(INDICES)[0]]
    rows = np.full(scoring.space.max_len, -1)
    rows[indices] = np.arange(keys.size)
    if keys.size != scoring.space.max_len or (rows < 0).any():
        raise UnprovedError("keys carry more than their index says")
    _check_seen(scoring, quantity, queries, numbers)
    scored = scoring.scores(head, q_factors[head], k_factors[head])
    read = np.where(numbers > 0, rows[np.maximum(numbers, 1) - 1], -1)
    some = np.flatnonzero(read >= 0)
    others = scored.scores.copy()
    own = np.full(queries.size, -1.0)  # what BOS is ahead of by half a gap, as where none is read
    own[some] = scored.scores[some, read[some]]
    others[some, read[some]] = -np.inf
    highest = others.max(axis=1, initial=-np.inf)
    off = float(np.maximum(-own[some], 0.0).max(initial=0.0))
    off = max(off, float((highest[some] - own[some] + 1.0).max(initial=0.0)))
    off = max(off, float((highest[numbers == 0] + 1.0).max(initial=0.0))) + scored.off
    if not off <= NEAR:
        raise UnprovedError("the scores do not select the position with this number")
    scoring.off[head] = max(scoring.off[head], off)
    scoring.settled[head] = True
    return queries, keys, read


def _integers(coded: tuple[Ints, list[Atom]]) -> list[int]:
    _, atoms = coded
    if not all(type(atom) is int and atom >= 0 for atom in atoms):
        raise UnprovedError("what is no integer, or below 0, is no place")
    return [atom for atom in atoms if isinstance(atom, int)]


def _check_seen(scoring: Scoring, quantity: Quantity, queries: States, numbers: Ints) -> None:
    """Is there, for every query, a key with this number?"""
    if isinstance(quantity, SelectorWidth):
        return
    space = scoring.space
    at = queries.at_indices if space.causal else queries.at_lengths
    rows, seen = np.nonzero(at(space.max_len))
    if (numbers[rows] > seen + 1).any():
        raise UnprovedError("a number is larger than the keys that are seen")
