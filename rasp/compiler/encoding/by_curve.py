"""A condition that changes where one number passes a curve of others: the curve first, then a step.

`average(x * x) - m * m > 4` holds where the first mean is above a curve of the mean m.  As a table
of both it takes a step for each m.  But there is room between the largest mean for which it does
not hold and the smallest for which it does, so that a few straight lines separate them: a neuron
for each bend.  So such a line is written, and a sublayer later the condition is one step, of the
number less the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rasp.compiler.encoding.by_number import InTwo
from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.encoding.summed import Accuracies
from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.rows import count_rows, number_rows
from rasp.compiler.limits import (
    CLOSE_TO_CURVE,
    FEW_CONJUNCTIONS,
    MANY_NEURONS,
    MOST_BESIDE_CURVE,
    WORTH_A_SUBLAYER,
)
from rasp.compiler.synthesis import Table, synthesise
from rasp.compiler.variables import Combined, Computed, Linear, Scalar, Variable
from rasp.deadline import look


@dataclass(frozen=True, eq=False)
class _Passed:
    """Between which readings of a number a condition changes, for each combination of the others.

    beside: the places of the others; rows: [combinations] a row of each, and group: [rows] the
    combination of each row; low, high: [combinations] the largest reading before the change, and
    the smallest behind it; room: the least of the distances between these.
    """

    beside: tuple[int, ...]
    rows: Ints
    group: Ints
    low: Floats
    high: Floats
    room: float


def by_curve(
    encoding: Encoding, variable: Computed, table: Table, accuracy: Accuracies, cost: float
) -> InTwo | None:
    """The condition in two sublayers, if that is much cheaper than at once; None if it is not.

    cost: what one sublayer takes.
    """
    if cost < FEW_CONJUNCTIONS or variable.alike:
        return None
    if table.targets.shape[1] != 1 or len(np.unique(table.targets[:, 0])) != 2:
        return None
    best: InTwo | None = None
    for place in _numbers(encoding, table):
        found = _through(encoding, variable, table, place, accuracy, cost)
        if found is not None:
            best, cost = found, found.cost * WORTH_A_SUBLAYER
    return best


def _numbers(encoding: Encoding, table: Table) -> Iterator[int]:
    """The scalar leaves that have one scalar beside them, and few values of anything else."""
    scalars = table.scalars()
    if len(scalars) != 2:
        return
    beside = [leaf.size for place, leaf in enumerate(table.leaves) if place not in scalars]
    if float(np.prod([float(size) for size in beside])) > MOST_BESIDE_CURVE:
        return
    for place in sorted(scalars, key=lambda place: -table.leaves[place].size):
        leaf = table.leaves[place]
        assert isinstance(leaf, Scalar)
        if encoding.readings.is_linear(leaf):
            yield place


def _through(
    encoding: Encoding,
    variable: Computed,
    table: Table,
    place: int,
    accuracy: Accuracies,
    cost: float,
) -> InTwo | None:
    passed = _passed(table, place)
    if passed is None:
        return None
    rows = table.codes[passed.rows][:, passed.beside]  # [combinations, leaves beside]
    leaves = tuple(table.leaves[other] for other in passed.beside)
    curve = _curve(table, leaves, rows, passed)
    numbers, codes = np.unique(curve, return_inverse=True)
    codes = codes.reshape(-1)
    own = Table(leaves, rows, curve[:, None], codes, table.readings)
    most = min(MANY_NEURONS, cost / WORTH_A_SUBLAYER)
    lines = synthesise(own, [], exact=False, noise=accuracy.noise, most=most)
    if lines is None or lines.cost >= most:
        return None
    held = Computed(
        node=variable.node,
        label=f"where {variable.label} changes",
        depth=variable.depth,
        possible=Domain.everywhere(tuple(numbers.tolist()), encoding.lowered.contexts),
        leaves=leaves,
        rows=rows,
        codes=codes,
        level=variable.level,
    )
    number = table.leaves[place]
    assert isinstance(number, Scalar)
    readings = table.readings.of(number)[table.codes[:, place]] - curve[passed.group]  # [rows]
    above, of_row = np.unique(readings, return_inverse=True)
    side = np.unique(table.targets[:, 0], return_inverse=True)[1]
    if count_rows([of_row, side], len(of_row)) > len(above):
        return None  # so close that floats do not tell both sides of the curve apart
    form = Linear(0.0, {}, {number: 1.0}) + Linear.feature(held, -numbers)
    reading = Combined(
        node=variable.node,
        label=f"{number.label} above {held.label}",
        depth=variable.depth,
        possible=Domain.everywhere(tuple(above.tolist()), encoding.lowered.contexts),
        form=form,
    )
    assert table.outcomes is not None
    _, first = np.unique(of_row, return_index=True)
    after = Table(
        (reading,),
        np.arange(len(above))[:, None],
        table.targets[first],
        table.outcomes[first],
        table.readings,
    )
    step = synthesise(after, [], exact=accuracy.exact, noise=accuracy.noise)
    if step is None or (lines.cost + step.cost) * WORTH_A_SUBLAYER > cost:
        return None
    return InTwo(after, step, ((held,),), (held, reading), lines.cost + step.cost)


def _passed(table: Table, place: int) -> _Passed | None:
    """Where the condition changes, if it does so once at most for each combination of the other
    leaves, and in one direction for all of them."""
    scalar = table.leaves[place]
    assert isinstance(scalar, Scalar)
    beside = tuple(other for other in range(len(table.leaves)) if other != place)
    group = number_rows([table.codes[:, other] for other in beside], len(table.codes))
    n_groups = int(group.max(initial=-1)) + 1
    number = table.readings.of(scalar)[table.codes[:, place]]  # [rows]
    target = table.targets[:, 0]
    for behind in (target == target.max(), target == target.min()):
        low, high = np.full(n_groups, -np.inf), np.full(n_groups, np.inf)
        np.maximum.at(low, group[~behind], number[~behind])
        np.minimum.at(high, group[behind], number[behind])
        room = float((high - low).min(initial=np.inf))
        if 0.0 < room < np.inf:
            _, rows = np.unique(group, return_index=True)
            return _Passed(beside, rows, group, low, high, room)
    return None


def _curve(table: Table, leaves: tuple[Variable, ...], rows: Ints, passed: _Passed) -> Floats:
    """[combinations]: numbers between both ends, on few straight lines along the scalar leaf."""
    at = next(place for place, leaf in enumerate(leaves) if isinstance(leaf, Scalar))
    scalar = leaves[at]
    assert isinstance(scalar, Scalar)
    along = table.readings.of(scalar)[rows[:, at]]
    others = [rows[:, place] for place in range(len(leaves)) if place != at]
    part = number_rows(others, len(rows)) if others else np.zeros(len(rows), dtype=np.int64)
    margin = passed.room * CLOSE_TO_CURVE
    curve = np.zeros(len(rows))
    for number in range(int(part.max(initial=-1)) + 1):
        own = np.flatnonzero(part == number)
        own = own[np.argsort(along[own], kind="stable")]
        low, high = passed.low[own] + margin, passed.high[own] - margin
        curve[own] = between(along[own], low, high)
    return curve


def between(along: Floats, low: Floats, high: Floats) -> Floats:
    """Numbers from low to high for each point, on straight lines that go as far as they can.

    along: the points, ascending; low, high: some may be infinite.  A line begins where the one
    before ends.
    """
    look()
    found = np.zeros(len(along))
    at = int(np.argmax(np.isfinite(low) | np.isfinite(high)))  # before that anything will do
    start = _finite(float(low[at]), float(high[at]))
    found[: at + 1] = start
    while at + 1 < len(along):
        far = along[at + 1 :] - along[at]
        least = np.maximum.accumulate((low[at + 1 :] - start) / far)
        most = np.minimum.accumulate((high[at + 1 :] - start) / far)
        open_ = np.flatnonzero(least > most)
        reach = int(open_[0]) if len(open_) else len(far)
        slope = _finite(float(least[reach - 1]), float(most[reach - 1]))
        found[at + 1 : at + 1 + reach] = start + slope * far[:reach]
        start = float(found[at + reach])
        at += reach
    return found


def _finite(low: float, high: float) -> float:
    """A number in the middle of an interval, or at its end where it has one only."""
    if np.isfinite(low) and np.isfinite(high):
        return (low + high) / 2
    if np.isfinite(low):
        return low
    return high if np.isfinite(high) else 0.0
