"""How the numbers that a model puts out become values, as data: the read-out, column by column.

`rasp.readout` does with them what is said here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, copysign, inf, prod
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rasp import ratios
from rasp.certificate import PlanError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show
from rasp.source import Span

if TYPE_CHECKING:
    pass


Context = Literal["", "i", "n", "in"]


UNLIMITED = 1e30
"""Margin of a read-out that cannot go wrong, having one value."""


FORMULA_OPERATORS = {
    "add": 2,
    "subtract": 2,
    "multiply": 2,
    "divide": 2,
    "modulo": 2,
    "power": 2,
    "negate": 1,
    "plus": 1,
    "where": 3,
}
"""What parts of a value are put together with, and how many operands each takes."""


LARGEST_POWER = 64
"""Powers of larger numbers, or to larger ones, count as too large where types are not known."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A column of the output that is above 1/2 at a position where an operation fails there.

    place: "file:line:column" of the source expression, or ""; span: the expression in its text,
    None where the text is not at hand.
    """

    message: str
    place: str = ""
    span: Span | None = None

    @classmethod
    def at(cls, message: str, span: Span | None) -> Failure:
        """A failure of the expression that is written there."""
        return cls(message, "" if span is None else str(span), span)


@dataclass(frozen=True, slots=True)
class Spread:
    """A second column that tells whether a number is an int: the mean of (v - middle)^2 over the
    selected values v, and of 1 more for each that is a float.  Where the mean is a whole number w,
    this is (w - middle)^2 if all selected values are the integer w, and else larger by `apart` at
    least: then the mean is a float, as means of different numbers are.
    """

    middle: float
    apart: float


@dataclass(frozen=True, slots=True)
class Low:
    """One more column, right after the number, with what the number leaves out: its value, which
    the readout (a grid or a fraction) says, divided by `below`, is to be added.  The exact sum is
    rounded once.
    """

    readout: Readout
    below: int


@dataclass(frozen=True, slots=True)
class Readout:
    """How the numbers that the model puts out at a position become a value.

    The output has, in this order, the columns of the value and one column for each failure.

    categorical: column k is the logit of values[k]; the largest is the answer.  The margin to the
    second is at least `margin`; a smaller one means that the selected values differ (an error).
    numeric: one column, a number y.  The value is that of the nearest centre among those that
    belong to the context: rows of `centres`/`codes` are contexts, padded with nan/-1 and sorted;
    the row is chosen by nothing, the index i, the length n, or both, (n - 1) * max_len + i, as
    `context` says; codes point into `values`. grid: one column; the value is round(y * scale[row])
    / scale[row], an int where that is one and `integer` says so.
    fraction: one column, a number y near (start + step * k / m) / below for some integer k and some
    m from least to most; start, step, below, least, most are fractions[row].  The value is the
    nearest of these, or where least is not most the nearest with any m up to most; it is rounded
    once, and an int as for a grid.
    low: grid and fraction may have a column for the low part of the number.
    spread: numeric, grid and fraction may have a last column, which tells whole numbers that are
    ints from those that are floats; without it, and without `integer`, all are as listed, or
    floats.
    parts: the columns of all `parts` one after the other; the value is what `formula` makes of
    theirs, in reverse Polish notation: ("part", k), ("constant", value), or an elementwise operator
    and how many operands it takes.
    span: where the s-op is written, if its values can be wrong as a whole: a margin of logits may
    be small, strings may stand among others.
    by_rule: whether whole numbers are ints or floats is not known everywhere; then they are as the
    readout says, where the program may say otherwise.
    """

    kind: Literal["categorical", "numeric", "grid", "fraction", "parts"]
    values: tuple[Atom, ...] = ()
    margin: float = 0.5
    context: Context = ""
    centres: NDArray[np.float64] | None = None  # [contexts, points]
    codes: NDArray[np.int64] | None = None  # [contexts, points]
    scale: NDArray[np.float64] | None = None  # [contexts]
    fractions: NDArray[np.int64] | None = None  # [contexts, (start, step, below, least, most)]
    integer: bool = False
    low: Low | None = None
    spread: Spread | None = None
    parts: tuple[Readout, ...] = ()
    formula: tuple[tuple[str, Atom], ...] = ()
    by_rule: bool = False
    failures: tuple[Failure, ...] = ()
    span: Span | None = None

    @property
    def n_values(self) -> int:
        """How many columns the value has."""
        match self.kind:
            case "categorical":
                return len(self.values)
            case "parts":
                return sum(part.n_values for part in self.parts)
            case _:
                return 1 + (self.low is not None) + (self.spread is not None)

    @property
    def n_columns(self) -> int:
        """d_vocab_out."""
        return self.n_values + len(self.failures)

    @property
    def value_margins(self) -> tuple[float, ...]:
        """How far each column of the value may be off: half of what keeps two values apart."""
        match self.kind:
            case "categorical":
                return (self.value_margin,) * self.n_values
            case "parts":
                return tuple(margin for part in self.parts for margin in part.value_margins)
            case _:
                low = () if self.low is None else self.low.readout.value_margins
                spread = () if self.spread is None else (self.spread.apart / 2,)
                return (self.value_margin, *low, *spread)

    @property
    def value_margin(self) -> float:
        """The smallest of them, but for what tells ints from floats.

        Raises PlanError for a read-out without the tables of its kind.
        """
        match self.kind:
            case "categorical":
                return (1 - self.margin) / 2
            case "grid" if self.scale is not None and (self.scale > 0).all():
                return 0.5 / float(self.scale.max())
            case "fraction" if self.fractions is not None:
                _, step, below, least, most = self.fractions.T
                apart = step / below * ratios.smallest_distance(least, most)
                return float(apart.min()) / 2 * ratios.ROOM
            case "numeric" if self.centres is not None:
                gaps = np.diff(self.centres, axis=1)
                gaps = gaps[np.isfinite(gaps)]  # rows are padded with nan
                return float(gaps.min(initial=2 * UNLIMITED)) / 2
            case "parts" if self.parts:
                return min(part.value_margin for part in self.parts)
        raise PlanError(f"the read-out has not the tables of a {self.kind} one")


def column_names(readout: Readout) -> list[str]:
    """What each column of the value is, in words."""
    match readout.kind:
        case "categorical":
            return list(map(show, readout.values))
        case "parts":
            named = (column_names(part) for part in readout.parts)
            return [f"part {n}: {name}" for n, names in enumerate(named, 1) for name in names]
        case _:
            names = ["the value"]
            names += ["what the value leaves out"] if readout.low is not None else []
            return names + (["whether it is an integer"] if readout.spread is not None else [])


def largest_known(
    formula: Sequence[tuple[str, Atom]], parts: Sequence[Fraction | float]
) -> Fraction | float:
    """The largest number, without its sign, that can come up where parts no larger than these are
    put together; quotients are not counted."""
    stack: list[Fraction | float] = []
    largest: Fraction | float = 0
    for name, argument in formula:
        if name == "part":
            assert isinstance(argument, int)
            stack.append(parts[argument])
        elif name == "constant":
            stack.append(abs(argument) if isinstance(argument, (int, float)) else 0)
        else:
            assert isinstance(argument, int)
            operands = [stack.pop() for _ in range(argument)]
            stack.append(_largest_result(name, operands))
        largest = max(largest, stack[-1])
    return largest


def _largest_result(name: str, operands: Sequence[Fraction | float]) -> Fraction | float:
    match name, operands:
        case "multiply", _:
            return prod(operands)
        case "power", [base, exponent]:
            if max(operands) > LARGEST_POWER:
                return inf
            return max(Fraction(base), Fraction(1)) ** ceil(exponent)
        case _:
            return sum(operands)


@dataclass(frozen=True, slots=True)
class _Zero:
    """Of a number that is put together: may it be 0, may it be -0.0, is it made of one of which it
    is not known whether it is an int, and may it be 0 or -0.0 for that reason?  above: it is known
    to be a constant above 0."""

    may_be: bool
    negative: bool
    by_rule: bool
    is_open: bool = False
    above: bool = False


def zero_is_open(readout: Readout) -> bool:
    """Where parts are put together: may the result be -0.0 if a number is a float, and 0 if it is
    an int, and nobody knows which it is?"""
    stack: list[_Zero] = []
    for name, argument in readout.formula:
        if name == "part":
            assert isinstance(argument, int)
            stack.append(_zero_of_part(readout.parts[argument]))
        elif name == "constant":
            stack.append(_zero_of_atoms([argument], by_rule=False))
        else:
            assert isinstance(argument, int)
            operands = [stack.pop() for _ in range(argument)][::-1]
            stack.append(_zero_of_operation(name, operands))
    return stack[-1].is_open


def _zero_of_part(part: Readout) -> _Zero:
    if part.kind in ("categorical", "numeric"):
        return _zero_of_atoms(part.values, by_rule=part.by_rule)
    return _Zero(True, False, part.by_rule)  # grids and fractions have no -0.0


def _zero_of_atoms(values: Sequence[Atom], *, by_rule: bool) -> _Zero:
    zeros = [value for value in values if not isinstance(value, str) and value == 0]
    above = [value for value in values if isinstance(value, (int, float)) and value > 0]
    negative = any(isinstance(zero, float) and copysign(1.0, zero) < 0 for zero in zeros)
    constant = len(values) == len(above) == 1
    return _Zero(bool(zeros), negative, by_rule, above=constant)


def _zero_of_operation(name: str, operands: list[_Zero]) -> _Zero:
    by_rule = any(operand.by_rule for operand in operands)
    match name, operands:
        case "where", [_, yes, no]:
            is_open = yes.is_open or no.is_open
            return _Zero(
                yes.may_be or no.may_be,
                yes.negative or no.negative,
                yes.by_rule or no.by_rule,
                is_open,
            )
        case "plus", [same]:
            return same
        case "add", [a, b]:
            negative = a.negative and b.negative
        case "subtract", [a, b]:
            negative = a.negative and b.may_be
        case "negate", [a]:
            negative = a.may_be
        case "divide", [a, _]:
            return _Zero(True, True, by_rule, a.is_open)  # 0 / -2 is -0.0, as 0.0 / -2 is
        case "modulo", [_, b]:
            negative = not b.above  # 4.0 % -2 is -0.0, and 4 % -2 is 0
        case "power", [a, _]:
            negative = a.negative
        case "multiply", [a, b] if a.above or b.above:
            negative = b.negative if a.above else a.negative
        case _:
            negative = any(operand.may_be for operand in operands)
    return _Zero(True, negative, by_rule, negative and by_rule)
