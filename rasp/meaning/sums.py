"""Lemma: a mean times the number of keys that it is over is a sum, where it is rounded.

    round(length * aggregate(full_s, x))

is the sum of x, for integers x: of a sum below 2^50 the quotient, and then the product, are off by
no more than 2^-53 of it each, together by a quarter at most.
"""

from __future__ import annotations

import numpy as np

from rasp.graph.nodes import Aggregate, Elementwise, SelectorWidth, SOpNode
from rasp.meaning.space import Space
from rasp.meaning.states import UnprovedError, codes_of
from rasp.meaning.witness import Quantity

LARGEST_SUM = 2.0**50


def mean_in_total(quantity: Quantity, space: Space) -> Aggregate | None:
    """The aggregate, if the s-op is its mean times its count."""
    match quantity:
        case Elementwise(
            operator="round", operands=(Elementwise(operator="multiply", operands=(a, b)),)
        ):
            for count, mean in ((a, b), (b, a)):
                if isinstance(mean, Aggregate) and _is_count(count, mean, space):
                    return mean
    return None


def _is_count(count: SOpNode, mean: Aggregate, space: Space) -> bool:
    numbers = space.domain(mean.value).values
    most = LARGEST_SUM / space.max_len
    if any(type(value) is not int or abs(value) > most for value in numbers):
        return False
    if isinstance(count, SelectorWidth) and count.selector is mean.selector:
        return True
    # Another number that index and length decide: is it the count in every input?
    counts = space.counts(mean.selector)
    if not counts.fixed:
        return False
    try:
        states = space.states([count])
    except UnprovedError:
        return False
    if not states.succeeded.all():
        return False
    codes, atoms = codes_of(states.columns[count])
    lengths, indices, rows = states.contexts()
    size = space.max_len
    if states.length is None and states.mask.shape[0] == 1:
        lengths, indices = np.repeat(np.arange(size), len(rows)), np.tile(indices, size)
        rows = np.tile(rows, size)
    if states.index is None and states.mask.shape[1] == 1:
        return False
    there = indices <= lengths
    wanted, _ = counts.at(lengths[there], indices[there])
    found = np.array([atom if type(atom) is int else -1 for atom in atoms])[codes[rows[there]]]
    return bool((found == wanted).all())
