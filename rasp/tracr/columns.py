"""Elementwise s-ops on rows of values of what they are made of, one value after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rasp.graph.nodes import Atom, Constant, Elementwise, SOpNode
from rasp.graph.operators import OperationError, apply

Cells = list["Atom | None"]
"""The values of an s-op, row by row; None where it fails."""


def column(
    node: SOpNode, given: Mapping[SOpNode, Sequence[Atom]], size: int, known: dict[SOpNode, Cells]
) -> Cells:
    """The s-op on all rows.  given: the columns it is made of; known: what was found before."""
    stack: list[tuple[SOpNode, bool]] = [(node, False)]
    while stack:
        current, ready = stack.pop()
        if current in known:
            continue
        if current in given:
            known[current] = list(given[current])
        elif isinstance(current, Constant):
            known[current] = [current.value] * size
        elif ready:
            assert isinstance(current, Elementwise)
            operands = [known[operand] for operand in current.operands]
            known[current] = [_cell(current, row) for row in zip(*operands, strict=True)]
        else:
            assert isinstance(current, Elementwise)
            stack.append((current, True))
            stack.extend((operand, False) for operand in current.operands)
    return known[node]


def _cell(node: Elementwise, values: Sequence[Atom | None]) -> Atom | None:
    operands = [value for value in values if value is not None]
    if len(operands) < len(values):
        return None
    try:
        return apply(node.operator, node.parameters, *operands)
    except OperationError:
        return None
