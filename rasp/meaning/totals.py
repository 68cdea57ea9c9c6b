"""Lemma: what reads several integers only as multiples of their sum depends on the sum alone.

Each direction that is read holds a share of the sum, times one factor for all of them, or is a
function of the sum.  Then only the values of the sum are gone through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.graph.columns import Column
from rasp.graph.nodes import Constant, atom_key
from rasp.meaning.linear import NOTHING, Linear, is_function, linear_of
from rasp.meaning.products import computed
from rasp.meaning.states import States, UnprovedError, ordered
from rasp.meaning.stream import SLIGHTLY_MORE, UNIT, Numbers, Streams
from rasp.meaning.witness import Quantity


def by_sum(
    streams: Streams,
    matrices: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    read: Sequence[int],
    total: Quantity,
    wanted: Sequence[Quantity],
) -> tuple[States, list[Numbers]]:
    """The values of a sum, and what columns of matrices [d_model, column] read for each.

    Raises UnprovedError where that depends on more than the sum.
    """
    space, form = streams.space, linear_of(total)
    shares, rests = {}, {}
    for direction in read:
        shares[direction], rests[direction] = _share(streams, direction, total)
    states = space.alone(total)
    others = [q for rest in rests.values() for q in streams.quantities(rest)]
    columns = dict(states.columns)
    for quantity in ordered([*wanted, *others], frozenset([total])):
        if quantity not in columns:
            columns[quantity] = (
                Column.of([quantity.value]).take(np.zeros(states.size, dtype=np.int64))
                if isinstance(quantity, Constant)
                else computed(space, quantity, columns)
            )
    states = States(columns, states.mask, None, None, states.size)
    sums = space.domain(total).numbers()
    found = []
    for matrix, constants in matrices:
        weights = np.asarray(matrix, dtype=np.float64)
        values = np.zeros((states.size, weights.shape[1]))
        size = np.abs(np.asarray(constants, dtype=np.float64))
        for column in range(weights.shape[1]):
            whole = Linear(Fraction(float(constants[column])), {})
            for direction in read:
                weight = float(weights[streams.plan.directions[direction].place, column])
                whole = whole.plus(shares[direction], Fraction(weight))
                bound = streams.plan.directions[direction].bound * SLIGHTLY_MORE
                size[column] += abs(weight) * bound
                for rest in rests[direction]:
                    values[:, column] += weight * streams.contents(rest, states)
            times = _times(whole, form)
            values[:, column] += float(times) * sums
            values[:, column] += float(whole.constant - times * form.constant)
        n_terms = np.full(weights.shape[1], 2 * len(read) + 6)
        found.append(Numbers(values, 2 * n_terms * UNIT * size, size, n_terms))
    return states, found


def _times(whole: Linear, form: Linear) -> Fraction:
    """How often a sum is in what is read."""
    first = next(iter(form.factors))
    times = whole.factors.get(first, Fraction(0)) / form.factors[first]
    if whole.plus(form, -times).factors:
        raise UnprovedError("what is read is no multiple of a sum")
    return times


def _share(streams: Streams, direction: int, total: Quantity) -> tuple[Linear, list[int]]:
    """What a direction holds as a sum; or nothing, and itself, if it is a function of the total."""
    quantities = streams.quantities([direction])
    if quantities and all(is_function(quantity, total) for quantity in quantities):
        return NOTHING, [direction]
    meaning = streams.meaning(direction)
    found = Linear(Fraction(meaning.constant), {})
    for multiple in meaning.multiples:
        own = linear_of(streams.witness.quantities[multiple.quantity])
        found = found.plus(own, Fraction(multiple.factor))
    for place, numbers in streams.tables_of(direction):
        found = found.plus(_line(streams, place, numbers[:-1].tolist()), Fraction(1))
    return found, []


def _line(streams: Streams, place: int, numbers: Iterable[float]) -> Linear:
    """A table that is a multiple of the value and a constant, as that."""
    quantity = streams.witness.quantities[place]
    listed = zip(streams.witness.values[place], numbers, strict=True)
    held = {atom_key(value): number for value, number in listed}
    values = streams.space.domain(quantity).values
    if any(type(value) is not int or atom_key(value) not in held for value in values):
        raise UnprovedError("a table is not that of all integers that there are")
    exact = [(Fraction(value), Fraction(held[atom_key(value)])) for value in values]
    (first, at_first), (last, at_last) = exact[0], exact[-1]
    slope = (at_last - at_first) / (last - first) if last != first else Fraction(0)
    if any(number != at_first + slope * (value - first) for value, number in exact):
        raise UnprovedError("a table is not a multiple of its value and a constant")
    own = Linear(at_first - slope * first, {})
    return own.plus(linear_of(quantity), slope)
