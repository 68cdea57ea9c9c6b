"""Numbers that a staircase may be built on, beside the sums that the expression itself computes."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

from rasp.compiler.synthesis.table import Table, evaluate, leaf_feature, leaf_reading
from rasp.compiler.variables import Categorical, Linear, Scalar, Width

MAX_RADIX = 20_000
"""Largest number that several scalars may be put together to."""


def projections(table: Table) -> list[Linear]:
    """Candidates for z: small multiples of numeric leaves, and scalars put together."""
    numbers: list[Linear] = []
    scalar: list[bool] = []
    for leaf in table.leaves:
        if isinstance(leaf, Scalar):
            linear = not isinstance(leaf, Width) or leaf.linear
            numbers.append(leaf.number if linear else leaf_reading(leaf))
            scalar.append(True)
        elif isinstance(leaf, Categorical) and leaf.domain.numeric and leaf.size > 1:
            values = np.array([float(value) for value in leaf.domain.values])
            if np.isfinite(values).all():
                numbers.append(leaf_feature(leaf, values))
                scalar.append(False)
    if len(numbers) > 4:
        return numbers + _mixed_radix(
            [number for number, is_scalar in zip(numbers, scalar, strict=True) if is_scalar], table
        )
    candidates: list[Linear] = []
    choices = (0, 1, -1)
    for coefficients in product(choices, repeat=len(numbers)):
        leading = next((c for c in coefficients if c), 0)
        if leading <= 0 or sum(map(abs, coefficients)) > 12:
            continue
        form = Linear()
        for coefficient, number in zip(coefficients, numbers, strict=True):
            if coefficient:
                form = form + number.scaled(float(coefficient))
        candidates.append(form)
    candidates.sort(key=lambda form: len(form.features) + len(form.scalars))
    return candidates + _mixed_radix(
        [n for n, is_scalar in zip(numbers, scalar, strict=True) if is_scalar], table
    )


def _mixed_radix(scalars: list[Linear], table: Table) -> list[Linear]:
    """Several linear scalars in one number, so that no two combinations fall together."""
    if not 2 <= len(scalars) <= 3:
        return []
    found: list[Linear] = []
    for order in permutations(scalars):
        form, weight = Linear(), 1.0
        for scalar in reversed(order):
            readings = evaluate(scalar, table)
            levels = np.unique(np.round(readings, 9))
            if len(levels) < 2:
                continue
            gap = float(np.diff(levels).min())
            form = form + scalar.scaled(weight / gap)
            weight *= float(levels[-1] - levels[0]) / gap + 1
        if weight <= MAX_RADIX:
            found.append(form)
    return found
