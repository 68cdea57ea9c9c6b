"""What lowering comes to: variables, how they are read, what is put out, and where it fails.

Everything here is settled; the stages behind it (encoding, the witness, the account) see nothing
else of the lowering.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rasp.compiler.facts.contexts import Contexts, Floats
from rasp.compiler.lowering.state import Known, Selection
from rasp.compiler.names import Names
from rasp.compiler.readings import Readings
from rasp.compiler.selection.candidates import Answer
from rasp.compiler.variables import (
    Address,
    Check,
    Combined,
    Linear,
    PositionVariable,
    Scalar,
    Unit,
    Variable,
    View,
    Width,
)
from rasp.graph.columns import Column
from rasp.graph.nodes import SOpNode
from rasp.outputs import Readout


@dataclass(frozen=True, eq=False)
class Lowered:
    """The graph below one s-op, as variables.

    variables: each after those that it is made of; readings: how scalars are read; outputs,
    readout: what makes up the value, and how it becomes a value again; words: [column, output], of
    which sums of the outputs the columns of the unembedding consist, None if each is one; checks:
    where the program fails, a column each; label: what is put out.

    selections: of each s-op that reads what a selector selects, what each way to score that by one
    head said (`rasp.compiler.lowering.ways`); sides_asked: of each that a selector compares, what
    each way to have it as one variable said (`rasp.compiler.lowering.comparable`); known, made,
    columns, multiples: what each s-op is a function of (`Knowledge`);
    stepped: what is computed before something else; no_layer: what is computed in steps, and of how
    many joint values it would be a function without; has_several: there are functions of several
    variables, which may be computed in steps.
    """

    names: Names
    contexts: Contexts
    unit: Unit
    position: PositionVariable
    variables: tuple[Variable, ...]
    readings: Readings
    outputs: tuple[Linear, ...]
    words: Floats | None
    readout: Readout
    label: str
    checks: tuple[Check, ...]
    selections: Mapping[SOpNode, tuple[Answer[Selection], ...]]
    sides_asked: Mapping[SOpNode, tuple[Answer[View], ...]]
    known: Mapping[SOpNode, Known]
    made: Mapping[SOpNode, View]
    columns: Mapping[SOpNode, Column]
    multiples: Mapping[SOpNode, tuple[Combined, float, float]]
    stepped: frozenset[SOpNode]
    no_layer: Mapping[str, float]
    has_several: bool

    @property
    def steps(self) -> tuple[frozenset[SOpNode], tuple[bool, ...]]:
        """All that computing in steps can change: what is computed before, and which counts are
        read as what they are."""
        widths = [variable for variable in self.variables if isinstance(variable, Width)]
        return self.stepped, tuple(self.readings.is_linear(width) for width in widths)

    def is_its_node(self, variable: Variable) -> bool:
        """Does the variable hold the values of its s-op, and not something beside them?"""
        if isinstance(variable, Address):
            return True
        made = self.made.get(variable.node)
        known = self.known.get(variable.node)
        return (made is not None and made.variable is variable) or (
            known is not None and known.leaves[0] is variable
        )

    def to_text(self) -> str:
        """A line for each variable, output and check."""
        lines = [_line(variable, self.readings) for variable in self.variables]
        lines += [f"output {number}: {_sum(form)}" for number, form in enumerate(self.outputs)]
        lines += [f"check {check.message}: {_sum(check.flag)}" for check in self.checks]
        return "\n".join(lines)


def _line(variable: Variable, readings: Readings) -> str:
    kind = type(variable).__name__
    how = ""
    if isinstance(variable, Width):
        how = ", read as it is" if readings.is_linear(variable) else ", read faithfully"
    elif isinstance(variable, Scalar):
        how = ", a number"
    return (
        f"{kind} {variable.label}: depth {variable.depth}, {variable.possible.size:g} values{how}"
    )


def _sum(form: Linear) -> str:
    parts = [f"{form.constant:g}"] if form.constant else []
    parts += [f"a feature of {variable.label}" for variable in form.features]
    parts += [f"{factor:g} {scalar.label}" for scalar, factor in form.scalars.items()]
    return " + ".join(parts) or "0"
