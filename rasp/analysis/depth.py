"""A graph -> the depth of each node: the attention operations on the longest way to it.

Elementwise operations are free.  A selector can be used one layer after its keys and queries are
there; a combination of selectors, which is one pattern, one layer after those of all its parts.
What is aggregated has to be there a layer before, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorAnd,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    Tokens,
    children,
)


def depths(order: Iterable[Node]) -> dict[Node, int]:
    """The depth of each node; children come before parents."""
    found: dict[Node, int] = {}
    for node in order:
        match node:
            case Tokens() | Indices() | Constant():
                found[node] = 0
            case Elementwise(operands=operands):
                found[node] = max(found[operand] for operand in operands)
            case Select(key=key, query=query):
                found[node] = max(found[key], found[query]) + 1
            case SelectorNot(operand=operand):
                found[node] = found[operand]
            case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
                found[node] = max(found[left], found[right])
            case Best(selector=selector, score=score):
                found[node] = max(found[selector], found[score] + 1)
            case Aggregate(selector=selector, value=value) | Fetch(selector=selector, value=value):
                found[node] = max(found[selector], found[value] + 1)
            case SelectorWidth(selector=selector):
                found[node] = found[selector]
            case _:
                assert_never(node)
    return found


def critical_path(root: Node, depth: dict[Node, int]) -> list[Node]:
    """One longest chain of attention operations, the first layer's first: one for each layer."""
    path: list[Node] = []
    node, wanted = root, depth[root]
    while wanted:
        if isinstance(node, (Aggregate, Fetch, SelectorWidth)):
            path.append(node)
        if isinstance(node, (Aggregate, Fetch)) and depth[node.value] == wanted - 1:
            node, wanted = node.value, wanted - 1
            continue
        if isinstance(node, Best) and depth[node.score] == wanted - 1:
            node, wanted = node.score, wanted - 1
            continue
        if isinstance(node, Select):
            wanted -= 1
        # Through an elementwise operation or a selector, to what it had to wait for.
        node = next(child for child in children(node) if depth[child] == wanted)
    if isinstance(root, SELECTOR_TYPES):
        path.insert(0, root)
    return path[::-1]
