"""What an operand is a function of, for an operation of some depth.

A value of a lower depth is kept, and not computed again from what it was computed from.
"""

from __future__ import annotations

from rasp.compiler.limits import MAX_BIT_VALUES, MAX_BITS
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.variables import Scalar, Side, Variable
from rasp.graph.nodes import Elementwise, SOpNode


def leaves_for(lowering: Lowering, operand: SOpNode, depth: int) -> tuple[Variable, ...]:
    """What an operand is a function of.

    A value of a lower depth is kept, not computed again from its own leaves; but not one of
    depth 0, which nothing could compute before the first attention.
    """
    below = lowering.known[operand]
    if operand in lowering.stepped or is_of_side(lowering, operand):
        return as_one(lowering, operand)
    if 0 < below.depth < depth and operand not in lowering.columns:
        return _bits(lowering, operand) or as_one(lowering, operand)
    return below.leaves


def is_of_side(lowering: Lowering, node: SOpNode) -> bool:
    """Is it a function of a number of which only the values next to some constants are listed?

    No sum of that number and of others can tell what such a function is together with theirs: what
    is between two listed values, plus one of the others, may be any listed sum.  So it is computed
    before.
    """
    return isinstance(lowering.known[node].leaves[0], Side)


def _bits(lowering: Lowering, operand: SOpNode) -> tuple[Variable, ...]:
    """A function of several scalars of a lower depth, as the few-valued functions of one scalar
    each that it is made of.

    Each of them is computed at its depth; what combines them can wait for a later one.  Empty
    if it is not made of such.
    """
    bits: dict[Variable, None] = {}
    stack: list[SOpNode] = [operand]
    while stack:
        node = stack.pop()
        leaves = lowering.known[node].leaves
        n_scalars = sum(isinstance(leaf, Scalar) for leaf in leaves)
        if n_scalars == 0 and (node in lowering.columns or leaves[0].node is node):
            bits.update(dict.fromkeys(leaves))
        elif n_scalars > 1 and isinstance(node, Elementwise) and leaves[0].node is not node:
            stack.extend(reversed(node.operands))
        elif n_scalars == 1 and node is not operand and leaves[0].node is not node:
            bits[lowering.view(node).variable] = None
        else:
            return ()
        if len(bits) > MAX_BITS or any(leaf.size > MAX_BIT_VALUES for leaf in bits):
            return ()
    return all_leaves(lowering.unit, tuple(bits))


def as_one(lowering: Lowering, operand: SOpNode) -> tuple[Variable, ...]:
    """An operand as one variable, unless it is one anyway."""
    below = lowering.known[operand]
    if operand in lowering.columns or below.leaves[0].node is operand:
        return below.leaves
    return (lowering.view(operand).variable,)
