"""S-ops on rows of values of their leaves: the expression is run, not analysed.

The operators are those of the interpreter (`rasp.graph.columns`), so a table says what the s-op
means, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import numpy as np

from rasp.compiler.facts.contexts import Ints, letters
from rasp.compiler.facts.domains import Joint, TooManyRowsError, joint
from rasp.compiler.limits import (
    FEW_LEAVES,
    LARGEST_FINITE,
    LAST_BIT_ERROR,
    MANY_GATES,
    MANY_LEVELS,
    MANY_TOLD_APART,
    MAX_DENSE_ROWS,
    MAX_LISTED_ROWS,
)
from rasp.compiler.lowering.classes import NONE_ALIKE, Alike, domains_of, firsts
from rasp.compiler.lowering.meeting import can_meet
from rasp.compiler.lowering.state import Knowledge, Lowering
from rasp.compiler.variables import Categorical, Combined, Scalar, Side, Variable
from rasp.deadline import look
from rasp.graph.columns import Column, Failure, apply_column
from rasp.graph.nodes import Atom, Elementwise, SOpNode

Flip: TypeAlias = Callable[[Atom | Failure], Atom | Failure]
"""A whole number as one of a certain type."""


def table_of(
    lowering: Lowering, node: SOpNode, leaves: tuple[Variable, ...], alike: Alike = NONE_ALIKE
) -> tuple[Joint, Column]:
    """All combinations of the leaves' values that can meet, and the s-op on them.

    alike: what `classes_of` says; only the first of alike values is in the table.
    """
    # All that the leaves know of the context is remembered for the value.
    keep = letters(*(leaf.possible.granularity for leaf in leaves))
    try:
        many = len(leaves) > FEW_LEAVES and all(isinstance(leaf, Categorical) for leaf in leaves)
        enough = MANY_TOLD_APART if many else MAX_LISTED_ROWS
        table = joint(domains_of(leaves, alike), lowering.contexts, keep, enough=enough)
    except TooManyRowsError as error:
        raise lowering.too_many(node, leaves, error.rows) from None
    for place, leaf in enumerate(leaves):
        if leaf in alike:
            table.codes[:, place] = firsts(alike[leaf])[table.codes[:, place]]
    levels = max((leaf.size for leaf in leaves if isinstance(leaf, Scalar)), default=0)
    gates = prod(_n_classes(leaf, alike) for leaf in leaves) / max(levels, 1)
    if levels > MANY_LEVELS and gates > MANY_GATES and len(table.codes) > MAX_DENSE_ROWS:
        raise lowering.too_many(node, leaves, len(table.codes))
    meeting = can_meet(leaves, table.codes)
    if not meeting.all():
        table = Joint(table.codes[meeting], table.granularity, table.contexts[meeting], table.of)
    codes = dict(zip(leaves, table.codes.T, strict=True))
    return table, evaluate(lowering, node, codes, len(table.codes))


def _n_classes(leaf: Variable, alike: Alike) -> int:
    return len(firsts(alike[leaf])) if leaf in alike else leaf.size


def evaluate(
    knowledge: Knowledge, node: SOpNode, codes: Mapping[Variable, Ints], size: int
) -> Column:
    """The s-op on rows of values of its leaves, given by their places in the domains."""
    return parts_of(knowledge, node, codes, size).columns[node]


@dataclass(frozen=True, eq=False)
class OfLeaf:
    """A function of one leaf, on rows: its values for each of the leaf, and for each row which."""

    leaf: Variable
    column: Column
    codes: Ints

    def on_rows(self, flip: Flip | None = None) -> Column:
        """flip: what becomes of whole numbers that may be ints or floats."""
        return flipped(self.leaf, self.column, flip).take(self.codes)


@dataclass(frozen=True, eq=False)
class Parts:
    """An s-op, on rows: its values and those of all that it is made of, operands first; and which
    parts are functions of one leaf, and are not looked into."""

    columns: dict[SOpNode, Column]
    of_leaves: Mapping[SOpNode, OfLeaf]

    def flipped(self, flip: Flip) -> Mapping[SOpNode, Column]:
        """The same where whole numbers that may be ints or floats are others."""
        columns: dict[SOpNode, Column] = {}
        for node in self.columns:
            if node in self.of_leaves:
                columns[node] = self.of_leaves[node].on_rows(flip)
            else:
                assert isinstance(node, Elementwise)
                columns[node] = _applied(node, columns)
        return columns

    def flipped_apart(self, flips: Mapping[SOpNode, Flip], rows: Ints) -> Mapping[SOpNode, Column]:
        """The same, on some of the rows, with a flip for each part that has one."""
        columns: dict[SOpNode, Column] = {}
        for node in self.columns:
            if node in self.of_leaves:
                of = self.of_leaves[node]
                codes = np.broadcast_to(of.codes, (len(self.columns[node]),))
                codes = codes if len(codes) == 1 else codes[rows]
                columns[node] = flipped(of.leaf, of.column, flips.get(node)).take(codes)
            else:
                assert isinstance(node, Elementwise)
                columns[node] = _applied(node, columns)
        return columns


def parts_of(
    knowledge: Knowledge, node: SOpNode, codes: Mapping[Variable, Ints], size: int
) -> Parts:
    """As `evaluate`, with all that it is made of."""
    columns: dict[SOpNode, Column] = {}
    of_leaves: dict[SOpNode, OfLeaf] = {}
    sides = {leaf.node: leaf for leaf in codes if isinstance(leaf, Side)}
    stack: list[tuple[SOpNode, bool]] = [(node, False)]
    while stack:
        current, ready = stack.pop()
        if current in columns:
            continue
        found = None if ready else _of_leaf(knowledge, current, codes, size, sides)
        if found is not None:
            of_leaves[current] = found
            columns[current] = found.on_rows()
        elif ready:
            look()
            assert isinstance(current, Elementwise)
            columns[current] = _applied(current, columns)
        else:
            assert isinstance(current, Elementwise)
            stack.append((current, True))
            stack.extend((operand, False) for operand in current.operands)
    return Parts(columns, of_leaves)


def _applied(node: Elementwise, columns: Mapping[SOpNode, Column]) -> Column:
    operands = [columns[operand] for operand in node.operands]
    return apply_column(node.operator, node.parameters, operands, node)


def _of_leaf(
    knowledge: Knowledge,
    node: SOpNode,
    codes: Mapping[Variable, Ints],
    size: int,
    sides: Mapping[SOpNode, Side],
) -> OfLeaf | None:
    """A part that is a function of one of the leaves, or constant; None if it is of several."""
    known = knowledge.known.get(node)  # of what is being lowered nothing is known yet
    leaf = None if known is None else known.leaves[0]
    made = knowledge.made.get(node)
    unit = knowledge.unit
    if node in sides:
        side = sides[node]
        return OfLeaf(side, Column.of(side.domain.values), codes[side])
    if made is not None and made.variable in codes:
        return OfLeaf(made.variable, made.column, codes[made.variable])
    if made is not None and made.variable is unit:
        return OfLeaf(unit, made.column, np.zeros(size, dtype=np.int64))
    if node in knowledge.columns and leaf is unit:
        return OfLeaf(unit, knowledge.columns[node], np.zeros(size, dtype=np.int64))
    if leaf is None:
        return None
    if node in knowledge.columns and leaf in codes:
        return OfLeaf(leaf, knowledge.columns[node], codes[leaf])
    if leaf.node is node and (leaf in codes or not isinstance(leaf, Combined)):
        return OfLeaf(leaf, Column.of(leaf.domain.values), codes[leaf])
    if node in knowledge.multiples and leaf in codes:
        return OfLeaf(leaf, _multiple(*knowledge.multiples[node]), codes[leaf])
    return None


def _multiple(total: Combined, sign: float, shift: float) -> Column:
    """The values of a sum that differs from `total` by sign and shift."""
    return Column.of([int(sign * float(value) + shift) for value in total.domain.values])


def flipped(leaf: Variable, column: Column, flip: Flip | None) -> Column:
    """A function of the leaf with its numbers of other types, if its types are not known."""
    if flip is None or not leaf.untyped:
        return column
    return Column.of([flip(v) for v in column.elements()])


def moves_by(leaf: Variable, column: Column) -> float:
    """By how much the numbers of a function of the leaf may be off."""
    numbers = [abs(v) for v in column.elements() if isinstance(v, float) and v == v]
    return max(leaf.off, LAST_BIT_ERROR * max(numbers, default=0.0))


def as_int(value: Atom | Failure) -> Atom | Failure:
    """A whole number as an int."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def as_float(value: Atom | Failure) -> Atom | Failure:
    """A whole number as a float; one that is too large for a float is no float."""
    return float(value) if type(value) is int and abs(value) <= LARGEST_FINITE else value


FLIPS: tuple[Flip, ...] = (as_int, as_float)
"""What whole numbers may become that may be ints or floats.  An operation gives a float where one
of its operands is one: if it does so where none is, or an int where all are, it always does."""
