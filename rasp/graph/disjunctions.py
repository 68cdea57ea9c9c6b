"""A selector that is one of several, as groups that are as easy to select as one of them is.

`select(tokens, "a", ==) or select(tokens, "b", ==)` asks one thing of a key, however many tokens
there are, and so does a query of itself.  Such filters are one filter, also beside a comparison
that all of them share: `(A and f) or (A and g)` is `A and (f or g)`.  What compares several
positions in several ways stays apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias, TypeGuard

from rasp.graph import construct
from rasp.graph.nodes import (
    Best,
    Constant,
    Elementwise,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.walk import flat

_Axis: TypeAlias = tuple[str, SOpNode | SelectorNode]
"""What is asked of the key alone, or of the query alone, by what it is asked of; or a comparison of
both."""


MOST_COUNTED = 3
"""Alternatives of an order by several keys, which one head counts: more than that come seldom."""


@dataclass(frozen=True)
class _Box:
    """A conjunction, part by part; members: of the alternatives, those that it is made of."""

    parts: dict[_Axis, frozenset[SelectorNode]]
    members: tuple[int, ...]


def alternatives(selector: SelectorNode) -> list[SelectorNode]:
    """What a disjunction is one of, from left to right; there may be thousands."""
    return list(dict.fromkeys(flat(selector, SelectorOr)))


def spread(selector: SelectorNode) -> SelectorNode:
    """`(A or B) and C` as `(A and C) or (B and C)`, where A and B are no one filter, and there is
    no other disjunction beside them; any other selector as it is."""
    if not isinstance(selector, SelectorAnd):
        return selector
    parts = list(flat(selector, SelectorAnd))
    several = [part for part in parts if isinstance(part, SelectorOr) and len(grouped(part)) > 1]
    if len(several) != 1:
        return selector
    (choice,) = several
    sides = (
        reduce(construct.selector_and, (side if part is choice else part for part in parts))
        for side in alternatives(choice)
    )
    return reduce(construct.selector_or, sides)


def grouped(selector: SelectorNode) -> list[SelectorNode]:
    """Disjunctions of the alternatives of a selector, each of them in one, which together select
    what it does."""
    sides = alternatives(selector)
    groups = _groups(sides)
    if len(groups) == 1:
        return [selector]
    found: list[SelectorNode] = []
    for group in groups:
        members = [sides[number] for number in group]
        # What is a group stays one when it is looked at alone.
        together = len(members) == 1 or len(_groups(members)) == 1
        found += [reduce(construct.selector_or, members)] if together else members
    return found


def is_counted_in_vain(node: Node) -> TypeGuard[SelectorWidth]:
    """Is it a width of which it is cheaper to ask, group by group, whether any key is selected?

    A width of many alternatives counts what each two, three, ... of them have in common.  And an
    order is counted with about as many products as it has ranks, where two say whether there is any
    key before.
    """
    match node:
        case SelectorWidth(selector=SelectorOr() as selector):
            return len(grouped(selector)) > MOST_COUNTED
        case SelectorWidth(selector=selector):
            return any(map(_is_order, flat(selector, SelectorAnd)))
    return False


def compared_with_zero(node: Node) -> Node:
    """A comparison of such a width with 1 as the one with 0 that means the same, as the width is an
    integer; any other node as it is."""
    match node:
        case Elementwise(operator=operator, operands=(width, Constant(value=one))):
            with_zero = _WITH_ZERO.get(operator)
        case Elementwise(operator=operator, operands=(Constant(value=one), width)):
            with_zero = _WITH_ZERO.get(_MIRRORED.get(operator, ""))
        case _:
            return node
    if with_zero is None or type(one) not in (int, float) or one != 1:
        return node
    return construct.elementwise(with_zero, width, 0) if is_counted_in_vain(width) else node


_WITH_ZERO = {"greater_equal": "greater", "less": "equal"}
_MIRRORED = {"less_equal": "greater_equal", "greater": "less"}


def _is_order(selector: SelectorNode) -> bool:
    """Does it compare several keys with several queries, and not for being equal?"""
    match selector:
        case Select(key=key, query=query, comparison=comparison):
            sides = isinstance(key, Constant), isinstance(query, Constant)
            return comparison != "==" and not any(sides)
    return False


def _groups(sides: Sequence[SelectorNode]) -> list[tuple[int, ...]]:
    boxes = [_Box(_parts(side), (number,)) for number, side in enumerate(sides)]
    while True:
        axes = dict.fromkeys(axis for box in boxes for axis in box.parts if axis[0] != "both")
        before = len(boxes)
        for axis in axes:
            boxes = _merged(boxes, axis)
        if len(boxes) == before:
            return [tuple(sorted(box.members)) for box in boxes]


def _merged(boxes: list[_Box], axis: _Axis) -> list[_Box]:
    """The boxes, those as one that differ in nothing but this axis."""
    found: dict[object, _Box] = {}
    for box in boxes:
        rest = frozenset((other, part) for other, part in box.parts.items() if other != axis)
        key = (axis in box.parts, rest) if axis in box.parts else box.members
        if key in found:
            first = found[key]
            part = first.parts[axis] | box.parts[axis]
            found[key] = _Box({**first.parts, axis: part}, first.members + box.members)
        else:
            found[key] = box
    return sorted(found.values(), key=lambda box: min(box.members))


def _parts(selector: SelectorNode) -> dict[_Axis, frozenset[SelectorNode]]:
    """What a conjunction asks along each axis, as a set of what any of which is enough."""
    parts: dict[_Axis, SelectorNode] = {}
    for part in flat(selector, SelectorAnd):
        axis = _axis(part)
        parts[axis] = construct.selector_and(parts[axis], part) if axis in parts else part
    return {axis: frozenset([part]) for axis, part in parts.items()}


def _axis(selector: SelectorNode) -> _Axis:
    keys: dict[SOpNode, None] = {}
    queries: dict[SOpNode, None] = {}
    stack = [selector]
    while stack:
        match stack.pop():
            case Select(key=key, query=query):
                keys[key] = queries[query] = None
            case SelectorNot(operand=operand):
                stack.append(operand)
            case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
                stack += (left, right)
            case Best():
                return "both", selector
    for name, asked, constants in (("key", keys, queries), ("query", queries, keys)):
        if len(asked) == 1 and all(isinstance(node, Constant) for node in constants):
            return name, next(iter(asked))
    return "both", selector
