"""A graph -> the same with widths of wide inequalities as differences of widths of equalities.

Where few values are compared a head for all of them is narrow, and its pattern is that of the
selector.
"""

from __future__ import annotations

from collections.abc import Callable

from rasp.compiler.facts.kinds import is_truth
from rasp.compiler.simplify import rebuilt
from rasp.graph import construct
from rasp.graph.complements import counted_by_complement, inequality
from rasp.graph.nodes import (
    SOP_TYPES,
    Aggregate,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorWidth,
    SOpNode,
    Tokens,
)
from rasp.graph.origins import Origins
from rasp.graph.walk import topological

MOST_APART = 3
"""Inequalities of one width that are taken apart: each makes two widths of one."""


def with_complements_counted(
    root: SOpNode, origins: Origins, *, n_tokens: int, max_len: int, wide: int
) -> SOpNode:
    """The graph, with inequalities that may compare `wide` values or more counted by equalities.

    New nodes inherit names and places in `origins`.
    """
    order = topological([root])
    if not any(inequality(node) for node in order):
        return root
    sizes = _sizes(order, n_tokens, max_len)
    new: dict[Node, Node] = {}
    for node in order:
        found = rebuilt(node, new)
        for equal in _inequalities(node, MOST_APART):
            if min(sizes(equal.key), sizes(equal.query)) < wide:
                break
            found = _in_widths(found)
        new[node] = found
        if found is not node:
            origins.inherit(found, node)
    result = new[root]
    assert isinstance(result, SOP_TYPES)
    return result


def _inequalities(node: Node, most: int) -> list[Select]:
    """The equalities whose negations a width is taken apart by, in the order in which it is."""
    found: list[Select] = []
    while len(found) < most and (asked := inequality(node)) is not None:
        found.append(asked[1])
        node = construct.selector_width(asked[0])
    return found


def _in_widths(node: Node) -> Node:
    """Each width in a difference of widths, taken apart once."""
    match node:
        case Elementwise(operator="subtract", operands=(left, right)):
            of_left, of_right = _in_widths(left), _in_widths(right)
            assert construct.is_sop(of_left)
            assert construct.is_sop(of_right)
            return construct.elementwise("subtract", of_left, of_right)
    return counted_by_complement(node)


def _sizes(order: list[Node], n_tokens: int, max_len: int) -> Callable[[Node], float]:
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
