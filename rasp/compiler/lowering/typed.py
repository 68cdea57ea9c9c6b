"""A number of which it is not known whether it is an int -> it, and marks that say so.

Whoever reads them makes a float of the number where a mark is 0 (`rasp.graph.whether_int`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from rasp.compiler.limits import (
    LARGEST_INTEGER,
    MANY_SUMMED_ROWS,
    MOST_MARKS,
    MOST_TOLD_INTS,
)
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.combine import lower_sum
from rasp.compiler.lowering.evaluate import table_of
from rasp.compiler.lowering.parts import Part, part_of
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.selection.candidates import Refusal, proposals
from rasp.compiler.variables import Linear, Mean, Read
from rasp.graph.nodes import (
    SOP_TYPES,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    SOpNode,
)
from rasp.graph.walk import topological
from rasp.graph.whether_int import whether_int
from rasp.outputs import Readout, largest_known, zero_is_open

Formula: TypeAlias = tuple[tuple[str, Atom], ...]


@dataclass(frozen=True)
class Typed:
    """number: what is put out of the number, whole ones as ints; marks: what says whether it is
    one, each of which is a constant or is put out as well."""

    number: Part
    marks: tuple[Part | Constant, ...]

    @property
    def parts(self) -> list[Part]:
        """The marks that are put out."""
        return [mark for mark in self.marks if isinstance(mark, Part)]

    def formula(self, number: int, first: int) -> Formula:
        """The number as what it is; first: the place of the first of the marks."""
        part: Formula = (("part", number),)
        as_float: Formula = (*part, ("constant", 0.0), ("add", 2))
        conditions: list[tuple[str, Atom]] = []
        for mark in self.marks:
            if isinstance(mark, Constant):
                conditions.append(("constant", mark.value))
            else:
                conditions.append(("part", first))
                first += 1
        for condition in reversed(conditions):
            part = (condition, *part, *as_float, ("where", 3))
        return part


def in_parts(
    lowering: Lowering,
    nodes: Sequence[SOpNode],
    known: Sequence[Part],
    formula: Formula,
) -> tuple[list[Linear], Readout] | None:
    """What is put out of the parts, and of what says whether they are ints; None if ints and floats
    would make different numbers, or zeros of another sign, and it is not known which they are."""
    parts = list(known)
    whole: dict[Atom, Formula] = {}
    for number, (node, part) in enumerate(zip(nodes, known, strict=True)):
        typed = _typed(lowering, node, part) if part.columns.readout.by_rule else None
        if typed is not None:
            parts[number] = typed.number
            whole[number] = typed.formula(number, len(parts))
            parts += typed.parts
    formula = tuple(
        entry
        for name, value in formula
        for entry in (whole.get(value, ((name, value),)) if name == "part" else ((name, value),))
    )
    readouts = tuple(part.columns.readout for part in parts)
    by_rule = any(readout.by_rule for readout in readouts)
    readout = Readout("parts", parts=readouts, formula=formula, by_rule=by_rule)
    largest = largest_known(formula, [part.bound for part in parts])
    if by_rule and (largest >= LARGEST_INTEGER or zero_is_open(readout)):
        return None
    return [form for part in parts for form in part.columns.forms], readout


def told_alone(lowering: Lowering, root: SOpNode) -> tuple[list[Linear], Readout] | None:
    """A number of which it is not known whether it is an int, beside what says that."""

    def probe(child: Lowering) -> tuple[list[Linear], Readout] | Refusal:
        part = part_of(child, root, Fraction(1))
        if part is None or not part.columns.readout.by_rule:
            return Refusal("it is known")
        found = in_parts(child, (root,), [part], (("part", 0),))
        return Refusal("nothing says it") if found is None or found[1].by_rule else found

    found = attempt(lowering, probe)
    return None if isinstance(found, Refusal) else found


def _typed(lowering: Lowering, node: SOpNode, part: Part) -> Typed | None:
    """None where nothing says what it is, or it is too much."""
    number = _with_integers(lowering, node, part)
    if number is None:
        return None

    def probe(child: Lowering) -> Typed | Refusal:
        says = whether_int(node, _Known(child), most_ints=MOST_TOLD_INTS, most_marks=MOST_MARKS)
        if says is None:
            return Refusal("nothing says whether it is an int")
        marks = [_mark(child, mark) for mark in says]
        known = tuple(mark for mark in marks if mark is not None)
        return Refusal("a mark is no number") if len(known) < len(marks) else Typed(number, known)

    found = attempt(lowering, probe)
    return None if isinstance(found, Refusal) else found


def _mark(lowering: Lowering, mark: SOpNode) -> Part | Constant | None:
    if isinstance(mark, Constant):
        return mark
    for node in topological([mark]):
        if isinstance(node, SOP_TYPES) and node not in lowering.known:
            total = _sum_of_marks(lowering, node)
            if total is None:
                lowering.run(node)
            else:
                lowering.walked[node] = total
    return part_of(lowering, mark, Fraction(1))


def _sum_of_marks(lowering: Lowering, node: SOpNode) -> Known | None:
    """Marks of which one is 1 at most are added up by whoever reads them, and by no neuron."""
    if not isinstance(node, Elementwise) or node.operator != "add":
        return None
    depth = max(lowering.known[operand].depth for operand in node.operands)
    return lower_sum(lowering, node, depth, of_scalars=False, held=True)


def _with_integers(lowering: Lowering, node: SOpNode, part: Part) -> Part | None:
    """The same with whole numbers as ints; None for what is no number, or too large for a float."""
    (readout, bound) = part.columns.readout, part.bound
    leaf = lowering.known[node].leaves[0]
    if isinstance(leaf, Mean) and leaf.node is node:
        bound = max(abs(leaf.grid.low), abs(leaf.grid.high))
    if not bound < LARGEST_INTEGER:
        return None
    if readout.kind in ("grid", "fraction"):
        found = replace(readout, integer=True)
    elif readout.kind == "numeric":
        found = replace(readout, values=tuple(map(_as_integer, readout.values)))
    else:
        return None
    return replace(part, columns=replace(part.columns, readout=_decided(found)))


def _decided(readout: Readout) -> Readout:
    return replace(readout, by_rule=False)


def _as_integer(value: Atom) -> Atom:
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class _Known:
    """What a lowering knows of a program."""

    lowering: Lowering

    def values(self, node: SOpNode) -> Sequence[object] | None:
        known = self.lowering.known.get(node)
        if known is None or not all(leaf.is_listed for leaf in known.leaves):
            return None
        if known.leaves[0].node is node:
            return known.leaves[0].domain.values
        if self.lowering.size_of(known.leaves) > MANY_SUMMED_ROWS:
            return None
        # What rounds numbers to integers does so whatever their last bits are, or is refused.
        return table_of(self.lowering, node, known.leaves)[1].elements()

    def at_most_one(self, node: Aggregate | Fetch) -> bool:
        leaf = self.lowering.known[node].leaves[0]
        # A fetch of several keys may read the first of them only.
        if leaf.node is node and isinstance(leaf, Read) and isinstance(node, Aggregate):
            return leaf.single
        if leaf.node is node and isinstance(leaf, Mean):
            return leaf.limits.at_most_one
        ways = proposals(self.lowering.selections.get(node, ()))
        return bool(ways) and ways[0].limits.at_most_one

    def never_empty(self, node: Aggregate | Fetch) -> bool:
        leaf = self.lowering.known[node].leaves[0]
        if leaf.node is node and isinstance(leaf, Read):
            return leaf.default_code < 0
        if leaf.node is node and isinstance(leaf, Mean):
            return leaf.limits.never_empty
        ways = proposals(self.lowering.selections.get(node, ()))
        return bool(ways) and ways[0].limits.never_empty
