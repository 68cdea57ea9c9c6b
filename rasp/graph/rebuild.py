"""A node over other parts: what rewriting a graph from its leaves upwards is made of."""

from __future__ import annotations

from collections.abc import Mapping

from rasp.graph import construct
from rasp.graph.nodes import (
    Aggregate,
    Best,
    Elementwise,
    Fetch,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
)


def over(node: Node, new: Mapping[Node, Node]) -> Node:
    """The node over what its parts have become; those that are not in `new` are as they were."""

    def sop(part: SOpNode) -> SOpNode:
        found = new.get(part, part)
        assert construct.is_sop(found)
        return found

    def selector(part: SelectorNode) -> SelectorNode:
        found = new.get(part, part)
        assert construct.is_selector(found)
        return found

    match node:
        case Elementwise(operator=operator, operands=operands, parameters=parameters):
            return construct.elementwise(operator, *map(sop, operands), parameters=parameters)
        case Aggregate(selector=below, value=value, default=default):
            return construct.aggregate(selector(below), sop(value), default)
        case Fetch(selector=below, value=value, default=other):
            return construct.fetch(selector(below), sop(value), other)
        case SelectorWidth(selector=below):
            return construct.selector_width(selector(below))
        case Select(key=key, query=query, comparison=comparison):
            return construct.select(sop(key), sop(query), comparison)
        case SelectorNot(operand=operand):
            return construct.selector_not(selector(operand))
        case SelectorAnd(left=left, right=right):
            return construct.selector_and(selector(left), selector(right))
        case SelectorOr(left=left, right=right):
            return construct.selector_or(selector(left), selector(right))
        case Best(selector=below, score=score):
            return construct.best(selector(below), sop(score))
    return node
