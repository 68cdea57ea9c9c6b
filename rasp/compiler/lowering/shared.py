"""Several functions of one number that a selector compares, as functions of one variable.

Of `select(indices, c - 1, ==) or select(indices, c - 2, ==)`, for a count c, each side would be a
variable of its own, and the selector a table over both.  Once c itself is categorical, both are
functions of it, and the selector compares one variable with another.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.lowering.evaluate import evaluate
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.combinations import parts_of
from rasp.compiler.variables import Computed, Scalar, View
from rasp.graph.nodes import Select, SelectorNode, SOpNode


def share_numbers(lowering: Lowering, selector: SelectorNode) -> None:
    """Hold what a selector compares as functions of numbers, where it compares several of one."""
    sides = {
        side: None
        for part in parts_of(selector)
        if isinstance(part, Select)
        for side in (part.query, part.key)
    }
    functions: dict[Scalar, list[SOpNode]] = {}
    for node in sides:
        leaves = lowering.known[node].leaves
        if len(leaves) == 1 and isinstance(leaves[0], Scalar):
            functions.setdefault(leaves[0], []).append(node)
    for number, nodes in functions.items():
        new = [node for node in nodes if node not in lowering.made and node is not number.node]
        if len(nodes) > 1 and new:
            _share(lowering, number, new)


def _share(lowering: Lowering, number: Scalar, nodes: list[SOpNode]) -> None:
    if lowering.known[number.node].leaves != (number,) or not number.is_listed:
        return
    if number.blurred or number.untyped:
        return  # what is known of last bits and of types is known of each function
    variable = lowering.view(number.node).variable
    if not isinstance(variable, Computed):
        return  # it is the same everywhere
    places = np.empty(variable.size, dtype=np.int64)  # of the number, for each value
    places[variable.codes] = variable.rows[:, 0]
    for node in nodes:
        # Of the number, not of the variable: nothing else is known of a sum that is a multiple.
        column = evaluate(lowering, node, {number: places}, variable.size)
        if column.failed is None:
            lowering.made[node] = View(variable, column)
