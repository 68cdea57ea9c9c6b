"""Functions of too much at once, computed in steps.

A function of several numbers that is no staircase in any sum of them has no affordable single
layer.  Then the largest parts of its expression that have one are computed first, and the function
is one of their values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from rasp.compiler.facts.contexts import letters
from rasp.compiler.limits import MAX_JOINT_ROWS, MOST_NODES_IN_STEPS, SAMPLE_OF_STEPS
from rasp.compiler.lowering.additive import sums_of
from rasp.compiler.lowering.classes import size_of
from rasp.compiler.lowering.combine import is_open
from rasp.compiler.lowering.curves import passes_curve
from rasp.compiler.lowering.evaluate import evaluate
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.operands import leaves_for
from rasp.compiler.lowering.sameness import numbered
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.synthesis import Table, looks_like_one_layer
from rasp.compiler.variables import Scalar, Variable
from rasp.deadline import look
from rasp.graph.nodes import Elementwise, SOpNode

Parts: TypeAlias = list[tuple[SOpNode, bool]]
"""Of an expression, each with whether it is computed before."""


def leaves_in_steps(
    lowering: Lowering, node: Elementwise, leaves: tuple[Variable, ...], depth: int
) -> tuple[Variable, ...]:
    """What the function is of when parts of it are computed before; the leaves as they are where
    one layer computes it, or where its parts are of no use."""
    if has_one_layer(lowering, node, leaves):
        _ask_for_numbers(lowering, leaves)
        return leaves
    parts = cut(lowering, node, depth, computed=_has_one_layer, opened=_is_anything)
    if parts is None:
        return leaves
    attempt = lowering.child()
    steps = leaves_after(attempt, parts, depth)
    if lowering.size_of(steps) >= lowering.size_of(leaves):
        return leaves
    lowering.adopt(attempt)
    lowering.no_layer[lowering.text(node)] = lowering.size_of(leaves)
    return steps


def leaves_after(lowering: Lowering, parts: Parts, depth: int) -> tuple[Variable, ...]:
    """The parts, computed where they have to be, and what the others are functions of."""
    for part, computed in parts:
        if computed:
            _ask_for_numbers(lowering, lowering.known[part].leaves)
    found: dict[Variable, None] = {}
    for part, computed in parts:
        if computed:
            found[lowering.view(part).variable] = None
            lowering.stepped.add(part)
        else:
            found.update(dict.fromkeys(leaves_for(lowering, part, depth)))
    return all_leaves(lowering.unit, tuple(found))


def _ask_for_numbers(lowering: Lowering, leaves: tuple[Variable, ...]) -> None:
    """What has one layer because several widths are read as what they are has them read so."""
    if len(_scalars(leaves)) > 1 and all(leaf.is_listed for leaf in leaves):
        lowering.read_linearly(leaves)


def _scalars(leaves: tuple[Variable, ...]) -> list[Scalar]:
    return [leaf for leaf in leaves if isinstance(leaf, Scalar)]


def cut(
    lowering: Lowering,
    node: Elementwise,
    depth: int,
    *,
    computed: Callable[[Lowering, SOpNode], bool],
    opened: Callable[[Elementwise], bool],
) -> Parts | None:
    """Where to cut the expression, and whether what is below is computed; None if nothing is, or
    if what is neither computed nor computed already may not be opened."""
    parts: Parts = []
    seen: set[SOpNode] = set()
    stack: list[SOpNode] = list(reversed(node.operands))
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        if len(seen) > MOST_NODES_IN_STEPS:
            return None
        if current in lowering.stepped or not is_open(lowering, current, depth):
            parts.append((current, False))
        elif computed(lowering, current):
            parts.append((current, True))
        else:
            assert isinstance(current, Elementwise)
            if not opened(current):
                return None
            stack.extend(reversed(current.operands))
    return parts if any(below for _, below in parts) else None


def _is_anything(node: Elementwise) -> bool:
    return True


def _has_one_layer(lowering: Lowering, node: SOpNode) -> bool:
    return has_one_layer(lowering, node, lowering.known[node].leaves)


def has_one_layer(lowering: Lowering, node: SOpNode, leaves: tuple[Variable, ...]) -> bool:
    """Does the function look as if one hidden layer could compute it?

    So it does if it is of one number and not too large a table; or a comparison that changes where
    a number passes a curve, which is computed before; or, on a sample of what can meet, a staircase
    in a sum, or a number that consists of few linear pieces, or of functions of two sums.
    """
    if len(_scalars(leaves)) < 2:
        return size_of(lowering, node, leaves, MAX_JOINT_ROWS) <= MAX_JOINT_ROWS
    if passes_curve(lowering, node, leaves):
        return True
    if not all(leaf.is_listed for leaf in leaves):
        return True  # refused, or computed, elsewhere
    table, is_number = _sample(lowering, node, leaves)
    sums = sums_of(lowering, node, leaves, table.readings)
    # What fails wherever it is looked at takes nothing to compute.
    return not len(table.codes) or looks_like_one_layer(table, sums, is_number=is_number)


def _sample(lowering: Lowering, node: SOpNode, leaves: tuple[Variable, ...]) -> tuple[Table, bool]:
    """Some combinations of values that can meet, and which value the function has there; and
    whether this is a number, not one of a list.  Widths are read as what they are.
    """
    random = np.random.default_rng(0)
    granularity = letters(*(leaf.domain.granularity for leaf in leaves))
    masks = [leaf.domain.at(granularity) for leaf in leaves]
    contexts = np.flatnonzero(np.all([mask.any(axis=1) for mask in masks], axis=0))
    if granularity == "in":
        contexts = contexts[lowering.contexts.valid()[contexts]]
    n_rows = SAMPLE_OF_STEPS if len(contexts) else 0
    rows = random.choice(contexts, n_rows)
    order = np.argsort(rows, kind="stable")
    used, n_drawn = np.unique(rows, return_counts=True)
    columns = []
    for mask in masks:
        draws = random.random(n_rows)
        drawn = np.empty(n_rows, dtype=np.int64)
        for context, own in zip(used, np.split(order, np.cumsum(n_drawn)[:-1]), strict=True):
            look()
            possible = np.flatnonzero(mask[context])
            drawn[own] = possible[(draws[own] * len(possible)).astype(np.int64)]
        columns.append(drawn)
    codes = dict(zip(leaves, columns, strict=True))
    column = evaluate(lowering, node, codes, n_rows)
    outcome, _ = numbered(column)
    known = outcome >= 0
    values = column.data if column.is_numeric else outcome
    numbers = np.broadcast_to(values, (n_rows,))[known, None].astype(np.float64)
    readings = lowering.readings.linearly(leaves)
    table = Table(leaves, np.stack(columns, axis=1)[known], numbers, readings=readings)
    return table, column.is_numeric
