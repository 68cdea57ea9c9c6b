"""Last bits of floats: values that are meant to be the same and are not.

Sums of fractions differ in their last bits by the order in which they are added.  Where values
only scatter, the scatter is kept out of the tables; where a result depends on it, it is refused.

A number that is not known to its last bits has a distance, `off`, by which it may be off, and for
whatever is made of it that is found anew (`rasp.compiler.lowering.reach`).  Nothing but floats may
come out otherwise; of floats the new distance is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats
from rasp.compiler.facts.kinds import is_truth
from rasp.compiler.limits import FAR_FROM_ENDS
from rasp.compiler.lowering.classes import classes_of
from rasp.compiler.lowering.evaluate import FLIPS, OfLeaf, Parts, moves_by, table_of
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.reach import Reach, reach_of, truth_open
from rasp.compiler.lowering.sameness import has_noise, identical, is_near, same_numbers
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.zeros import open_zeros
from rasp.compiler.variables import Mean, Side, Variable, View
from rasp.errors import CompileError
from rasp.graph.columns import Column
from rasp.graph.nodes import Elementwise, Node, SOpNode
from rasp.graph.operators import show


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
    """What is not known of the numbers of an s-op: last bits, or which whole ones are ints.

    by_row: by how much each number may be off; zeros: which rows are a zero that may be -0.0.
    """

    blurred: bool
    untyped: bool
    by_row: Floats = field(default_factory=lambda: np.zeros(1), compare=False)
    zeros: Bools = field(default_factory=lambda: np.zeros(1, dtype=bool), compare=False)

    @property
    def off(self) -> float:
        """By how much the numbers may be off."""
        return float(self.by_row.max(initial=0.0))


def doubts_of(
    lowering: Lowering, node: SOpNode, leaves: Sequence[Variable], find: Callable[[], Parts]
) -> Doubts:
    """What is not known of an s-op because it is not known of its leaves.

    find: gives the s-op and what it is made of.  Raises CompileError if more than its own last bits
    or types depends on that: if anything but a float may be another one.
    """
    blurred = [leaf for leaf in leaves if leaf.blurred]
    untyped = [leaf for leaf in leaves if leaf.untyped]
    if not blurred and not untyped:
        return Doubts(False, False)
    parts = find()
    column, typed = parts.columns[node], True
    by_row = np.zeros(len(column))
    if blurred:
        known = {part: _reach_of_leaf(lowering, part, of) for part, of in parts.of_leaves.items()}
        reach = reach_of(node, parts.columns, known)
        if reach.open.any() or not is_near(column, reach.off):
            raise last_bits(lowering, node, blurred[0], *_doubted(parts, known, reach))
        by_row = reach.off
    for flip in FLIPS if untyped else ():
        other = parts.flipped(flip)[node]
        if not same_numbers(column, other):
            raise CompileError(
                f"{lowering.text(node)} depends on whether {untyped[0].label} is an int or a float",
                labels=lowering.labels(node),
                hint="round it before",
            )
        typed &= identical(column, other)
    zeros = np.zeros(len(column), dtype=bool) if typed else open_zeros(parts, node)
    return Doubts(bool(by_row.any()), not typed, by_row, zeros)


def _reach_of_leaf(lowering: Lowering, part: SOpNode, of: OfLeaf) -> Reach | None:
    """What is not known of a function of one leaf; None if it is exact."""
    if not of.leaf.blurred:
        return None
    off = lowering.offs.get(part)
    if off is None or part in lowering.made:
        return Reach.of(of.on_rows(), moves_by(of.leaf, of.column))
    return Reach.of(of.on_rows(), off[of.codes])


def truth_of(lowering: Lowering, node: SOpNode) -> tuple[View, Bools]:
    """A condition as a function of one variable, and for each of its values whether it is true.

    Raises CompileError if it is a number that may be 0 or not, by its last bits.
    """
    view = lowering.view(node)
    size = view.variable.size
    if view.variable.blurred:
        of = OfLeaf(view.variable, view.column.broadcast_to((size,)), np.arange(size))
        reach = _reach_of_leaf(lowering, node, of)
        if reach is not None and truth_open(of.column, reach).any():
            raise last_bits(lowering, node, view.variable, *_beside_zero(of.column, reach))
    return view, np.broadcast_to(view.column.truth(), (size,))


def off_of(lowering: Lowering, node: SOpNode, variable: Variable) -> float:
    """By how much an s-op that is a function of the variable may be off."""
    if node in lowering.offs:
        return float(lowering.offs[node].max(initial=0.0))
    return moves_by(variable, lowering.made[node].column) if node in lowering.made else variable.off


def off_between_ends(mean: Mean, numbers: Sequence[float], most: int) -> Floats:
    """By how much each value of a mean may be off, if up to `most` of these numbers are averaged.

    The smallest and the largest of them are means of nothing but themselves, if all others, and
    what the mean is where nothing is selected, are so far away that no other mean is rounded to
    them.
    """
    values = np.array([float(value) for value in mean.domain.values])
    others = np.array([*numbers, *([] if mean.default is None else [float(mean.default)])])
    ends = [
        end
        for end in (min(numbers), max(numbers))
        if np.abs(others - end)[others != end].min(initial=np.inf) > FAR_FROM_ENDS * most * mean.off
    ]
    return np.where(np.isin(values, ends), 0.0, mean.off)


def _doubted(
    parts: Parts, known: Mapping[SOpNode, Reach | None], reach: Reach
) -> tuple[float, float]:
    """A number that is not known, where that makes a difference, twice; beside 0 how large it may
    be, since no next float is.

    reach: of what is made of these parts.
    """
    row = int(np.argmax(np.where(reach.open, np.inf, reach.off)))
    offs = {
        part: float(np.broadcast_to(of.off, reach.off.shape)[row])
        for part, of in known.items()
        if of is not None
    }
    part = max(offs, key=offs.__getitem__)
    values = parts.columns[part].tolist()
    number = float(values[row % len(values)])
    return number, number or offs[part]


def _beside_zero(column: Column, reach: Reach) -> tuple[float, float]:
    """A number of which it is not known whether it is 0, twice, or beside 0 how large it may be."""
    row = int(np.argmax(truth_open(column, reach)))
    number = float(column.tolist()[row])
    return number, number or float(np.broadcast_to(reach.off, (len(column),))[row])


def last_bits(
    lowering: Lowering,
    node: Node,
    variable: Variable,
    number: float,
    other: float = -math.inf,
) -> CompileError:
    """What the s-op or the selector is depends on numbers that attention does not have.

    number, other: two of them that it does not tell apart; the other is the next float at least.
    """
    other = max(other, math.nextafter(number, math.inf))
    return CompileError(
        f"{lowering.text(node)} depends on the last bits of {variable.label}: attention does not"
        f" tell {show(number)} from {show(other)}",
        labels=lowering.labels(node),
        hint="average integers and divide afterwards, or round before comparing",
    )


def some_float(atoms: Iterable[object]) -> float:
    """One of the floats, if it can be one that is no multiple of a power of two."""
    floats = [atom for atom in atoms if isinstance(atom, float)]
    return max(floats, key=lambda number: number.as_integer_ratio()[1])
