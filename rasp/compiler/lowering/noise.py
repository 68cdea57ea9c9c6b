"""Last bits of floats: values that are meant to be the same and are not.

Sums of fractions differ in their last bits by the order in which they are added.  Where values
only scatter, the scatter is kept out of the tables; where a result depends on it, it is refused.

A number that is not known to its last bits has a distance, `off`, by which it may be off, and
whatever is made of it is computed again with the number moved by that.  Nothing but floats may come
out otherwise; of floats the new distance is kept.  Where a comparison inside comes out otherwise,
it has to make no more of a difference than the numbers themselves: else the program is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from rasp.compiler.facts.kinds import is_truth
from rasp.compiler.limits import SAME_MEANING
from rasp.compiler.lowering.classes import classes_of
from rasp.compiler.lowering.evaluate import EXACT, FLIPS, UNMOVED, Flip, table_of
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.sameness import alike, has_noise, identical, same_numbers
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.variables import Side, Variable
from rasp.errors import CompileError
from rasp.graph.columns import Column
from rasp.graph.nodes import Elementwise, Node, SOpNode


def is_noisy(lowering: Lowering, node: SOpNode) -> bool:
    """Are some of its values the same but for the last bits, as (i + 1) * mean can be?"""
    if node not in lowering.noisy:
        known = lowering.known[node]
        if node in lowering.columns or known.leaves[0].node is node or is_truth(node):
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


Again: TypeAlias = Callable[
    [Mapping[Variable, int], Flip | None, Mapping[SOpNode, float]], Mapping[SOpNode, Column]
]
"""blur, flip, apart, as `evaluate.everything` has them -> the s-op, and what it is made of."""


def doubts_of(
    lowering: Lowering, node: SOpNode, leaves: Iterable[Variable], again: Again
) -> Doubts:
    """What is not known of an s-op because it is not known of its leaves.

    Raises CompileError if more than its own last bits or types depends on that.  Where anything in
    it that is no float (the outcome of a comparison, what something is rounded to) may be another
    one, it may be off by no more than what it is made of: else it is no continuous function of
    that, and how far it is off where nobody looked is not known.
    """
    blurred = [leaf for leaf in leaves if leaf.blurred]
    untyped = [leaf for leaf in leaves if leaf.untyped]
    if not blurred and not untyped:
        return Doubts(False, False)
    base = again(UNMOVED, None, EXACT)
    known, typed = True, True
    apart: dict[SOpNode, float] = {}
    for move in _moves(blurred) if blurred else ():
        known &= _compared(lowering, node, blurred[0], base, again(move, None, EXACT), apart)
    if blurred:
        known &= _compared(
            lowering, node, blurred[0], base, again(UNMOVED, None, apart), dict(apart)
        )
    for flip in FLIPS if untyped else ():
        other = again(UNMOVED, flip, EXACT)[node]
        if not same_numbers(base[node], other):
            raise CompileError(
                f"{lowering.text(node)} depends on whether {untyped[0].label} is an int or a float",
                labels=lowering.labels(node),
                hint="round it before",
            )
        typed &= identical(base[node], other)
    return Doubts(not known, not typed, apart.get(node, 0.0))


def _compared(
    lowering: Lowering,
    node: SOpNode,
    blurred: Variable,
    base: Mapping[SOpNode, Column],
    moved: Mapping[SOpNode, Column],
    apart: dict[SOpNode, float],
) -> bool:
    """Is the s-op the same, to the last bit?  apart: how far the columns are from each other at
    most, which is brought up to date.  Raises CompileError if more than last bits are others."""
    if not alike(base[node], moved[node]):
        raise last_bits(lowering, node, blurred)
    in_doubt = False
    for part, column in base.items():
        other = moved[part]
        if other is column:
            continue
        distance = _distance(column, other)
        jumps = isinstance(part, Elementwise) and part.operator == "modulo"
        jumps &= distance > SAME_MEANING * max(_largest(column), _largest(other))
        in_doubt |= jumps or not alike(column, other)
        apart[part] = max(apart.get(part, 0.0), distance)
    # The larger of two numbers is off by no more than they are, whichever it is; other choices
    # between numbers may be off by any amount.
    reach = sum(apart.get(part, 0.0) for part in base if not _is_made_here(part, base))
    if in_doubt and _distance(base[node], moved[node]) > 4 * reach:
        raise last_bits(lowering, node, blurred)
    return identical(base[node], moved[node])


def _is_made_here(part: SOpNode, parts: Mapping[SOpNode, Column]) -> bool:
    """Is it computed from others of the parts?"""
    return isinstance(part, Elementwise) and all(operand in parts for operand in part.operands)


def _largest(column: Column) -> float:
    numbers = (abs(v) for v in column.elements() if isinstance(v, (int, float)) and v == v)
    return float(max(numbers, default=0.0))


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
