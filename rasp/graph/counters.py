"""Counts that are written as conditions, as the sums that they are.

    x + 1 if c else x        is  (1 if c else 0) + x
    x + 2 if c else x - 1    is  (2 if c else -1) + x

for an integer x: a float -0.0 plus 0 is another zero, and a truth value plus 0 is no truth value.
The condition stays in front, so that what fails first fails first.  A sum of conditions is one
number, whereas a choice between two counts is a function of all of them.
"""

from __future__ import annotations

from typing import TypeAlias

from rasp.graph import construct
from rasp.graph.nodes import Constant, Elementwise, Indices, Node, SelectorWidth, SOpNode

Integers: TypeAlias = dict[Node, bool]
"""Of s-ops that were looked at: are all their values integers, whatever the input?"""

_OF_INTEGERS = frozenset({"add", "subtract", "multiply", "negate"})
"""Operations that make integers of integers."""

_ALWAYS = frozenset({"indicator", "round", "to_int"})
"""And those that make integers of whatever they are applied to."""


def as_sum(node: Node, known: Integers) -> Node:
    """A choice between an integer with one constant added and with another, as a sum; any other
    node as it is."""
    match node:
        case Elementwise(operator="where", operands=(condition, then, other)):
            (base, added), (same, otherwise) = _taken_apart(then), _taken_apart(other)
            if base is None or base is not same or not is_integer(base, known):
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
    """Are all its values integers, where there are any?  With a loop: chains may be long."""
    stack: list[Node] = [root]
    while stack:
        node = stack[-1]
        if node in known:
            stack.pop()
            continue
        parts = _parts(node)
        waiting = [part for part in parts or () if part not in known]
        if waiting:
            stack += waiting
            continue
        known[node] = parts is not None and all(known[part] for part in parts)
    return known[root]


def _parts(node: Node) -> tuple[SOpNode, ...] | None:
    """What has to be integers so that the s-op is; None if it need not be then."""
    match node:
        case Constant(value=value):
            return () if _is_int(value) else None
        case Indices() | SelectorWidth():
            return ()
        case Elementwise(operator="where", operands=(_, then, other)):
            return then, other
        case Elementwise(operator=operator, operands=operands):
            if operator in _ALWAYS:
                return ()
            return operands if operator in _OF_INTEGERS else None
    return None


def _is_int(value: object) -> bool:
    return type(value) is int
