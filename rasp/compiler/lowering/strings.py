"""Outputs that are long strings: each part is put out for itself, and joined by what reads it.

`tokens + "-" + tokens[0]` is one of a million strings where there are a thousand words, and nobody
has a logit for each.  But each of its two parts is one of a thousand, which a number says: its
place in a list.  The read-out knows both lists, and puts the strings together as the program does.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rasp.compiler.limits import MAX_FORMULA, MAX_LOGITS
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.centres import Columns, listed_readout
from rasp.compiler.lowering.parts import part_of
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.variables import Linear
from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import Atom, Constant, Elementwise, SOpNode
from rasp.graph.operators import MAX_STRING_LENGTH
from rasp.outputs import Readout

NOT_STRINGS = Refusal("it is not put together from strings")


def output_strings(lowering: Lowering, root: SOpNode) -> tuple[tuple[Linear, ...], Readout] | None:
    """The numbers to read out and how, if the root, lowered, is a string of several parts that may
    have too many values for a logit each; None for anything else.
    """
    if lowering.options.one_logit or lowering.options.sharpness is not None:
        return None  # what attention mixes has to look like nothing that may be put out
    if lowering.size_of(lowering.known[root].leaves) <= MAX_LOGITS or not _is_open(lowering, root):
        return None
    found = attempt(lowering, lambda child: _joined(child, root))
    if isinstance(found, Refusal):
        return None
    lowering.summed.update(found.joined)
    forms = tuple(form for columns in found.parts for form in columns.forms)
    readouts = tuple(columns.readout for columns in found.parts)
    return forms, Readout("parts", parts=readouts, formula=tuple(found.formula))


@dataclass(frozen=True)
class _Joined:
    """parts: what is put out; formula: what is made of it, in reverse Polish notation; joined: the
    s-ops that nobody computes."""

    parts: list[Columns]
    formula: list[tuple[str, Atom]]
    joined: list[SOpNode]


@dataclass(frozen=True)
class _Strings:
    """How many there may be, and how long they are at most; other: 1 where it is anything else but
    a string, and what it is there."""

    number: float
    length: int
    other: tuple[Linear, Column] | None = None


def _is_open(lowering: Lowering, node: SOpNode) -> bool:
    """Is it a choice, or something joined, of more than one variable?"""
    if not isinstance(node, Elementwise) or node.operator not in ("add", "where"):
        return False
    return len(lowering.known[node].leaves) > 1


def _joined(lowering: Lowering, root: SOpNode) -> _Joined | Refusal:
    """The root by its parts, if all that is joined or chosen is strings, and they are too many."""
    found = _Joined([], [], [])
    places: dict[SOpNode, int] = {}
    known: dict[SOpNode, _Strings] = {}
    stack: list[tuple[SOpNode, bool]] = [(root, False)]
    while stack:
        if len(found.formula) + len(stack) > MAX_FORMULA:
            return NOT_STRINGS
        node, ready = stack.pop()
        if ready:
            assert isinstance(node, Elementwise)
            found.formula.append((node.operator, len(node.operands)))
            left, right = (known[operand] for operand in node.operands[-2:])
            if left.other is not None and right.other is not None:
                return NOT_STRINGS
            if node.operator == "add":
                _check(lowering, node, left, right)
                known[node] = _Strings(left.number * right.number, left.length + right.length)
            else:
                if left.other is not None or right.other is not None:
                    return NOT_STRINGS
                of_both = left.number + right.number
                known[node] = _Strings(of_both, max(left.length, right.length))
            continue
        match node:
            case Constant(value=str() as value):
                found.formula.append(("constant", value))
                known[node] = _Strings(1.0, len(value))
            case Elementwise(operands=operands) if _is_open(lowering, node):
                found.joined.append(node)
                stack.append((node, True))
                stack.extend((operand, False) for operand in reversed(operands[-2:]))
                if node.operator == "where":
                    condition = part_of(lowering, operands[0], Fraction(1))
                    if condition is None:
                        return NOT_STRINGS
                    _put_out(found, places, operands[0], condition.columns)
            case _:
                part = None if isinstance(node, Constant) else _part(lowering, node)
                if part is None:
                    return NOT_STRINGS
                columns, known[node] = part
                _put_out(found, places, node, columns)
    if known[root].number <= MAX_LOGITS or known[root].length > MAX_STRING_LENGTH:
        return NOT_STRINGS
    return found


def _put_out(found: _Joined, places: dict[SOpNode, int], node: SOpNode, columns: Columns) -> None:
    """A part, once, however often it is used."""
    if node not in places:
        places[node] = len(found.parts)
        found.parts.append(columns)
    found.formula.append(("part", places[node]))


def _check(lowering: Lowering, node: Elementwise, left: _Strings, right: _Strings) -> None:
    """Nothing but a string can be joined to a string."""
    for number, side in enumerate((left, right)):
        if side.other is not None:
            flag, values = side.other
            sides = [Column.of([""]), Column.of([""])]
            sides[number] = values
            failed = apply_column(node.operator, node.parameters, sides, node)
            lowering.check_failing(node, flag, failed)


def _part(lowering: Lowering, node: SOpNode) -> tuple[Columns, _Strings] | None:
    """A string as its place in a list of them, None if it never is one.

    That several strings are selected is noticed by neurons wherever a read is not the output.
    """
    view = lowering.view(node)
    spread = np.empty(len(view.column), dtype=object)
    spread[:] = view.column.elements()
    values = np.broadcast_to(spread, (view.variable.size,)).tolist()
    strings = sorted({value for value in values if isinstance(value, str)})
    if not strings:
        return None
    place = {string: float(number) for number, string in enumerate(strings)}
    numbers = np.array([place[v] if isinstance(v, str) else 0.0 for v in values])
    readout = listed_readout(
        lowering, view.variable, numbers, [v if isinstance(v, str) else None for v in values]
    )
    columns = Columns((Linear.feature(view.variable, numbers),), readout)
    others = [isinstance(value, (bool, int, float)) for value in values]
    other = None
    if any(others):
        flag = Linear.feature(view.variable, np.array(others, dtype=np.float64))
        other = flag, Column.of([v for v in values if isinstance(v, (bool, int, float))])
    return columns, _Strings(len(strings), max(map(len, strings)), other)
