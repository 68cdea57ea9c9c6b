"""Comparisons of two numbers of attention, written as the sign of one.

    counts      a < b, for sums of widths and indices, is a - b < 0: both are integers
    means       aggregate(S, x) < aggregate(S, y), for integers x and y, is aggregate(S, x - y) < 0:
                quotients by the same count compare like what is divided, even when rounded, if
                that is not so large that rounding makes two of them one

One number is one direction and one staircase; two are a table of all their pairs.
"""

from __future__ import annotations

from typing import TypeGuard

from rasp.compiler.limits import (
    LARGEST_AVERAGED,
    MANY_POSITIONS,
    MOST_FACTORS_OF_SUMS,
    MOST_RECOGNISED,
)
from rasp.compiler.summands import EXACT, sum_of
from rasp.graph import construct
from rasp.graph.nodes import (
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Indices,
    Node,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.operators import COMPARISON_OPERATORS

_SIGNED = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
assert set(COMPARISON_OPERATORS.values()) == _SIGNED


def as_difference(node: Node) -> Node:
    """The comparison as that of a difference with 0, or the node itself."""
    match node:
        case Elementwise(operator=operator, operands=(left, right)) if operator in _SIGNED:
            difference = _difference(left, right)
            if difference is not None:
                return construct.elementwise(operator, difference, 0)
    return node


def _difference(left: SOpNode, right: SOpNode) -> SOpNode | None:
    match left, right:
        case (
            Aggregate(selector=selector, value=x, default=a),
            Aggregate(selector=other, value=y, default=b),
        ) if selector is other and a == b:
            if _is_averaged_exactly(x) and _is_averaged_exactly(y):
                between = construct.elementwise("subtract", x, y)
                return construct.aggregate(selector, between, 0)
            return None
    if left is not right and _counts(left) and _counts(right):
        return construct.elementwise("subtract", left, right)
    return None


def _counts(node: SOpNode) -> bool:
    """Is it a sum of integers, a width among them?"""
    return is_integer(node) and any(isinstance(part, SelectorWidth) for part in _parts(node))


def is_integer(node: SOpNode) -> bool:
    """Is it, as its form shows, always an integer, and no boolean?"""
    return all(_is_integer_part(part) for part in _parts(node))


def _is_averaged_exactly(node: SOpNode) -> bool:
    """Is it always an integer, and so small that two sums of such which differ have two means?"""
    if not is_integer(node):
        return False
    found = sum_of(node, EXACT, _integer, most=MOST_FACTORS_OF_SUMS)
    if found is None:
        return _largest_part(node) <= LARGEST_AVERAGED
    sizes = (abs(factor) * _largest_part(part) for part, factor in found.factors.items())
    return abs(found.constant) + sum(sizes) <= LARGEST_AVERAGED


def _largest_part(node: SOpNode) -> int:
    match node:
        case Elementwise(operator="where", operands=(_, Constant(yes), Constant(no))):
            return max(abs(int(yes)), abs(int(no)))
    return MANY_POSITIONS


def _is_integer_part(node: SOpNode) -> bool:
    match node:
        case Indices() | SelectorWidth() | Elementwise(operator="indicator"):
            return True
        case Elementwise(operator="where", operands=(_, Constant(yes), Constant(no))):
            return _is_small(yes) and _is_small(no)
    return False


def _parts(node: SOpNode) -> list[SOpNode]:
    """What the additions and subtractions at the top of an expression are of.

    Of an expression with very many it is the expression itself.
    """
    found = sum_of(node, EXACT, _integer, most=MOST_FACTORS_OF_SUMS)
    return [node] if found is None else list(found.factors)


def _integer(node: SOpNode) -> int | None:
    """The value of a constant that sums of integers are recognised with."""
    return node.value if isinstance(node, Constant) and _is_small(node.value) else None


def _is_small(value: Atom) -> TypeGuard[int]:
    return type(value) is int and abs(value) < MOST_RECOGNISED
