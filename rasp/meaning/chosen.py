"""Lemma: a choice between two integers that neurons compute is right, if it is at the ends of both.

`a if c else b`, for integers a and b of thousands of values each, has millions of combinations.
Let what neurons read of a and b be straight in them, and let each neuron be on, or off, at all
corners of the box of a and b, for either truth of c.  On such a box the input of a neuron has its
extremes at the corners, so that it is on everywhere or off everywhere, and the sum of all neurons
is straight.  So is the choice, and what a direction holds of it; and the difference of two such
functions is largest at a corner.  All numbers are multiples of what divides them at a corner and at
the neighbours of that, so that what is rounded nowhere there is rounded nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from rasp.graph.columns import Column
from rasp.graph.nodes import Atom, Elementwise, atom_key
from rasp.meaning.either import is_choice
from rasp.meaning.states import Domain, Floats, Ints, States, parts
from rasp.meaning.stream import Streams
from rasp.meaning.witness import Quantity

MOST_CORNERS = 2_000

LARGEST = 1 << 28
"""Integers, and quarters of what is held of them: their products are integers of 64 bits."""


@dataclass(frozen=True)
class Corners:
    """states: one for each corner and its neighbours; kinds: equal for those of one box."""

    states: States
    kinds: Ints

    def is_straight(self, inputs: Floats) -> bool:
        """Is each neuron on everywhere or off everywhere, in each box?  inputs: [state, neuron]."""
        for kind in np.unique(self.kinds).tolist():
            own = inputs[self.kinds == kind]
            if not bool(((own >= 0).all(axis=0) | (own <= 0).all(axis=0)).all()):
                return False
        return True


def corners_of(streams: Streams, written: Sequence[int], read: Sequence[int]) -> Corners | None:
    """For directions that hold a choice of integers, or that and what it is chosen from; None if
    they hold anything else, or are not straight in the integers."""
    known = streams.quantities(read)
    choices = [q for q in streams.quantities(written) if is_choice(q) and q not in known]
    choices = [q for q in choices if not any(q in parts(other) for other in choices)]
    if len(choices) != 1:
        return None
    (choice,) = choices
    assert isinstance(choice, Elementwise)
    condition, yes, no = choice.operands
    free = dict.fromkeys([*known, *streams.quantities(written), *choice.operands])
    del free[choice]
    values: list[list[Atom]] = []
    for quantity in free:
        domain = streams.space.domain(quantity)
        if all(type(value) is bool for value in domain.values):
            values.append(list(domain.values))
            continue
        ends = _ends(domain)
        if ends is None or not _are_straight(streams, quantity, domain, [*read, *written]):
            return None
        values.append([*ends])
    of_choice = streams.space.domain(choice)
    if _ends(of_choice) is None or not _are_straight(streams, choice, of_choice, written):
        return None
    if prod(map(len, values)) > MOST_CORNERS:
        return None
    rows = list(product(*values))
    columns = {
        quantity: Column.of([row[place] for row in rows]) for place, quantity in enumerate(free)
    }
    if any(type(c) is not bool for c in columns[condition].elements()):
        return None
    sides = (columns[side].elements() for side in (condition, yes, no))
    columns[choice] = Column.of([a if c else b for c, a, b in zip(*sides, strict=True)])
    boxes = [tuple(value for value in row if type(value) is bool) for row in rows]
    numbers = {box: number for number, box in enumerate(dict.fromkeys(boxes))}
    states = States(columns, np.ones((1, 1, len(rows)), dtype=bool), None, None, len(rows))
    return Corners(states, np.array([numbers[box] for box in boxes]))


def _ends(domain: Domain) -> list[int] | None:
    """The least of some integers, the next, and the largest; None of anything else."""
    numbers = [value for value in domain.values if type(value) is int and abs(value) < LARGEST]
    if not numbers or len(numbers) < len(domain.values):
        return None
    least, most = min(numbers), max(numbers)
    return sorted({least, min(least + 1, most), most})


def _are_straight(
    streams: Streams, quantity: Quantity, domain: Domain, directions: Sequence[int]
) -> bool:
    """Is what directions hold of an integer a multiple of it, and a constant?"""
    witness = streams.witness
    for direction in directions:
        for place, numbers in streams.tables_of(direction):
            if witness.quantities[place] is not quantity:
                continue
            table = zip(map(atom_key, witness.values[place]), numbers.tolist(), strict=False)
            known = dict(table)
            if not all(atom_key(value) in known for value in domain.values):
                return False
            held = np.array([4 * known[atom_key(value)] for value in domain.values])
            if not bool((np.abs(held) < LARGEST).all() and (held == np.rint(held)).all()):
                return False
            values, quarters = domain.numbers().astype(np.int64), held.astype(np.int64)
            ends = [int(values.argmin()), int(values.argmax())]
            (first, last), (low, high) = quarters[ends], values[ends]
            rises = (quarters - first) * (high - low)
            if not np.array_equal(rises, (last - first) * (values - low)):
                return False
    return True
