"""Counts of a causal model, with the query itself counted where that is cheaper.

`S and select(indices, indices, <)` takes a direction for each position, since indices have to keep
a query from itself; `S` takes none, and its width is larger by one where it selects the query.
The head's pattern then has the query in it, so that of short inputs nothing of this is done where
patterns should look like the selectors.
"""

from __future__ import annotations

from rasp.compiler.simplify import rebuilt
from rasp.graph import construct
from rasp.graph.nodes import (
    SOP_TYPES,
    Constant,
    Elementwise,
    Node,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.oneself import counted_up_to_oneself
from rasp.graph.origins import Origins
from rasp.graph.walk import topological


def with_oneself_counted(root: SOpNode, origins: Origins, *, everywhere: bool) -> SOpNode:
    """The graph for a causal model, with counts of what is before a query taken from counts that
    have the query among them.

    everywhere: also where it depends on the query whether it is among them, which is one more thing
    to compute with.  New nodes inherit names and places in `origins`.
    """
    new: dict[Node, Node] = {}
    for node in topological([root]):
        new[node] = found = _counted(rebuilt(node, new), everywhere=everywhere)
        if found is not node:
            origins.inherit(found, node)
    result = new[root]
    assert isinstance(result, SOP_TYPES)
    return result


def _counted(node: Node, *, everywhere: bool) -> Node:
    if not isinstance(node, SelectorWidth):
        return node
    found = counted_up_to_oneself(node.selector)
    match found:
        case None:
            return node
        case Elementwise(operator="subtract", operands=(_, less)):
            return found if everywhere or isinstance(less, Constant) else node
    assert construct.is_sop(found)
    return found
