"""Which values a mean or a sum can take, given what is averaged and over how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np

from rasp.compiler.contexts import Contexts, coarsest
from rasp.compiler.domains import Domain, TooManyRowsError, restrict
from rasp.compiler.selectors import Bounds
from rasp.graph.nodes import Atom

MAX_VALUES = 60_000
MAX_MASK = 60_000_000
MAX_DENOMINATOR = 1 << 40
MAX_IDEAL = 1_000


@dataclass(frozen=True)
class Grid:
    """low, low + step, ..., high: what all values of a domain lie on.

    blurred: values such as 1/3 are meant by the floats next to them, so that what is computed from
    them is only known up to its last bits.
    """

    low: Fraction
    step: Fraction  # 0 if low == high
    high: Fraction
    blurred: bool = False

    @classmethod
    def of(cls, values: Sequence[Atom]) -> Grid:
        exact = [Fraction(value) for value in values]
        ideal = [value.limit_denominator(MAX_IDEAL) for value in exact]
        # Of numbers that cancel the last bits are those of larger ones.
        least = max(map(abs, exact)) * Fraction(1, 2**50)
        near = all(abs(a - b) <= least for a, b in zip(exact, ideal, strict=True))
        if near and ideal != exact:
            grid = cls._through(ideal)
            return Grid(grid.low, grid.step, grid.high, True)
        return cls._through(exact)

    @classmethod
    def _through(cls, exact: Sequence[Fraction]) -> Grid:
        low = min(exact)
        step = Fraction(0)
        for value in exact:
            step = _common(step, value - low)
        return cls(low, step, max(exact))

    @property
    def size(self) -> float:
        """How many values it has."""
        return float((self.high - self.low) / self.step) + 1 if self.step else 1.0

    def averaged(self, counts: Sequence[int], default: Atom | None) -> Grid:
        """The grid of the means over so many values, and of the default."""
        steps = Fraction(self.low.numerator, self.low.denominator)
        fine = _common(self.step, abs(steps)) / lcm(*counts)
        low, high = self.low, self.high
        if default is not None:
            number = Fraction(default)
            fine = _common(fine, abs(number))
            low, high = min(low, number), max(high, number)
        return Grid(low, fine, high, self.blurred)

    @property
    def scale(self) -> int:
        """All values are integers divided by this."""
        return lcm(self.low.denominator, self.step.denominator)


def _common(a: Fraction, b: Fraction) -> Fraction:
    """The largest step of which both are multiples."""
    return Fraction(
        gcd(a.numerator * b.denominator, b.numerator * a.denominator),
        a.denominator * b.denominator,
    )


def possible_counts(bounds: Bounds, contexts: Contexts) -> list[int]:
    """How many keys may be selected somewhere, without none at all."""
    size = contexts.max_len
    valid = contexts.valid().reshape(size, size)
    pairs = np.unique(np.stack([bounds.low, bounds.high], axis=-1)[valid], axis=0)
    return sorted({m for low, high in pairs.tolist() for m in range(max(low, 1), high + 1)})


def mean_domain(
    grid: Grid, bounds: Bounds, default: Atom, contexts: Contexts, *, total: bool = False
) -> Domain:
    """Every mean (or sum) of m values of the grid, per context for every m within the bounds.

    Where nothing may be selected, also the default.  Raises TooManyRowsError if they are too many
    to list.
    """
    counts = possible_counts(bounds, contexts)
    n_values = sum(m * (grid.size - 1) + 1 for m in counts)
    if n_values > 20 * MAX_VALUES or grid.scale > MAX_DENOMINATOR:
        raise TooManyRowsError(n_values)
    listing = _Listing()
    for m in counts:
        n_steps = int(m * (grid.high - grid.low) / grid.step) if grid.step else 0
        listing.add(m, m * grid.low, grid.step, n_steps, 1 if total else m)
    if len(listing.atoms) > MAX_VALUES:
        raise TooManyRowsError(len(listing.atoms))
    size = contexts.max_len
    valid = contexts.valid().reshape(size, size)
    default_place = listing.place(default) if (bounds.low[valid] == 0).any() else -1
    pairs = np.stack([bounds.low, bounds.high], axis=-1).reshape(size * size, 2)
    granularity, rows = coarsest(pairs, contexts)
    if len(rows) * len(listing.atoms) > MAX_MASK:
        return Domain.everywhere(listing.atoms, contexts)
    mask = np.zeros((len(rows), len(listing.atoms)), dtype=bool)
    for low, high in np.unique(rows, axis=0).tolist():
        here = np.zeros(len(listing.atoms), dtype=bool)
        for m in range(max(low, 1), high + 1):
            here[listing.by_count.get(m, [])] = True
        if low == 0 and default_place >= 0:
            here[default_place] = True
        mask[(rows[:, 0] == low) & (rows[:, 1] == high)] = here
    return restrict(listing.atoms, contexts, granularity, mask)


def scales_by_length(
    values: Sequence[Sequence[float] | int], default: float | None, bounds: Bounds
) -> tuple[int, ...]:
    """For each length, from 1, a number that makes integers of all means; empty if too large.

    values: what is averaged in inputs of that length, or what makes integers of that.
    """
    scales: list[int] = []
    for row, averaged in enumerate(values):
        if isinstance(averaged, int):
            scale = averaged
        else:
            scale = Grid.of(averaged or [0]).scale
        low, high = bounds.low[row, : row + 1], bounds.high[row, : row + 1]
        counts = {
            m for a, b in zip(low.tolist(), high.tolist(), strict=True) for m in range(a, b + 1)
        }
        scale *= lcm(*(counts - {0}))
        if default is not None:
            scale = lcm(scale, Grid.of([default]).scale)
        if scale > MAX_DENOMINATOR:
            return ()
        scales.append(scale)
    return tuple(scales)


class _Listing:
    """Distinct values, and which of them belong to which count."""

    def __init__(self) -> None:
        self.atoms: list[Atom] = []
        self.by_count: dict[int, list[int]] = {}
        self._places: dict[float, int] = {}

    def place(self, value: Atom) -> int:
        place = self._places.setdefault(float(value), len(self.atoms))
        if place == len(self.atoms):
            self.atoms.append(value)
        return place

    def add(self, count: int, start: Fraction, step: Fraction, n_steps: int, divisor: int) -> None:
        """(start + k * step) / divisor for k up to n_steps, correctly rounded."""
        denominator = lcm(start.denominator, step.denominator)
        first, each = int(start * denominator), int(step * denominator)
        below = denominator * divisor
        places = self.by_count[count] = []
        for number in range(n_steps + 1):
            numerator = first + number * each
            quotient = numerator / below  # of two integers: correctly rounded
            whole = divisor == 1 and numerator % denominator == 0
            places.append(self.place(numerator // denominator if whole else quotient))
