"""What is an integer for every input, and how large it can be, as expressions alone say."""

from __future__ import annotations

from rasp.graph.nodes import Constant, Elementwise, Indices, SelectorWidth, SOpNode

MOST_PARTS = 50


def has_width(node: SOpNode) -> bool:
    return any(isinstance(part, SelectorWidth) for part, _ in _parts(node))


def largest(node: SOpNode, most: float = 2.0**20) -> float:
    """If the s-op is an integer, and no truth value, everywhere: how large at most, if indices and
    counts are below `most`; infinity otherwise."""
    total = 0.0
    for part, factor in _parts(node):
        match part:
            case Indices() | SelectorWidth():
                total += factor * most
            case Elementwise(operator="indicator"):
                total += factor
            case Constant(value=value) if type(value) is int and abs(value) < 2**20:
                total += factor * abs(value)
            case Elementwise(
                operator="where", operands=(_, Constant(value=a), Constant(value=b))
            ) if all(type(v) is int and abs(v) < 2**20 for v in (a, b)):
                total += factor * max(abs(a), abs(b))  # type: ignore[arg-type]
            case _:
                return float("inf")
    return total


def _parts(node: SOpNode) -> list[tuple[SOpNode, float]]:
    """What the sums at the top of an expression are of, and how often at most each is added."""
    found: list[tuple[SOpNode, float]] = []
    stack: list[tuple[SOpNode, float]] = [(node, 1.0)]
    while stack:
        current, factor = stack.pop()
        match current:
            case Elementwise(operator="add" | "subtract" | "negate", operands=operands):
                stack.extend((operand, factor) for operand in operands)
            case Elementwise(operator="multiply", operands=(Constant(value=by), other)) | (
                Elementwise(operator="multiply", operands=(other, Constant(value=by)))
            ) if type(by) is int and abs(by) < 2**20:
                stack.append((other, factor * abs(by)))
            case _:
                found.append((current, factor))
        if len(found) + len(stack) > MOST_PARTS:
            return [(node, 1.0)]
    return found
