"""Results that are put together from several numbers: which s-op does each number have to be?

The formula of the read-out is compared with the expression that the program is, operator by
operator; where the formula names a part, that part has to be the s-op that stands there.  Decoding
applies the operators of the language to the parts, so the result is the program's if they are.
Where a number stands beside what says whether it is an int, the two are one s-op.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from rasp.graph import construct
from rasp.graph.nodes import Aggregate, Atom, Constant, Elementwise, Fetch, SOpNode, atom_key
from rasp.meaning.attended import Attended
from rasp.meaning.readout import Output
from rasp.meaning.rewrites import normal
from rasp.meaning.states import UnprovedError
from rasp.meaning.stream import Streams
from rasp.meaning.typed import CONSTANT, PART, Tree, says_int, typed_number
from rasp.outputs import Readout


@dataclass(frozen=True, eq=False)
class Parts:
    """nodes: the s-op that each part has to be; above: those that are put together from parts;
    typed: the parts beside which it is said whether they are ints."""

    nodes: list[SOpNode]
    above: list[SOpNode]
    typed: frozenset[Atom]


def check_output(
    tensors: dict[str, NDArray[Any]],
    readout: Readout,
    streams: Streams,
    root: SOpNode,
    *,
    by_number: bool = False,
) -> tuple[list[float], int]:
    """How far each column is from what is decoded exactly; of how many values it is left open
    whether they are ints.  by_number: it need not be known which whole numbers are ints, and these
    are read as ints.  Raises UnprovedError."""
    if readout.kind != "parts":
        output = Output(tensors, readout, streams, root)
        output.by_number = by_number
        return output.check(), output.free
    if by_number:
        raise UnprovedError("what stands beside marks is put together from several numbers")
    w_u, b_u = tensors["unembed.W_U"], tensors["unembed.b_U"]
    columns: list[float] = []
    parts = nodes_of(readout.formula, root, len(readout.parts), streams.space)
    for number, (part, node) in enumerate(zip(readout.parts, parts.nodes, strict=True)):
        own = slice(len(columns), len(columns) + part.n_values)
        alone = {"unembed.W_U": w_u[:, own], "unembed.b_U": b_u[own]}
        typed = number in parts.typed
        found, free = check_output(alone, part, streams, node, by_number=typed)
        if free:
            raise UnprovedError("the type of a part of the result is left open")
        columns += found
    return columns, 0


def read_out(readout: Readout, root: SOpNode, space: Attended) -> list[SOpNode]:
    """The s-ops that are read out: the root, or what it is put together from."""
    return [node for node, _ in _matched(readout, root, space)]


def put_together(readout: Readout, root: SOpNode, space: Attended) -> frozenset[SOpNode]:
    """The s-ops that the decoder itself computes."""
    return frozenset(node for _, above in _matched(readout, root, space) for node in above)


def _matched(
    readout: Readout, root: SOpNode, space: Attended
) -> list[tuple[SOpNode, list[SOpNode]]]:
    """Each s-op that is read out, with what is put together beside it."""
    if readout.kind != "parts":
        return [(root, [])]
    parts = nodes_of(readout.formula, root, len(readout.parts), space)
    inner = [
        found
        for part, node in zip(readout.parts, parts.nodes, strict=True)
        for found in _matched(part, node, space)
    ]
    return [(node, [*more, *parts.above]) for node, more in inner]


def nodes_of(
    formula: Sequence[tuple[str, Atom]], root: SOpNode, n_parts: int, space: Attended
) -> Parts:
    """Raises UnprovedError where the formula, in reverse Polish notation, is not the expression."""
    found: dict[Atom, SOpNode] = {}
    above: list[SOpNode] = []
    typed: set[Atom] = set()
    exact: set[Atom] = set()
    waiting: list[tuple[Tree, SOpNode]] = [(_tree(formula), root)]
    while waiting:
        tree, node = waiting.pop()
        name, value, operands = tree
        told = typed_number(tree, node)
        if told is not None:
            marks, (name, value, _) = told
            says = says_int(node, space)
            if len(says) != len(marks):
                raise UnprovedError("something else says whether a number is an int")
            waiting += zip(marks, says, strict=False)
        match node:
            case _ if name == PART:
                (exact if told is None else typed).add(value)
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
            case Aggregate(default=default) | Fetch(default=default) if name == "where":
                if len(operands) == 3 and default is not None:
                    waiting += zip(operands, _beside_default(node, default, space), strict=True)
                    continue
        raise UnprovedError("the formula of the result is not the expression of the program")
    if set(found) != set(range(n_parts)):
        raise UnprovedError("a part of the result is not in its formula")
    if not typed.isdisjoint(exact):
        raise UnprovedError("a part is read with its type and without")
    return Parts([found[number] for number in range(n_parts)], above, frozenset(typed))


def _beside_default(read: Aggregate | Fetch, default: Atom, space: Attended) -> list[SOpNode]:
    """Is a key selected, the number that is read then, and the default: `a if found else d` is what
    is read, whatever stands in the number where none is."""
    zeros = {type(v) for v in space.domain(read.value).values if not isinstance(v, str) and v == 0}
    found = construct.aggregate(read.selector, True, False)
    number = construct.with_default(read, 0.0 if float in zeros else 0)
    return [*(normal(node, space) for node in (found, number)), construct.constant(default)]


def _tree(formula: Sequence[tuple[str, Atom]]) -> Tree:
    stack: list[Tree] = []
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
