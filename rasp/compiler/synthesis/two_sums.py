"""Functions that are one of a sum of leaves and one of another sum, added.

A product of two numbers is such: a * b is (a + b)^2 / 4 - (a - b)^2 / 4.  Listed as one number its
pairs are as many as there are products; of sums and of differences there are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.limits import (
    FEW_LEVELS_OF_SUMS,
    MOST_PAIRS_OF_SUMS,
    MOST_ROUNDS,
    SAMPLE_OF_TWO_SUMS,
)
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.added import added
from rasp.compiler.synthesis.projections import small_sums
from rasp.compiler.synthesis.staircase import levels_of, on_levels
from rasp.compiler.synthesis.table import Solution, Table, allowed_error, values_of
from rasp.compiler.variables import Linear, Variable
from rasp.deadline import look


def by_two_sums(
    table: Table, sums: Sequence[Linear], best: float, accuracy: Accuracy
) -> Solution | None:
    """The function of a number as two functions of one sum each, if cheaper than `best`."""
    if table.targets.shape[1] != 1:
        return None
    chosen: Solution | None = None
    for pair in _pairs(table, sums):
        look()
        n_levels = sum(len(part.levels) for part in pair)
        if n_levels >= max(best, FEW_LEVELS_OF_SUMS):
            continue
        values = _apart(pair[0].level, pair[1].level, table.targets[:, 0])
        if values is None:
            continue
        solutions = [
            on_levels(table, part.form, part.level, part.levels, numbers, accuracy)
            for part, numbers in zip(pair, values, strict=True)
        ]
        found = _added(*solutions)
        if found.cost < best:
            chosen, best = found, found.cost
    return chosen


def is_two_sums(table: Table, sums: Sequence[Linear]) -> bool:
    """Is the function such, as far as the rows of the table tell?"""
    return any(
        _apart(first.level, second.level, table.targets[:, 0]) is not None
        for first, second in _pairs(table, sums)
    )


@dataclass(frozen=True, eq=False)
class _Part:
    """A sum, which of its levels each row has, and the levels."""

    form: Linear
    level: Ints
    levels: Floats


def _pairs(table: Table, sums: Sequence[Linear]) -> list[tuple[_Part, _Part]]:
    """Two sums that together have all leaves in them."""
    forms = [form for form in [*small_sums(table), *sums] if form.features or form.scalars]
    leaves = set(table.leaves)
    found = [
        (first, second)
        for first, second in combinations(range(len(forms)), 2)
        if {*_leaves_of(forms[first]), *_leaves_of(forms[second])} == leaves
    ][:MOST_PAIRS_OF_SUMS]
    used = sorted({number for pair in found for number in pair})
    parts = {
        number: _Part(forms[number], *levels_of(values_of(forms[number], table))) for number in used
    }
    return [(parts[first], parts[second]) for first, second in found]


def _leaves_of(form: Linear) -> list[Variable]:
    return [*form.features, *form.scalars]


def _apart(first: Ints, second: Ints, target: Floats) -> tuple[Floats, Floats] | None:
    """Numbers for each level of both that add up to the target, if there are such."""
    for size in (SAMPLE_OF_TWO_SUMS, len(target)):
        parts = _settled(first[:size], second[:size], target[:size])
        if parts is None:
            return None
    return parts


def _settled(first: Ints, second: Ints, target: Floats) -> tuple[Floats, Floats] | None:
    a = np.full(int(first.max()) + 1, np.nan)
    b = np.full(int(second.max()) + 1, np.nan)
    for _ in range(MOST_ROUNDS):
        look()
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
    return (a, b) if off <= allowed_error(target) else None


def _added(first: Solution, second: Solution) -> Solution:
    """Both at once."""
    methods = [part.method for part in (first, second) if part.neurons]
    method = methods[0] if len(methods) == 1 else "two sums"
    return added([first, second], Linear(), method)
