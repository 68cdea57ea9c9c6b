"""Chains of `max` and `min` as trees: the same choices of the same numbers, in the same order.

The compiler puts long chains in pairs (`rasp.graph.balanced`).  What that makes of the program is
compared with the program here: a choice between choices is taken apart, as long as they all compare
alike, and the same numbers have to come out, in the same order.  Which of them a tree chooses does
not depend on how it is put together: the largest, and of several that compare alike the last, or
the first.
"""

from __future__ import annotations

from collections.abc import Mapping

from rasp.graph import construct
from rasp.graph.balanced import balanced, chosen_of
from rasp.graph.nodes import Node, SOpNode
from rasp.graph.rebuild import over
from rasp.meaning.states import UnprovedError

MOST_PARTS = 10_000


def in_trees(root: SOpNode) -> SOpNode:
    """The s-op with its chains of choices as trees.  Raises UnprovedError if they are others."""
    new = balanced(root)
    for node, tree in new.items():
        if tree is over(node, new):
            continue
        before, after = _parts(node), _parts(tree)
        if before is None or after is None or _moved(before, new) != after:
            raise UnprovedError("the largest of several numbers is not of the same numbers")
    found = new[root]
    assert construct.is_sop(found)
    return found


def _parts(node: Node) -> list[Node] | None:
    """What a choice is between at last; None if it is none, or between too many."""
    whole = chosen_of(node)
    if whole is None:
        return None
    found: list[Node] = []
    stack: list[Node] = [node]
    while stack:
        current = stack.pop()
        choice = chosen_of(current)
        if choice is not None and choice[0] == whole[0]:
            stack += (choice[2], choice[1])
        else:
            found.append(current)
        if len(found) + len(stack) > MOST_PARTS:
            return None
    return found


def _moved(parts: list[Node], new: Mapping[Node, Node]) -> list[Node]:
    return [new[part] for part in parts]
