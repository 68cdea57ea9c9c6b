"""Last bits of floats: values that are meant to be the same and are not.

Sums of fractions differ in their last bits by the order in which they are added.  Where values
only scatter, the scatter is kept out of the tables; where a result depends on it, it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rasp.compiler.lowering.classes import classes_of
from rasp.compiler.lowering.evaluate import UNMOVED, table_of
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.sameness import alike, has_noise, identical
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.variables import Side, Variable
from rasp.errors import CompileError
from rasp.graph.columns import Column
from rasp.graph.nodes import Elementwise, Node, SOpNode


def is_noisy(lowering: Lowering, node: SOpNode) -> bool:
    """Are some of its values the same but for the last bits, as (i + 1) * mean can be?"""
    if node not in lowering.noisy:
        known = lowering.known[node]
        if node in lowering.columns or known.leaves[0].node is node:
            lowering.noisy[node] = False
        else:
            alike = classes_of(lowering, node, known.leaves)
            lowering.noisy[node] = has_noise(table_of(lowering, node, known.leaves, alike)[1])
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
        if isinstance(lowering.known[current].leaves[0], Side):
            leaves[lowering.view(current).variable] = None
            continue
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
    return all_leaves(lowering.unit, tuple(leaves))


@dataclass(frozen=True)
class Doubts:
    """What is not known of the numbers of an s-op: last bits, or which whole ones are ints; off: by
    how much the numbers may be off."""

    blurred: bool
    untyped: bool
    off: float = field(default=0.0, compare=False)


def doubts_of(
    lowering: Lowering,
    node: SOpNode,
    leaves: Iterable[Variable],
    column: Column,
    again: Callable[[Mapping[Variable, int], bool, bool], Column],
) -> Doubts:
    """What is not known of an s-op because it is not known of its leaves.

    again: the column once more, with leaves that are off up or down, or with other types of whole
    numbers, or equal to those that are close to them, where these are not known.  Raises
    CompileError if more than the s-op's own last bits or types depends on that.
    """
    blurred = [leaf for leaf in leaves if leaf.blurred]
    untyped = [leaf for leaf in leaves if leaf.untyped]
    known, typed, off = True, True, 0.0
    moves = [(move, False) for move in _moves(blurred)] + [(UNMOVED, True)]
    for move, close in moves if blurred else ():
        other = again(move, False, close)
        if not alike(column, other):
            raise last_bits(lowering, node, blurred[0])
        known &= identical(column, other)
        off = max(off, _distance(column, other))
    if untyped:
        other = again(UNMOVED, True, False)
        if not alike(column, other):
            raise CompileError(
                f"{lowering.text(node)} depends on whether {untyped[0].label} is an int or a float",
                labels=lowering.labels(node),
                hint="round it before",
            )
        typed = identical(column, other)
    return Doubts(not known, not typed, off)


def _moves(blurred: Sequence[Variable]) -> list[dict[Variable, int]]:
    """How numbers may be off together: all up, all down, and each up and down against all others,
    since two that are the same as fractions may differ either way."""
    found = []
    for sign in (1, -1):
        found.append(dict.fromkeys(blurred, sign))
        if len(blurred) > 1:
            found += [{leaf: sign if leaf is one else -sign for leaf in blurred} for one in blurred]
    return found


def off_of(lowering: Lowering, node: SOpNode, variable: Variable) -> float:
    """By how much an s-op that is a function of the variable may be off."""
    if node in lowering.shifted:
        column = lowering.columns[node]
        return max(_distance(column, other) for other in lowering.shifted[node].values())
    return variable.off


def last_bits(lowering: Lowering, node: Node, variable: Variable) -> CompileError:
    """What the s-op or the selector is depends on numbers that attention does not have."""
    return CompileError(
        f"{lowering.text(node)} depends on the last bits of {variable.label}",
        labels=lowering.labels(node),
        hint="average integers and divide afterwards, or round before comparing",
    )


def _distance(column: Column, other: Column) -> float:
    """How far their numbers are apart at most, where both work."""
    if column.is_numeric and other.is_numeric and column.failed is None and other.failed is None:
        with np.errstate(invalid="ignore"):  # infinite ones, which are no distance apart
            apart = np.abs(column.data.astype(float) - other.data.astype(float))
        return float(apart[np.isfinite(apart)].max(initial=0.0))
    pairs = zip(column.elements(), other.elements(), strict=True)
    return max(
        (
            abs(one - two)
            for one, two in pairs
            if isinstance(one, (int, float)) and isinstance(two, (int, float)) and one != two
        ),
        default=0.0,
    )
