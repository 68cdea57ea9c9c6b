"""Numbers that are a little off -> the fractions that they are meant to be.

Two different fractions whose denominators are at most m are at least 1 / (m (m - 1)) apart, so of a
number that is less than half of that off the fraction is known.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating]
Ints: TypeAlias = NDArray[Any]

MAX_DENOMINATOR = 1 << 20
SPARE_BITS = 12
"""Numbers are taken as multiples of 2^-bits, so much finer than what keeps two fractions apart."""

ROOM = 1 - 2.0**-9
"""The share of half the distance of two fractions that is left when numbers have been rounded."""

EXACT = 2.0**40
"""Largest number times the square of the largest denominator, up to which `ROOM` is enough."""

_LARGEST = 2.0**61


def smallest_distance(least: Ints, most: Ints) -> Floats:
    """How far apart two different fractions are at least, with denominators between the two.

    Where these are the same, the fractions are the multiples of 1 / most.
    """
    least, most = least.astype(np.float64), most.astype(np.float64)
    return 1 / np.where(least == most, most, most * np.maximum(most - 1, 1))


def nearest_fractions(numbers: Floats, most: Ints) -> tuple[Floats, Floats]:
    """Numerators and denominators of the fractions nearest to the numbers, in lowest terms.

    most: the largest denominator, for each number.  The continued fraction of a number is cut off
    where the denominators become too large; its last convergent or the last fraction between that
    and the next one is the nearest.
    """
    most = np.asarray(most, dtype=np.int64)
    bits = 2 * int(most.max(initial=1)).bit_length() + SPARE_BITS
    unit = 2.0**bits
    largest = _LARGEST / unit
    target = np.rint(np.clip(np.nan_to_num(numbers), -largest, largest) * unit).astype(np.int64)
    above, below = target, np.full_like(target, 1 << bits)
    p0, q0 = np.zeros_like(target), np.ones_like(target)
    p1, q1 = np.ones_like(target), np.zeros_like(target)
    going = np.ones(target.shape, dtype=bool)
    while True:
        whole, rest = np.divmod(above, np.where(below, below, 1))
        # A denominator that is far too large must not overflow.
        ahead = q0 + np.minimum(whole, most + 1) * q1
        going &= (below > 0) & (ahead <= most)
        if not going.any():
            break
        p0, p1 = np.where(going, p1, p0), np.where(going, p0 + whole * p1, p1)
        q0, q1 = np.where(going, q1, q0), np.where(going, q0 + whole * q1, q1)
        above, below = np.where(going, below, above), np.where(going, rest, below)
    # p1 / q1 is the last convergent, exact where nothing is left below.
    steps = (most - q0) // q1
    p2, q2 = p0 + steps * p1, q0 + steps * q1
    exact = target / unit
    between = (below > 0) & (q2 > 0)
    other = p2 / np.where(between, q2, 1)
    nearer = between & (np.abs(other - exact) < np.abs(p1 / q1 - exact))
    numerators, denominators = np.where(nearer, p2, p1), np.where(nearer, q2, q1)
    return numerators.astype(np.float64), denominators.astype(np.float64)
