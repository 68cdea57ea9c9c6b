"""Traversal without recursion: graphs may be a hundred thousand nodes deep."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from rasp.graph.nodes import (
    Best,
    Elementwise,
    Node,
    SelectorAnd,
    SelectorNode,
    SelectorOr,
    children,
)


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


def deferring(order: Sequence[Node], roots: Iterable[Node]) -> frozenset[Node]:
    """The elementwise nodes that nothing reads but scores of `best`, directly or by each other.

    Where one of them fails at a position, this is an error only for the query positions that
    select it.  order: everything below the roots, children before parents.
    """
    found: set[Node] = set()
    needed = set(roots)  # what somebody reads at every position
    for node in reversed(order):
        if isinstance(node, Elementwise) and node not in needed:
            found.add(node)
            continue
        needed.update((node.selector,) if isinstance(node, Best) else children(node))
    return frozenset(found)


def flat(selector: SelectorNode, kind: type[SelectorAnd] | type[SelectorOr]) -> list[SelectorNode]:
    """What a chain of `and`, or of `or`, is made of, from left to right, each part once."""
    found: list[SelectorNode] = []
    seen: set[SelectorNode] = set()
    stack = [selector]
    while stack:
        part = stack.pop()
        if part in seen:
            continue
        seen.add(part)
        if isinstance(part, kind):
            stack += (part.right, part.left)
        else:
            found.append(part)
    return found
