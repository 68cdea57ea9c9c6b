"""Integers of which there are too many to list them: how large they are, and as what they are held.

    round(length * average(tokens_int * 2 ^ indices))

has a million values at 20 tokens.  What a direction holds of it is a multiple, and so is what the
output reads.  So it is enough that this is the sum that the program is, factor by factor, and to
know how large it can be.

Lemma: a sum of multiples of integers is the integer that another such sum is, if the factors are
the same; where they are not, it is off by no more than what is left can be.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.meaning.attended import Attended
from rasp.meaning.held import Ends, exact, held_by, integer, is_large
from rasp.meaning.linear import linear_of_multiples
from rasp.meaning.states import UnprovedError
from rasp.meaning.stream import SLIGHTLY_MORE, Streams
from rasp.meaning.witness import Quantity


def holds_whole(streams: Streams, number: int) -> bool:
    """Is a direction said to hold a multiple of such an integer?"""
    places = (multiple.quantity for multiple in streams.meaning(number).multiples)
    return any(is_whole(streams.witness.quantities[place], streams.space) for place in places)


def is_whole(quantity: Quantity, space: Attended) -> bool:
    """Is it a sum that is not to be listed: of several numbers, or of what keys carry?"""
    form = linear_of_multiples(quantity)
    return len(form.factors) > 1 or any(is_large(part, space) for part in form.factors)


def check_words(streams: Streams, number: int) -> None:
    """The plan's words on a direction that holds multiples of such integers.  Raises UnprovedError
    where they are not known to be true."""
    direction = streams.plan.directions[number]
    held = held_by(streams, {number: Fraction(1)})
    low, high = held.ends(streams.space)
    if not max(-low, high) <= direction.bound * SLIGHTLY_MORE:
        raise UnprovedError("a direction is larger than the plan says")
    parts = [held.constant, *held.large.values()]
    parts += [number for numbers in held.tables.values() for number in numbers]
    if direction.dyadic and any((4 * part).denominator != 1 for part in parts):
        raise UnprovedError("a direction holds more than multiples of 1/4")
    if direction.nonnegative and low < 0:
        raise UnprovedError("a direction holds numbers below 0")
    sizes = _sizes(streams, number)
    if len(sizes) > 1:  # an integer times a number is one product, and is not added to anything
        streams.round_parts(number, sizes, float(max(-low, high)))


def _sizes(streams: Streams, number: int) -> list[float]:
    """How large the parts can be that a direction is said to be the sum of, before any cancel."""
    meaning, found = streams.meaning(number), [abs(streams.meaning(number).constant)]
    for multiple in meaning.multiples:
        least, most = ends(streams.witness.quantities[multiple.quantity], streams.space)
        found.append(abs(multiple.factor) * float(max(-least, most)))
    for _, numbers in streams.tables_of(number):
        found.append(float(np.abs(numbers[:-1]).max(initial=0.0)))
    return [size for size in found if size != 0.0]


def ends(quantity: Quantity, space: Attended) -> Ends:
    """The least and the largest that an integer can be.  Raises UnprovedError."""
    return integer(quantity, space).ends(space)


def missed(streams: Streams, column: NDArray[Any], constant: float, root: Quantity) -> float:
    """How far what a column [d_model] reads may be from an integer of the program.  Raises
    UnprovedError where that is not known to be one."""
    read = streams.read_by(column[:, None])
    weights = {
        direction: exact(float(column[streams.plan.directions[direction].place]))
        for direction in read
    }
    held = held_by(streams, weights, exact(constant))
    rest = held.plus(integer(root, streams.space), Fraction(-1))
    rough = sum(abs(float(weights[d])) * streams.rough.get(d, 0.0) for d in read)
    return float(max(map(abs, rest.ends(streams.space)))) * (1 + 2.0**-50) + rough
