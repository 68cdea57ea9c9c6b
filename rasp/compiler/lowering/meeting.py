"""Rows of a mean and of the number of keys that it is over -> those in which both can be together.

A mean over m keys is s / m for a sum s of m numbers.  Of the means of three numbers and the means
of seven, few are both; a table of all means and all counts has five times as many rows as can be.
Where a mean is no multiple of step / m, with room for what rounding leaves of the quotient, or is
larger or smaller than m of the numbers that are averaged can make it, it is over other keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.facts.means import Grid
from rasp.compiler.limits import FIT_TOLERANCE
from rasp.compiler.variables import Categorical, Mean, Variable, Width


def can_meet(leaves: Sequence[Variable], codes: Ints) -> Bools:
    """Of rows [row, leaf] of values of these leaves: may all of them be at one position?"""
    possible = np.ones(len(codes), dtype=bool)
    for (a, mean), (b, width) in product(enumerate(leaves), repeat=2):
        if isinstance(mean, Mean) and isinstance(width, Width) and is_over(mean, width):
            table = _together(mean, width)
            if table is not None:
                possible &= table[codes[:, a], codes[:, b]]
    return possible


def is_over(mean: Mean, width: Width) -> bool:
    """Is the width the number of keys that the mean is over?"""
    (term, *others) = width.terms
    return not others and term.key() == mean.term.key()


def _together(mean: Mean, width: Width) -> Bools | None:
    """[mean, width] which of their values can meet; None if that is not known."""
    value = mean.value
    if not (mean.is_listed and width.is_listed and isinstance(value, Categorical)) or mean.blurred:
        return None
    grid = Grid.of(mean.numbers.tolist())
    if grid.blurred or not grid.step:
        return None
    means = mean.domain.numbers[:, None]  # [mean, 1]
    counts = width.domain.numbers[None, :]  # [1, width]
    least, most = _ends(mean, float(grid.low), float(grid.high), int(counts.max(initial=0)))
    sums = means * counts  # [mean, width]
    steps = (sums - counts * float(grid.low)) / float(grid.step)
    off = FIT_TOLERANCE * (1.0 + np.abs(sums).max(initial=0.0) / float(grid.step))
    if not off < 0.25:
        return None
    places = counts.astype(np.int64)
    slack = off * float(grid.step)
    inside = (sums >= least[places] - slack) & (sums <= most[places] + slack)
    whole = np.abs(steps - np.round(steps)) <= off
    default = mean.domain.numbers == (np.nan if mean.default is None else float(mean.default))
    return np.asarray(np.where(counts == 0, default[:, None], inside & whole))


def _ends(mean: Mean, low: float, high: float, most: int) -> tuple[Floats, Floats]:
    """For 0, 1, ... keys the smallest and the largest sum of what is averaged."""
    counts = np.arange(most + 1)
    multiplicity = mean.value.multiplicity if isinstance(mean.value, Categorical) else None
    if multiplicity is None or mean.value.within is not None or (multiplicity > 1).any():
        return counts * low, counts * high
    numbers = np.sort(mean.numbers)
    if len(numbers) < most:
        return counts * low, counts * high
    least, largest = (np.concatenate([[0.0], np.cumsum(some)]) for some in (numbers, numbers[::-1]))
    return least[counts], largest[counts]
