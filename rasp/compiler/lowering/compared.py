"""Comparisons and their combinations -> the matrices that heads can score.

A comparison that decides on last bits that are not known is refused; one that may meet values
without an order has a check that says so.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.limits import SAME_MEANING
from rasp.compiler.lowering.comparable import compared_view
from rasp.compiler.lowering.noise import last_bits, off_of
from rasp.compiler.lowering.presence import presence
from rasp.compiler.lowering.separate import separate
from rasp.compiler.lowering.shared import share_numbers
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.combinations import Combination, combination
from rasp.compiler.selection.counted import bounds
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import Group, Term, matrix_of
from rasp.compiler.variables import Linear, View
from rasp.errors import CompileError
from rasp.graph import construct
from rasp.graph.columns import Column
from rasp.graph.nodes import Select, SelectorNode


def combination_of(lowering: Lowering, selector: SelectorNode) -> Combination:
    share_numbers(lowering, selector)
    rest, apart = separate(lowering, selector)
    try:
        return combination(
            rest,
            partial(_group, lowering),
            lowering.unit,
            lowering.position,
            lowering.axes,
            apart,
            causal=lowering.contexts.causal,
        )
    except CompileError as error:
        error.labels = error.labels or lowering.labels(selector)
        raise


def _group(lowering: Lowering, select: Select) -> Group:
    """The comparison as a matrix; made once, and so is the check for values without an order."""
    if select is construct.FULL:  # which stands for what is apart, and nowhere in the graph
        return Group(lowering.unit, lowering.unit, Relation(np.ones((1, 1), dtype=bool)))
    if select not in lowering.compared:
        query, key = compared_view(lowering, select.query), compared_view(lowering, select.key)
        try:
            matrix, unordered = matrix_of(select, query, key)
        except CompileError as error:
            error.labels = lowering.labels(select)
            raise
        _refuse_blurred(lowering, select, query, key)
        lowering.compared[select] = Group(query.variable, key.variable, Relation(matrix))
        if unordered is not None:
            _check_order(lowering, select, Group(query.variable, key.variable, Relation(unordered)))
    return lowering.compared[select]


def _refuse_blurred(lowering: Lowering, select: Select, query: View, key: View) -> None:
    """Raise CompileError if the last bits of numbers decide the comparison, and are not known."""
    blurred = [
        view.variable for view in (query, key) if view.variable.blurred and has_floats(view.column)
    ]
    if not blurred:
        return
    sides = [
        np.array([float(v) for v in view.column.elements() if isinstance(v, (int, float))])
        for view in (query, key)
    ]
    off = np.abs(sides[0][:, None] - sides[1][None, :])
    largest = max(float(np.abs(side).max(initial=0.0)) for side in sides)
    nodes = (select.query, select.key)
    views = zip(nodes, (query, key), strict=True)
    apart = sum(off_of(lowering, node, view.variable) for node, view in views)
    if bool((off <= max(SAME_MEANING * max(largest, 1.0), apart)).any()):
        raise last_bits(lowering, select, blurred[0], *_alike(sides, off))


def _alike(sides: list[Floats], off: Floats) -> tuple[float, float]:
    """Of the numbers that are nearest to each other, the largest: 0 has no last bits to show."""
    rows, columns = np.nonzero(off <= off.min() + SAME_MEANING)
    example = int(np.argmax(np.abs(sides[0][rows])))
    pair = float(sides[0][rows[example]]), float(sides[1][columns[example]])
    return min(pair), max(pair)


def has_floats(column: Column) -> bool:
    """Are some of its values floats?  Others have no last bits."""
    return any(isinstance(value, float) for value in column.elements())


def _check_order(lowering: Lowering, select: Select, unordered: Group) -> None:
    """Have it noticed where a query meets a key with which it has no order."""
    term = Term((unordered,))
    limits = bounds([term], lowering.position, lowering.unit, lowering.contexts)
    flag = Linear(1.0)
    if not limits.never_empty:
        label = f"{lowering.text(select)} meets values without an order"
        meets = presence(lowering, select, term, limits, label)
        flag = Linear.feature(meets, np.array([1.0, 0.0]))
    lowering.check(
        select, flag, f"the comparison meets values without an order in {lowering.text(select)}"
    )
