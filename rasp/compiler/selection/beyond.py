"""Widths of a causal model that compare indices with a place that is read -> counts up to a query,
and up to that place, where this takes no further attention.

A count is two numbers then, so it is left as it is where a function of it and of something else is
asked for that is no sum: neurons would have one more thing to tell apart.  The head's pattern is
not the selector's, so nothing of this is done where patterns should look like the selectors.
"""

from __future__ import annotations

from collections.abc import Sequence

from rasp.compiler.simplify import rebuilt
from rasp.graph.beyond import Beyond, counted_at_a_place
from rasp.graph.nodes import (
    SOP_TYPES,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    Node,
    SelectorWidth,
    SOpNode,
    Tokens,
    children,
)
from rasp.graph.origins import Origins
from rasp.graph.ranks import by_token
from rasp.graph.walk import topological


def with_places_counted(root: SOpNode, origins: Origins, tokens: Sequence[Atom]) -> SOpNode:
    """The graph for a causal model.  New nodes inherit names and places in `origins`."""
    order = topological([root])
    wanted = {node for node in order if _is_welcome(counted_at_a_place(node), tokens)}
    wanted -= _told_apart(order, wanted)
    new: dict[Node, Node] = {}
    for node in order if wanted else ():
        new[node] = rebuilt(node, new)
        found = counted_at_a_place(new[node]) if node in wanted else None
        if found is not None:
            new[node] = found.counted
        if new[node] is not node:
            origins.inherit(new[node], node)
    result = new.get(root, root)
    assert isinstance(result, SOP_TYPES)
    return result


def _told_apart(order: Sequence[Node], wanted: set[Node]) -> set[Node]:
    """The counts that attention reads or compares, or of which there are functions that are also of
    others and no sums."""
    found: set[Node] = set()
    leaves: dict[Node, frozenset[Node]] = {}  # of operations, but for constants
    for node in order:
        if not isinstance(node, Elementwise):
            found |= wanted & _below(children(node), leaves)
            continue
        own = leaves[node] = _below(node.operands, leaves)
        if len(own) > 1 and not _is_sum(node):
            found |= wanted & own
    return found


def _below(nodes: Sequence[Node], leaves: dict[Node, frozenset[Node]]) -> frozenset[Node]:
    known = [
        leaves.get(node, frozenset([node])) for node in nodes if not isinstance(node, Constant)
    ]
    return frozenset[Node]().union(*known)


def _is_sum(node: Elementwise) -> bool:
    if node.operator in ("add", "subtract", "negate"):
        return True
    return node.operator == "multiply" and any(isinstance(o, Constant) for o in node.operands)


def _is_welcome(found: Beyond | None, tokens: Sequence[Atom]) -> bool:
    """Does it take no further attention, and no neurons before it?  What the index alone decides is
    counted by no head."""
    if found is None or _layers(found.up_to) > _layers(found.place):
        return False
    below = topological([found.mark])
    if not any(isinstance(node, Tokens) for node in below):
        return False
    marks = by_token(found.mark, tokens)
    if marks is not None and len(set(marks)) == 1:
        return False
    return not found.reads_mark or all(
        isinstance(node, (Tokens, Constant, Elementwise)) for node in below
    )


def _layers(root: SOpNode) -> int:
    """After how many attention sublayers it is known."""
    layers: dict[Node, int] = {}
    for node in topological([root]):
        below = max((layers[child] for child in children(node)), default=0)
        attends = isinstance(node, (Aggregate, Fetch, SelectorWidth))
        layers[node] = below + attends
    return layers[root]
