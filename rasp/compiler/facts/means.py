"""Which values a mean or a sum can take, given what is averaged and over how many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Bools, Contexts, Floats, Granularity, Ints
from rasp.compiler.facts.domains import Domain, TooManyRowsError, restrict
from rasp.compiler.facts.rows import combinations_of
from rasp.compiler.limits import (
    EXACT_IN_FLOAT64,
    LARGEST_FINITE,
    MAX_DENOMINATOR,
    MAX_IDEAL,
    MAX_MEAN_MASK,
    MAX_MEAN_PAIRS,
    MAX_MEAN_VALUES,
    MAX_SUMS,
    MOST_STEPS_OF_FLOATS,
    SAMPLE_OF_MEANS,
)
from rasp.deadline import look
from rasp.graph.nodes import Atom, atom_key


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
        meant = cls.meant(values)
        blurred = meant != list(map(Fraction, values))
        grid = cls.through(meant)
        return cls(grid.low, grid.step, grid.high, blurred)

    @classmethod
    def exact(cls, values: Sequence[Atom]) -> Grid:
        """The grid through the numbers as they are."""
        return cls.through(list(map(Fraction, values)))

    @staticmethod
    def meant(values: Sequence[Atom]) -> list[Fraction]:
        """What numbers are taken for: fractions with small denominators, if they are close to such,
        all of them."""
        exact = [Fraction(value) for value in values]
        ideal = [value.limit_denominator(MAX_IDEAL) for value in exact]
        # Of numbers that cancel the last bits are those of larger ones.
        least = max(map(abs, exact)) * Fraction(1, 2**50)
        near = all(abs(a - b) <= least for a, b in zip(exact, ideal, strict=True))
        return ideal if near else exact

    @classmethod
    def through(cls, exact: Sequence[Fraction]) -> Grid:
        low = min(exact)
        step = Fraction(0)
        for value in exact:
            step = _common(step, value - low)
        return cls(low, step, max(exact))

    @property
    def size(self) -> float:
        """How many values it has, as far as floats count."""
        return _counted((self.high - self.low) / self.step) + 1 if self.step else 1.0

    def beside(self, default: float | None) -> Grid:
        """With one more number; its step may be no step of the others."""
        if default is None:
            return self
        number = Fraction(default)
        return replace(self, low=min(self.low, number), high=max(self.high, number))

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


@dataclass(frozen=True)
class Quotients:
    """low + step * k / m, for integers k: what all means over m keys are.

    reach: no value is larger; counts: the least and the greatest m in each context at granularity.
    """

    low: Fraction
    step: Fraction
    reach: Fraction
    granularity: Granularity
    counts: Ints  # [contexts, 2]

    @classmethod
    def of(cls, grid: Grid, bounds: Bounds, default: Atom | None, contexts: Contexts) -> Quotients:
        """The means of values of the grid.  The default is one with any m."""
        granularity, counts = bounds.at_least(1).pairs
        if granularity == "in":
            counts = np.where(contexts.valid()[:, None], counts, 1)
        means = cls(grid.low, grid.step, max(abs(grid.low), abs(grid.high)), granularity, counts)
        return means if default is None else means.beside(Grid.of([default]))

    def beside(self, other: Grid) -> Quotients:
        """These and what lies on the grid."""
        step = _common(_common(self.step, other.step), abs(other.low - self.low))
        reach = max(self.reach, abs(other.low), abs(other.high))
        return replace(self, step=step, reach=reach)

    def anywhere(self) -> Quotients:
        """The same, for a decoder that does not look at the context."""
        counts = np.array([[self.counts[:, 0].min(), self.counts[:, 1].max()]])
        return replace(self, granularity="", counts=counts)


def _common(a: Fraction, b: Fraction) -> Fraction:
    """The largest step of which both are multiples."""
    return Fraction(
        gcd(a.numerator * b.denominator, b.numerator * a.denominator),
        a.denominator * b.denominator,
    )


def possible_counts(bounds: Bounds) -> list[int]:
    """How many keys may be selected somewhere, without none at all."""
    found: set[int] = set()
    for low, high in bounds.possible.tolist():
        look()
        found.update(range(max(low, 1), high + 1))
    return sorted(found)


def mean_domain(
    grid: Grid,
    bounds: Bounds,
    default: Atom,
    contexts: Contexts,
    *,
    total: bool = False,
    different: Floats | None = None,
    carried: Sequence[Atom] = (),
    exact: bool = True,
) -> Domain:
    """Every mean (or sum) of m values of the grid, per context for every m within the bounds.

    Where nothing may be selected, also the default.  different: numbers each of which is averaged
    once at most; carried: what is averaged, which says what is an int if these are the `exact`
    numbers.  Raises TooManyRowsError if they are too many to list.
    """
    counts = possible_counts(bounds)
    steps = _Steps.of(grid, different)
    n_values = sum(_counted(steps.most(m) - steps.least(m) + 1) for m in counts)
    of_one = _of_one_key(grid, carried) if counts == [1] else None
    if of_one is not None:
        sums: dict[int, NDArray[Any]] = {1: of_one}
    elif n_values > MAX_MEAN_PAIRS or grid.scale > MAX_DENOMINATOR:
        few = _few_sums(grid, carried, counts)
        if few is None:
            raise TooManyRowsError(n_values)
        sums = few
    else:
        sums = {m: np.arange(steps.least(m), steps.most(m) + 1) for m in counts}
    alone = _alone(carried if exact else (), counts)
    listing = _Listing.of(grid, sums, total=total, alone=alone)
    if not bounds.never_empty:
        listing = listing.beside(default, is_alone=counts == [1] and bool(alone))
    if len(listing.atoms) > MAX_MEAN_VALUES:
        raise TooManyRowsError(len(listing.atoms))
    granularity, rows = bounds.pairs
    if len(rows) * len(listing.atoms) > MAX_MEAN_MASK:
        return Domain.everywhere(listing.atoms, contexts)
    mask = np.zeros((len(rows), len(listing.atoms)), dtype=bool)
    for low, high in combinations_of(rows)[0].tolist():
        mask[(rows[:, 0] == low) & (rows[:, 1] == high)] = listing.possible(low, high)
    return restrict(listing.atoms, contexts, granularity, mask)


def scales_by_length(
    values: Iterable[Sequence[float] | int], default: float | None, bounds: Bounds
) -> tuple[int, ...]:
    """For each length, from 1, a number that makes integers of all means; empty if too large.

    values: what is averaged in inputs of that length, or what makes integers of that.
    """
    scales: list[int] = []
    for row, averaged in enumerate(values):
        if isinstance(averaged, int):
            scale = averaged
        else:
            if _is_fine(averaged):
                return ()
            scale = Grid.of(averaged or [0]).scale
        counts = {
            m for low, high in bounds.at_length(row + 1).tolist() for m in range(low, high + 1)
        }
        scale *= lcm(*(counts - {0}))
        if default is not None:
            scale = lcm(scale, Grid.of([default]).scale)
        if scale > MAX_DENOMINATOR:
            return ()
        scales.append(scale)
    return tuple(scales)


def _is_fine(numbers: Sequence[float]) -> bool:
    """Do a few of very many numbers show that no small number makes integers of them?"""
    if len(numbers) <= SAMPLE_OF_MEANS:
        return False
    some = [*numbers[:SAMPLE_OF_MEANS], max(numbers, key=abs)]
    return Grid.of(some).scale > MAX_DENOMINATOR


def _counted(number: Fraction | int) -> float:
    """A number of values as a float; of means of means there are more than floats count."""
    return float(min(number, LARGEST_FINITE))


def _of_one_key(grid: Grid, carried: Sequence[Atom]) -> Ints | None:
    """By how many steps what one key carries is above the lowest: of one key at most nothing else
    is read, however fine the grid.  None where floats may be nearer to another step."""
    largest = max(abs(grid.low), abs(grid.high))
    if not carried or not grid.step or largest > MOST_STEPS_OF_FLOATS * grid.step:
        return None
    above = np.array([float(number) for number in carried]) - float(grid.low)
    return np.unique(np.rint(above / float(grid.step)).astype(np.int64))


def _few_sums(
    grid: Grid, carried: Sequence[Atom], counts: Sequence[int]
) -> dict[int, NDArray[Any]] | None:
    """For each m, by how many steps the sum of m of the numbers is above m times the lowest: of a
    grid with very many steps, on which there are few numbers.  None where these are many, too."""
    if not carried or not counts:
        return None
    if len(carried) > MAX_SUMS:
        return None
    places = {(number - grid.low) / grid.step for number in Grid.meant(carried)}
    if not all(place.denominator == 1 for place in places):
        return None
    steps = sorted(map(int, places))
    found: dict[int, NDArray[Any]] = {}
    sums, n_sums = {0}, 0
    for m in range(1, max(counts) + 1):
        sums = {total + step for total in sums for step in steps}
        n_sums += len(sums)
        if n_sums > MAX_SUMS:
            return None
        if m in counts:
            found[m] = np.array(sorted(sums), dtype=object)
    return found


def _alone(carried: Sequence[Atom], counts: Sequence[int]) -> dict[Fraction, Atom]:
    """Numbers of which it is known what atom they are as a mean: the smallest and the largest of
    what is averaged, which are no mean of others; and all, where no two are ever averaged."""
    atoms: dict[Fraction, dict[object, Atom]] = {}
    for atom in carried:
        atoms.setdefault(Fraction(atom), {})[atom_key(atom)] = atom
    known = atoms if list(counts) == [1] else {end: atoms[end] for end in _ends(atoms)}
    return {value: next(iter(same.values())) for value, same in known.items() if len(same) == 1}


def _ends(numbers: Collection[Fraction]) -> set[Fraction]:
    return {min(numbers), max(numbers)} if numbers else set()


@dataclass(frozen=True)
class _Steps:
    """By how many steps the sum of m values can be above m times the lowest."""

    highest: int
    smallest: Ints | None  # sums of the smallest 0, 1, ... of values that differ
    largest: Ints | None

    @classmethod
    def of(cls, grid: Grid, different: Floats | None) -> _Steps:
        highest = int((grid.high - grid.low) / grid.step) if grid.step else 0
        if different is None or not highest or highest * len(different) > MAX_DENOMINATOR:
            return cls(highest, None, None)
        steps = np.sort(np.rint((different - float(grid.low)) / float(grid.step)).astype(np.int64))
        sums = [np.concatenate([[0], np.cumsum(order)]) for order in (steps, steps[::-1])]
        return cls(highest, *sums)

    def least(self, m: int) -> int:
        return 0 if self.smallest is None else int(self.smallest[min(m, len(self.smallest) - 1)])

    def most(self, m: int) -> int:
        if self.largest is None:
            return m * self.highest
        return int(self.largest[min(m, len(self.largest) - 1)])


@dataclass(frozen=True)
class _Listing:
    """Distinct values, and which of them belong to which count.

    least: the smallest count that has the value, which is 0 for the default alone; the others are
    in `by_count`.
    """

    atoms: list[Atom]
    least: Ints
    by_count: dict[int, Ints]

    @classmethod
    def of(
        cls,
        grid: Grid,
        sums: dict[int, NDArray[Any]],
        *,
        total: bool,
        alone: dict[Fraction, Atom],
    ) -> _Listing:
        """(m * low + k * step) / m for the k in the sums of m, ascending, or without the division:
        rounded once.  alone: numbers that are what they are, and no float, since only they
        themselves can have been selected.
        """
        counts = list(sums)
        unit = lcm(grid.low.denominator, grid.step.denominator)
        low, step = int(grid.low * unit), int(grid.step * unit)
        tops = [
            max(abs(m * low), abs(m * low + int(some[-1]) * step), m * unit)
            for m, some in sums.items()
        ]
        kind = np.int64 if max(tops, default=0) < EXACT_IN_FLOAT64 else object
        numerators = [m * low + step * some.astype(kind) for m, some in sums.items()]
        sizes = [len(some) for some in numerators]
        over = np.repeat(np.array([1 if total else m for m in counts], dtype=kind), sizes)
        above = np.concatenate(numerators) if counts else np.zeros(0, dtype=kind)
        # Integers that are exact, or Python's own: the quotients are correctly rounded.
        quotients = (above / (unit * over)).astype(np.float64)
        _, first, place = np.unique(quotients, return_index=True, return_inverse=True)
        order = np.argsort(first)
        place, first = np.argsort(order)[place.reshape(-1)], first[order]
        atoms: list[Atom] = quotients[first].tolist()
        if total:
            whole = np.flatnonzero(above[first] % unit == 0)
            integers = (above[first[whole]] // unit).tolist()
            for number, value in zip(whole.tolist(), integers, strict=True):
                atoms[number] = value
        for value, atom in alone.items():
            for number in np.flatnonzero(quotients[first] == float(value)).tolist():
                atoms[number] = atom
        parts = np.split(place, np.cumsum(sizes)[:-1])
        least = np.repeat(np.array(counts, dtype=np.int64), sizes)[first]
        return cls(atoms, least, dict(zip(counts, parts, strict=True)) if counts else {})

    def beside(self, default: Atom, *, is_alone: bool) -> _Listing:
        """With the default, for where no key is selected; is_alone: nothing else is this number.

        What may be an int or a float is listed as a float, so that what is listed as an int is one.
        """
        numbers = [number for number, atom in enumerate(self.atoms) if atom == default]
        if numbers:
            atoms = list(self.atoms)
            for number in numbers if isinstance(default, float) else ():
                atoms[number] = float(atoms[number])
            for number in numbers if is_alone else ():
                atoms[number] = default
            return replace(self, atoms=atoms, by_count=self.by_count | {0: np.array(numbers)})
        by_count = self.by_count | {0: np.array([len(self.atoms)])}
        return _Listing([*self.atoms, default], np.append(self.least, 0), by_count)

    def possible(self, low: int, high: int) -> Bools:
        """Which values there are over low to high keys."""
        if low == 1:
            return (self.least >= 1) & (self.least <= high)
        here = np.zeros(len(self.atoms), dtype=bool)
        if low == 0:
            here |= (self.least >= 1) & (self.least <= high)
            here[self.by_count.get(0, [])] = True
            return here
        for m in range(low, high + 1):
            here[self.by_count.get(m, [])] = True
        return here
