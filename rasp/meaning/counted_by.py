"""Counts in other words: as the sum of others by which the weights are said to count.

The compiler counts what is selected before a query, or behind a place, by what is selected up to
them, and what a wide comparison selects by what others do.  The proof writes a width so, too, where
the weights are said to count one of these and not the width itself.
"""

from __future__ import annotations

from rasp.graph.beyond import counted_at_a_place
from rasp.graph.complements import counted_apart, counted_by, widths_of
from rasp.graph.nodes import Node, SelectorWidth
from rasp.graph.oneself import counted_up_to_oneself
from rasp.graph.walk import topological
from rasp.meaning.attended import Attended

MOST_WIDTHS = 300  # among which one is looked for that is counted


def counted_otherwise(node: Node, space: Attended) -> Node:
    """The width as it is counted; anything else, and a width that is counted itself, as it is."""
    for rule in (_beyond, _before, _complement):
        node = rule(node, space)
    return node


def _before(node: Node, space: Attended) -> Node:
    """Where no query sees a later key, what is selected before a query is what is selected up to it
    but for the query itself.  So it is written, where that is nothing, or where the weights are
    said to count what is selected up to the query."""
    if not space.causal or node in space.counted:
        return node
    found = counted_up_to_oneself(node)
    if isinstance(found, type(node)) or any(_is_counted(n, space) for n in topological([found])):
        return found
    return node


def _beyond(node: Node, space: Attended) -> Node:
    """A width of keys behind a place, or before it, by counts up to a query and up to that place,
    where the weights are said to count what is selected up to a query."""
    if not space.causal or node in space.counted:
        return node
    found = counted_at_a_place(node)
    return node if found is None or not _is_counted(found.up_to, space) else found.counted


def _complement(node: Node, space: Attended) -> Node:
    """A width as a sum of others that is the same for every input, as it is written where the
    weights are said to count one of these and not the first."""
    if isinstance(node, SelectorWidth) and node not in space.counted:
        for way in counted_apart(node):
            if any(_is_counted(width, space) for width in widths_of(way.counted)):
                return way.counted
    return node


def _is_counted(node: Node, space: Attended) -> bool:
    """Is it a width that the weights are said to count, or a sum of such, as is seen soon?"""
    stack, seen = [node] if space.counted else [], set[Node]()
    while stack and len(seen) < MOST_WIDTHS:
        width = stack.pop()
        if width in space.counted:
            return True
        new = [own for own in counted_by(width, causal=space.causal) if own not in seen]
        seen.update(new)
        stack += new
    return False
