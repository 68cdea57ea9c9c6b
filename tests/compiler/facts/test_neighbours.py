"""The means on both sides of a constant, against a list of all means."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from rasp.compiler.facts.means import Grid, Quotients
from rasp.compiler.facts.sides import neighbours
from rasp.compiler.limits import CLOSEST_MEANS

VALUES = (-7, -1, 0, 1, 2, 3, 0.1, 0.3, 0.5, 1 / 3, 2.5, 1e15)
CONSTANTS = (0, 0.5, 0.1, 0.3, 1 / 3, 2 / 3, 1, -1, 1 - 2.0**-53, 1e15, 1e-17, 100, -100, 0.25)


def listed(
    means: Quotients, grid: Grid, constants: list[int | float]
) -> tuple[Fraction, ...] | None:
    """The same, where all means are looked at."""
    found = {grid.low, grid.high}
    numbers = range(max(1, int(means.counts[:, 0].min())), int(means.counts[:, 1].max()) + 1)
    for constant in constants:
        every = set() if means.step else {means.low}
        for m in numbers if means.step else ():
            middle = int((Fraction(constant) - means.low) * m / means.step)
            every |= {
                means.low + means.step * Fraction(k, m) for k in range(middle - 4, middle + 5)
            }
        every = {mean for mean in every if grid.low <= mean <= grid.high}
        equal = {mean for mean in every if float(mean) == constant}
        if len(equal) > 1:
            return None
        below = [mean for mean in every if float(mean) < constant]
        above = [mean for mean in every if float(mean) > constant]
        found |= equal | {*sorted(below)[-1:], *sorted(above)[:1]}
    closest = Fraction(CLOSEST_MEANS) * max(means.reach, abs(means.low), Fraction(1))
    ordered = sorted(found)
    return tuple(ordered) if all(b - a > closest for a, b in pairwise(ordered)) else None


@pytest.mark.parametrize("seed", range(60))
def test_neighbours_of_constants(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(5):
        most = draw.choice([1, 2, 5, 40])
        least = draw.choice([1, most])
        grid = Grid.of(sorted(set(draw.choices(VALUES, k=draw.randint(1, 3)))))
        reach = max(abs(grid.low), abs(grid.high))
        means = Quotients(grid.low, grid.step, reach, "", np.array([[least, most]]))
        default = draw.choice([None, 0, 5, -3])
        if default is not None:
            means = means.beside(Grid.of([default]))
            ends = [grid.low, Fraction(default), grid.high]
            grid = Grid(min(ends), grid.step, max(ends))
        constants = draw.choices(CONSTANTS, k=draw.randint(1, 2))
        assert neighbours(means, grid, constants) == listed(means, grid, constants)
