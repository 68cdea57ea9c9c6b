"""Traversal without recursion: graphs may be a hundred thousand nodes deep."""

from __future__ import annotations

from collections.abc import Container, Iterable

from rasp.graph.nodes import Node, children


def topological(roots: Iterable[Node], without: Container[Node] = ()) -> list[Node]:
    """Every node below the roots once, children before parents, in a deterministic order.

    without: nodes that are left out, with what is below them only.
    """
    order: list[Node] = []
    done: set[Node] = set()
    for root in roots:
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, expanded = stack.pop()
            if node in done or node in without:
                continue
            if expanded:
                done.add(node)
                order.append(node)
                continue
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(children(node)) if child not in done)
    return order
