"""Which comparisons change where one number passes a curve of another.

`average(x * x) - m * m > 4` adds up two functions of one number each, and the first number itself
is one of them: the larger it is, the more.  Such a comparison takes few neurons in two sublayers, a
curve and a step (`rasp.compiler.encoding.by_curve`), however many joint values both numbers have.
"""

from __future__ import annotations

import math

from rasp.compiler.limits import MAX_JOINT_ROWS, MOST_NODES_IN_STEPS
from rasp.compiler.lowering.classes import size_of
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.summands import FRACTIONS, sum_of
from rasp.compiler.variables import Mean, Scalar, Sum, Variable
from rasp.graph import construct
from rasp.graph.nodes import Constant, Elementwise, SOpNode

_ORDERED = frozenset({"less", "less_equal", "greater", "greater_equal"})


def passes_curve(lowering: Lowering, node: SOpNode, leaves: tuple[Variable, ...]) -> bool:
    """Is it a comparison of a mean or a sum with what is a function of another number?"""
    scalars = [leaf for leaf in leaves if isinstance(leaf, Scalar)]
    if not isinstance(node, Elementwise) or node.operator not in _ORDERED or len(scalars) != 2:
        return False
    if not all(leaf.is_listed for leaf in leaves):
        return False
    if size_of(lowering, node, leaves, MAX_JOINT_ROWS) > MAX_JOINT_ROWS:
        return False
    difference = construct.elementwise("subtract", *node.operands)
    ends = {leaf.node for leaf in scalars}
    found = sum_of(
        difference,
        FRACTIONS,
        _number,
        is_part=lambda part: part in ends,
        most=MOST_NODES_IN_STEPS,
    )
    if found is None:
        return False
    alone = [leaf for leaf in scalars if found.factors.get(leaf.node)]
    others = [part for part in found.factors if part not in ends]
    if all(isinstance(part, Elementwise) and part.operator == "round" for part in others):
        return False  # integers are numbers that can be computed before, as they are
    return any(
        isinstance(leaf, (Mean, Sum))
        and all(leaf not in lowering.known[part].leaves for part in others)
        for leaf in alone
    )


def _number(node: SOpNode) -> int | float | None:
    match node:
        case Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value if math.isfinite(value) else None
    return None
