"""Last bits of floats: values that are meant to be the same and are not.

Sums of fractions differ in their last bits by the order in which they are added.  Where values
only scatter, the scatter is kept out of the tables; where a result depends on it, it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasp.compiler.contexts import Ints
from rasp.compiler.lowering.evaluate import evaluate, table_of
from rasp.compiler.lowering.tables import alike, has_noise, union_of
from rasp.compiler.variables import Mean, Variable
from rasp.errors import CompileError
from rasp.graph.columns import Column
from rasp.graph.nodes import Elementwise, SOpNode

if TYPE_CHECKING:
    from rasp.compiler.lowering.lower import Lowering


def is_noisy(lowering: Lowering, node: SOpNode) -> bool:
    """Are some of its values the same but for the last bits, as (i + 1) * mean can be?"""
    if node not in lowering.noisy:
        known = lowering.known[node]
        if node in lowering.columns or known.leaves[0].node is node:
            lowering.noisy[node] = False
        else:
            lowering.noisy[node] = has_noise(table_of(lowering, node, known.leaves)[1])
    return lowering.noisy[node]


def cut_noise(lowering: Lowering, node: Elementwise) -> tuple[Variable, ...]:
    """Leaves for a noisy s-op: the operations in which the noise comes up, computed before.

    As functions of the readings they scatter; each of them alone is a manageable staircase, and
    from their values the rest is a sum again.
    """
    leaves: dict[Variable, None] = {}
    stack: list[SOpNode] = [node]
    seen: set[SOpNode] = set()
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        if not isinstance(current, Elementwise) or not is_noisy(lowering, current):
            leaves.update(dict.fromkeys(lowering.known[current].leaves))
            continue
        noisy = [operand for operand in current.operands if is_noisy(lowering, operand)]
        if noisy:
            stack.extend(current.operands)
        elif current is node:
            return lowering.known[node].leaves  # it comes up here
        else:
            leaves[lowering.view(current).variable] = None
    return union_of(lowering.unit, tuple(leaves))


def refuse_last_bits(
    lowering: Lowering, node: SOpNode, codes: dict[Variable, Ints], column: Column
) -> None:
    """Raise CompileError if the s-op depends on how a mean of values like 1/3 is rounded."""
    blurred = [leaf for leaf in codes if isinstance(leaf, Mean) and leaf.grid.blurred]
    for sign in (1.0, -1.0) if blurred else ():
        moved = evaluate(lowering, node, codes, len(column), blur=sign * 2.0**-50)
        if not alike(column, moved):
            raise CompileError(
                f"{lowering.text(node)} depends on the last bits of the mean {blurred[0].label}",
                labels=lowering.labels(node),
                hint="average integers and divide afterwards, or round before comparing",
            )
