"""Counts that are written as conditions, as the sums that they are.

    x + 1 if c else x        is  (1 if c else 0) + x
    x + 2 if c else x - 1    is  (2 if c else -1) + x

for an integer x: a float -0.0 plus 0 is another zero, and a truth value plus 0 is no truth value.
The condition stays in front, so that what fails first fails first.  Where an integer may be so
large that one more has too many bits, the choice stays: it fails on either side.  A sum of
conditions is one number, whereas a choice between two counts is a function of all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from rasp.graph import construct
from rasp.graph.nodes import (
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    SelectorWidth,
    SOpNode,
    Tokens,
)
from rasp.graph.operators import COMPARISON_OPERATORS, LARGEST_TOKEN_BITS, MAX_INTEGER_BITS

LARGEST_BITS = MAX_INTEGER_BITS - 500
"""Integers of so many bits may be added up, a few at a time, and none of the sums fails."""


@dataclass(frozen=True)
class Size:
    """is_integer: are all values integers, whatever the input?  bits: at most so many has a number
    of them, and so many what a string of them stands for."""

    is_integer: bool
    bits: float = 0.0
    string: float = 0.0

    @property
    def largest(self) -> float:
        return max(self.bits, self.string)


Integers: TypeAlias = dict[Node, Size]
"""The sizes of s-ops that were looked at."""

_OF_INTEGERS = frozenset({"add", "subtract", "multiply", "negate"})
"""Operations that make integers of integers."""

_ALWAYS = frozenset({"indicator", "round", "to_int"})
"""And those that make integers of whatever they are applied to."""

_TRUTHS = frozenset({*COMPARISON_OPERATORS.values(), *("not", "and", "or", "member", "to_bool")})
_FLOAT = 1024.0
"""Bits of the largest float."""

_COUNT = 64.0
"""More than an index or a count has."""

_DIGIT = 4
"""Bits that a digit stands for, and a little more."""


def as_sum(node: Node, known: Integers) -> Node:
    """A choice between an integer with one constant added and with another, as a sum; any other
    node as it is."""
    match node:
        case Elementwise(operator="where", operands=(condition, then, other)):
            (base, added), (same, otherwise) = _taken_apart(then), _taken_apart(other)
            if base is None or base is not same:
                return node
            size = _size(base, known)
            most = max(size.bits, added.bit_length(), otherwise.bit_length())
            if not size.is_integer or most > LARGEST_BITS:
                return node
            step = construct.elementwise("where", condition, added, otherwise)
            return construct.elementwise("add", step, base)
    return node


def _taken_apart(node: SOpNode) -> tuple[SOpNode | None, int]:
    """What an integer constant is added to, and that constant; None for what is constant itself."""
    match node:
        case Constant():
            return None, 0
        case Elementwise(operator="add", operands=(left, Constant(value=value))) if _is_int(value):
            return left, int(value)
        case Elementwise(operator="add", operands=(Constant(value=value), right)) if _is_int(value):
            return right, int(value)
        case Elementwise(operator="subtract", operands=(left, Constant(value=value))) if _is_int(
            value
        ):
            return left, -int(value)
    return node, 0


def is_integer(root: SOpNode, known: Integers) -> bool:
    """Are all its values integers, where there are any?"""
    return _size(root, known).is_integer


def _size(root: SOpNode, known: Integers) -> Size:
    """With a loop: chains may be long."""
    stack: list[SOpNode] = [root]
    while stack:
        node = stack[-1]
        waiting = [part for part in _parts(node) if part not in known]
        if node in known or not waiting:
            stack.pop()
            known.setdefault(node, _of_parts(node, known))
        else:
            stack += waiting
    return known[root]


def _parts(node: SOpNode) -> tuple[SOpNode, ...]:
    match node:
        case Elementwise(operands=operands):
            return operands
        case Aggregate(value=value) | Fetch(value=value):
            return (value,)
    return ()


def _of_parts(node: SOpNode, known: Integers) -> Size:
    match node:
        case Tokens():
            return Size(False, LARGEST_TOKEN_BITS, LARGEST_TOKEN_BITS)
        case Indices() | SelectorWidth():
            return Size(True, _COUNT)
        case Constant(value=value):
            return _of_atom(value)
        case Aggregate(value=value, default=default):
            own = _either([known[value], _of_atom(default)])
            return Size(False, max(own.bits, _FLOAT), own.string)
        case Fetch(value=value, default=default):
            own = known[value]
            both = own if default is None else _either([own, _of_atom(default)])
            return replace(both, is_integer=False)
        case Elementwise(operator=operator, operands=operands, parameters=parameters):
            return _of_operation(operator, [known[part] for part in operands], parameters)
    raise AssertionError(node)


def _of_operation(operator: str, parts: Sequence[Size], parameters: Sequence[Atom]) -> Size:
    if operator == "where":
        return _either(parts[1:])
    if operator.startswith("index_"):
        return replace(_either([_of_atom(value) for value in parameters]), is_integer=False)
    if operator in _TRUTHS or operator == "indicator":
        return Size(operator == "indicator", 1.0)
    is_integer = operator in _ALWAYS
    if operator in _OF_INTEGERS:
        is_integer = all(part.is_integer for part in parts)
    return Size(is_integer, _bits(operator, parts), _string_bits(operator, parts))


def _bits(operator: str, parts: Sequence[Size]) -> float:
    match operator:
        case "add" | "subtract":
            return max(part.bits for part in parts) + 1
        case "multiply":
            return sum(part.bits for part in parts)
        case "to_int":
            return max(parts[0].largest, _FLOAT)
        case "round" | "negate" | "plus":
            return parts[0].bits
        case "modulo":
            return max(_FLOAT, *(part.bits for part in parts))
        case "to_float" | "divide":
            return _FLOAT
        case "to_str":
            return 0.0
    return math.inf


def _string_bits(operator: str, parts: Sequence[Size]) -> float:
    """Of strings put together, or written a few times."""
    if operator == "to_str":
        return math.inf
    return math.inf if operator in ("add", "multiply") and any(p.string for p in parts) else 0.0


def _of_atom(value: Atom) -> Size:
    if isinstance(value, str):
        return Size(False, 0.0, _DIGIT * len(value))
    return Size(_is_int(value), _FLOAT if isinstance(value, float) else value.bit_length())


def _either(sizes: Sequence[Size]) -> Size:
    return Size(
        all(size.is_integer for size in sizes),
        max((size.bits for size in sizes), default=0.0),
        max((size.string for size in sizes), default=0.0),
    )


def _is_int(value: object) -> bool:
    return type(value) is int
