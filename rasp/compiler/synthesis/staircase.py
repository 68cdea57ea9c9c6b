"""Functions of one number and some gates: steps only where the output changes.

The number z is a linear form of the leaves: the reading of a scalar leaf, a difference of two of them,
`index + digit`, ...  Leaves that are not in z are gates.  For every combination of the gates the output
is a staircase in z; a step between two neighbouring values of z is a pair of neurons
relu(s * (z - t) + 1/2) - relu(s * (z - t) - 1/2) with plateaus on both sides, so that rounding errors of
z end here.  Where z is a small integer computed from exact features, plain interpolation does with one
neuron per bend, beside a linear part.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product

import numpy as np

from rasp.compiler.contexts import Floats, Ints
from rasp.compiler.rows import count_rows, number_rows
from rasp.compiler.synthesis.fan import Runs, fan_thresholds
from rasp.compiler.synthesis.table import (
    Merged,
    Solution,
    Table,
    evaluate,
    leaf_feature,
    leaf_reading,
    merge,
)
from rasp.compiler.variables import Categorical, Linear, Scalar, Width

_SAMPLE = 2_000

MAX_RADIX = 20_000
"""Largest number that several scalars may be put together to."""

NOISE = 1e-5
"""Error of a reading in float32, relative to the largest reading, with some room."""

CALM = 0.02
"""Largest error that a feature may have where it does no harm."""

_RESOLUTION = 1e-7
"""Values of z closer than this, relative to its range, count as one."""


def projections(table: Table) -> list[Linear]:
    """Candidates for z: small multiples of numeric leaves, with every scalar leaf in one of them."""
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
    return candidates + _mixed_radix([n for n, is_scalar in zip(numbers, scalar, strict=True) if is_scalar], table)


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


def by_staircase(
    table: Table, sums: Sequence[Linear], best: float, *, exact: bool
) -> Solution | None:
    """The cheapest staircase over the candidate projections, if any is cheaper than `best`."""
    outcome, values = table.classes()
    solution: Solution | None = None
    seen: set[bytes] = set()
    for form in [*sums, *projections(table)]:
        key = _key(form, table)
        if key in seen:
            continue
        seen.add(key)
        z = evaluate(form, table)
        inside = set(form.features) | set(form.scalars)
        outside = [place for place, leaf in enumerate(table.leaves) if leaf not in inside]
        if not _consistent(z, table, outside, outcome):
            continue
        found = _staircase(table, form, z, outside, outcome, values, best, exact)
        if found is not None and found.cost < best:
            solution, best = found, found.cost
    return solution


def _key(form: Linear, table: Table) -> bytes:
    """Equal for forms that differ by a constant."""
    parts: list[Floats] = []
    for leaf in table.leaves:
        if isinstance(leaf, Categorical):
            values = form.features.get(leaf)
            parts.append(np.zeros(1) if values is None else values - values[0])
        elif isinstance(leaf, Scalar):
            parts.append(np.array([form.scalars.get(leaf, 0.0)]))
    return np.round(np.concatenate(parts), 9).tobytes()


def _consistent(z: Floats, table: Table, outside: list[int], outcome: Ints) -> bool:
    """Is the outcome a function of z and the leaves outside, as far as a sample tells?"""
    if any(isinstance(table.leaves[place], Scalar) for place in outside):
        # A scalar cannot be a gate; it has to be without influence.
        outside = [p for p in outside if not isinstance(table.leaves[p], Scalar)]
    level = _levels(z)[0]
    columns = [*(table.codes[:, place] for place in outside), level]
    for size in (_SAMPLE, len(z)):
        part = [column[:size] for column in columns]
        n_rows = min(size, len(z))
        if count_rows(part, n_rows) != count_rows([*part, outcome[:size]], n_rows):
            return False
    return True


def _levels(z: Floats) -> tuple[Ints, Floats]:
    """z as numbers of levels, and the levels: values that differ by rounding only are one."""
    distinct, inverse = np.unique(z, return_inverse=True)
    inverse = inverse.reshape(-1)
    if len(distinct) == 1:
        return inverse, distinct
    spread = float(np.abs(distinct).max())
    new = np.concatenate([[True], np.diff(distinct) > _RESOLUTION * max(spread, 1.0)])
    number = np.cumsum(new) - 1
    return number[inverse], distinct[new]


def _staircase(
    table: Table,
    form: Linear,
    z: Floats,
    outside: list[int],
    outcome: Ints,
    values: Floats,
    best: float,
    exact: bool,
) -> Solution | None:
    level, levels = _levels(z)
    gates = [place for place in outside if isinstance(table.leaves[place], Categorical)]
    merged = merge(table, gates, level, outcome)
    chosen: Solution | None = None
    if not merged.places:
        straight = _interpolate(form, level, levels, outcome, values)
        if not form.scalars:
            return straight if straight.cost < best else None
        if not exact and straight.cost < best and _is_calm(form, level, levels, outcome, values):
            chosen, best = straight, straight.cost
    fans: list[int | None] = [None]
    if form.scalars:
        fans += range(len(merged.places))
    for fan in fans:
        if _least_price(level, merged, outcome, fan) >= best:
            continue
        option = _gated(table, form, z, merged, outcome, values, fan)
        if option is not None and option.cost < best:
            chosen, best = option, option.cost
    return chosen


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


def _is_calm(
    form: Linear, level: Ints, levels: Floats, outcome: Ints, values: Floats
) -> bool:
    """Does interpolation keep the errors of scalar readings small?"""
    noise = sum(
        abs(factor) * (NOISE * float(np.abs(scalar.readings).max()) + NOISE)
        for scalar, factor in form.scalars.items()
    )
    of_level = np.zeros(len(levels), dtype=np.int64)
    of_level[level] = outcome
    slopes = np.diff(values[of_level], axis=0) / np.diff(levels)[:, None]
    return noise * float(np.abs(slopes).max(initial=0.0)) < CALM


def _interpolate(
    form: Linear, level: Ints, levels: Floats, outcome: Ints, values: Floats
) -> Solution:
    """Straight lines between the levels: the first one is linear, every bend is a neuron."""
    of_level = np.zeros(len(levels), dtype=np.int64)
    of_level[level] = outcome
    points = values[of_level]  # [levels, features]
    slopes = np.diff(points, axis=0) / np.diff(levels)[:, None]
    bends = np.diff(slopes, axis=0)
    scale = 1.0 + np.abs(slopes).max(initial=0.0)
    kept = np.flatnonzero(np.abs(bends).max(axis=1, initial=0.0) > 1e-9 * scale)
    first = slopes[0] if len(slopes) else np.zeros(points.shape[1])
    direct = [
        form.shifted(-float(levels[0])).scaled(float(slope)).shifted(float(start))
        for slope, start in zip(first, points[0], strict=True)
    ]
    neurons = [form.shifted(-float(levels[place + 1])) for place in kept]
    return Solution(neurons, bends[kept].T.reshape(points.shape[1], -1), direct, "interpolation")


def _gated(
    table: Table,
    form: Linear,
    z: Floats,
    merged: Merged,
    outcome: Ints,
    values: Floats,
    fan: int | None,
) -> Solution | None:
    """A staircase for each combination of gates.

    fan: the gate, if any, that moves the steps instead of choosing another staircase.
    """
    gate_numbers = [number for number in range(len(merged.places)) if number != fan]
    keys = merged.keys[:, gate_numbers]
    combinations, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.reshape(-1)
    if fan is None:
        fan_codes, fan_classes = np.zeros(len(z), dtype=np.int64), np.zeros(1, dtype=np.int64)
        fan_leaf = None
    else:
        place = merged.places[fan]
        leaf = table.leaves[place]
        assert isinstance(leaf, Categorical)
        fan_leaf, fan_codes = leaf, table.codes[:, place]
    staircases = []
    for number in range(len(combinations)):
        rows = np.flatnonzero(group == number)
        runs = Runs.of(z[rows], fan_codes[rows], outcome[rows])
        steps = fan_thresholds(runs, fan_leaf)
        if steps is None:
            return None
        staircases.append(steps)
    return _assemble(
        table, form, z, merged, gate_numbers, combinations, staircases, values, fan_leaf
    )


def _assemble(table, form, z, merged, gate_numbers, combinations, staircases, values, fan_leaf):  # type: ignore[no-untyped-def]
    starts = [steps.outcomes[0] for steps in staircases]
    base = max(set(starts), key=starts.count)
    direct = [Linear(float(value)) for value in values[base]]
    neurons: list[Linear] = []
    outputs: list[np.ndarray] = []
    paired: list[bool] = []
    reach = float(np.abs(z).max(initial=0.0))
    for combination, steps in zip(combinations, staircases, strict=True):
        conditions = [
            merged.indicator(number, [int(chosen)], table)
            for number, chosen in zip(gate_numbers, combination, strict=True)
        ]
        start = values[steps.outcomes[0]] - values[base]
        if start.any():
            if len(conditions) == 1:
                direct = [
                    entry + conditions[0].scaled(float(amount)) if amount else entry
                    for entry, amount in zip(direct, start, strict=True)
                ]
            else:
                gate = Linear(1.0 - len(conditions))
                for condition in conditions:
                    gate = gate + condition
                neurons.append(gate)
                outputs.append(start)
                paired.append(False)
        for before, after, threshold, slope in zip(
            steps.outcomes, steps.outcomes[1:], steps.thresholds, steps.slopes, strict=False
        ):
            change = values[after] - values[before]
            if not change.any():
                continue
            ramp = form.scaled(slope)
            if fan_leaf is None:
                ramp = ramp.shifted(-slope * float(threshold[0]))
                bound = slope * (reach + abs(float(threshold[0]))) + 1
            else:
                ramp = ramp + leaf_feature(fan_leaf, -slope * threshold)
                bound = slope * (reach + float(np.abs(threshold).max())) + 1
            if conditions:
                closed = float(2 ** np.ceil(np.log2(bound)))
                ramp = ramp.shifted(-closed * len(conditions))
                for condition in conditions:
                    ramp = ramp + condition.scaled(closed)
            neurons += [ramp.shifted(0.5), ramp.shifted(-0.5)]
            outputs += [change, -change]
            paired += [True, True]
    matrix = np.stack(outputs, axis=1) if outputs else np.zeros((len(direct), 0))
    return Solution(neurons, matrix, direct, "staircase" if fan_leaf is None else "fan", paired)
