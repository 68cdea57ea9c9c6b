"""How many keys before a query a selector selects -> how many up to it, less the query itself.

Where queries see no later keys, `S and select(indices, indices, <)` selects what `S` does but for
the query's own position, so its width is that of `S`, less 1 where `S` selects the query itself.
No head has to keep a query from itself then, which takes a direction for each position.

The same holds of any selector: a comparison of two indices says one thing of all keys before the
query, and another of the query.  With the first in the place of the comparison it selects the same
of those before; what it says of the query is known from the expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rasp.graph import construct
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
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
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.graph.walk import topological

LARGEST_OFFSET = 2**60
"""Further from any index than one can be from another."""

_Before: TypeAlias = SelectorNode | bool | None
"""What it selects of the keys before a query: the same as a selector, or all or none of them; None
if that is not known."""

Own: TypeAlias = SOpNode | bool | None
"""Whether it selects the query itself: a condition on it; None if that is not known."""


@dataclass(frozen=True)
class UpTo:
    """What stands for a selector where queries see no later keys: a selector that says nothing of
    the order of two indices, and selects the same keys before the query.

    own: whether the selector selects the query itself; instead: whether what stands for it does.
    """

    selector: SelectorNode
    own: Own
    instead: Own

    @property
    def more(self) -> SOpNode | None:
        """How many more keys are selected instead, if the selector never selects the query itself;
        None if that is not known."""
        if isinstance(self.instead, bool):
            return construct.constant(int(self.instead))
        return None if self.instead is None else construct.elementwise("indicator", self.instead)


def up_to_oneself(selector: SelectorNode) -> UpTo | None:
    """What stands for it; None if it says nothing of the order of two indices."""
    before: dict[Node, _Before] = {}
    own: dict[Node, Own] = {}  # of the selector
    instead: dict[Node, Own] = {}  # and of what stands in its place
    for node in topological([selector]):
        match node:
            case Select():
                before[node] = _before(node)
                own[node] = _own(node)
                instead[node] = said if isinstance(said := before[node], bool) else own[node]
            case SelectorNot(operand=operand) if operand in before:
                before[node] = _not_before(before[operand])
                own[node], instead[node] = _not(own[operand]), _not(instead[operand])
            case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
                if left not in before or right not in before:
                    continue
                unless = isinstance(node, SelectorOr)
                before[node] = _joined_before(before[left], before[right], unless=unless)
                own[node] = _joined(own[left], own[right], unless=unless)
                instead[node] = _joined(instead[left], instead[right], unless=unless)
    found = before.get(selector, selector)
    if found is None or isinstance(found, bool) or found is selector:
        return None
    return UpTo(found, own[selector], instead[selector])


def counted_up_to_oneself(node: Node) -> Node:
    """A width or a mean of a causal model, of what is before a query: by what is selected up to the
    query, if it is known whether that is the query, too.  Anything else as it is.

    A width is less by one where it is, and a mean of a constant is this where another key is
    selected besides.  Of other means both have to select the same.
    """
    match node:
        case SelectorWidth(selector=selector) | Aggregate(selector=selector):
            found = up_to_oneself(selector)
        case _:
            return node
    if found is None or found.own is not False:
        return node
    width = construct.selector_width(found.selector)
    match node:
        case SelectorWidth():
            more = found.more
            if more is None or found.instead is False:
                return node if more is None else width
            return construct.elementwise("subtract", width, more)
        case Aggregate(value=value, default=default) if found.instead is False:
            return construct.aggregate(found.selector, value, default)
        case Aggregate(value=Constant() as value, default=default) if found.instead is True:
            some = construct.elementwise("greater", width, 1)
            is_truth = value.value is True and default is False
            return some if is_truth else construct.elementwise("where", some, value, default)
    return node


def _before(select: Select) -> _Before:
    """What a comparison says of all keys before the query, if that is the same for all of them."""
    ahead = _ahead(select)
    if ahead is None:
        return select
    match select.comparison:  # of k and q + ahead, where k is at most q - 1
        case "<" | "!=" if ahead >= 0:
            return True
        case "<=" if ahead >= -1:
            return True
        case ">=" | "==" if ahead >= 0:
            return False
        case ">" if ahead >= -1:
            return False
    return select


def _own(select: Select) -> Own:
    ahead = _ahead(select)
    if ahead is not None:
        return bool(construct.select(0, ahead, select.comparison) is construct.FULL)
    if select.key is select.query and _equals_itself(select.key):
        return select.comparison in ("==", "<=", ">=")
    if select.comparison in ("==", "!="):  # others may fail
        operator = COMPARISON_OPERATORS[select.comparison]
        found = construct.elementwise(operator, select.key, select.query)
        return bool(found.value) if isinstance(found, Constant) else found
    return None


def _equals_itself(node: SOpNode) -> bool:
    """Is it certainly no nan?"""
    match node:
        case Elementwise(operator="to_str" | "to_int" | "indicator") | SelectorWidth():
            return True
        case Aggregate(value=Elementwise(operator="to_str"), default=default):
            return isinstance(default, str)
    return False


def _ahead(select: Select) -> int | None:
    """Where it compares k with q + this, for the indices of key and query; None if it does not."""
    key, query = offset(select.key), offset(select.query)
    return None if key is None or query is None else query - key


def offset(node: SOpNode) -> int | None:
    """By how much it is above the index; None if it is no such thing, or so much that the sum may
    have too many bits: it is an error then, and nothing stands for it."""
    match node:
        case Elementwise(operator="add", operands=(Constant(value=by), inner)) | (
            Elementwise(operator="add", operands=(inner, Constant(value=by)))
        ) if inner is INDICES and type(by) is int and abs(by) < LARGEST_OFFSET:
            return by
        case Elementwise(operator="subtract", operands=(inner, Constant(value=by))) if (
            inner is INDICES and type(by) is int and abs(by) < LARGEST_OFFSET
        ):
            return -by
    return 0 if node is INDICES else None


def _not_before(side: _Before) -> _Before:
    if side is None or isinstance(side, bool):
        return None if side is None else not side
    return construct.selector_not(side)


def _joined_before(left: _Before, right: _Before, *, unless: bool) -> _Before:
    """Both of them; unless: or one of them."""
    for side, other in ((left, right), (right, left)):
        if isinstance(side, bool):
            # What is left out might fail, and has to go on failing.
            if side is unless:
                return side if isinstance(other, bool) else None
            return other
    if left is None or right is None:
        return None
    assert construct.is_selector(left)
    assert construct.is_selector(right)
    return (construct.selector_or if unless else construct.selector_and)(left, right)


def _not(side: Own) -> Own:
    if side is None or isinstance(side, bool):
        return None if side is None else not side
    return construct.elementwise("not", side)


def _joined(left: Own, right: Own, *, unless: bool) -> Own:
    for side, other in ((left, right), (right, left)):
        if isinstance(side, bool):
            return side if side is unless else other
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
        return None
    return construct.elementwise("or" if unless else "and", left, right)
