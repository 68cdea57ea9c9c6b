"""What a column reads as one sum: a constant, multiples of integers, and numbers for values.

Sums here are exact, and of the integers that are too many to list only the ends are known.  So the
ends of the whole are, too; where what is added depends on the same, its values are looked at
together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np

from rasp.graph.nodes import Aggregate, Constant, atom_key
from rasp.meaning.attended import Attended
from rasp.meaning.linear import LARGEST_SUM, Linear, linear_of_multiples
from rasp.meaning.states import Bools, Ints, UnprovedError, describe, numbered, ordered, parts
from rasp.meaning.stream import Streams
from rasp.meaning.sums import mean_in_total
from rasp.meaning.witness import Quantity

Ends = tuple[Fraction, Fraction]
"""The least and the largest that a number can be."""

NOUGHT = Fraction(0)

MANY_ROWS = 20_000
"""Of more values together only those of each alone are looked at."""


def is_large(quantity: Quantity, space: Attended) -> bool:
    """Is it a sum of what keys carry, so that its values are not listed?"""
    return mean_in_total(quantity, space) is not None


def ends_of(quantity: Quantity, space: Attended) -> Ends:
    """The ends of such a sum.  Of the integers that keys carry any may be added, but at each
    position one only."""
    if quantity not in space.wholes:
        node = mean_in_total(quantity, space)
        assert isinstance(node, Aggregate)
        carried, size = space.domain(node.value), space.max_len
        numbers = carried.numbers().astype(np.int64)
        most = space.facts.counts(node.selector).most
        low = largest_sum(-numbers, carried.mask, most, size)
        high = largest_sum(numbers, carried.mask, most, size)
        space.wholes[quantity] = Fraction(-low), Fraction(high)
    return space.wholes[quantity]


def largest_sum(numbers: Ints, mask: Bools, n_keys: int, size: int) -> int:
    """The largest sum of numbers that are possible at different positions of one input, and of
    n_keys of them at most, or one that is larger; mask [length or 1, index or 1, number]."""
    at = np.where(mask, numbers, 0).max(axis=2, initial=0)
    there = np.arange(size)[None, :] <= np.arange(size)[:, None]  # [length, index]
    by_place = np.where(there, at, 0).sum(axis=1).max()
    return min(int(by_place), n_keys * int(at.max()))


@dataclass(frozen=True, eq=False)
class Held:
    """constant + multiples of large integers + a number for each value of quantities."""

    constant: Fraction
    large: Mapping[Quantity, Fraction]
    tables: Mapping[Quantity, tuple[Fraction, ...]]

    def plus(self, other: Held, times: Fraction) -> Held:
        large, tables = dict(self.large), dict(self.tables)
        for quantity, factor in other.large.items():
            large[quantity] = large.get(quantity, NOUGHT) + times * factor
        for quantity, numbers in other.tables.items():
            before = tables.get(quantity, (NOUGHT,) * len(numbers))
            own = zip(before, numbers, strict=True)
            tables[quantity] = tuple(some + times * more for some, more in own)
        return Held(
            self.constant + times * other.constant,
            {quantity: factor for quantity, factor in large.items() if factor},
            {quantity: numbers for quantity, numbers in tables.items() if any(numbers)},
        )

    def ends(self, space: Attended) -> Ends:
        """Between these it is."""
        found = [(self.constant, self.constant)]
        for quantity, factor in self.large.items():
            low, high = sorted(factor * end for end in ends_of(quantity, space))
            found.append((low, high))
        for group in self._groups():
            try:
                found.append(self._together(group, space))
            except (UnprovedError, KeyError):  # a value that is not listed cannot be
                found += [(min(self.tables[q]), max(self.tables[q])) for q in group]
        lows, highs = zip(*found, strict=True)
        return sum(lows, NOUGHT), sum(highs, NOUGHT)

    def _groups(self) -> list[list[Quantity]]:
        """The quantities, those together that depend on the same."""
        groups: list[tuple[set[Quantity], list[Quantity]]] = []
        for quantity in self.tables:
            below = {
                leaf
                for leaf in ordered([quantity], frozenset())
                if not parts(leaf) and not isinstance(leaf, Constant)
            }
            own = [group for group in groups if group[0] & below]
            groups = [group for group in groups if not group[0] & below]
            leaves = below.union(*(leaves for leaves, _ in own))
            groups.append((leaves, [*(q for _, some in own for q in some), quantity]))
        return [some for _, some in groups]

    def _together(self, group: Sequence[Quantity], space: Attended) -> Ends:
        """Raises UnprovedError where there are too many combinations of values."""
        if len(group) == 1:
            return min(self.tables[group[0]]), max(self.tables[group[0]])
        states = space.states(group, near=group).succeeding()
        first, _ = numbered([states.codes(q)[0] for q in group], states.size)
        if not 0 < len(first) <= MANY_ROWS:
            raise UnprovedError(f"{len(first)} combinations of values are added")
        total = [NOUGHT] * len(first)
        for quantity in group:
            values = map(atom_key, space.domain(quantity).values)
            table = dict(zip(values, self.tables[quantity], strict=True))
            codes, atoms = states.codes(quantity)
            numbers = [table[atom_key(atom)] for atom in atoms]
            total = [
                n + numbers[code] for n, code in zip(total, codes[first].tolist(), strict=True)
            ]
        return min(total), max(total)


def integer(quantity: Quantity, space: Attended) -> Held:
    """An integer of the program as such a sum.  Raises UnprovedError where it may be no integer, or
    one that floats do not hold."""
    found = _integer(linear_of_multiples(quantity), space)
    if not max(map(abs, found.ends(space))) < LARGEST_SUM:
        raise UnprovedError(f"{describe(quantity)} may be too large an integer")
    return found


def _integer(form: Linear, space: Attended) -> Held:
    found = Held(form.constant, {}, {})
    for part in form.cancelled:
        if not is_large(part, space) and any(type(v) is not int for v in listed(part, space)):
            raise UnprovedError(f"{describe(part)} may be rounded")
    for part, factor in form.factors.items():
        if is_large(part, space):
            own = Held(NOUGHT, {part: Fraction(1)}, {})
        else:
            values = listed(part, space)
            if any(type(value) is not int for value in values):
                raise UnprovedError(f"{describe(part)} is no integer")
            own = Held(NOUGHT, {}, {part: tuple(map(Fraction, values))})
        found = found.plus(own, factor)
    return found


def listed(quantity: Quantity, space: Attended) -> tuple[Any, ...]:
    """Its values.  Raises UnprovedError where only some are listed that stand for all."""
    values = space.domain(quantity).values
    if quantity in space.few or not values:
        raise UnprovedError(f"of {describe(quantity)} not all values are listed")
    return values


def exact(number: float) -> Fraction:
    """Raises UnprovedError for what is no number, such as what stands for a value not listed."""
    if not isfinite(number):
        raise UnprovedError("the meaning of what is read lists not all values")
    return Fraction(number)


def held_by(
    streams: Streams, directions: Mapping[int, Fraction], constant: Fraction = NOUGHT
) -> Held:
    """Multiples of what directions hold, and a constant, as one sum.  Raises UnprovedError."""
    found = Held(constant, {}, {})
    for direction, weight in directions.items():
        meaning = streams.meaning(direction)
        found = found.plus(Held(exact(meaning.constant), {}, {}), weight)
        for multiple in meaning.multiples:
            own = integer(streams.witness.quantities[multiple.quantity], streams.space)
            found = found.plus(own, weight * exact(multiple.factor))
        for place, numbers in streams.tables_of(direction):
            quantity = streams.witness.quantities[place]
            listed(quantity, streams.space)
            states = streams.space.alone(quantity)
            own_numbers = numbers[streams.places(place, states)]
            table = tuple(map(exact, own_numbers.tolist()))
            found = found.plus(Held(NOUGHT, {}, {quantity: table}), weight)
    return found
