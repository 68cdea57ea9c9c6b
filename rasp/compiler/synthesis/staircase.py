"""Functions of one number and some gates: steps only where the output changes.

The number z is a linear form of the leaves: the reading of a scalar leaf, a difference of two of
them, `index + digit`, ...  Leaves that are not in z are gates.  For every combination of the gates
the output is a staircase in z; a step between two neighbouring values of z is a pair of neurons
relu(s * (z - t) + 1/2) - relu(s * (z - t) - 1/2) with plateaus on both sides, so that rounding
errors of z end here.  Where z is a small integer computed from exact features, interpolation does
with one neuron per bend, beside a linear part.  Where errors of z may go on, if not many times
enlarged, steps stand beside a straight line: z % 97 is z, and a step of -97 at each multiple.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.rows import combinations_of, count_rows, number_rows
from rasp.compiler.limits import (
    MANY_CASE_ROWS,
    MANY_NEURONS,
    OF_ONE_NUMBER,
    RESOLUTION,
    SAMPLE_OF_STAIRCASES,
    SCATTER,
    WORTH_A_SUBLAYER,
)
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.assembly import Assembly, commonest
from rasp.compiler.synthesis.fan import Runs, fan_thresholds
from rasp.compiler.synthesis.lines import beside_lines, commonest_slopes, gated_lines, interpolate
from rasp.compiler.synthesis.projections import linear_parts, projections, small_sums
from rasp.compiler.synthesis.table import (
    Merged,
    Solution,
    Table,
    merge,
    values_of,
    without,
)
from rasp.compiler.variables import Categorical, Linear, Scalar
from rasp.deadline import look


def by_staircase(
    table: Table, sums: Sequence[Linear], best: float, accuracy: Accuracy
) -> Solution | None:
    """The cheapest staircase over the candidate projections, if any is cheaper than `best`.

    A single number may also be a leaf plus a staircase: the larger of a and b is b + relu(a - b).
    """
    solution = _search(table, sums, best, accuracy)
    for form in sums if len(table.codes) <= MANY_CASE_ROWS else ():
        least = best if solution is None else solution.cost
        solution = _beside_its_leaves(table, form, least, accuracy) or solution
    if table.targets.shape[1] > 1:
        return solution
    for base in linear_parts(table, sums):
        if not accuracy.allows(base, 1.0):
            continue
        least = best if solution is None else solution.cost
        found = _search(without(table, base), sums, least - 1, accuracy)
        if found is not None:
            solution = replace(found, direct=(found.direct[0] + base,))
    return solution


def _search(
    table: Table, sums: Sequence[Linear], best: float, accuracy: Accuracy
) -> Solution | None:
    solution: Solution | None = None
    seen: set[bytes] = set()
    for form in [*sums, *projections(table)]:
        look()
        key = _key(form, table)
        if key in seen:
            continue
        seen.add(key)
        found = on_form(table, form, best, accuracy)
        if found is not None:
            solution, best = found, found.cost
    return solution


def _beside_its_leaves(
    table: Table, form: Linear, best: float, accuracy: Accuracy
) -> Solution | None:
    """The staircase on a sum beside what its own leaves say, if it is cheaper than `best`: two
    words are the same, and one of them is no article."""
    outcome, values = table.classes
    z = values_of(form, table)
    outside = [p for p in _outside(table, form) if isinstance(table.leaves[p], Categorical)]
    inside = [place for place, leaf in enumerate(table.leaves) if leaf in form.features]
    if _consistent(z, table, outside, outcome, RESOLUTION):
        return None  # nothing is asked of the leaves
    level, levels = levels_of(z)
    solution: Solution | None = None
    for own in [*([place] for place in inside), *([inside] if len(inside) > 1 else [])]:
        coarse = table if len(own) == 1 else _exceptions(table, own, level, outcome)
        gates = [*outside, *own]
        if not _consistent(z, coarse, gates, outcome, RESOLUTION):
            continue
        merged = _as_in(merge(coarse, gates, level, outcome), table, coarse)
        found = _staircase(table, form, z, (level, levels), merged, outcome, values, best, accuracy)
        if found is not None:
            solution, best = found, found.cost
    return solution


def _exceptions(table: Table, places: Sequence[int], level: Ints, outcome: Ints) -> Table:
    """The table in which the values of some leaves are one, but for those at most rows of which the
    outcome is not the commonest at the level."""
    pairs, counts = np.unique(np.stack([level, outcome]), axis=1, return_counts=True)
    rising = np.argsort(counts, kind="stable")
    common = np.zeros(int(level.max()) + 1, dtype=np.int64)
    common[pairs[0, rising]] = pairs[1, rising]  # the last of a level is its commonest
    odd = outcome != common[level]
    codes = table.codes.copy()
    for place in places:
        size = table.leaves[place].size
        own, rows = codes[:, place].copy(), np.bincount(codes[:, place], minlength=size)
        plain = np.bincount(own, weights=odd, minlength=size) * 2 <= rows
        plain &= rows > 0
        codes[:, place] = np.where(plain[own], int(plain.argmax()), own)
    return replace(table, codes=codes)


def _as_in(merged: Merged, table: Table, coarse: Table) -> Merged:
    """What is put together of the values of a table of which some are one in the coarse table."""
    classes: list[Ints] = []
    for place, of_code in zip(merged.places, merged.classes, strict=True):
        codes = np.arange(len(of_code))
        codes[table.codes[:, place]] = coarse.codes[:, place]
        classes.append(of_code[codes])
    return replace(merged, classes=tuple(classes))


def _outside(table: Table, form: Linear) -> list[int]:
    """The places of the leaves that are not in a form."""
    inside = set(form.features) | set(form.scalars)
    return [place for place, leaf in enumerate(table.leaves) if leaf not in inside]


def on_form(table: Table, form: Linear, best: float, accuracy: Accuracy) -> Solution | None:
    """The staircase on one number, if there is one that is cheaper than `best`."""
    outcome, values = table.classes
    z = values_of(form, table)
    outside = _outside(table, form)
    resolution = _resolution(z, table, outside, outcome)
    if resolution is None:
        return None
    level, levels = levels_of(z, resolution)
    gates = [place for place in outside if isinstance(table.leaves[place], Categorical)]
    merged = merge(table, gates, level, outcome)
    found = _staircase(table, form, z, (level, levels), merged, outcome, values, best, accuracy)
    return found if found is not None and found.cost < best else None


def has_staircase(table: Table, sums: Sequence[Linear]) -> bool:
    """Is the function one of a sum and of gates, as far as the rows of the table tell?

    Several scalars put together to one number do not count: they make long staircases.
    """
    return _has_staircase(table, sums) or any(
        _has_staircase(without(table, base), sums) for base in linear_parts(table, sums)
    )


def _has_staircase(table: Table, sums: Sequence[Linear]) -> bool:
    outcome, _ = table.classes
    for form in [*sums, *small_sums(table)]:
        outside = _outside(table, form)
        if _resolution(values_of(form, table), table, outside, outcome) is not None:
            return True
    return False


def _key(form: Linear, table: Table) -> bytes:
    """Equal for forms that differ by a constant."""
    parts: list[Floats] = []
    for leaf in table.leaves:
        if isinstance(leaf, Categorical):
            values = form.features.get(leaf)
            parts.append(np.zeros(1) if values is None else values - values[0])
        elif isinstance(leaf, Scalar):
            parts.append(np.array([form.scalars.get(leaf, 0.0)]))
    with np.errstate(over="ignore"):  # numbers too large to have such digits
        return np.round(np.concatenate(parts), 9).tobytes()


def _resolution(z: Floats, table: Table, outside: list[int], outcome: Ints) -> float | None:
    """How close values of z count as one, for the outcome to be a function of z and of the leaves
    outside; None if it is none."""
    for resolution in (RESOLUTION, SCATTER):
        if _consistent(z, table, outside, outcome, resolution):
            return resolution
    return None


def _consistent(
    z: Floats, table: Table, outside: list[int], outcome: Ints, resolution: float
) -> bool:
    """Is the outcome a function of z and the leaves outside?"""
    if any(isinstance(table.leaves[place], Scalar) for place in outside):
        # A scalar cannot be a gate; it has to be without influence.
        outside = [p for p in outside if not isinstance(table.leaves[p], Scalar)]
    few = max(SAMPLE_OF_STAIRCASES // 10, 1)
    for size in (few, SAMPLE_OF_STAIRCASES, 10 * SAMPLE_OF_STAIRCASES, len(z)):
        n_rows = min(size, len(z))
        rows = table.shuffled[:n_rows] if n_rows < len(z) else slice(None)
        codes = table.codes[rows]
        part = [codes[:, place] for place in outside]
        part.append(levels_of(z[rows], resolution)[0])
        if count_rows(part, n_rows) != count_rows([*part, outcome[rows]], n_rows):
            return False
        if n_rows == len(z):
            break
    return True


def levels_of(z: Floats, resolution: float = RESOLUTION) -> tuple[Ints, Floats]:
    """z as numbers of levels, and the levels: values that are closer than that are one."""
    distinct, inverse = np.unique(z, return_inverse=True)
    inverse = inverse.reshape(-1)
    if len(distinct) == 1:
        return inverse, distinct
    spread = float(np.abs(distinct).max())
    new = np.concatenate([[True], np.diff(distinct) > resolution * max(spread, 1.0)])
    number = np.cumsum(new) - 1
    return number[inverse], distinct[new]


def _staircase(
    table: Table,
    form: Linear,
    z: Floats,
    of_levels: tuple[Ints, Floats],
    merged: Merged,
    outcome: Ints,
    values: Floats,
    best: float,
    accuracy: Accuracy,
) -> Solution | None:
    level, levels = of_levels
    chosen: Solution | None = None
    if not merged.places:
        straight, steepest = interpolate(form, level, levels, outcome, values)
        if not form.scalars:
            return straight if straight.cost < best else None
        steps = _least_price(level, merged, outcome, None)
        if straight.cost < best and _may_go_on(accuracy, form, steepest, straight.cost, steps):
            chosen, best = straight, straight.cost
    else:
        sloping = gated_lines(table, form, level, levels, merged, outcome, values, accuracy, best)
        if sloping is not None:
            chosen, best = sloping, sloping.cost
    if form.scalars:
        beside = _beside_a_line(table, form, z, of_levels, merged, outcome, values, best, accuracy)
        if beside is not None:
            return beside
    fans: list[int | None] = [None]
    if form.scalars:
        fans += range(len(merged.places))
    for fan in fans:
        if _least_price(level, merged, outcome, fan) >= best:
            continue
        option = _gated(table, form, z, merged, outcome, values, fan, best)
        if option is not None and option.cost < best:
            chosen, best = option, option.cost
    return chosen


def _beside_a_line(
    table: Table,
    form: Linear,
    z: Floats,
    of_levels: tuple[Ints, Floats],
    merged: Merged,
    outcome: Ints,
    values: Floats,
    best: float,
    accuracy: Accuracy,
) -> Solution | None:
    """A straight line in z, and steps to what is left, if that is cheaper than `best`, and by so
    much than steps alone that it is worth handing errors on."""
    level, levels = of_levels
    slopes = commonest_slopes(level, levels, merged, values[outcome])
    if not slopes.any():
        return None
    left, rest = beside_lines(levels[level], values[outcome], slopes)
    alone, cost = (_least_price(level, merged, steps, None) for steps in (outcome, left))
    if cost * OF_ONE_NUMBER >= min(alone, best):
        return None
    if not _may_go_on(accuracy, form, float(np.abs(slopes).max()), cost, alone):
        return None
    steps = _gated(table, form, z, merged, left, rest, None, best)
    if steps is None:
        return None
    line = [form.scaled(float(slope)) for slope in slopes]
    direct = tuple(own + part for own, part in zip(steps.direct, line, strict=True))
    beside = replace(steps, direct=direct, method="steps beside a line")
    return beside if beside.cost < best else None


def _may_go_on(accuracy: Accuracy, form: Linear, slope: float, cost: float, steps: float) -> bool:
    """May errors of the form go on, so many times enlarged?  Those of float64 may, where steps that
    end them would take so many more neurons."""
    if steps >= MANY_NEURONS and cost * WORTH_A_SUBLAYER <= steps:
        accuracy = accuracy.in_float64()
    return accuracy.allows(form, slope)


def on_levels(
    table: Table, form: Linear, level: Ints, levels: Floats, values: Floats, accuracy: Accuracy
) -> Solution:
    """A number for each level of a form: straight lines if errors may go on to it, else steps."""
    outputs = values[:, None]
    straight, steepest = interpolate(form, level, levels, level, outputs)
    if not form.scalars or accuracy.allows(form, steepest):
        return straight
    no_gates = Merged((), (), (), np.zeros((len(level), 0), dtype=np.int64))
    steps = _gated(table, form, values_of(form, table), no_gates, level, outputs, None, math.inf)
    assert steps is not None  # the levels are in one order
    return steps


def _least_price(level: Ints, merged: Merged, outcome: Ints, fan: int | None) -> float:
    """At least so many neurons: two for each change of the outcome, in each staircase."""
    gates = [column for place, column in enumerate(merged.keys.T) if place != fan]
    group = number_rows(gates, len(level))
    part = group if fan is None else number_rows([group, merged.keys[:, fan]], len(level))
    order = np.lexsort((level, part))
    same = part[order][1:] == part[order][:-1]
    changed = (outcome[order][1:] != outcome[order][:-1]) & same
    n_changes = np.bincount(part[order][1:][changed], minlength=int(part.max(initial=0)) + 1)
    if fan is None:
        return 2.0 * float(n_changes.sum())
    # The values of the fan leaf share the steps of the longest of their staircases.
    longest = np.zeros(int(group.max(initial=0)) + 1, dtype=np.int64)
    np.maximum.at(longest, group, n_changes[part])
    return 2.0 * float(longest.sum())


def _gated(
    table: Table,
    form: Linear,
    z: Floats,
    merged: Merged,
    outcome: Ints,
    values: Floats,
    fan: int | None,
    best: float,
) -> Solution | None:
    """A staircase for each combination of gates; None if there is none, or none for less than
    `best`, which two neurons for each step say before any is made.

    fan: the gate, if any, that moves the steps instead of choosing another staircase.
    """
    gate_numbers = [number for number in range(len(merged.places)) if number != fan]
    keys = merged.keys[:, gate_numbers]
    combinations, group = combinations_of(keys)
    rows_of = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    if fan is None:
        fan_codes = np.zeros(len(z), dtype=np.int64)
        fan_leaf = None
    else:
        place = merged.places[fan]
        leaf = table.leaves[place]
        assert isinstance(leaf, Categorical)
        fan_leaf, fan_codes = leaf, table.codes[:, place]
    staircases, n_neurons = [], 0
    for rows in rows_of:
        look()
        runs = Runs.of(z[rows], fan_codes[rows], outcome[rows])
        steps = fan_thresholds(runs, fan_leaf)
        if steps is None:
            return None
        n_neurons += 2 * len(steps.thresholds)
        if n_neurons >= best:
            return None
        staircases.append(steps)
    base = commonest([steps.outcomes[0] for steps in staircases])
    group_ = Assembly(form, fan_leaf, float(np.abs(z).max(initial=0.0)), values, base)
    for combination, steps in zip(combinations, staircases, strict=True):
        conditions = [
            merged.indicator(number, [int(chosen)], table)
            for number, chosen in zip(gate_numbers, combination, strict=True)
        ]
        group_.start(conditions, steps.outcomes[0])
        for step, (before, after) in enumerate(pairwise(steps.outcomes)):
            group_.step(conditions, before, after, steps.thresholds[step], steps.slopes[step])
    return group_.solution()
