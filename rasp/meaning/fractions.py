"""Lemma: of a mean that is read out as a fraction, the values need not be listed.

If every value that may be selected is (start + step k) / below for an integer k, a mean of m of
them is (start + step K / m) / below for an integer K.  The read-out decodes the nearest number of
this form, with any m up to the largest number of selected keys, or with one m where it is known;
two different ones are further apart than its margin says.  What is decoded is an exact quotient
that is rounded once, as the mean of the program is.  So it is of values that all are multiples of
m / scale, and of the nearest multiple of 1 / scale.

Of numbers that are such fractions but for a rest (0.1 is 1 / 10 and a rest) both is so of the
fractions and of the rests, which have a column of their own (`rasp.meaning.rests`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from rasp import ratios
from rasp.graph.nodes import Aggregate, Atom, SOpNode, atom_key
from rasp.meaning.attended import Attended
from rasp.meaning.contexts import rows_of
from rasp.meaning.counts import Counts
from rasp.meaning.states import Ints, UnprovedError, describe
from rasp.meaning.stream import MANTISSA, UNIT
from rasp.outputs import Readout


@dataclass(frozen=True, eq=False)
class Averaged:
    """What a mean is made of: the values that keys may carry, the default if it may be that, and
    how many keys there may be."""

    mean: Aggregate
    values: tuple[Atom, ...]
    default: tuple[Atom, ...]
    counts: Counts

    @property
    def atoms(self) -> tuple[Atom, ...]:
        return (*self.values, *self.default)


def averaged(root: SOpNode, space: Attended) -> Averaged:
    """Raises UnprovedError for what is no mean."""
    if not isinstance(root, Aggregate):
        raise UnprovedError("a fraction is read out of what is no mean")
    counts = space.facts.counts(root.selector)
    default = () if counts.never_empty or root.default is None else (root.default,)
    return Averaged(root, space.domain(root.value).values, default, counts)


def check_types(readout: Readout, of: Averaged, *, by_number: bool) -> None:
    """Is it told which whole numbers are ints?  It is known that they are where the read-out's
    spread says so, if it has one; by_number: where something beside it does, and the read-out has
    to make ints of all.  Raises UnprovedError."""
    if by_number:
        told = readout.integer
    elif readout.spread is None and readout.integer:
        # The mean of numbers of which no two are further apart than 1 is whole only if all of them
        # are the same, so that it is this number itself.
        told = all(type(atom) is int for atom in of.atoms) and _are_next(of.values)
    else:
        floats = all(isinstance(atom, float) for atom in of.atoms)
        told = not readout.integer and (floats or readout.spread is not None)
    if not told:
        raise UnprovedError("whether a fraction that is whole is an int is not told")
    if any(atom_key(atom) == atom_key(-0.0) for atom in of.atoms):
        raise UnprovedError("a fraction is no -0.0")


def _are_next(values: Sequence[Atom]) -> bool:
    numbers = [value for value in values if isinstance(value, int)]
    return max(numbers) - min(numbers) <= 1


def decoded_off(readout: Readout, of: Averaged, numbers: Sequence[Fraction], size: int) -> float:
    """How far the mean of some numbers, one for each atom, may be from the fraction that it is
    decoded as.  Raises UnprovedError where another one may be decoded."""
    largest = max(map(abs, numbers), default=Fraction(0))
    lengths, indices = np.tril_indices(size)
    rows = rows_of(readout, lengths, indices, size)
    low, high = of.counts.at(lengths, indices)
    if readout.kind == "grid":
        _check_grid(readout, of, numbers, np.stack([rows, low, high]))
        return float(largest) * 2 * UNIT
    table = _table(readout, largest)
    for start, step, below in np.unique(table[:, :3], axis=0).tolist():
        if any((number * below - start) % step for number in numbers):
            raise UnprovedError(f"{describe(of.mean)}: others than its multiples are read out")
    # Nothing is selected where the default is, which is a multiple of 1 / m for every m.
    least, most = table[rows, 3:].T
    fixed = (low == high) & (most % np.maximum(high, 1) == 0)
    if not np.where(least < most, high <= most, fixed).all():
        raise UnprovedError("another number of keys is selected than a fraction is read out for")
    return float(largest) * UNIT


def _table(readout: Readout, largest: Fraction) -> Ints:
    """(start, step, below, least, most), row by row, if what decoding computes with them in float64
    is exact, or off by less than the margin leaves room for.  Raises UnprovedError."""
    table = readout.fractions
    if table is None or table.shape != (len(table), 5) or not len(table) or table[:, 1:].min() < 1:
        raise UnprovedError("the read-out has not the tables of its kind")
    start, step, below, _, most = (column.astype(object) for column in table.T)
    n_steps = max((largest * b + abs(a)) / s for a, s, b in zip(start, step, below, strict=True))
    numerators = max(abs(a) + s * (n_steps + 1) for a, s in zip(start, step, strict=True))
    finest = int(most.max())
    if (
        finest > ratios.MAX_DENOMINATOR
        or n_steps * finest**2 > ratios.EXACT
        or max(numerators, int(below.max())) * finest >= MANTISSA
    ):
        raise UnprovedError("a fraction is too fine to be read out")
    return table


def _check_grid(readout: Readout, of: Averaged, numbers: Sequence[Fraction], at: Ints) -> None:
    """Is every mean of as many of these numbers as may be selected a multiple of 1 / scale?

    at: rows of the table, and how many keys are selected where each is used, at least and at most.
    """
    assert readout.scale is not None  # or it would have no rows
    for row, low, high in np.unique(at, axis=1).T.tolist():
        scale = Fraction(float(readout.scale[row]))
        if not max(map(abs, numbers)) * scale < MANTISSA:
            raise UnprovedError("a fraction is too fine to be read out")
        keys = lcm(*range(max(low, 1), high + 1))
        if scale.denominator != 1 or any(number * scale % keys for number in numbers):
            raise UnprovedError(f"{describe(of.mean)}: other multiples than its own are read out")
