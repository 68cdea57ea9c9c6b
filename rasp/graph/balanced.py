"""The largest, or the smallest, of many values, found in pairs: chains of `max` as trees.

`max(max(max(a, b), c), d)` is a choice of choices of choices.  The same value comes out of
`max(max(a, b), max(c, d))`, which layers of neurons can follow two steps at a time.  Where values
compare alike but are of two types, such as 1 and 1.0, it is the last one (or the first, where
`a >= b` chooses a) whatever the order of the comparisons is.  That takes numbers that are ordered:
comparisons of strings may fail, in one order at another place than in another, and NaN would be
chosen in one order and not in another.  So only what is a number and no NaN is put in pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rasp.graph import construct
from rasp.graph.nodes import (
    SOP_TYPES,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    SelectorWidth,
    SOpNode,
    children,
)
from rasp.graph.rebuild import over
from rasp.graph.walk import topological

FEWEST = 3

_MIRRORED = {
    "greater": "less",
    "greater_equal": "less_equal",
    "less": "greater",
    "less_equal": "greater_equal",
}

_INTEGER, _FINITE, _ORDERED = 0, 1, 2
"""What a number can be: an integer or a truth value; a finite float as well; an infinity as well,
but no NaN."""


def chosen_of(node: Node) -> tuple[str, SOpNode, SOpNode] | None:
    """(comparison, a, b) if the node is `a if a > b else b`, or with another order."""
    match node:
        case Elementwise(
            operator="where",
            operands=(Elementwise(operator=comparison, operands=(left, right)), a, b),
        ) if comparison in _MIRRORED and a is not b:
            if left is a and right is b:
                return comparison, a, b
            if left is b and right is a:
                return _MIRRORED[comparison], a, b
    return None


def balanced(root: SOpNode) -> dict[Node, Node]:
    """Every node below the root with what it becomes: chains of choices that nothing else reads
    become trees."""
    order = topological([root])
    readers: dict[Node, set[Node]] = {}
    for node in order:
        for child in children(node):
            readers.setdefault(child, set()).add(node)
    kinds: dict[Node, int | None] = {}
    inner: dict[Node, tuple[str, list[SOpNode]]] = {}  # of choices: what they are of, in order
    for node in order:
        kinds[node] = _kind(node, kinds)
        choice = chosen_of(node)
        if choice is None or not isinstance(node, Elementwise):
            continue
        comparison, *sides = choice
        parts: list[SOpNode] = []
        for side in sides:
            own = inner.get(side)
            private = own is not None and readers[side] == {node, node.operands[0]}
            private = private and readers[node.operands[0]] == {node}
            if own is not None and own[0] == comparison and private:
                parts += own[1]
            else:
                parts.append(side)
        inner[node] = comparison, parts
    swallowed = {
        side
        for node, (_, parts) in inner.items()
        if (choice := chosen_of(node)) is not None
        for side in choice[1:]
        if side in inner and not any(side is part for part in parts)
    }
    new: dict[Node, Node] = {}
    for node in order:
        comparison, parts = inner.get(node, ("", []))
        whole = node not in swallowed and len(parts) >= FEWEST
        if whole and all(kinds[part] is not None for part in parts):
            new[node] = _tree(comparison, [_sop(new[part]) for part in parts])
        else:
            new[node] = over(node, new)
    return new


def is_never_nan(root: SOpNode) -> bool:
    """Does its form say that it is a number, and no NaN, wherever it is anything?"""
    kinds: dict[Node, int | None] = {}
    for node in topological([root]):
        kinds[node] = _kind(node, kinds)
    return kinds[root] is not None


def _sop(node: Node) -> SOpNode:
    assert isinstance(node, SOP_TYPES)
    return node


def _tree(comparison: str, parts: Sequence[SOpNode]) -> SOpNode:
    level = list(parts)
    while len(level) > 1:
        pairs = [
            construct.elementwise("where", construct.elementwise(comparison, a, b), a, b)
            for a, b in zip(level[::2], level[1::2], strict=False)
        ]
        level = pairs + level[2 * len(pairs) :]
    return level[0]


def _is_finite(value: Atom) -> bool:
    """Integers of any size are, also those that no float is near."""
    return not isinstance(value, str) and (isinstance(value, int) or math.isfinite(value))


def _of_constant(value: Atom) -> int:
    return _FINITE if isinstance(value, float) else _INTEGER


def _kind(node: Node, known: dict[Node, int | None]) -> int | None:
    """What numbers the s-op can be, as its form says; None if they may be NaN."""
    match node:
        case Indices() | SelectorWidth():
            return _INTEGER
        case Constant(value=value):
            return _of_constant(value) if _is_finite(value) else None
        case Aggregate(value=value, default=default):
            if not _is_finite(default):
                return None
            kind = known[value]
            return None if kind is None or kind == _ORDERED else kind + 1
        case Fetch(value=value, default=default):
            if default is None:
                return known[value]
            if not _is_finite(default):
                return None
            own, kind = _of_constant(default), known[value]
            return None if kind is None else max(own, kind)
        case Elementwise(operator=operator, operands=operands):
            return _of_operation(operator, [known[operand] for operand in operands])
    return None


def _of_operation(operator: str, kinds: list[int | None]) -> int | None:
    if operator in ("to_int", "to_bool", "indicator", "round", "not", "and", "or"):
        return _INTEGER
    if operator in ("member", *_MIRRORED, "equal", "not_equal"):
        return _INTEGER
    if operator == "where":
        kinds = kinds[1:]
    elif operator not in ("add", "plus", "subtract", "negate", "multiply", "modulo"):
        return None
    if any(kind is None for kind in kinds):
        return None
    largest = max(kind for kind in kinds if kind is not None)
    if operator in ("where", "negate") or largest == _INTEGER:
        return largest
    return _ORDERED if largest == _FINITE else None
