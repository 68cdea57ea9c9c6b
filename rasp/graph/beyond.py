"""How many keys a selector selects behind a place, or before it -> counts up to a query, and up to
that place.

    r = aggregate(first(select(tokens, "|", ==)), indices, -1);
    selector_width(select(tokens, "a", ==) and select(indices, r, >))

Where queries see no later keys, this is how many "a" there are up to the query less how many there
are up to the place r: `n - aggregate(first(select(tokens, "|", ==)), n, 0)` for the number n of
"a", which every position knows of itself.  A head that compares the indices of keys with a place
takes a direction for each position; one that reads a number takes few.

r is the index of one key that the query sees, so it is none behind the query; or it is a constant
that is at most 0, where no key stands before it.  What else is asked of keys is asked of them
alone, so that it is the same at all queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce

from rasp.graph import construct
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
    Best,
    Constant,
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
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.graph.walk import flat, topological

_Place = Aggregate | Fetch


@dataclass(frozen=True)
class Beyond:
    """place: what the selector compares the indices of keys with; up_to: how many keys each
    position counts up to itself; mark: 1 where it counts itself; reads_mark: whether that is read
    at the place, too; counted: what stands in the place of the width."""

    place: _Place
    up_to: SOpNode
    mark: SOpNode
    reads_mark: bool
    counted: SOpNode


def counted_at_a_place(node: Node) -> Beyond | None:
    """How a width of a causal model is counted by what is selected up to a place; None if it is not
    one that compares the index of a key with one place, or asks anything else of a query."""
    if not isinstance(node, SelectorWidth):
        return None
    parts = flat(node.selector, SelectorAnd)
    bounds = [part for part in parts if _place_of(part) is not None]
    rest = [part for part in parts if _place_of(part) is None]
    if len(bounds) != 1 or not all(map(_asks_keys_alone, rest)):
        return None
    (bound,) = bounds
    assert isinstance(bound, Select)
    place = _place_of(bound)
    assert place is not None
    up_to = construct.selector_width(reduce(construct.selector_and, rest, construct.FULL))
    there = _read(place, up_to)
    own = reduce(partial(construct.elementwise, "and"), map(_condition, rest), _TRUE)
    mark = construct.elementwise("indicator", own)
    reads_mark = bound.comparison in (">=", "<")
    if reads_mark:  # the key at the place itself is on the other side
        there = construct.elementwise("subtract", there, _read(place, mark))
    if bound.comparison in (">", ">="):
        there = construct.elementwise("subtract", up_to, there)
    return Beyond(place, up_to, mark, reads_mark, there)


_TRUE: SOpNode = construct.constant(True)


def _read(place: _Place, value: SOpNode) -> SOpNode:
    """The value at the place, and 0 where no key stands there."""
    if place.default == 0:  # where nothing is found it is the first place
        return construct.aggregate(construct.select(INDICES, place, "=="), value, 0)
    return construct.aggregate(place.selector, value, 0)


def _place_of(part: SelectorNode) -> _Place | None:
    """The place that it compares indices of keys with, if that is the index of one key, or at most
    0."""
    match part:
        case Select(key=key, query=Aggregate() | Fetch() as place, comparison=comparison) if (
            key is INDICES and place.value is INDICES and comparison in ("<", "<=", ">", ">=")
        ):
            default = place.default
            if type(default) is int and default <= 0 and _selects_one(place.selector):
                return place
    return None


def _selects_one(selector: SelectorNode) -> bool:
    """Does it select at most one key, as no two have the same index?"""
    return isinstance(selector, Best) and selector.score in (INDICES, _NEGATED)


_NEGATED: SOpNode = construct.elementwise("negate", INDICES)


def _asks_keys_alone(selector: SelectorNode) -> bool:
    seen: set[SelectorNode] = set()
    stack = [selector]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Select(query=Constant()):
                pass
            case SelectorNot(operand=operand):
                stack.append(operand)
            case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
                stack += (left, right)
            case _:
                return False
    return True


def _condition(selector: SelectorNode) -> SOpNode:
    """What a selector that asks keys alone says of a key, as an s-op of the key."""
    said: dict[Node, SOpNode] = {}
    for node in topological([selector]):
        match node:
            case Select(key=key, query=query, comparison=comparison):
                said[node] = construct.elementwise(COMPARISON_OPERATORS[comparison], key, query)
            case SelectorNot(operand=operand) if operand in said:
                said[node] = construct.elementwise("not", said[operand])
            case SelectorAnd(left=left, right=right) if left in said and right in said:
                said[node] = construct.elementwise("and", said[left], said[right])
            case SelectorOr(left=left, right=right) if left in said and right in said:
                said[node] = construct.elementwise("or", said[left], said[right])
    return said[selector]
