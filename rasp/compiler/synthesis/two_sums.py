"""Functions that are one of a sum of leaves and one of another sum, added.

A product of two numbers is such: a * b is (a + b)^2 / 4 - (a - b)^2 / 4.  Listed as one number its
pairs are as many as there are products; of sums and of differences there are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from rasp.compiler.contexts import Floats, Ints
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.projections import small_sums
from rasp.compiler.synthesis.staircase import levels_of, on_levels
from rasp.compiler.synthesis.table import TOLERANCE, Solution, Table, evaluate
from rasp.compiler.variables import Linear

_SAMPLE = 2_000
_MOST_PAIRS = 100
_MOST_ROUNDS = 200


def by_two_sums(
    table: Table, sums: Sequence[Linear], best: float, accuracy: Accuracy
) -> Solution | None:
    """The function of a number as two functions of one sum each, if cheaper than `best`."""
    if table.targets.shape[1] != 1:
        return None
    chosen: Solution | None = None
    for pair in _pairs(table, sums):
        first, second = (levels_of(evaluate(form, table)) for form in pair)
        if len(first[1]) + len(second[1]) >= best:
            continue
        parts = _apart(first[0], second[0], table.targets[:, 0])
        if parts is None:
            continue
        solutions = [
            on_levels(table, form, level, levels, values, accuracy)
            for form, (level, levels), values in zip(pair, (first, second), parts, strict=True)
        ]
        found = _added(*solutions)
        if found.cost < best:
            chosen, best = found, found.cost
    return chosen


def is_two_sums(table: Table, sums: Sequence[Linear]) -> bool:
    """Is the function such, as far as the rows of the table tell?"""
    for first, second in _pairs(table, sums):
        levels = [levels_of(evaluate(form, table))[0] for form in (first, second)]
        if _apart(levels[0], levels[1], table.targets[:, 0]) is not None:
            return True
    return False


def _pairs(table: Table, sums: Sequence[Linear]) -> list[tuple[Linear, Linear]]:
    """Two sums that together have all leaves in them."""
    forms = [form for form in [*small_sums(table), *sums] if len(form.features) + len(form.scalars)]
    leaves = set(table.leaves)
    found = [
        (first, second)
        for first, second in combinations(forms, 2)
        if {*first.features, *first.scalars, *second.features, *second.scalars} == leaves
    ]
    return found[:_MOST_PAIRS]


def _apart(first: Ints, second: Ints, target: Floats) -> tuple[Floats, Floats] | None:
    """Numbers for each level of both that add up to the target, if there are such."""
    for size in (_SAMPLE, len(target)):
        parts = _settled(first[:size], second[:size], target[:size])
        if parts is None:
            return None
    return parts


def _settled(first: Ints, second: Ints, target: Floats) -> tuple[Floats, Floats] | None:
    a = np.full(int(first.max()) + 1, np.nan)
    b = np.full(int(second.max()) + 1, np.nan)
    for _ in range(_MOST_ROUNDS):
        from_a = np.isnan(b[second]) & ~np.isnan(a[first])
        b[second[from_a]] = target[from_a] - a[first[from_a]]
        from_b = np.isnan(a[first]) & ~np.isnan(b[second])
        a[first[from_b]] = target[from_b] - b[second[from_b]]
        if from_a.any() or from_b.any():
            continue
        still_open = np.isnan(a[first])
        if not still_open.any():
            break
        a[first[still_open].min()] = 0.0  # whatever it is, the other makes up for it
    a, b = np.nan_to_num(a), np.nan_to_num(b)
    off = np.abs(a[first] + b[second] - target).max(initial=0.0)
    return (a, b) if off <= TOLERANCE * (1.0 + np.abs(target).max(initial=0.0)) else None


def _added(first: Solution, second: Solution) -> Solution:
    """Both at once."""
    paired = [
        edge for part in (first, second) for edge in (part.paired or [False] * len(part.neurons))
    ]
    return Solution(
        [*first.neurons, *second.neurons],
        np.concatenate([first.outputs, second.outputs], axis=1),
        [first.direct[0] + second.direct[0]],
        "two sums",
        paired if any(paired) else [],
        calm=first.calm and second.calm and (all(paired) or not any(paired)),
    )
