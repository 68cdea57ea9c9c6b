"""Numbers that a staircase may be built on, beside the sums that the expression itself computes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product

import numpy as np

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.limits import MAX_RADIX
from rasp.compiler.synthesis.table import Table, leaf_feature, leaf_reading, values_of
from rasp.compiler.variables import Categorical, Linear, Scalar, Variable


def projections(table: Table) -> list[Linear]:
    """Candidates for z: small multiples of numeric leaves, and scalars put together."""
    return small_sums(table) + _mixed_radix(
        [number for leaf, number in _numbers(table) if isinstance(leaf, Scalar)], table
    )


def small_sums(table: Table) -> list[Linear]:
    """Sums and differences of few numeric leaves; each of them alone, if they are many."""
    numbers = [number for _, number in _numbers(table)]
    if len(numbers) > 4:
        return numbers
    candidates: list[Linear] = []
    for coefficients in product((0, 1, -1), repeat=len(numbers)):
        leading = next((c for c in coefficients if c), 0)
        if leading <= 0:
            continue
        form = Linear()
        for coefficient, number in zip(coefficients, numbers, strict=True):
            if coefficient:
                form = form + number.scaled(float(coefficient))
        candidates.append(form)
    candidates.sort(key=lambda form: len(form.features) + len(form.scalars))
    return candidates


def linear_parts(table: Table, sums: Sequence[Linear]) -> list[Linear]:
    """What a number may be with a staircase on top: a numeric leaf of several, or its negative.

    sums: forms that the expression computes.  What they take of a leaf that is no number itself,
    such as the digit that a token is, counts as one.
    """
    numbers = _numbers(table) + _taken(table, sums)
    if not 2 <= len(numbers) <= 4:
        return []
    linear = [
        number
        for leaf, number in numbers
        if not isinstance(leaf, Scalar) or table.readings.is_linear(leaf)
    ]
    return [number.scaled(sign) for number in linear for sign in (1.0, -1.0)]


def _taken(table: Table, sums: Sequence[Linear]) -> list[tuple[Variable, Linear]]:
    """Numbers that sums take of leaves that are no numbers, the first of each."""
    found: dict[Variable, Linear] = {}
    for form in sums:
        for leaf, values in form.features.items():
            if leaf in table.leaves and not leaf.domain.numeric and np.ptp(values) > 0:
                found.setdefault(leaf, leaf_feature(leaf, values))
    return list(found.items())


def _numbers(table: Table) -> list[tuple[Variable, Linear]]:
    """Leaves that are numbers, as what the stream holds of them."""
    numbers: list[tuple[Variable, Linear]] = []
    for leaf in table.leaves:
        if isinstance(leaf, Scalar):
            linear = table.readings.is_linear(leaf)
            numbers.append((leaf, leaf.number if linear else leaf_reading(leaf)))
        elif isinstance(leaf, Categorical) and leaf.domain.numeric and leaf.size > 1:
            values = np.array([float(value) for value in leaf.domain.values])
            if np.isfinite(values).all():
                numbers.append((leaf, leaf_feature(leaf, values)))
    return numbers


def numbers_of(table: Table) -> list[Linear]:
    """What the stream holds of the leaves that are numbers."""
    return [number for _, number in _numbers(table)]


def numbers_by_leaf(table: Table, sums: Sequence[Linear]) -> dict[Variable, Floats]:
    """What each categorical leaf is as a number: its values, or what sums take of it."""
    return {
        leaf: form.features[leaf]
        for leaf, form in [*_taken(table, sums), *_numbers(table)]
        if isinstance(leaf, Categorical)
    }


def _mixed_radix(scalars: list[Linear], table: Table) -> list[Linear]:
    """Several linear scalars in one number, so that no two combinations fall together."""
    if not 2 <= len(scalars) <= 3:
        return []
    found = (put_together(order, table, MAX_RADIX) for order in permutations(scalars))
    return [form for form in found if form is not None]


def put_together(numbers: Sequence[Linear], table: Table, most: float) -> Linear | None:
    """The numbers as digits of one, the first as the highest; None if that may be larger than
    `most`, counted in what neighbours differ by."""
    form, weight = Linear(), 1.0
    for number in reversed(numbers):
        readings = values_of(number, table)
        with np.errstate(over="ignore"):  # numbers too large to have such digits
            levels = np.unique(np.round(readings, 9))
        if len(levels) < 2:
            continue
        gap = float(np.diff(levels).min())
        form = form + number.scaled(weight / gap)
        weight *= float(levels[-1] - levels[0]) / gap + 1
    return form if weight <= most else None
