"""Selectors that choose among what others select: without `best`, or with it outermost.

    width(last(S)) is 1 where S selects anything: one key at most is the last.

    aggregate(A and last(B), v, d) is read at the last key of B, if there is one and A selects it,
    which is asked of what A compares, read from that key; d otherwise.

    best(S, v) elsewhere is S and select(v, m, ==), where m is the mean of v over the best keys: all
    of them have one value of v, of which the mean is that number.  Nothing else that S selects has
    it.  Where S selects nothing, so does the rest.

A rule is used only where what it drops cannot fail: a comparison of numbers, or for equality.
"""

from __future__ import annotations

from functools import reduce

from rasp.graph import construct
from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
    children,
)
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.meaning.attended import Attended
from rasp.meaning.ranks import unranked
from rasp.meaning.selectors import conjuncts
from rasp.meaning.states import UnprovedError


def chosen_apart(node: Node, space: Attended) -> Node:
    """An operation over such a selector as operations over others; any other node as it is."""
    if not isinstance(node, (Aggregate, Fetch, SelectorWidth)):
        return node
    selector = node.selector
    if not any(isinstance(part, Best) for part in _parts(selector)):
        return node
    if not isinstance(selector, Best):
        found = _at_one_key(node, space)
        if found is not None:
            return found
    outermost = _outermost(selector)
    match node:
        case SelectorWidth() if isinstance(outermost, Best) and _is_one(outermost):
            return construct.elementwise("indicator", _any(outermost))
        case SelectorWidth():
            return construct.selector_width(_apart(outermost))
        case Aggregate(value=value, default=default):
            return construct.aggregate(outermost, value, default)
        case Fetch(value=value, default=other):
            return construct.fetch(outermost, value, other)


def _parts(selector: SelectorNode) -> list[SelectorNode]:
    """The selectors that it is made of, itself last."""
    found: list[SelectorNode] = []
    seen: set[SelectorNode] = set()
    stack: list[tuple[SelectorNode, bool]] = [(selector, False)]
    while stack:
        part, ready = stack.pop()
        if ready:
            found.append(part)
        elif part not in seen:
            seen.add(part)
            stack.append((part, True))
            stack.extend(
                (inner, False) for inner in children(part) if isinstance(inner, SELECTOR_TYPES)
            )
    return found


def _is_one(selector: SelectorNode) -> bool:
    """Are keys ranked by their index, so that one at most is the best?"""
    _, scores = unranked(selector)
    return any(
        isinstance(score, Indices)
        or (
            isinstance(score, Elementwise)
            and score.operator == "negate"
            and isinstance(score.operands[0], Indices)
        )
        for score in scores
    )


def _any(selector: SelectorNode) -> SOpNode:
    return construct.aggregate(selector, True, False)


# -- best, as a comparison with the best score


def _outermost(selector: SelectorNode) -> SelectorNode:
    """The best of the best of keys that comparisons alone select."""
    base, scores = unranked(selector)
    new: dict[SelectorNode, SelectorNode] = {}
    for part in _parts(base):
        match part:
            case Best():
                new[part] = _apart(_over(part, new))
            case SelectorNot(operand=operand):
                new[part] = construct.selector_not(new[operand])
            case SelectorAnd(left=left, right=right):
                new[part] = construct.selector_and(new[left], new[right])
            case SelectorOr(left=left, right=right):
                new[part] = construct.selector_or(new[left], new[right])
            case _:
                new[part] = part
    return reduce(construct.best, scores, new[base])


def _over(selector: SelectorNode, new: dict[SelectorNode, SelectorNode]) -> SelectorNode:
    """The best of what its base has become."""
    base, scores = unranked(selector)
    return reduce(construct.best, scores, new[base])


def _apart(selector: SelectorNode) -> SelectorNode:
    found, scores = unranked(selector)
    for score in reversed(scores):
        largest = construct.aggregate(selector, score, 0)
        found = construct.selector_and(found, construct.select(score, largest, "=="))
    return found


# -- a condition beside the one best key


def _at_one_key(node: Aggregate | Fetch | SelectorWidth, space: Attended) -> SOpNode | None:
    if isinstance(node, Fetch) and node.default is None:
        return None  # it fails where the condition does not hold
    parts = conjuncts(node.selector)
    one = next((part for part in parts if isinstance(part, Best) and _is_one(part)), None)
    if one is None:
        return None
    key = _outermost(one)
    holds = _any(key)
    for part in parts:
        if part is not one:
            condition = _condition(_outermost(part), key, space)
            if condition is None:
                return None
            holds = construct.elementwise("and", holds, condition)
    match node:
        case SelectorWidth():
            return construct.elementwise("indicator", holds)
        case Aggregate(value=value, default=default):
            found = construct.aggregate(key, value, default)
            return construct.elementwise("where", holds, found, construct.constant(default))
        case Fetch(value=value, default=other):
            assert other is not None
            found = construct.fetch(key, value, other)
            return construct.elementwise("where", holds, found, construct.constant(other))


def _condition(selector: SelectorNode, key: SelectorNode, space: Attended) -> SOpNode | None:
    """Does the selector select this key?  None where asking that of one key alone may not fail
    though asking it of all does."""
    known: dict[SelectorNode, SOpNode] = {}
    for part in _parts(selector):
        match part:
            case Select(key=compared, query=query, comparison=comparison):
                ordered = comparison not in ("==", "!=")
                if ordered and not (_is_number(compared, space) and _is_number(query, space)):
                    return None
                at = compared
                if not isinstance(compared, Constant):
                    at = construct.aggregate(key, compared, 0)
                operator = COMPARISON_OPERATORS[comparison]
                known[part] = construct.elementwise(operator, at, query)
            case SelectorNot(operand=operand):
                known[part] = construct.elementwise("not", known[operand])
            case SelectorAnd(left=left, right=right):
                known[part] = construct.elementwise("and", known[left], known[right])
            case SelectorOr(left=left, right=right):
                known[part] = construct.elementwise("or", known[left], known[right])
            case Best():
                return None
    return known[selector]


def _is_number(node: SOpNode, space: Attended) -> bool:
    try:
        return all(type(value) in (int, float) for value in space.domain(node).values)
    except UnprovedError:
        return False
