"""The largest of many values, computed two at a time.

`max(max(a, b), max(c, d))` is computed as three choices between two numbers each: `b + relu(a - b)`
is one neuron.  A function of all four at once needs a neuron for each value that the result can
have, and as many directions for each of the four.
"""

from __future__ import annotations

from rasp.compiler.lowering.combine import is_open
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.operands import leaves_for
from rasp.compiler.lowering.state import Known, Lowering
from rasp.graph.balanced import chosen_of
from rasp.graph.nodes import Elementwise, SOpNode


def step_in_pairs(lowering: Lowering, node: Elementwise, depth: int, *, many: bool) -> bool:
    """Have the choices among the operands computed so; False if there are none.

    many: there are too many joint values; else it is done only if parts are computed so anyway.
    """
    trees: list[SOpNode] = []
    stack: list[SOpNode] = list(node.operands)
    while stack:
        current = stack.pop()
        choice = chosen_of(current)
        if choice is None:
            continue
        if current in lowering.stepped:
            many = True
        elif is_open(lowering, current, depth):
            trees.append(current)
            stack += choice[1:]
    if not many:
        return False
    for tree in dict.fromkeys(reversed(trees)):  # the inner ones first
        sides = chosen_of(tree)
        assert sides is not None
        leaves = (leaves_for(lowering, side, depth) for side in sides[1:])
        lowering.in_pairs[tree] = Known(depth, all_leaves(lowering.unit, *leaves))
        lowering.stepped.add(tree)
    return bool(trees)
