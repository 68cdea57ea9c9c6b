"""The last selected key before a query -> one key of several, which narrow heads find by digits.

    aggregate(last(S and select(indices, indices, <)), x)

is read from the keys before the query.  A head that prefers later keys has to leave out the query
and all behind it, and takes a product for each position.  But a smaller index is one of which some
digit is the first to be different, and smaller; and the fewer digits are different, the closer it
is.  So it is the last key of the same sixteen, say, if there is one, else the last one of an
earlier sixteen: heads about as wide as a digit has values.  Mirrored, so are the keys behind a
query, of which the first is read.
"""

from __future__ import annotations

from functools import reduce

from rasp.graph import construct
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
    Best,
    Elementwise,
    Fetch,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SOpNode,
    atom_key,
)
from rasp.graph.ranks import Inputs, by_token
from rasp.graph.walk import flat

LONG = 128
"""Tokens of an input from which on all digits together take less than one wide head."""

MOST_DIGITS = 3
"""Heads that it is read by; what they read is put together by one function of all of it."""


MOST_VALUES = 32
"""Values of what is read, all combinations of which are told apart; indices are numbers."""


def by_digits(node: Node, inputs: Inputs) -> Node:
    """What reads the closest of the selected keys on one side of a query, as a choice of what heads
    for a digit each read; any other node as it is."""
    match node:
        case Aggregate(selector=Best() as best, value=value):
            pass
        case Fetch(selector=Best() as best, value=value, default=default) if default is not None:
            pass
        case _:
            return node
    if inputs.max_len < LONG or not _is_put_together(value, inputs):
        return node
    order = _order(best, causal=inputs.causal)
    if order is None:
        return node
    rest = [part for part in flat(best.selector, SelectorAnd) if part is not order]
    found: SOpNode | None = None
    for selected in _parts(order, inputs.max_len):
        closest = construct.best(reduce(construct.selector_and, [*rest, *selected]), best.score)
        read = _reading(node, closest)
        if found is not None:
            some = construct.aggregate(closest, True, False)
            read = construct.elementwise("where", some, read, found)
        found = read
    assert found is not None
    return found


def _reading(node: Aggregate | Fetch, selector: SelectorNode) -> SOpNode:
    match node:
        case Aggregate(value=value, default=default):
            return construct.aggregate(selector, value, default)
        case Fetch(value=value, default=other):
            return construct.fetch(selector, value, other)


def _is_put_together(value: SOpNode, inputs: Inputs) -> bool:
    """May a function of three such values be one layer of neurons?"""
    if value is INDICES:
        return True
    atoms = by_token(value, inputs.tokens)
    return atoms is not None and 1 < len(set(map(atom_key, atoms))) <= MOST_VALUES


def _order(best: Best, *, causal: bool) -> Select | None:
    """The comparison of indices of a selector of which the closest key is wanted; None if there is
    no such, or if a causal mask makes it needless."""
    match best.score:
        case Elementwise(operator="negate", operands=(operand,)) if operand is INDICES:
            wanted: tuple[str, ...] = () if causal else (">", ">=")
        case score if score is INDICES:
            wanted = ("<",) if causal else ("<", "<=")
        case _:
            return None
    found: list[Select] = []
    for part in flat(best.selector, SelectorAnd):
        match part:
            case Best():
                return None
            case Select(key=key, query=query) if key is query is INDICES:
                found.append(part)
    return found[0] if len(found) == 1 and found[0].comparison in wanted else None


def _parts(order: Select, max_len: int) -> list[list[SelectorNode]]:
    """The comparison as disjoint conjunctions, each of which selects keys that are closer than
    those of the ones before it."""
    n_digits = MOST_DIGITS
    base = 2
    while base**n_digits < max_len:
        base += 1
    strict = order.comparison[0]
    found: list[list[SelectorNode]] = []
    for digit in reversed(range(n_digits)):
        worth = base**digit
        comparison = order.comparison if digit == 0 else strict
        if worth * base >= max_len:
            own = _floor(worth)
            found.append([construct.select(own, own, comparison)])
        else:
            same = _floor(worth * base)
            own = construct.elementwise("modulo", _floor(worth), worth * base)
            found.append(
                [construct.select(same, same, "=="), construct.select(own, own, comparison)]
            )
    return found


def _floor(worth: int) -> SOpNode:
    """The index, less what is below the digits that are worth so much."""
    if worth == 1:
        return INDICES
    rest = construct.elementwise("modulo", INDICES, worth)
    return construct.elementwise("subtract", INDICES, rest)
