"""Last bits of floats: values that are meant to be the same and are not.

Sums of fractions differ in their last bits by the order in which they are added.  Where values
only scatter, the scatter is kept out of the tables; where a result depends on it, it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rasp.compiler.lowering.evaluate import CLOSE, table_of
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.tables import alike, has_noise, identical, union_of
from rasp.compiler.variables import Variable
from rasp.errors import CompileError
from rasp.graph.columns import Column
from rasp.graph.nodes import Elementwise, SOpNode


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


@dataclass(frozen=True)
class Doubts:
    """What is not known of the numbers of an s-op: last bits, or which whole ones are ints."""

    blurred: bool
    untyped: bool


def doubts_of(
    lowering: Lowering,
    node: SOpNode,
    leaves: Iterable[Variable],
    column: Column,
    again: Callable[[float, bool, bool], Column],
) -> Doubts:
    """What is not known of an s-op because it is not known of its leaves.

    again: the column once more, with numbers that are off by so much relative to the largest, or
    with other types of whole numbers, or equal to those that are close to them, where these are not
    known.  Raises CompileError if more than the s-op's own last bits or types depends on that.
    """
    blurred = [leaf for leaf in leaves if leaf.blurred]
    untyped = [leaf for leaf in leaves if leaf.untyped]
    known, typed = True, True
    for blur, close in ((CLOSE, False), (-CLOSE, False), (0.0, True)) if blurred else ():
        other = again(blur, False, close)
        if not alike(column, other):
            raise CompileError(
                f"{lowering.text(node)} depends on the last bits of {blurred[0].label}",
                labels=lowering.labels(node),
                hint="average integers and divide afterwards, or round before comparing",
            )
        known &= identical(column, other)
    if untyped:
        other = again(0.0, True, False)
        if not alike(column, other):
            raise CompileError(
                f"{lowering.text(node)} depends on whether {untyped[0].label} is an int or a float",
                labels=lowering.labels(node),
                hint="round it before",
            )
        typed = identical(column, other)
    return Doubts(not known, not typed)
