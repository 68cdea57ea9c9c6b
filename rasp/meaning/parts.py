"""Results that are put together from several numbers: which s-op does each number have to be?

The formula of the read-out is compared with the expression that the program is, operator by
operator; where the formula names a part, that part has to be the s-op that stands there.  Decoding
applies the operators of the language to the parts, so the result is the program's if they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from numpy.typing import NDArray

from rasp.graph.nodes import Atom, Constant, Elementwise, SOpNode, atom_key
from rasp.meaning.readout import Output
from rasp.meaning.states import UnprovedError
from rasp.meaning.stream import Streams
from rasp.outputs import Readout

PART, CONSTANT = "part", "constant"

_Tree: TypeAlias = tuple[str, Atom, tuple[Any, ...]]
"""A name, what belongs to it, and the trees of its operands."""


def check_output(
    tensors: dict[str, NDArray[Any]], readout: Readout, streams: Streams, root: SOpNode
) -> tuple[list[float], int]:
    """How far each column is from what is decoded exactly; of how many values it is left open
    whether they are ints.  Raises UnprovedError."""
    if readout.kind != "parts":
        output = Output(tensors, readout, streams, root)
        return output.check(), output.free
    w_u, b_u = tensors["unembed.W_U"], tensors["unembed.b_U"]
    columns: list[float] = []
    nodes, _ = nodes_of(readout.formula, root, len(readout.parts))
    for part, node in zip(readout.parts, nodes, strict=True):
        own = slice(len(columns), len(columns) + part.n_values)
        alone = {"unembed.W_U": w_u[:, own], "unembed.b_U": b_u[own]}
        found, free = check_output(alone, part, streams, node)
        if free:
            raise UnprovedError("the type of a part of the result is left open")
        columns += found
    return columns, 0


def read_out(readout: Readout, root: SOpNode) -> list[SOpNode]:
    """The s-ops that are read out: the root, or what it is put together from."""
    return [node for node, _ in _matched(readout, root)]


def put_together(readout: Readout, root: SOpNode) -> frozenset[SOpNode]:
    """The s-ops that the decoder itself computes."""
    return frozenset(node for _, above in _matched(readout, root) for node in above)


def _matched(readout: Readout, root: SOpNode) -> list[tuple[SOpNode, list[SOpNode]]]:
    """Each s-op that is read out, with what is put together beside it."""
    if readout.kind != "parts":
        return [(root, [])]
    nodes, above = nodes_of(readout.formula, root, len(readout.parts))
    inner = [
        found
        for part, node in zip(readout.parts, nodes, strict=True)
        for found in _matched(part, node)
    ]
    return [(node, [*more, *above]) for node, more in inner]


def nodes_of(
    formula: Sequence[tuple[str, Atom]], root: SOpNode, n_parts: int
) -> tuple[list[SOpNode], list[SOpNode]]:
    """The s-op that each part has to be, and those that are put together from parts.  Raises
    UnprovedError where the formula, in reverse Polish notation, is not the expression."""
    found: dict[Atom, SOpNode] = {}
    above: list[SOpNode] = []
    waiting: list[tuple[_Tree, SOpNode]] = [(_tree(formula), root)]
    while waiting:
        (name, value, operands), node = waiting.pop()
        match node:
            case _ if name == PART:
                if found.setdefault(value, node) is not node:
                    raise UnprovedError("a part of the result is two s-ops")
                continue
            case Constant(value=own) if name == CONSTANT:
                if atom_key(own) == atom_key(value):
                    continue
            case Elementwise(operator=operator, operands=own_operands, parameters=()):
                if operator == name and len(own_operands) == len(operands):
                    waiting += zip(operands, own_operands, strict=True)
                    above.append(node)
                    continue
        raise UnprovedError("the formula of the result is not the expression of the program")
    if set(found) != set(range(n_parts)):
        raise UnprovedError("a part of the result is not in its formula")
    return [found[number] for number in range(n_parts)], above


def _tree(formula: Sequence[tuple[str, Atom]]) -> _Tree:
    stack: list[_Tree] = []
    for name, value in formula:
        if name in (PART, CONSTANT):
            stack.append((name, value, ()))
            continue
        if type(value) is not int or not 0 < value <= len(stack):
            raise UnprovedError("the formula of the result is none")
        operands = tuple(stack[len(stack) - value :])
        del stack[len(stack) - value :]
        stack.append((name, value, operands))
    if len(stack) != 1:
        raise UnprovedError("the formula of the result is none")
    return stack[0]
