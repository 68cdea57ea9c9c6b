"""A mean, or a difference of means, compared with a constant by a selector, as a truth value.

    select(a - b, 0, <)    is   select(a - b < 0, True, ==)

Of all that `a - b` may be the selector asks one thing.  As a truth value that is one bit of the
position, and a sign; the number itself may have more values than can be told apart.

Every position is a key and a query of some selection, so both fail on the same inputs: on those
where the number fails somewhere, or has no order with the constant.
"""

from __future__ import annotations

from rasp.graph import construct
from rasp.graph.nodes import (
    Aggregate,
    Constant,
    Elementwise,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SOpNode,
)
from rasp.graph.operators import COMPARISON_OPERATORS, MIRRORED

_ARITHMETIC = frozenset({"add", "subtract", "multiply", "divide"})


def decision(node: Node) -> SOpNode | None:
    """The comparison that selects where it is true, at the key or at the query."""
    match node:
        case Select(key=Elementwise() | Aggregate() as number, query=Constant() as constant):
            comparison = node.comparison
        case Select(key=Constant() as constant, query=Elementwise() | Aggregate() as number):
            comparison = MIRRORED[node.comparison]
        case _:
            return None
    if isinstance(number, Aggregate):
        one_thing = _is_of_many(number)
    else:
        one_thing = len(_means_in(number)) > 1
    if not one_thing:
        return None
    return construct.elementwise(COMPARISON_OPERATORS[comparison], number, constant)


def decided(node: Select, condition: SOpNode) -> Node:
    """The selector that asks whether the condition is true, where the other asks its number."""
    if isinstance(node.query, Constant):
        return construct.select(condition, True, "==")
    return construct.select(True, condition, "==")


def as_decided(node: Node) -> Node:
    """The node, or the selector that asks for a truth value in its place."""
    condition = decision(node)
    return node if condition is None or not isinstance(node, Select) else decided(node, condition)


def _means_in(number: SOpNode) -> set[Aggregate]:
    """The means that it is computed from, if from nothing else but constants."""
    means: set[Aggregate] = set()
    stack: list[SOpNode] = [number]
    seen: set[SOpNode] = set()
    while stack:
        current = stack.pop()
        if current in seen or isinstance(current, Constant):
            continue
        seen.add(current)
        match current:
            case Aggregate():
                means.add(current)
            case Elementwise(operator=operator, operands=operands) if operator in _ARITHMETIC:
                stack += operands
            case _:
                return set()
    return means


def _is_of_many(mean: Aggregate) -> bool:
    """Is it a mean over many keys, by its selector?  One that reads a key or two has few values."""
    stack: list[SelectorNode] = [mean.selector]
    while stack:
        match stack.pop():
            case Select(key=key, query=query, comparison=comparison):
                if comparison in ("==", "!=") and not _are_constant(key, query):
                    return False
            case SelectorNot(operand=operand):
                stack.append(operand)
            case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
                stack += (left, right)
            case _:
                return False
    return True


def _are_constant(*sides: SOpNode) -> bool:
    return any(isinstance(side, Constant) for side in sides)
