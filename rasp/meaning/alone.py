"""Lemma: of the keys that are alone of their kind a query selects one at most.

Let a query select two keys j < k, both of which have no key before them, or after them, of the same
kind.  If being selected by one query makes them of one kind, then j is such a key before k, and k
one after j: a contradiction.  Under a causal mask no position sees what comes after it.
"""

from __future__ import annotations

from rasp.graph import construct
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
    Constant,
    Elementwise,
    Select,
    SelectorNode,
    SelectorNot,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.meaning.selectors import MANY_PARTS, conjuncts

_TRUTHS = {
    *("and", "or", "not", "equal", "not_equal"),
    *("less", "less_equal", "greater", "greater_equal"),
}
"""Operators whose results are True or False."""


def is_only_one(selector: SelectorNode, *, causal: bool) -> bool:
    """False where that is not so, or not seen."""
    equal: set[SOpNode] = set()
    true: set[SOpNode] = set()
    absent: list[SelectorNode] = []
    for part in conjuncts(selector):
        match part:
            case Select(key=key, query=query, comparison="=="):
                equal.add(key)
                if isinstance(query, Constant) and query.value is True:
                    _learn(key, true, absent)
    return any(_contradicts(conjuncts(node), equal, true, causal=causal) for node in absent)


def leaves_many(selector: SelectorNode) -> bool:
    """Does it only say, of many things, what a key is not?  Nobody hopes for one key at most."""
    parts = conjuncts(selector)
    return len(parts) >= MANY_PARTS and all(isinstance(part, SelectorNot) for part in parts)


def _learn(root: SOpNode, true: set[SOpNode], absent: list[SelectorNode]) -> None:
    """What else is true where an s-op is, and which selectors then select nothing."""
    stack = [root]
    while stack:
        node = stack.pop()
        if not isinstance(node, Elementwise) or node.operator not in _TRUTHS:
            continue
        true.add(node)
        match node:
            case Elementwise(operator="and", operands=operands):
                stack += operands
            case Elementwise(operator="not", operands=(some,)):
                selector = _asked(some)
                if selector is not None:
                    absent.append(selector)


def _asked(node: SOpNode) -> SelectorNode | None:
    """The selector, if the s-op says whether it selects anything."""
    match node:
        case Aggregate(selector=selector, value=Constant(value=True), default=False):
            return selector
        case Elementwise(
            operator="greater", operands=(SelectorWidth(selector=selector), Constant(value=0))
        ):
            return selector
        case Elementwise(
            operator="greater",
            operands=(
                Aggregate(selector=selector, value=Constant(value=1), default=0),
                Constant(value=0),
            ),
        ):
            return selector
    return None


def _contradicts(
    parts: list[SelectorNode], equal: set[SOpNode], true: set[SOpNode], *, causal: bool
) -> bool:
    """Would one of two keys, of which this is known, select the other?"""
    orders = set()
    for part in parts:
        match part:
            case Select(key=key, query=query, comparison=comparison) if key is query is INDICES:
                orders.add(comparison)
            case Select(key=key, query=query, comparison="==") if key is query and key in equal:
                continue
            case Select(key=key, query=Constant(value=True), comparison="==") if key in true:
                continue
            case Select(query=Constant()) if _said(part) in true:
                continue
            case _:
                return False
    return orders in ({"<"}, {"!="}) or (orders == {">"} and not causal)


def _said(select: Select) -> SOpNode:
    """What a comparison with a constant says of a key, as an s-op."""
    operator = COMPARISON_OPERATORS[select.comparison]
    return construct.elementwise(operator, select.key, select.query)
