"""What the unembedding delivers for the root, and how it is decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rasp.artifact import Readout
from rasp.compiler.contexts import Bools, Floats, Granularity
from rasp.compiler.domains import Unlisted
from rasp.compiler.lowering.boxes import output_boxes, too_many_logits
from rasp.compiler.lowering.fractions import fraction_readout
from rasp.compiler.lowering.lower import Lowering
from rasp.compiler.lowering.outputs import (
    FINE,
    MANY_MEANS,
    label_variable,
    output_choice,
    output_sum,
)
from rasp.compiler.lowering.tables import differ, scattered
from rasp.compiler.variables import Categorical, Linear, Mean, Scalar
from rasp.errors import CompileError
from rasp.graph.nodes import Atom, SOpNode, atom_key

MAX_SCALE = 100_000
LARGEST = 1e150
"""Values of results are read out up to here; beyond, sums of them may overflow."""

MAX_LOGITS = 10_000
"""More values than this are not read out by a logit each: the unembedding would be too large."""

MAX_CELLS = 20_000_000

CLOSE = 1e-2
"""Values with less between them are told apart with the help of the context, if that helps."""


@dataclass(frozen=True)
class Target:
    """The root as a variable; `finish` is called when it is settled how scalars are read."""

    lowering: Lowering
    root: SOpNode
    variable: Categorical | Scalar
    values: tuple[Atom | None, ...]  # for each value of the variable; None: it fails there

    def finish(self) -> tuple[list[Linear], Readout]:
        """The columns of the value, and how to decode them."""
        if isinstance(self.variable, Mean) and isinstance(self.variable.domain, Unlisted):
            return self._grid(self.variable)
        present = [value for value in self.values if value is not None]
        numeric = all(type(value) in (int, float) for value in present)
        if numeric and not all(abs(value) <= LARGEST for value in map(float, present)):
            raise CompileError(
                f"{self.lowering.text(self.root)} has values that are too large or not finite",
                labels=self.lowering.labels(self.root),
            )
        if isinstance(self.variable, Scalar):
            column = Linear(0.0, {}, {self.variable: 1.0})
            listed = self._numeric(column, self.variable.readings, self.values)
            if isinstance(self.variable, Mean) and len(self.values) > MANY_MEANS:
                fractions = _fractions(self.variable)
                # Values that a checkpoint has to list have to be worth it.
                if fractions and 2 * fractions.value_margin > listed[1].value_margin:
                    return [column], fractions
            return listed
        if not numeric:
            return self._categorical(present)
        numbers = np.array([0.0 if value is None else float(value) for value in self.values])
        if scattered(numbers[[value is not None for value in self.values]]):
            return self._categorical(present)
        return self._numeric(Linear.feature(self.variable, numbers), numbers, self.values)

    def _numeric(
        self, column: Linear, readings: Floats, values: tuple[Atom | None, ...]
    ) -> tuple[list[Linear], Readout]:
        """One number, decoded to the value with the nearest reading.

        Where values of all contexts are close to each other, among those of the position's context.
        """
        known = np.array([value is not None for value in values])
        domain = self.variable.domain
        context: Granularity = ""
        rows = _centre_rows(readings, known[None, :])
        if domain.granularity and domain.mask.size <= MAX_CELLS and _gap(readings, rows) < CLOSE:
            by_context = _centre_rows(readings, domain.mask & known[None, :])
            if _gap(readings, by_context) > 2 * _gap(readings, rows):
                rows, context = by_context, domain.granularity
        used = sorted({place for row in rows for place in row})
        code_of = {place: code for code, place in enumerate(used)}
        centres = np.full((len(rows), max(map(len, rows))), np.nan)
        codes = np.full(centres.shape, -1)
        for number, row in enumerate(rows):
            centres[number, : len(row)] = readings[row]
            codes[number, : len(row)] = [code_of[place] for place in row]
        atoms = tuple(atom for place in used if (atom := values[place]) is not None)
        return [column], Readout("numeric", atoms, context=context, centres=centres, codes=codes)

    def _grid(self, mean: Mean) -> tuple[list[Linear], Readout]:
        """One number, decoded to the nearest fraction, or multiple of what they all are multiples
        of.
        """
        readouts = []
        if mean.grid.scale <= MAX_SCALE:
            readouts.append(Readout("grid", scale=np.array([float(mean.grid.scale)])))
        elif max(mean.scales, default=FINE + 1) <= FINE:
            by_length = np.array([float(scale) for scale in mean.scales])
            readouts.append(Readout("grid", context="n", scale=by_length))
        fractions = _fractions(mean)
        if fractions is not None:
            readouts.append(fractions)
        if not readouts:
            raise CompileError(
                f"{mean.label} has about {mean.domain.size:.3g} possible values",
                labels=self.lowering.labels(mean.node),
                hint="a smaller max_len, or fewer different values to average",
            )
        best = max(readouts, key=lambda readout: readout.value_margin)
        return [Linear(0.0, {}, {mean: 1.0})], best

    def _categorical(self, present: list[Atom]) -> tuple[list[Linear], Readout]:
        """A logit for every value: 1 for the right one, 0 for the others."""
        distinct = {atom_key(value): value for value in present}
        assert isinstance(self.variable, Categorical)
        if len(distinct) > MAX_LOGITS:
            raise too_many_logits(self.lowering, self.root, len(distinct))
        keys = [None if value is None else atom_key(value) for value in self.values]
        numbers = {key: number for number, key in enumerate(distinct)}
        codes = np.array([-1 if key is None else numbers[key] for key in keys])
        columns = [
            Linear.feature(self.variable, (codes == number).astype(np.float64))
            for number in range(len(distinct))
        ]
        margin = 1.0 - 1.0 / max(2, self.lowering.contexts.max_len)
        return columns, Readout("categorical", tuple(distinct.values()), margin=margin)


@dataclass(frozen=True)
class JoinedTarget(Target):
    """A root that no variable holds: the unembedding puts it together."""

    columns: tuple[Linear, ...]
    readout: Readout

    def finish(self) -> tuple[list[Linear], Readout]:
        return list(self.columns), self.readout


def choose_readout(lowering: Lowering, root: SOpNode, progress: Callable[[float], None]) -> Target:
    """The root s-op, lowered, as something that can be read out."""
    total = output_sum(lowering, root, progress)
    joined = output_choice(lowering, root, progress) if total is None else ([total[0]], total[1])
    if joined is not None:
        columns, readout = joined
        return JoinedTarget(
            lowering, root, label_variable(lowering, root), (), tuple(columns), readout
        )
    lowering.run(root, progress=progress)
    boxes = output_boxes(lowering, root)
    if boxes is not None:
        return JoinedTarget(lowering, root, label_variable(lowering, root), (), *boxes)
    leaves = lowering.known[root].leaves
    if len(leaves) == 1 and isinstance(leaves[0], Scalar) and leaves[0].node is root:
        unlisted = isinstance(leaves[0].domain, Unlisted)
        return Target(lowering, root, leaves[0], () if unlisted else leaves[0].domain.values)
    view = lowering.view(root)
    if not any(isinstance(value, (bool, int, float, str)) for value in view.column.elements()):
        return Target(
            lowering, root, lowering.unit, (0,)
        )  # it fails on every input, and says so itself
    values = tuple(
        value if isinstance(value, (bool, int, float, str)) else None
        for value in view.column.elements()
    )
    return Target(lowering, root, view.variable, values)


def _fractions(mean: Mean) -> Readout | None:
    return fraction_readout(mean.quotients, integer=int(mean.quotients.counts.min()) == 1)


def _centre_rows(readings: Floats, masks: Bools) -> list[list[int]]:
    """For each mask, the places it allows, by ascending readings.

    Of places whose readings are the same but for their last bits only one is listed.
    """
    order = np.argsort(readings, kind="stable")
    found: dict[bytes, list[int]] = {}
    rows: list[list[int]] = []
    for mask in masks:
        key = mask.tobytes()
        if key not in found:
            places = order[mask[order]]
            numbers = readings[places]
            new = np.ones(len(places), dtype=bool)
            new[1:] = differ(numbers, float(np.abs(readings).max(initial=0.0)))
            found[key] = places[new].tolist()
        rows.append(found[key])
    return rows


def _gap(readings: Floats, rows: list[list[int]]) -> float:
    """The smallest distance of neighbours in a row."""
    gaps = [np.diff(readings[row]).min(initial=np.inf) for row in rows]
    return float(min(gaps))
