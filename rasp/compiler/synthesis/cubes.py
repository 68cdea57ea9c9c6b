"""Functions of categorical leaves: a neuron for each conjunction that matters.

A decision tree over the merged leaves gives disjoint cubes "leaf in set and leaf in set and ...";
the indicator of a cube with k conditions is relu(sum of the k indicators - (k - 1)), and one
condition alone needs no neuron.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rasp.compiler.facts.contexts import Ints
from rasp.compiler.facts.rows import alike_rows
from rasp.compiler.limits import MAX_TENSOR
from rasp.compiler.synthesis.table import Merged, Solution, Table, merge
from rasp.compiler.variables import Linear
from rasp.deadline import look


@dataclass(frozen=True)
class Cube:
    """sides: leaf number -> allowed classes; outcome: class of targets."""

    sides: dict[int, tuple[int, ...]]
    outcome: int


class _TooManyError(Exception):
    """More cubes than another construction has neurons."""


def by_cubes(table: Table, best: float) -> Solution | None:
    """The function as a sum of fewer cubes than `best`, or None."""
    _, values = table.classes
    found = cubes_of(table, best)
    if found is None:
        return None
    cubes, merged = found
    priced: dict[int, int] = {}
    for cube in cubes:
        priced[cube.outcome] = priced.get(cube.outcome, 0) + (1 if len(cube.sides) > 1 else 0)
    base = max(priced, key=lambda number: priced[number])
    return _solution(table, merged, cubes, base, values)


def cubes_of(table: Table, most: float) -> tuple[list[Cube], Merged] | None:
    """Disjoint cubes, on each of which the targets are the same; None if they are many more than
    `most`.
    """
    outcome, _ = table.classes
    merged = merge(table, range(len(table.leaves)), np.zeros_like(outcome), outcome)
    if float(np.prod([float(size) for size in merged.sizes])) > MAX_TENSOR:
        return None
    tensor = np.full(merged.sizes, -1, dtype=np.int32)
    tensor[tuple(merged.keys.T)] = outcome
    cubes: list[Cube] = []
    try:
        _cover(tensor, {}, cubes, most + sum(merged.sizes))
    except _TooManyError:
        return None
    return cubes, merged


def _cover(
    tensor: np.ndarray, sides: dict[int, tuple[int, ...]], cubes: list[Cube], most: float
) -> None:
    """Disjoint cubes on which the outcome is one; the axes of the tensor are all leaves."""
    look()
    present = np.unique(tensor)
    present = present[present >= 0]
    if len(present) == 0:
        return
    if len(present) == 1:
        cubes.append(Cube(sides, int(present[0])))
        if len(cubes) > most:
            raise _TooManyError
        return
    best: list[tuple[Ints, np.ndarray]] | None = None
    best_axis, best_price = -1, np.inf
    for axis in range(tensor.ndim):
        if tensor.shape[axis] == 1:
            continue
        parts = _parts(np.moveaxis(tensor, axis, 0))
        if len(parts) == 1:
            continue
        price = sum(_distinct(part) ** 1.5 for _, part in parts)
        if price < best_price:
            best, best_axis, best_price = parts, axis, price
    if best is None:
        # Along every axis all slices agree where both are known: one of the axes does not matter.
        axis = next(axis for axis in range(tensor.ndim) if tensor.shape[axis] > 1)
        ((_, part),) = _parts(np.moveaxis(tensor, axis, 0))
        _cover(np.expand_dims(part, axis), sides, cubes, most)
        return
    for members, part in best:
        inner = {**sides, best_axis: tuple(members.tolist())}
        _cover(np.expand_dims(part, best_axis), inner, cubes, most)


def _distinct(part: np.ndarray) -> int:
    present = np.unique(part)
    return int((present >= 0).sum())


def _parts(slices: np.ndarray) -> list[tuple[Ints, np.ndarray]]:
    """Slices along the first axis that agree wherever both are known, put together."""
    classes, representatives = alike_rows(slices.reshape(len(slices), -1))
    order = np.argsort(classes, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(classes[order])) + 1)
    return [
        (group, representative.reshape(slices.shape[1:]))
        for group, representative in zip(members, representatives, strict=True)
    ]


def _solution(
    table: Table, merged: Merged, cubes: list[Cube], base: int, values: np.ndarray
) -> Solution:
    changes = [(cube.sides, values[cube.outcome] - values[base]) for cube in cubes]
    return of_changes(table, merged, values[base], changes, "cubes")


def of_changes(
    table: Table,
    merged: Merged,
    base: np.ndarray,  # [targets]
    changes: Iterable[tuple[Mapping[int, Sequence[int]], np.ndarray]],
    method: str,
) -> Solution:
    """`base`, and on each box (leaf number -> allowed classes) a change [targets] on top of it."""
    direct = [Linear(float(value)) for value in base]
    neurons: list[Linear] = []
    outputs: list[np.ndarray] = []
    # Single conditions on one leaf add up to one feature of that leaf.
    for sides, change in changes:
        if not change.any():
            continue
        conditions = [merged.indicator(number, chosen, table) for number, chosen in sides.items()]
        if len(conditions) == 1:
            direct = [
                form + conditions[0].scaled(float(amount)) if amount else form
                for form, amount in zip(direct, change, strict=True)
            ]
            continue
        neuron = Linear(1.0 - len(conditions))
        for condition in conditions:
            neuron = neuron + condition
        neurons.append(neuron)
        outputs.append(change)
    matrix = np.stack(outputs, axis=1) if outputs else np.zeros((len(direct), 0))
    return Solution(
        tuple(map(table.spread, neurons)), matrix, tuple(map(table.spread, direct)), method
    )
