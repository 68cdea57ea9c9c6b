"""Functions of categorical leaves by nested boxes: `max(a, b, c)` with a neuron for each level.

The largest of several values is at most v where all of them are: that is a box, and the boxes of
all v lie in each other.  So do those of the smallest value, of "the first of these conditions that
fails", and of any function one of whose outcomes after the other can be cut off so that what is
left is a box.  The function is its first outcome plus, for each box, by how much the outcome
changes in it; a box is one neuron, relu(sum of its k conditions - (k - 1)).
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Bools
from rasp.compiler.limits import MAX_TENSOR, MOST_BOXED_CELLS, MOST_LEVELS
from rasp.compiler.synthesis.cubes import of_changes
from rasp.compiler.synthesis.table import Merged, Solution, Table, merge
from rasp.deadline import look


def by_levels(table: Table, best: float) -> Solution | None:
    """The function as changes on boxes that lie in each other, if cheaper than `best`."""
    outcome, values = table.classes
    if len(values) > min(MOST_LEVELS, best):
        return None
    merged = merge(table, range(len(table.leaves)), np.zeros_like(outcome), outcome)
    if float(np.prod([float(size) for size in merged.sizes])) > MAX_TENSOR:
        return None
    tensor = np.full(merged.sizes, -1, dtype=np.int32)
    tensor[tuple(merged.keys.T)] = outcome
    chain = _chain(tensor, len(values))
    if chain is None:
        return None
    solution = _solution(table, merged, chain, values)
    return solution if solution.cost < best else None


def _chain(tensor: np.ndarray, n_outcomes: int) -> list[tuple[list[Bools], int]] | None:
    """Boxes, each in the one before, and the outcome on what lies in it but not in the next; None
    if there are no such.  The first box is everything; cells of -1 do not occur."""
    sides = [np.ones(size, dtype=bool) for size in tensor.shape]
    left, chain, looked_at = list(range(n_outcomes)), [], 0
    while len(left) > 1:
        part = tensor[np.ix_(*sides)]
        for outcome in left:
            look()
            looked_at += part.size
            if looked_at > MOST_BOXED_CELLS:
                return None
            inner = _sides((part >= 0) & (part != outcome))
            if not bool((part[np.ix_(*inner)] == outcome).any()):
                break
        else:
            return None
        chain.append((sides, outcome))
        left.remove(outcome)
        sides = [_within(side, kept) for side, kept in zip(sides, inner, strict=True)]
    return [*chain, (sides, left[0])]


def _sides(cells: Bools) -> list[Bools]:
    """For each axis, the places at which there is any such cell."""
    axes = range(cells.ndim)
    found = (cells.any(axis=tuple(other for other in axes if other != axis)) for axis in axes)
    return list(map(np.asarray, found))


def _within(side: Bools, kept: Bools) -> Bools:
    """Of the places of a side, those that are kept."""
    inner = np.zeros_like(side)
    inner[np.flatnonzero(side)[kept]] = True
    return inner


def _solution(
    table: Table, merged: Merged, chain: list[tuple[list[Bools], int]], values: np.ndarray
) -> Solution:
    boxes = [
        {axis: np.flatnonzero(side).tolist() for axis, side in enumerate(sides) if not side.all()}
        for sides, _ in chain[1:]
    ]
    reached = values[[outcome for _, outcome in chain]]  # [boxes, targets]
    return of_changes(
        table, merged, reached[0], zip(boxes, np.diff(reached, axis=0), strict=True), "levels"
    )
