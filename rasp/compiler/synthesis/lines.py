"""Straight lines between the values of a function of one number: a neuron for each bend.

Beside gates there are such lines for each combination of these.  Of a function that is straight
but for jumps, as z % 97, the commonest slope is found, and what is left beside such a line.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.rows import combinations_of, number_rows
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.assembly import Assembly, commonest
from rasp.compiler.synthesis.table import (
    Merged,
    Solution,
    Table,
)
from rasp.compiler.variables import Linear
from rasp.deadline import look

GATED_LINES = "gated interpolation"


def interpolate(
    form: Linear, level: Ints, levels: Floats, outcome: Ints, values: Floats
) -> tuple[Solution, float]:
    """Straight lines between the levels, and the steepest slope; the first line is linear, every
    bend is a neuron.
    """
    of_level = np.zeros(len(levels), dtype=np.int64)
    of_level[level] = outcome
    corners = _corners(np.zeros(len(levels), dtype=np.int64), of_level)
    z, points = levels[corners], values[of_level[corners]]  # [corners], [corners, features]
    slopes = np.diff(points, axis=0) / np.diff(z)[:, None]
    bends = np.diff(slopes, axis=0)
    steepest = float(np.abs(slopes).max(initial=0.0))
    kept = np.flatnonzero(np.abs(bends).max(axis=1, initial=0.0) > 1e-9 * (1.0 + steepest))
    first = slopes[0] if len(slopes) else np.zeros(points.shape[1])
    direct = [
        form.shifted(-float(z[0])).scaled(float(slope)).shifted(float(start))
        for slope, start in zip(first, points[0], strict=True)
    ]
    neurons = [form.shifted(-float(z[place + 1])) for place in kept]
    outputs = bends[kept].T.reshape(points.shape[1], -1)
    return Solution(tuple(neurons), outputs, tuple(direct), "interpolation", calm=True), steepest


def _corners(group: Ints, outcome: Ints) -> Ints:
    """Where, along rising z in each group, the outcome is not that of both neighbours."""
    plain = np.zeros(len(outcome), dtype=bool)
    plain[1:-1] = (outcome[1:-1] == outcome[:-2]) & (outcome[1:-1] == outcome[2:])
    plain[1:-1] &= (group[1:-1] == group[:-2]) & (group[1:-1] == group[2:])
    return np.flatnonzero(~plain)


def gated_lines(
    table: Table,
    form: Linear,
    level: Ints,
    levels: Floats,
    merged: Merged,
    outcome: Ints,
    values: Floats,
    accuracy: Accuracy,
    best: float,
) -> Solution | None:
    """Straight lines between the levels for each combination of gates: a neuron a bend.

    None if that is not cheaper than `best`, or if errors of the form would be too large on them.
    """
    combinations, group = combinations_of(merged.keys)
    order = np.lexsort((level, group))
    group = group[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (group[1:] != group[:-1]) | (level[order][1:] != level[order][:-1])
    group, level, outcome = group[new], level[order][new], outcome[order][new]
    corners = _corners(group, outcome)
    group, level, outcome = group[corners], level[corners], outcome[corners]
    z, points = levels[level], values[outcome]  # [corners], [corners, features]
    slopes = np.zeros_like(points)  # of the lines that begin at a corner, 0 at the last of a group
    inner = np.flatnonzero(group[1:] == group[:-1])
    slopes[inner] = (points[inner + 1] - points[inner]) / (z[inner + 1] - z[inner])[:, None]
    steepest = float(np.abs(slopes).max(initial=0.0))
    if form.scalars and not accuracy.allows(form, steepest):
        return None
    first = np.ones(len(group), dtype=bool)
    first[1:] = group[1:] != group[:-1]
    bends = slopes.copy()
    later = np.flatnonzero(~first)
    bends[later] -= slopes[later - 1]
    last = np.append(first[1:], True)
    bends[last] = 0.0  # what comes after the last corner does not matter
    kept = np.abs(bends).max(axis=1) > 1e-9 * (1.0 + steepest)
    if kept.sum() >= best:
        return None
    base = commonest(outcome[first].tolist())
    assembly = Assembly(form, None, float(np.abs(levels).max(initial=0.0)), values, base)
    for number, combination in enumerate(combinations):
        look()
        conditions = [
            merged.indicator(place, [int(chosen)], table)
            for place, chosen in enumerate(combination)
        ]
        own = np.flatnonzero(group == number)
        assembly.start(conditions, int(outcome[own[0]]))
        for corner in own[kept[own]].tolist():
            assembly.bend(conditions, float(z[corner]), bends[corner])
    solution = replace(assembly.solution(), method=GATED_LINES)
    return solution if solution.cost < best else None


def commonest_slopes(level: Ints, levels: Floats, merged: Merged, targets: Floats) -> Floats:
    """For each feature, the commonest slope between neighbouring levels of the same gates.

    targets: [rows, features].
    """
    group = number_rows(list(merged.keys.T), len(level))
    order = np.lexsort((level, group))
    group, z, targets = group[order], levels[level[order]], targets[order]
    near = (group[1:] == group[:-1]) & (z[1:] > z[:-1])
    if not near.any():
        return np.zeros(targets.shape[1])
    slopes = np.diff(targets, axis=0)[near] / np.diff(z)[near][:, None]  # [neighbours, features]
    found = np.zeros(slopes.shape[1])
    for feature, column in enumerate(slopes.T):
        _, first, counts = np.unique(np.round(column, 9), return_index=True, return_counts=True)
        found[feature] = column[first[counts.argmax()]]
    return found


def beside_lines(z: Floats, targets: Floats, slopes: Floats) -> tuple[Ints, Floats]:
    """What is left of targets beside lines of these slopes: the number of it in each row, and the
    values, [values, features].

    What differs by last bits is one: how far all is off in the end is measured (`misfit`).
    """
    rest = targets - z[:, None] * slopes  # [rows, features]
    rounded = np.round(rest - rest.min(axis=0), 9)
    _, first, left = np.unique(rounded, axis=0, return_index=True, return_inverse=True)
    return left.reshape(-1), rest[first]
