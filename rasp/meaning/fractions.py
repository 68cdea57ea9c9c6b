"""Lemma: of a mean that is read out as a fraction, the values need not be listed.

If every value that may be selected is (start + step k) / below for an integer k, a mean of m of
them is (start + step K / m) / below for an integer K.  The read-out decodes the nearest number of
this form, with any m up to the largest number of selected keys, or with one m where it is known;
two different ones are further apart than its margin says.  What is decoded is an exact quotient
that is rounded once, as the mean of the program is.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from rasp import ratios
from rasp.graph.nodes import Aggregate, SOpNode, atom_key
from rasp.meaning.attended import Attended
from rasp.meaning.counts import Counts
from rasp.meaning.states import Ints, UnprovedError, describe
from rasp.meaning.stream import MANTISSA, UNIT
from rasp.outputs import Readout

Rows = Callable[[Ints, Ints], Ints]
"""Lengths and indices, from 0 -> rows of the read-out's table."""


def decoded_off(readout: Readout, root: SOpNode, space: Attended, rows: Rows) -> float:
    """How far the number that `root` is may be from the fraction that it is.

    It is known that whole numbers are ints where the read-out's spread says so, if it has one.
    Raises UnprovedError where another value, or one of another type, may be decoded.
    """
    if not isinstance(root, Aggregate):
        raise UnprovedError("a fraction is read out of what is no mean")
    counts = space.facts.counts(root.selector)
    atoms = [*space.domain(root.value).values]
    if not counts.never_empty:
        atoms.append(root.default)
    if readout.integer or not (readout.spread or all(isinstance(atom, float) for atom in atoms)):
        raise UnprovedError("whether a fraction that is whole is an int is not told")
    if any(atom_key(atom) == atom_key(-0.0) for atom in atoms):
        raise UnprovedError("a fraction is no -0.0")
    values = [Fraction(atom) for atom in atoms]
    largest = max(map(abs, values), default=Fraction(0))
    table = _table(readout, largest)
    for start, step, below in np.unique(table[:, :3], axis=0).tolist():
        if any((value * below - start) % step for value in values):
            raise UnprovedError(f"{describe(root)}: something else than its multiples is read out")
    _check_counts(table, counts, space.max_len, rows)
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


def _check_counts(table: Ints, counts: Counts, size: int, rows: Rows) -> None:
    """As many keys are selected as the row of the table says that belongs to the position.

    Nothing is selected where the default is, which is a multiple of 1 / m for every m.
    """
    lengths, indices = np.tril_indices(size)
    low, high = counts.at(lengths, indices)
    least, most = table[rows(lengths, indices), 3:].T
    fixed = (low == high) & (most % np.maximum(high, 1) == 0)
    if not np.where(least < most, high <= most, fixed).all():
        raise UnprovedError("another number of keys is selected than a fraction is read out for")
