"""The fraction that is nearest to a number, among those with small denominators."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasp.ratios import MAX_DENOMINATOR, ROOM, nearest_fractions, smallest_distance


@given(
    most=st.integers(1, 3000),
    part=st.integers(0, 10**9),
    whole=st.integers(-100, 100),
    above=st.integers(0, 10**9),
    off=st.floats(-ROOM, ROOM),
)
def test_a_fraction_is_found_from_half_the_distance_to_the_next(
    most: int, part: int, whole: int, above: int, off: float
) -> None:
    denominator = part % most + 1
    fraction = Fraction(whole * denominator + above % denominator, denominator)
    distance = smallest_distance(np.array([1]), np.array([most]))[0]
    number = float(fraction) + off * distance / 2
    numerators, denominators = nearest_fractions(np.array([number]), np.array([most]))
    assert (numerators[0], denominators[0]) == (fraction.numerator, fraction.denominator)


@given(st.integers(1, 60))
def test_the_distance_is_that_of_the_closest_two(most: int) -> None:
    fractions = {Fraction(k, m) for m in range(1, most + 1) for k in range(m + 1)}
    ascending = sorted(fractions)
    closest = min(b - a for a, b in pairwise(ascending))
    assert smallest_distance(np.array([1]), np.array([most]))[0] == pytest.approx(float(closest))


def test_every_number_has_its_own_denominator() -> None:
    most = np.array([1, 2, 3, 4, 5, 1000])
    numerators, denominators = nearest_fractions(np.full(6, 0.3), most)
    assert numerators.tolist() == [0, 1, 1, 1, 1, 3]
    assert denominators.tolist() == [1, 2, 3, 3, 3, 10]


def test_numbers_out_of_all_bounds_give_some_fraction() -> None:
    numbers = np.array([1e300, -1e300, np.inf, -np.inf, np.nan])
    numerators, denominators = nearest_fractions(numbers, np.full(5, MAX_DENOMINATOR))
    assert np.isfinite(numerators).all()
    assert ((denominators >= 1) & (denominators <= MAX_DENOMINATOR)).all()


def test_no_numbers_have_no_fractions() -> None:
    numerators, denominators = nearest_fractions(np.zeros((0, 3)), np.zeros((0, 3), dtype=int))
    assert numerators.shape == denominators.shape == (0, 3)
