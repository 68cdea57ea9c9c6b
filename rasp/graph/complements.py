"""How many keys differ from something -> how many there are, less those that are equal to it.

`A and select(x, y, !=)` selects what `A` does, without the keys that `A and select(x, y, ==)`
selects, so its width is that of the one less that of the other.  A head that attends to all keys
but the equal ones takes a direction for each value; one that attends to the equal ones takes a few.
Any two values are equal or not, so that nothing fails on one side that does not on the other.
"""

from __future__ import annotations

from functools import reduce

from rasp.graph import construct
from rasp.graph.nodes import (
    Constant,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorWidth,
)


def inequality(node: Node) -> tuple[SelectorNode, Select] | None:
    """Of a width, what is selected with one inequality left out, and the equality that this is the
    negation of; None if there is none, or it is one with a constant."""
    if not isinstance(node, SelectorWidth):
        return None
    parts: list[SelectorNode] = []
    found: Select | None = None
    stack = [node.selector]
    while stack:
        part = stack.pop()
        if isinstance(part, SelectorAnd):
            stack += (part.right, part.left)
        elif found is None and (equal := _negated(part)) is not None:
            found = equal
        else:
            parts.append(part)
    if found is None:
        return None
    return reduce(construct.selector_and, parts) if parts else construct.FULL, found


def _negated(selector: SelectorNode) -> Select | None:
    """The equality of which it is the negation."""
    match selector:
        case Select(key=key, query=query, comparison="!="):
            pass
        case SelectorNot(operand=Select(key=key, query=query, comparison="==")):
            pass
        case _:
            return None
    if isinstance(key, Constant) or isinstance(query, Constant):
        return None
    found = construct.select(key, query, "==")
    return found if isinstance(found, Select) else None


def counted_by_complement(node: Node) -> Node:
    """A width of what has an inequality in it as a difference of two widths without it; anything
    else as it is."""
    found = inequality(node)
    if found is None:
        return node
    whole, equal = found
    both: SelectorNode = equal
    if whole is not construct.FULL:
        both = construct.selector_and(whole, equal)
    return construct.elementwise(
        "subtract", construct.selector_width(whole), construct.selector_width(both)
    )
