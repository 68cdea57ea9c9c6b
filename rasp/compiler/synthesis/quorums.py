"""Functions of categorical leaves by how many conditions hold: the second largest of many values.

The second largest of a, b, c and d is v at least where two of them are.  So for each level there is
one condition on each leaf, and the level is reached where k of these hold, whichever they are: that
is relu(n - k + 1) - relu(n - k) of their number n, two neurons; one where all of them have to hold,
or any.  The function is its first outcome plus, for each level, by how much the outcome changes
there.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Bools
from rasp.compiler.limits import MAX_TENSOR, MOST_BOXED_CELLS, MOST_LEVELS
from rasp.compiler.synthesis.table import Merged, Solution, Table, leaf_feature, merge
from rasp.compiler.variables import Linear
from rasp.deadline import look


def by_quorums(table: Table, best: float) -> Solution | None:
    """The function as changes at such levels, in the order of its first target, if cheaper than
    `best`."""
    outcome, values = table.classes
    order = np.argsort(values[:, 0], kind="stable")
    steps = np.diff(values[order, 0])
    if len(values) > min(MOST_LEVELS, best) or not bool((steps > 0).all()):
        return None
    merged = merge(table, range(len(table.leaves)), np.zeros_like(outcome), outcome)
    cells = float(np.prod([float(size) for size in merged.sizes]))
    if cells > MAX_TENSOR or cells * len(values) > MOST_BOXED_CELLS:
        return None
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    tensor = np.full(merged.sizes, -1, dtype=np.int32)
    tensor[tuple(merged.keys.T)] = rank[outcome]
    if bool((tensor < 0).any()):
        return None  # what does not occur would have to be made up, for all levels alike
    neurons: list[Linear] = []
    outputs: list[np.ndarray] = []
    changes = np.diff(values[order], axis=0)  # [levels, targets]
    base = values[order[0]].copy()
    for level, change in enumerate(changes, start=1):
        look()
        found = _quorum(tensor >= level)
        if found is None:
            return None
        sides, least = found
        for neuron, sign in _neurons(table, merged, sides, least):
            neurons.append(neuron)
            outputs.append(sign * change)
        if least == 1:
            base += change  # 1 - relu(1 - n)
    solution = Solution(
        tuple(map(table.spread, neurons)),
        np.stack(outputs, axis=1),
        tuple(Linear(float(value)) for value in base),
        "quorums",
    )
    return solution if solution.cost < best else None


def _quorum(reached: Bools) -> tuple[list[Bools | None], int] | None:
    """On each axis the places that count, None if none do, and how many axes have to be at such;
    None if it is not decided by their number."""
    sides: list[Bools | None] = []
    number = np.zeros(reached.shape, dtype=np.int8)
    for axis in range(reached.ndim):
        slices = np.moveaxis(reached, axis, 0).reshape(reached.shape[axis], -1)
        sizes = slices.sum(axis=1)
        most, least = int(sizes.argmax()), int(sizes.argmin())
        if sizes[most] == sizes[least]:
            sides.append(None)
            continue
        side = sizes == sizes[most]
        sides.append(side)
        shape = [1] * reached.ndim
        shape[axis] = -1
        number += side.reshape(shape)
    there, not_there = number[reached], number[~reached]
    if not there.size or not not_there.size or int(there.min()) <= int(not_there.max()):
        return None
    return sides, int(there.min())


def _neurons(
    table: Table, merged: Merged, sides: list[Bools | None], least: int
) -> list[tuple[Linear, float]]:
    """Neurons that add up to 1 where so many conditions hold, else to 0, with their signs; where
    one is enough, less 1."""
    total = Linear()
    n_sides = 0
    for number, side in enumerate(sides):
        if side is not None:
            leaf = table.leaves[merged.places[number]]
            total = total + leaf_feature(leaf, side[merged.classes[number]].astype(float))
            n_sides += 1
    if least == 1:
        return [(Linear(1.0) + total.scaled(-1.0), -1.0)]
    reached = total.shifted(1.0 - least)
    return [(reached, 1.0)] + ([(total.shifted(float(-least)), -1.0)] if least < n_sides else [])
