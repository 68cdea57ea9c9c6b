"""What a sum over the selected keys can be: how large it is, where its values are too many to list,
and which products of a mean and a count belong to it, where they are not.

`round(length * average(digit * 10 ^ indices))` is one of 10^8 integers for 8 digits.  Nobody needs
a list of them to know that they are integers: of m integers with the sum s, the float nearest to
m * (s / m) is off by s / 2^51 at most, so that rounding it gives s.

A head that adds up is less exact: m keys beside a BOS of weight W make of s about s * (1 - m / W),
and rounding its scores costs more.  Where that may be a quarter, there is no such number.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import exp
from types import NoneType

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.domains import Domain, Interval, Unlisted
from rasp.compiler.facts.means import Grid
from rasp.compiler.limits import ADDING_ERROR, LONG_SUM_LOG_WEIGHT
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.variables import Categorical, Computed, Mean, Scalar, Sum, Variable
from rasp.graph.nodes import Atom, Elementwise


def interval_of_total(mean: Mean, grid: Grid, limits: Bounds) -> Interval | None:
    """Between which integers the sum of what is averaged is; None if it is too large to be told
    exactly, or a head does not add it up exactly enough.

    grid: what is averaged, which are integers; limits: how many keys there are.
    """
    counts = limits.possible
    least, most = int(counts[:, 0].min()), int(counts[:, 1].max())
    ends = [m * end for m in (least, most) for end in (grid.low, grid.high)]
    low, high = min(ends), max(ends)
    once = _each_once(mean)
    if once is not None:
        low, high = max(low, once[0]), min(high, once[1])
    found = Interval(int(low), int(high), most * _off_by_key(mean, grid, most))
    return found if found.is_told else None


def _off_by_key(mean: Mean, grid: Grid, most: int) -> float:
    """By how much the sum may be off for each of so many keys."""
    largest = float(max(abs(grid.low), abs(grid.high)))
    # The weight is less by one part in W for each key, whose bound the proof takes twice.
    relative = ADDING_ERROR + 2 * most * exp(-LONG_SUM_LOG_WEIGHT)
    carried = mean.value.interval if isinstance(mean.value, Scalar) else None
    return largest * relative + (carried.off if carried is not None else 0.0)


def _each_once(mean: Mean) -> tuple[Fraction, Fraction] | None:
    """The same, by something of which an input has each value so many times: of 20 digits there is
    one at each index, and so they are no more than 2^20 - 1 together.  None if nothing is so."""
    if not isinstance(mean.value, Categorical):
        return None
    found: list[tuple[float, float]] = []
    for places, leaf in _leaves(mean.value):
        if leaf.multiplicity is None or leaf.within is not None:
            continue
        low, high = np.zeros(leaf.size), np.zeros(leaf.size)  # what is not selected adds nothing
        np.minimum.at(low, places[0], mean.numbers[places[1]])
        np.maximum.at(high, places[0], mean.numbers[places[1]])
        found.append((float(low @ leaf.multiplicity), float(high @ leaf.multiplicity)))
    if not found:
        return None
    return Fraction(max(low for low, _ in found)), Fraction(min(high for _, high in found))


def _leaves(variable: Categorical) -> list[tuple[Floats, Variable]]:
    """What a variable is a function of, each with the places of its values and of the variable's
    that can be together: of what is not told apart only the first, but that is never counted."""
    own = np.arange(variable.size)
    found: list[tuple[Floats, Variable]] = [(np.stack([own, own]), variable)]
    if isinstance(variable, Computed) and variable.is_tabled:
        known = variable.codes >= 0
        codes = variable.codes[known]
        found += [
            (np.stack([variable.rows[known, number], codes]), leaf)
            for number, leaf in enumerate(variable.leaves)
        ]
    return found


def interval_of_one(
    variable: Variable, default: Atom | None, counts: Sequence[int]
) -> Interval | None:
    """Between which integers a mean over so many keys is, if it is one of those of which nobody has
    a list."""
    interval = variable.interval
    if interval is None or max(counts) > 1 or type(default) not in (int, NoneType):
        return None
    found = (interval if default is None else interval.beside(int(default))).copied()
    return found if found.is_told else None


def add_interval(lowering: Lowering, node: Elementwise, mean: Mean, interval: Interval) -> Known:
    """The sum of what is averaged, as a number of which nobody has a list."""
    total = Sum(
        node=node,
        label=lowering.text(node),
        depth=mean.depth,
        possible=Unlisted.integers(interval, lowering.contexts),
        term=mean.term,
        value=mean.value,
        numbers=mean.numbers,
    )
    return lowering.add(node, total)


def grid_of(mean: Mean) -> Grid | None:
    """What is averaged; None if it is not known."""
    if not isinstance(mean.value, Scalar):
        return Grid.of([float(number) for number in mean.numbers])
    if mean.value.interval is not None:
        return grid_of_interval(mean.value.interval)
    return Grid.of(mean.value.domain.values) if mean.value.is_listed else None


def grid_of_interval(interval: Interval) -> Grid:
    step = Fraction(int(interval.low < interval.high))
    return Grid(Fraction(interval.low), step, Fraction(interval.high))


def products_of(
    mean: Mean, domain: Domain, grid: Grid, counts: Sequence[int], *, integers: bool
) -> tuple[Ints, list[Atom]]:
    """(place of the total, place of the count) wherever they can meet, and mean times count.

    integers: whole means are ints, and so are their products.
    """
    totals = np.array([float(value) for value in domain.values])
    none = 0 if mean.default is None else 0 * mean.default  # -0.0 of a default below 0
    rows: list[Ints] = []
    products: list[Atom] = []
    for place, m in enumerate(counts):
        low, high = m * float(grid.low), m * float(grid.high)
        here = np.flatnonzero((totals >= low) & (totals <= high))
        rows.append(np.column_stack([here, np.full(len(here), place)]))
        for total in totals[here].tolist():
            whole = integers and m and total % m == 0
            products.append(m * (int(total / m) if whole else total / m) if m else none)
    return np.concatenate(rows), products
