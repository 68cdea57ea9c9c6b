"""How far an expression may be from what a table says, because it is made of blurred numbers.

Each number that is not known to its last bits may be off by some distance, in either direction and
independently of all others.  From the operands up this says for each row by how much a float may be
off, and whether anything else (a truth value, what something is rounded to) is *open*: may be
another one.  Where a choice is open, a float is off by as much as what is chosen from differs.

Every bound holds for all that the numbers may be at once: it is not enough to move some of them up
and others down, since two comparisons that are both on the brink may then change one at a time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats
from rasp.compiler.limits import LAST_BIT_ERROR
from rasp.graph.columns import Column, apply_column, concatenate
from rasp.graph.columns.column import FLOAT
from rasp.graph.nodes import Atom, Elementwise, SOpNode

LEAST = math.ulp(0.0)
"""The least that a float may be off: 0.0 and -0.0 are two."""

_ORDERED = frozenset({"less", "less_equal", "greater", "greater_equal"})
_ARITHMETIC = frozenset({"add", "subtract", "multiply", "divide", "power", "negate", "plus"})


@dataclass(frozen=True, eq=False)
class Reach:
    """[rows]: by how much a float may be off; whether anything else may be another one."""

    off: Floats
    open: Bools

    @classmethod
    def of(cls, column: Column, off: Floats | float) -> Reach:
        """That of numbers of which the floats may be off by so much."""
        found = np.where(_is_float(column), off, 0.0)
        return cls(found, np.zeros(len(found), dtype=bool))


def reach_of(
    node: SOpNode, columns: Mapping[SOpNode, Column], known: Mapping[SOpNode, Reach | None]
) -> Reach:
    """What is not known of the s-op.

    columns: its values and those of all that it is made of, operands first; known: the same of what
    is not looked into, None if it is exact.
    """
    size = len(columns[node])
    found: dict[SOpNode, Reach | None] = {}
    for part, column in columns.items():
        if part in known:
            found[part] = known[part]
            continue
        assert isinstance(part, Elementwise)
        operands = [(columns[operand], found[operand]) for operand in part.operands]
        found[part] = _made(part, column, operands)
    nothing = Reach(np.zeros(size), np.zeros(size, dtype=bool))
    return found[node] or nothing


def _made(
    part: Elementwise, column: Column, operands: list[tuple[Column, Reach | None]]
) -> Reach | None:
    """What is not known of an operation, for what is not known of its operands."""
    if all(reach is None for _, reach in operands):
        return None
    size = max(len(column), *(len(operand) for operand, _ in operands))
    sides = [operand.broadcast_to((size,)) for operand, _ in operands]
    exact = Reach(np.zeros(size), np.zeros(size, dtype=bool))
    reaches = [exact if reach is None else _broadcast(reach, size) for _, reach in operands]
    found = _of_operator(part, column.broadcast_to((size,)), sides, reaches)
    for side, reach in zip(sides, reaches, strict=True):
        if side.failed is not None:  # it fails, whatever else there is
            works = ~side.failed | reach.open
            found = Reach(np.where(works, found.off, 0.0), found.open & works)
    return found if found.open.any() or found.off.any() else None


def _broadcast(reach: Reach, size: int) -> Reach:
    return Reach(np.broadcast_to(reach.off, (size,)), np.broadcast_to(reach.open, (size,)))


def _of_operator(
    part: Elementwise, column: Column, sides: list[Column], reaches: list[Reach]
) -> Reach:
    some_open = np.any([reach.open for reach in reaches], axis=0)
    offs = [reach.off for reach in reaches]
    closed = np.zeros(len(column))
    match part.operator:
        case "not" | "to_bool" | "indicator":
            return Reach(closed, truth_open(sides[0], reaches[0]))
        case "and" | "or":
            decides = part.operator == "or"
            opened = [truth_open(*one) for one in zip(sides, reaches, strict=True)]
            settled = [
                (side.truth() == decides) & ~here for side, here in zip(sides, opened, strict=True)
            ]
            return Reach(closed, (opened[0] | opened[1]) & ~(settled[0] | settled[1]))
        case "where":
            return _choice(truth_open(sides[0], reaches[0]), sides, reaches)
        case "equal" | "not_equal":
            return Reach(closed, some_open | _may_be_equal(sides, offs))
        case "member" | "index_dict":
            keys = part.parameters if part.operator == "member" else part.parameters[::2]
            near = [_may_be_equal([sides[0], Column.of([key])], offs) for key in keys]
            return Reach(closed, some_open | np.any([closed > 0, *near], axis=0))
    if part.operator in _ORDERED or part.operator in ("round", "to_int"):
        return Reach(closed, some_open | _differs(part, column, sides, offs))
    if part.operator in _ARITHMETIC or part.operator in ("modulo", "to_float"):
        off, fails = _distance(part, column, sides, offs)
        return Reach(off, some_open | fails)
    return Reach(closed, some_open | np.any([off > 0 for off in offs], axis=0))


def truth_open(column: Column, reach: Reach) -> Bools:
    """Is it not known whether it is true, as Python has it?"""
    return reach.open | ((reach.off > 0) & (np.abs(_numbers(column)) <= reach.off))


def _may_be_equal(sides: list[Column], offs: list[Floats]) -> Bools:
    """Where numbers that may be off may be equal, and may be not."""
    off = np.sum(offs, axis=0)
    left, right = (_numbers(side) for side in sides)
    with np.errstate(invalid="ignore"):
        apart = np.abs(left - right)
    # An integer that is no float is rounded here.
    return np.asarray((off > 0) & (apart <= off + LAST_BIT_ERROR * np.abs(left)))


def _choice(open_: Bools, sides: list[Column], reaches: list[Reach]) -> Reach:
    """What is not known of a choice, where it may be open which is taken."""
    truth = sides[0].truth()
    off = np.where(truth, reaches[1].off, reaches[2].off)
    other_off = np.where(truth, reaches[2].off, reaches[1].off)
    opened = np.where(truth, reaches[1].open, reaches[2].open)
    if not open_.any():
        return Reach(off, opened)
    rows = np.flatnonzero(open_)
    left, right = (side.take(rows) for side in sides[1:])
    floats = _is_float(left) & _is_float(right)
    with np.errstate(invalid="ignore"):
        apart = np.abs(_numbers(left) - _numbers(right))
    apart = np.where(np.isnan(apart), np.inf, apart)
    equal = _same(left, right)
    apart = np.where(equal, 0.0, np.maximum(apart, LEAST))
    off, opened = off.copy(), opened.copy()
    off[rows] = np.where(floats, np.maximum(off[rows], apart + other_off[rows]), off[rows])
    opened[rows] |= (~floats & ~equal) | reaches[1].open[rows] | reaches[2].open[rows]
    return Reach(off, opened)


def _same(first: Column, second: Column) -> Bools:
    """Which elements are the same atom, or fail both."""
    numbers, _ = concatenate([first, second]).coded()
    same = np.asarray(numbers[: len(first)] == numbers[len(first) :])
    fails, also = _fails(first), _fails(second)
    return np.asarray(np.where(fails | also, fails == also, same))


def _fails(column: Column) -> Bools:
    return np.zeros(len(column), dtype=bool) if column.failed is None else column.failed


def _corners(sides: list[Column], offs: list[Floats]) -> list[list[Column]]:
    """The operands with their floats moved, each as far as it may be off up or down."""
    signs = [(1.0, -1.0) if off.any() else (0.0,) for off in offs]
    return [
        [_shifted(side, sign * off) for side, sign, off in zip(sides, corner, offs, strict=True)]
        for corner in product(*signs)
    ]


def _differs(part: Elementwise, column: Column, sides: list[Column], offs: list[Floats]) -> Bools:
    """Where the outcome of what only rises, or only falls, in each operand may be another one."""
    different = np.zeros(len(column), dtype=bool)
    for corner in _corners(sides, offs):
        moved = apply_column(part.operator, part.parameters, corner)
        different |= ~_same(column, moved)
    moving: Bools = np.any([off > 0 for off in offs], axis=0)
    return different & moving


def _distance(
    part: Elementwise, column: Column, sides: list[Column], offs: list[Floats]
) -> tuple[Floats, Bools]:
    """By how much a number may be off, and where it may fail.

    Between the corners it rises or falls in each operand, but where a divisor or the base of a
    power may have either sign, and where a remainder jumps.
    """
    moving: Bools = np.any([off > 0 for off in offs], axis=0)
    numbers, off, fails = _numbers(column), np.zeros(len(column)), np.zeros(len(column), dtype=bool)
    corners = _corners(sides, offs)
    if part.operator in ("divide", "modulo"):
        fails |= (offs[1] > 0) & (np.abs(_numbers(sides[1])) <= offs[1])
    if part.operator == "power":
        zero = np.where((offs[0] > 0) & (np.abs(_numbers(sides[0])) <= offs[0]), 1.0, 0.0)
        at_zero = [_shifted(sides[0], -zero * _numbers(sides[0])), sides[1]]
        corners.append(at_zero)
        off += LAST_BIT_ERROR * np.abs(np.where(np.isfinite(numbers), numbers, 0.0))
    for corner in corners:
        moved = apply_column(part.operator, part.parameters, corner)
        fails |= _fails(moved) != _fails(column)
        other = _numbers(moved)
        with np.errstate(invalid="ignore"):
            apart = np.where(other == numbers, 0.0, np.abs(other - numbers))
        both_nan = np.isnan(other) & np.isnan(numbers)
        off = np.maximum(off, np.where(both_nan, 0.0, np.where(np.isnan(apart), np.inf, apart)))
    if part.operator == "modulo":
        divisor = np.abs(_numbers(sides[1])) + offs[1]
        off = np.where(_jumps(corners), np.maximum(off, divisor), off)
    off = np.where(moving, off * (1.0 + LAST_BIT_ERROR), 0.0)
    fails &= moving
    # What is no float (an integer beside others) is not made of floats, and cannot be off.
    return np.where(_is_float(column), off, 0.0), fails


def _jumps(corners: list[list[Column]]) -> Bools:
    """Where a remainder may be that of another quotient."""
    low = np.full(len(corners[0][0]), np.inf)
    high = -low
    for above, below in corners:
        with np.errstate(all="ignore"):
            quotient = _numbers(above) / _numbers(below)
            slack = 4 * LAST_BIT_ERROR * np.abs(quotient)
            low, high = np.fmin(low, quotient - slack), np.fmax(high, quotient + slack)
    with np.errstate(invalid="ignore"):
        return np.asarray(~(np.floor(low) == np.floor(high)))


def _is_float(column: Column) -> Bools:
    if column.is_numeric:
        return np.broadcast_to(np.asarray(column.tag) == FLOAT, column.shape)
    table = np.array([isinstance(atom, float) for atom in column.table or ()], dtype=bool)
    return np.asarray(table[column.data])


def _numbers(column: Column) -> Floats:
    """The numbers, nan for whatever is none."""
    if column.is_numeric:
        return np.asarray(column.data.astype(np.float64))
    table = np.array([_number(atom) for atom in column.table or ()], dtype=np.float64)
    return np.asarray(table[column.data])


def _number(atom: Atom) -> float:
    try:
        return float("nan") if isinstance(atom, str) else float(atom)
    except OverflowError:
        return float("inf") if atom > 0 else float("-inf")  # type: ignore[operator]


def _shifted(column: Column, by: Floats) -> Column:
    """The column with its floats moved by so much."""
    if not by.any():
        return column
    if column.is_numeric:
        floats = _is_float(column)
        return replace(column, data=np.where(floats, column.data + by, column.data))
    moved = zip(column.elements(), by.tolist(), strict=True)
    return Column.of([v + shift if isinstance(v, float) else v for v, shift in moved])
