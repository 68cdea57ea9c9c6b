"""Counts of a causal model, with the query itself counted where that is cheaper.

`S and select(indices, indices, <)` takes a direction for each position, since indices have to keep
a query from itself; `S` takes none, and its width is larger by one where it selects the query.
The head's pattern then has the query in it, so that of short inputs nothing of this is done where
patterns should look like the selectors.
"""

from __future__ import annotations

from rasp.compiler.simplify import rebuilt
from rasp.graph.nodes import (
    SOP_TYPES,
    Aggregate,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Node,
    Select,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.oneself import counted_up_to_oneself
from rasp.graph.origins import Origins
from rasp.graph.walk import topological


def with_oneself_counted(
    root: SOpNode, origins: Origins, *, everywhere: bool, apart: bool
) -> SOpNode:
    """The graph for a causal model, with what is before a query taken from what has the query
    beside it.

    apart: only where the query is not selected either, so that patterns stay what they are;
    everywhere: also where it depends on the query whether it is selected, which is one more thing
    to compute with, and where a presence that is put out becomes a count that neurons compare.  New
    nodes inherit names and places in `origins`.
    """
    order = topological([root])
    attended = _attended(order)
    new: dict[Node, Node] = {}
    for node in order:
        same = rebuilt(node, new)
        found = counted_up_to_oneself(same)
        if isinstance(node, Aggregate):
            welcome = isinstance(found, Aggregate) or (everywhere and node not in attended)
        else:
            welcome = _is_welcome(found, everywhere=everywhere, apart=apart)
        new[node] = found = found if welcome else same
        if found is not node:
            origins.inherit(found, node)
    result = new[root]
    assert isinstance(result, SOP_TYPES)
    return result


def _attended(order: list[Node]) -> set[Node]:
    """All that attention reads or compares, and what that is made of."""
    read: list[Node] = []
    for node in order:
        match node:
            case Select(key=key, query=query):
                read += [key, query]
            case Aggregate(value=value) | Fetch(value=value) | Best(score=value):
                read.append(value)
    return set(topological(read))


def _is_welcome(found: Node, *, everywhere: bool, apart: bool) -> bool:
    """Is what a width has become what it should be?"""
    match found:
        case Elementwise(operator="subtract", operands=(SelectorWidth(), Constant())):
            return not apart
        case Elementwise():
            return everywhere
    return True
