"""S-ops on rows of values of their leaves: the expression is run, not analysed.

The operators are those of the interpreter (`rasp.graph.columns`), so a table says what the s-op
means, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.compiler.facts.contexts import Ints, letters
from rasp.compiler.facts.domains import Joint, TooManyRowsError, joint
from rasp.compiler.limits import (
    FEW_LEAVES,
    LAST_BIT_ERROR,
    MANY_GATES,
    MANY_LEVELS,
    MANY_TOLD_APART,
    MAX_DENSE_ROWS,
    MAX_LISTED_ROWS,
)
from rasp.compiler.lowering.classes import NONE_ALIKE, Alike, domains_of, firsts
from rasp.compiler.lowering.state import Knowledge, Lowering
from rasp.compiler.variables import Categorical, Combined, Scalar, Side, Variable
from rasp.deadline import look
from rasp.graph.columns import Column, Failure, apply_column
from rasp.graph.nodes import Atom, Elementwise, SOpNode

Flip: TypeAlias = Callable[[Atom | Failure], Atom | Failure]
"""A whole number as one of a certain type."""

UNMOVED: Mapping[Variable, int] = MappingProxyType({})
EXACT: Mapping[SOpNode, float] = MappingProxyType({})


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
    codes = dict(zip(leaves, table.codes.T, strict=True))
    return table, evaluate(lowering, node, codes, len(table.codes))


def _n_classes(leaf: Variable, alike: Alike) -> int:
    return len(firsts(alike[leaf])) if leaf in alike else leaf.size


def evaluate(
    knowledge: Knowledge,
    node: SOpNode,
    codes: dict[Variable, Ints],
    size: int,
    *,
    blur: Mapping[Variable, int] = UNMOVED,
    flip: Flip | None = None,
    apart: Mapping[SOpNode, float] = EXACT,
) -> Column:
    """The s-op on rows of values of its leaves, given by their places in the domains."""
    return everything(knowledge, node, codes, size, blur=blur, flip=flip, apart=apart)[node]


def everything(
    knowledge: Knowledge,
    node: SOpNode,
    codes: dict[Variable, Ints],
    size: int,
    *,
    blur: Mapping[Variable, int] = UNMOVED,
    flip: Flip | None = None,
    apart: Mapping[SOpNode, float] = EXACT,
) -> dict[SOpNode, Column]:
    """As `evaluate`, with all that it is made of.

    blur: leaves whose numbers are moved up (1) or down (-1) by as much as they may be off; flip:
    what becomes of whole numbers that may be ints or floats; apart: by how much numbers may be off,
    which are taken to be equal to those that are so close to them.
    """
    columns: dict[SOpNode, Column] = {}
    sides = {leaf.node: leaf for leaf in codes if isinstance(leaf, Side)}
    stack: list[tuple[SOpNode, bool]] = [(node, False)]
    while stack:
        current, ready = stack.pop()
        if current in columns:
            continue
        known = knowledge.known.get(current)  # of what is being lowered nothing is known yet
        leaf = None if known is None else known.leaves[0]
        made = knowledge.made.get(current)
        if current in sides:
            side = sides[current]
            columns[current] = Column.of(side.domain.values).take(codes[side])
        elif made is not None and made.variable in codes:
            column = moved(made.variable, made.column, blur.get(made.variable, 0), flip)
            columns[current] = column.take(codes[made.variable])
        elif made is not None and made.variable is knowledge.unit:
            columns[current] = made.column.take(np.zeros(size, dtype=np.int64))
        elif current in knowledge.columns and leaf is knowledge.unit:
            columns[current] = knowledge.columns[current].take(np.zeros(size, dtype=np.int64))
        elif current in knowledge.columns and leaf in codes:
            sign = blur.get(leaf, 0)
            if sign and current in knowledge.shifted:
                columns[current] = knowledge.shifted[current][sign].take(codes[leaf])
                continue
            column = moved(leaf, knowledge.columns[current], sign, flip)
            columns[current] = column.take(codes[leaf])
        elif (
            leaf is not None
            and leaf.node is current
            and (leaf in codes or not isinstance(leaf, Combined))
        ):
            column = moved(leaf, Column.of(leaf.domain.values), blur.get(leaf, 0), flip)
            columns[current] = column.take(codes[leaf])
        elif current in knowledge.multiples and leaf in codes:
            columns[current] = _multiple(*knowledge.multiples[current]).take(codes[leaf])
        elif ready:
            look()
            assert isinstance(current, Elementwise)
            operands = [columns[operand] for operand in current.operands]
            if off := sum(apart.get(operand, 0.0) for operand in current.operands):
                operands = as_if_equal(current, operands, off)
            columns[current] = apply_column(current.operator, current.parameters, operands, current)
        else:
            assert isinstance(current, Elementwise)
            stack.append((current, True))
            stack.extend((operand, False) for operand in current.operands)
    return columns


def as_if_equal(node: Elementwise, operands: list[Column], off: float) -> list[Column]:
    """The operands of a comparison for equality, with numbers that are so close made equal."""
    match node.operator:
        case "equal" | "not_equal":
            left, right = np.broadcast_arrays(*(_objects(operand) for operand in operands))
            pairs = list(zip(left.tolist(), right.tolist(), strict=True))
            near = _nearness([value for pair in pairs for value in pair], off)
            return [
                Column.of([b if near(a, b) else a for a, b in pairs]),
                Column.of([b for _, b in pairs]),
            ]
        case "member" | "index_dict":
            listed = node.parameters if node.operator == "member" else node.parameters[::2]
            values = operands[0].elements()
            near = _nearness([*values, *listed], off)
            return [
                Column.of([next((c for c in listed if near(v, c)), v) for v in values]),
                *operands[1:],
            ]
    return operands


def _objects(column: Column) -> NDArray[np.object_]:
    """Its elements, not taken apart."""
    values = column.elements()
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


def _nearness(
    values: Sequence[Atom | Failure], off: float
) -> Callable[[Atom | Failure, Atom | Failure], bool]:
    """Of two numbers, one of them a float: may last bits alone tell them apart, or what they are
    off?"""
    numbers = [abs(value) for value in values if isinstance(value, (int, float)) and value == value]
    most = max(LAST_BIT_ERROR * float(max(numbers, default=0.0)), off)

    def near(one: Atom | Failure, other: Atom | Failure) -> bool:
        if not (isinstance(one, (int, float)) and isinstance(other, (int, float))):
            return False
        return float in (type(one), type(other)) and abs(one - other) <= most

    return near


def _multiple(total: Combined, sign: float, shift: float) -> Column:
    """The values of a sum that differs from `total` by sign and shift."""
    return Column.of([int(sign * float(value) + shift) for value in total.domain.values])


def moved(leaf: Variable, column: Column, sign: int, flip: Flip | None) -> Column:
    """The numbers of a function of the leaf, moved by as much as they may be off, up or down by the
    sign, if the last bits of the leaf are not known, and of other types, by `flip`, if its types
    are not known."""
    blurs, flip = sign != 0 and leaf.blurred, flip if leaf.untyped else None
    if not blurs and flip is None:
        return column
    values = column.elements()
    if blurs or flip is None:
        shift = sign * moves_by(leaf, column)
        return Column.of([v + shift if isinstance(v, float) else v for v in values])
    return Column.of([flip(v) for v in values])


def moves_by(leaf: Variable, column: Column) -> float:
    """By how much the numbers of a function of the leaf may be off."""
    numbers = [abs(v) for v in column.elements() if isinstance(v, float) and v == v]
    return max(leaf.off, LAST_BIT_ERROR * max(numbers, default=0.0))


def _flipped(value: Atom | Failure) -> Atom | Failure:
    """A whole number as a number of the other type."""
    return _as_float(value) if type(value) is int else _as_int(value)


def _as_int(value: Atom | Failure) -> Atom | Failure:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_float(value: Atom | Failure) -> Atom | Failure:
    return float(value) if type(value) is int else value


FLIPS: tuple[Flip, ...] = (_flipped, _as_int, _as_float)
"""What whole numbers may become that may be ints or floats.  An operation gives a float where one
of its operands is one: if it does so where none is, or an int where all are, it always does."""
