"""What is known of an s-op from its expression alone: is it a number, is it the same everywhere?"""

from __future__ import annotations

from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorWidth,
    SOpNode,
    Tokens,
    children,
)
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.graph.walk import topological

_NUMBERS = {
    "subtract",
    "divide",
    "modulo",
    "power",
    "negate",
    "round",
    "indicator",
    "to_int",
    "to_float",
}
"""Operators whose results are numbers, whatever they are applied to."""


_TRUTHS = {"and", "or", "not", "member", *COMPARISON_OPERATORS.values()}
"""Operators whose results are truth values."""


def is_truth(node: SOpNode) -> bool:
    """Is it true or false wherever it is anything?"""
    return isinstance(node, Elementwise) and node.operator in _TRUTHS


def is_number(root: SOpNode) -> bool:
    """Are all its values numbers, whatever the tokens are?"""
    known: dict[Node, bool] = {}
    for node in topological([root]):
        match node:
            case Indices() | SelectorWidth():
                known[node] = True
            case Constant(value=value):
                known[node] = _number(value)
            case Elementwise(operator="add" | "multiply", operands=operands):
                known[node] = all(known[operand] or is_truth(operand) for operand in operands)
            case Elementwise(operator="where", operands=(_, yes, no)):
                known[node] = known[yes] and known[no]
            case Elementwise(operator=operator):
                known[node] = operator in _NUMBERS
            case Aggregate(value=value, default=default):
                known[node] = known[value] and _number(default)
            case Fetch(value=value, default=other):
                known[node] = known[value] and (other is None or _number(other))
            case _:
                known[node] = False
    return known[root]


def _number(value: Atom) -> bool:
    return type(value) in (int, float)


def is_uniform(root: Node, *, causal: bool) -> bool:
    """Is its value the same at all positions of an input?

    So is what attention reads with queries that are: the place of the one "$", say.  Under a causal
    mask positions see different keys, and only constants are certain to be the same.
    """
    known: dict[Node, bool] = {}
    for node in topological([root]):
        match node:
            case Tokens() | Indices():
                known[node] = False
            case Constant():
                known[node] = True
            case Elementwise(operands=operands):
                known[node] = all(known[operand] for operand in operands)
            case Select(query=query):
                known[node] = known[query]
            case Aggregate(selector=selector) | Fetch(selector=selector):
                known[node] = known[selector] and not causal
            case SelectorWidth(selector=selector):
                known[node] = known[selector] and not causal
            case _:
                parts = [part for part in children(node) if isinstance(part, SELECTOR_TYPES)]
                known[node] = all(known[part] for part in parts)
    return known[root]
