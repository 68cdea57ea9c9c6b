"""Expressions -> sums of multiples of what they are made of: the one place that recognises sums.

    a + b, a - b, -a        are sums, whatever a and b are
    c * a, a * c, a / c     are multiples, for a constant c
    +a, round(a)            are the number itself, where the caller says so

Whoever asks says which of these operations count (`EXACT` keeps integers what they are), what a
constant is, and what is not to be looked into.  Parts that come several times are added up, in the
order in which they are first met, and each part of an expression is looked at once, however often
it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from rasp.graph.nodes import Elementwise, SOpNode

EXACT = frozenset({"add", "subtract", "negate", "multiply"})
"""Operations that make integers of integers."""

FRACTIONS = EXACT | {"divide"}
"""These and division by a constant."""

ROUGHLY = FRACTIONS | {"plus", "round"}
"""And what leaves a number as it is, or near to it."""


def summands(
    node: SOpNode,
    operations: frozenset[str],
    constant: Callable[[SOpNode], int | float | Fraction | None],
) -> tuple[tuple[Fraction, SOpNode], ...] | None:
    """What an operation adds up, and how many times each; None if it is no sum.

    constant: the value of an s-op that is a finite number, None for any other.
    """
    if not isinstance(node, Elementwise) or node.operator not in operations:
        return None
    match node.operator, node.operands:
        case "add", (a, b):
            return (Fraction(1), a), (Fraction(1), b)
        case "subtract", (a, b):
            return (Fraction(1), a), (Fraction(-1), b)
        case "negate", (a,):
            return ((Fraction(-1), a),)
        case (("plus" | "round"), (a,)):
            return ((Fraction(1), a),)
        case "multiply", (a, b):
            for factor, other in ((a, b), (b, a)):
                value = constant(factor)
                if value is not None:
                    return ((Fraction(value), other),)
        case "divide", (a, b):
            value = constant(b)
            if value:
                return ((1 / Fraction(value), a),)
    return None


@dataclass(frozen=True, eq=False)
class Summands:
    """constant + the sum of factor * s-op."""

    constant: Fraction
    factors: Mapping[SOpNode, Fraction]


def sum_of(
    root: SOpNode,
    operations: frozenset[str],
    constant: Callable[[SOpNode], int | float | Fraction | None],
    *,
    is_part: Callable[[SOpNode], bool] = lambda node: False,
    most: int,
) -> Summands | None:
    """An expression as a sum; what is no sum is a part of it, and so is the root itself.

    is_part: what is not looked into, even if it is a sum; None if more than `most` s-ops would have
    to be looked at.
    """
    made_of: dict[SOpNode, tuple[tuple[Fraction, SOpNode], ...] | None] = {}
    order: list[SOpNode] = []  # operands first
    stack: list[tuple[SOpNode, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in made_of:
            if len(made_of) >= most:
                return None
            made_of[node] = None if is_part(node) else summands(node, operations, constant)
            stack.append((node, True))
            stack.extend((part, False) for _, part in reversed(made_of[node] or ()))
    times = dict.fromkeys(order, Fraction(0))
    times[root] = Fraction(1)
    total, factors = Fraction(0), dict[SOpNode, Fraction]()
    for node in reversed(order):
        for factor, part in made_of[node] or ():
            times[part] += factor * times[node]
    for node in order:
        if made_of[node] is None:
            value = constant(node)
            if value is None:
                factors[node] = times[node]
            else:
                total += times[node] * Fraction(value)
    return Summands(total, factors)
