"""A graph -> the same with widths that take wide heads as sums of widths that do not.

Where few values are compared one head for all is narrow, and its pattern is that of the selector.
"""

from __future__ import annotations

from collections.abc import Callable

from rasp.compiler.facts.kinds import is_truth
from rasp.compiler.limits import MOST_COUNTED_APART
from rasp.compiler.simplify import rebuilt
from rasp.graph import construct
from rasp.graph.complements import Apart, counted_apart
from rasp.graph.nodes import (
    SOP_TYPES,
    Aggregate,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    SelectorWidth,
    SOpNode,
    Tokens,
)
from rasp.graph.origins import Origins
from rasp.graph.walk import topological

_Sizes = Callable[[Node], float]


def with_complements_counted(
    root: SOpNode, origins: Origins, *, n_tokens: int, max_len: int, wide: int
) -> SOpNode:
    """The graph, with widths counted by others where what they compare may have `wide` values or
    more.

    New nodes inherit names and places in `origins`.
    """
    order = topological([root])
    if not any(counted_apart(node) for node in order):
        return root
    sizes = _sizes(order, n_tokens, max_len)
    new: dict[Node, Node] = {}
    for node in order:
        found: Node = node
        if isinstance(node, SelectorWidth):
            found = _counted(node, sizes, wide, MOST_COUNTED_APART)
        if found is node:
            found = rebuilt(node, new)
        else:
            assert construct.is_sop(found)
            found = _rebuilt(found, new)
        new[node] = found
        if found is not node:
            origins.inherit(found, node)
    result = new[root]
    assert isinstance(result, SOP_TYPES)
    return result


def _rebuilt(counted: SOpNode, new: dict[Node, Node]) -> Node:
    """A sum of widths over rewritten parts; new: what nodes below have become."""
    own = dict(new)
    for node in topological([counted], own):
        own[node] = rebuilt(node, own)
    return own[counted]


def _counted(width: SOpNode, sizes: _Sizes, wide: int, steps: int) -> SOpNode:
    """A width, or a sum of such, by others as long as that is worth it."""
    if isinstance(width, Elementwise):
        left, right = (_counted(operand, sizes, wide, steps) for operand in width.operands)
        return construct.elementwise(width.operator, left, right)
    if not isinstance(width, SelectorWidth):
        return width  # nothing is selected, and nothing counted
    for way in counted_apart(width) if steps else ():
        if way.always or _is_wide(way, sizes, wide):
            return _counted(way.counted, sizes, wide, steps - 1)
    return width


def _is_wide(way: Apart, sizes: _Sizes, wide: int) -> bool:
    return any(min(sizes(one.key), sizes(one.query)) >= wide for one in way.compared)


def _sizes(order: list[Node], n_tokens: int, max_len: int) -> _Sizes:
    """How many values an s-op of the graph may have, as far as its expression says."""
    known: dict[Node, float] = {}
    for node in order:
        match node:
            case Tokens():
                known[node] = n_tokens
            case Indices():
                known[node] = max_len
            case SelectorWidth():
                known[node] = max_len + 1
            case Constant():
                known[node] = 1
            case Aggregate(value=value) | Fetch(value=value):
                known[node] = known[value] + 1
            case Elementwise(operands=operands):
                size = 1.0
                for operand in operands:
                    size *= known[operand]
                known[node] = min(size, 2.0) if is_truth(node) else min(size, 1e9)
    return known.__getitem__
