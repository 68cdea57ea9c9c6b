"""Whether a program may leave it to the rule for means which of its numbers are ints.

A number of the result is followed down through what hands on types: + - * % ^, signs, the sides of
conditionals.  The rule may be needed only at an aggregate or a fetch of what is made of an
aggregate in turn, by the same operators or by being read.  Anywhere else the interpreter's type is
the model's.
"""

from __future__ import annotations

from collections.abc import Iterator

from rasp.graph.nodes import Aggregate, Elementwise, Fetch, SOpNode
from rasp.graph.whether_int import KEEPING


def may_be_open(root: SOpNode) -> bool:
    """May the type of a number in the result be left to the rule?"""
    return any(
        any(isinstance(below, Aggregate) for below in _made_of(node.value, through=True))
        for node in _made_of(root, through=False)
        if isinstance(node, (Aggregate, Fetch))
    )


def _made_of(root: SOpNode, *, through: bool) -> Iterator[SOpNode]:
    """It and what its type is made of; through: at other keys as well."""
    seen: set[SOpNode] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        yield node
        match node:
            case Elementwise(operator="where", operands=(_, *sides)):
                stack += sides
            case Elementwise(operator=operator, operands=operands) if operator in KEEPING:
                stack += operands
            case Aggregate(value=value) | Fetch(value=value) if through:
                stack.append(value)
