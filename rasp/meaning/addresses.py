"""Heads that read a number's features from the table of positions.

Lemma: m keys are selected only where at least m are seen, so where a count m is above 0 there is an
m-th key.  A head whose score is largest at that key, by a whole gap, reads what it carries; where
the count is 0 and all scores are below 0, it reads the beginning of the sequence.  The same holds
for any other number that is an integer, and in no context is larger than the keys that are seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.certificate import worst
from rasp.graph.nodes import INDICES, Atom, SelectorWidth
from rasp.meaning.masks import blocks
from rasp.meaning.parted import NEAR
from rasp.meaning.scores import Scoring
from rasp.meaning.selectors import Table
from rasp.meaning.states import Bools, Floats, Ints, States, UnprovedError
from rasp.meaning.stream import number_of
from rasp.meaning.witness import Quantity


def addressed(
    scoring: Scoring, head: int, quantity: Quantity, carried: Sequence[Quantity]
) -> tuple[States, States, Table]:
    """The values of the number, the keys, and which of these [number, key] is read for which value;
    where it is none, the beginning of the sequence is.

    carried: what keys are asked for.  Raises UnprovedError if the scores do not select that key.
    """
    queries, q_factors = scoring.states("Q", [head], [quantity])
    keys, k_factors = scoring.states("K", [head], [INDICES, *carried])
    numbers = _numbers(queries.codes(quantity))
    places = _numbers(keys.codes(INDICES)) + 1
    if not isinstance(quantity, SelectorWidth) and not _are_seen(scoring, queries, numbers):
        raise UnprovedError("a number is larger than the keys that are seen")
    scored = scoring.scores(head, q_factors[head], k_factors[head])

    def chosen(rows: slice) -> Bools:
        return np.asarray(numbers[rows, None] == places[None, :])

    short, missed = np.zeros(2)
    for rows in blocks(queries.size, keys.size):
        own_keys, scores = chosen(rows), scored.at(rows)
        some = own_keys.any(axis=1)
        lowest = np.where(own_keys, scores, np.inf).min(axis=1)
        highest = np.where(own_keys, -np.inf, scores).max(axis=1)  # of all others
        own = np.where(some, lowest, 0.0)
        short = np.maximum(short, np.maximum(-own, 0.0).max())  # nan if there is one
        missed = np.maximum(missed, np.maximum(highest - own + 1.0, 0.0).max())
    off = float(short + missed) + scored.off
    if not off <= NEAR:
        raise UnprovedError("the scores do not select the position with this number")
    scoring.off[head] = worst(scoring.off[head], off)
    return queries, keys, chosen


def misread(carried: Floats, at_bos: float, aim: Floats, chosen: Table) -> float:
    """How far what is read is from the aim [number]; carried: by each key; chosen [number, key]."""
    largest = np.zeros(1)
    for rows in blocks(len(aim), len(carried)):
        own = chosen(rows)
        number, key = np.nonzero(own)
        apart = np.abs(carried[key] - aim[rows][number])
        alone = np.abs(at_bos - aim[rows][~own.any(axis=1)])
        largest = np.concatenate([apart, alone, largest]).max(keepdims=True)  # nan if there is one
    return float(largest[0])


def _are_seen(scoring: Scoring, queries: States, numbers: Floats) -> bool:
    """Is there, for every query, a key with this number?"""
    space = scoring.space
    at = queries.at_indices if space.causal else queries.at_lengths
    ends = queries.ends_at(at, space.max_len)
    return bool((numbers <= ends.first + 1)[ends.some].all())


def _numbers(coded: tuple[Ints, list[Atom]]) -> Floats:
    codes, atoms = coded
    return np.array([number_of(atom) for atom in atoms])[codes]
