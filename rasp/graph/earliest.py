"""A selected key before which there is none like it -> the first of the selected keys.

    earlier = select(tokens, "+", ==) and select(indices, indices, <);
    select(tokens, "+", ==) and select(selector_width(earlier), 0, ==)

selects the first "+", if there is one: whatever stands before it and is selected is an earlier one.
So does `first(select(tokens, "+", ==))`, which takes no attention to find out what is earlier.
The same holds of the first key that is equal to a query, as equality is transitive.  Mirrored, the
last selected key is the one with none behind it, unless queries see no later keys.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import reduce

from rasp.graph import construct
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.operators import COMPARISON_OPERATORS, OperationError, apply
from rasp.graph.walk import flat

_Wanted = tuple[SOpNode, Atom]
"""An s-op of keys, and what it has to be equal to."""

MANY_KEYS = 2**60
"""More than any input has: of what a comparison says of this number it says of all larger ones."""

_COMPARISONS = frozenset(COMPARISON_OPERATORS.values())
LARGEST = 2**40
"""The mean of many integers that are one and the same is this, if it is no larger."""


@dataclass(frozen=True)
class _Others:
    """Keys that a key is asked to have none of, or, if `itself`, none but itself.

    asked: what says how many there are, or whether there are any.
    """

    asked: SOpNode
    selector: SelectorNode
    itself: bool = False


def as_first(node: Node, *, causal: bool, kept: Container[object] = ()) -> Node:
    """What reads a key that has none like it before (behind) it, as what reads the first (last) of
    all like it; any other node as it is.

    causal: do queries see no later keys?  kept: what is known at each key anyway.
    """
    match node:
        case Aggregate(selector=selector, value=value, default=default):
            found = _one_of(selector, causal=causal, kept=kept)
            return node if found is None else construct.aggregate(found, value, default)
        case Fetch(selector=selector, value=value, default=other):
            found = _one_of(selector, causal=causal, kept=kept)
            return node if found is None else construct.fetch(found, value, other)
        case _:
            return node


def _one_of(
    selector: SelectorNode, *, causal: bool, kept: Container[object]
) -> SelectorNode | None:
    """The selector as the first or the last of others, if it is that."""
    parts = list(_parts(selector))
    others = [found for part in parts if (found := _others(part)) is not None]
    if len(others) != 1 or others[0].asked in kept:
        return None
    rest = [part for part in parts if _others(part) is None]
    orders, alike = _split(others[0].selector)
    if len(orders) != 1 or not _are_alike(rest, alike):
        return None
    chosen = reduce(construct.selector_and, rest)
    strictly = "" if not others[0].itself else "="
    if orders[0].comparison == f"<{strictly}":
        return construct.first(chosen)
    if orders[0].comparison == f">{strictly}" and not causal:
        return construct.last(chosen)
    return None


def _split(selector: SelectorNode) -> tuple[list[Select], list[SelectorNode]]:
    """Its comparisons of two indices, and its other parts."""
    orders: list[Select] = []
    alike: list[SelectorNode] = []
    for part in _parts(selector):
        if isinstance(part, Select) and part.key is part.query is INDICES:
            orders.append(part)
        else:
            alike.append(part)
    return orders, alike


def _are_alike(rest: list[SelectorNode], alike: list[SelectorNode]) -> bool:
    """For a key k that `rest` selects: does `rest` select the same keys as `alike` with k as its
    query?

    What is asked of keys alone is in both, or it is `x == c` in the one and, in the other, that x
    is as at k, where it is c.  So it is with what compares keys with a query for being equal.  A
    nan is equal to nothing, and is at no such k.  What is asked of the query alone holds, as it
    selects k.
    """
    equals: set[SelectorNode] = set()
    for part in rest:
        if not isinstance(part, Select):
            return False
        if isinstance(part.key, Constant):
            continue
        same = construct.select(part.key, part.key, "==") if part.comparison == "==" else None
        if same is not None:
            equals.add(same)
        if same not in alike and not (_asks_keys(part) and part in alike):
            return False
    return bool(rest) and all(
        part in equals or (isinstance(part, Select) and _asks_keys(part) and part in rest)
        for part in alike
    )


def _asks_keys(part: Select) -> bool:
    return isinstance(part.query, Constant)


def _parts(selector: SelectorNode) -> Iterator[SelectorNode]:
    """What a conjunction is made of, conditions on keys one by one."""
    for part in flat(selector, SelectorAnd):
        match part:
            case Select(key=key, query=Constant(value=atom), comparison="=="):
                for wanted, value in _wanted(key, atom):
                    yield construct.select(wanted, value, "==")
            case _:
                yield part


def _wanted(node: SOpNode, atom: Atom) -> Iterator[_Wanted]:
    """`node == atom` as a conjunction of such equalities, which fails where `node` does."""
    stack: list[_Wanted] = [(node, atom)]
    while stack:
        node, atom = stack.pop()
        is_bit = _is_truth(node) or (isinstance(node, Elementwise) and node.operator == "indicator")
        if not is_bit or atom not in (0, 1):
            yield node, atom
            continue
        atom = bool(atom)
        match node:
            case Elementwise(operator="not", operands=(inner,)) if _is_truth(inner):
                stack.append((inner, not atom))
            case Elementwise(operator="and" | "or" as operator, operands=(left, right)) if (
                atom == (operator == "and") and _is_truth(left) and _is_truth(right)
            ):
                stack += [(right, atom), (left, atom)]
            case Elementwise(operator="indicator", operands=(inner,)) if _is_truth(inner):
                stack.append((inner, atom))
            case Elementwise(
                operator="equal" | "not_equal" as operator,
                operands=(Constant(value=value), side) | (side, Constant(value=value)),
            ) if atom == (operator == "equal") and not _is_counted(side):
                yield side, value
            case _:
                yield node, atom


def _is_truth(node: SOpNode) -> bool:
    """Is it True or False wherever it does not fail?"""
    match node:
        case Elementwise(operator=operator):
            return operator in _COMPARISONS or operator in ("not", "and", "or")
        case Aggregate(value=Constant(value=bool()), default=bool()):
            return True
    return False


def _is_counted(node: SOpNode) -> bool:
    """Does it only say whether keys are selected, or how many?"""
    match node:
        case SelectorWidth() | Aggregate(value=Constant()):
            return True
    return False


def _asked(key: SOpNode, atom: Atom) -> tuple[SOpNode, Callable[[Atom], bool]]:
    """What a condition is about, and whether `key == atom` holds for a value of it."""

    def compared(operator: str, *sides: Atom) -> bool:
        try:
            return apply(operator, (), *sides) == atom
        except OperationError:
            return False

    match key:
        case Elementwise(operator=operator, operands=(asked, Constant(value=bound))) if (
            operator in _COMPARISONS
        ):
            return asked, lambda value: compared(operator, value, bound)
        case Elementwise(operator=operator, operands=(Constant(value=bound), asked)) if (
            operator in _COMPARISONS
        ):
            return asked, lambda value: compared(operator, bound, value)
        case _:
            return key, lambda value: value == atom


def _others(part: SelectorNode) -> _Others | None:
    """Does it ask a key to have no others of some kind?"""
    match part:
        case Select(key=key, query=Constant(value=atom), comparison="=="):
            pass
        case _:
            return None
    asked, holds = _asked(key, atom)
    match asked:
        case SelectorWidth(selector=selector):
            no_more = not holds(2) and not holds(MANY_KEYS)
            if holds(0) and not holds(1) and no_more:
                return _Others(asked, selector)
            return _Others(asked, selector, itself=True) if holds(1) and no_more else None
        case Aggregate(selector=selector, value=Constant(value=some), default=none):
            return (
                _Others(asked, selector)
                if _is_exact(some) and holds(none) and not holds(some)
                else None
            )
    return None


def _is_exact(value: Atom) -> bool:
    return isinstance(value, (bool, str)) or (isinstance(value, int) and abs(value) <= LARGEST)
