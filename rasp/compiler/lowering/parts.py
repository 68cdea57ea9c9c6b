"""Parts of a result -> what is put out of each, and how large it may be.

A part is a number that the stream holds, or a function of one variable, which may be a string;
whoever reads the outputs puts the parts together (`rasp.compiler.lowering.outputs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf

import numpy as np

from rasp.compiler.limits import CHOICE_MARGIN, MOST_ONE_HOT
from rasp.compiler.lowering.averages import farthest
from rasp.compiler.lowering.centres import Columns
from rasp.compiler.lowering.numbers import categorical_columns, scalar_columns
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.variables import Combined, Length, Linear, Mean, Scalar, View, Width
from rasp.graph.nodes import Atom, SOpNode
from rasp.outputs import Readout


@dataclass(frozen=True)
class Part:
    """A summand: how many times it is added, and what of it is put out; most: the largest
    that it is, if it is a count or a sum of such; farthest: no farther is it from 0, if its values
    are not listed.
    """

    factor: Fraction
    columns: Columns
    most: Fraction | None = None
    farthest: float = inf

    @property
    def bound(self) -> Fraction | float:
        """No farther is it from 0."""
        if self.most is not None or self.columns.readout.kind in ("grid", "fraction"):
            return self.farthest if self.most is None else self.most
        values = self.columns.readout.values
        return max((abs(v) for v in values if isinstance(v, (int, float)) and v == v), default=0)

    @property
    def largest(self) -> Fraction | None:
        """No larger than this is what it adds, if it is an integer that one number holds."""
        readout = self.columns.readout
        if readout.kind == "grid" and readout.integer and self.most is not None:
            return abs(self.factor) * self.most
        if readout.kind != "numeric" or not all(type(value) is int for value in readout.values):
            return None
        assert readout.centres is not None
        assert readout.codes is not None
        known = readout.codes >= 0
        values = [readout.values[code] for code in readout.codes[known].tolist()]
        if readout.centres[known].tolist() != values:
            return None
        return abs(self.factor) * max(abs(Fraction(value)) for value in values)


def part_of(lowering: Lowering, node: SOpNode, factor: Fraction) -> Part | None:
    """A number, a truth value or a string as something to put out; None if it is neither."""
    leaf = lowering.known[node].leaves[0]
    if isinstance(leaf, Scalar) and leaf.node is node:
        lowering.read_linearly([leaf])
        if leaf.interval is not None:
            found = scalar_columns(lowering, leaf, lowering.readings)
            return Part(factor, found, Fraction(leaf.interval.largest))
        if isinstance(leaf, (Width, Length, Combined)):
            readout = Readout("grid", scale=np.ones(1), integer=True)
            most = Fraction(
                max(abs(int(v)) for v in (leaf.domain.values[0], leaf.domain.values[-1]))
            )
            return Part(factor, Columns((leaf.number,), readout), most)
        found = scalar_columns(lowering, leaf, lowering.readings)
        return Part(factor, found, farthest=farthest(leaf) if isinstance(leaf, Mean) else inf)
    view = lowering.view(node)
    values = [
        value if isinstance(value, (bool, int, float, str)) else None
        for value in view.column.elements()
    ]
    if all(value is None or isinstance(value, bool) for value in values):
        columns = [
            Linear.feature(view.variable, view.column.truth().astype(float) * sign + offset)
            for sign, offset in ((1.0, 0.0), (-1.0, 1.0))
        ]
        readout = Readout("categorical", (True, False), margin=CHOICE_MARGIN)
        return Part(factor, Columns(tuple(columns), readout))
    if all(value is None or isinstance(value, str) for value in values):
        return _of_strings(factor, view, values)
    if not all(value is None or type(value) in (int, float) for value in values):
        return None
    spread = np.empty(len(values), dtype=object)
    spread[:] = values
    each = np.broadcast_to(spread, (view.variable.size,)).tolist()
    return Part(factor, categorical_columns(lowering, node, view.variable, each))


def _of_strings(factor: Fraction, view: View, values: list[Atom | None]) -> Part | None:
    """A logit for each string; None for too many of them."""
    distinct = [value for value in dict.fromkeys(values) if value is not None]
    if not 0 < len(distinct) <= MOST_ONE_HOT:
        return None
    features = [np.array([value == one for value in values], dtype=float) for one in distinct]
    size = view.variable.size
    columns = [Linear.feature(view.variable, np.broadcast_to(f, (size,))) for f in features]
    readout = Readout("categorical", tuple(distinct), margin=CHOICE_MARGIN)
    return Part(factor, Columns(tuple(columns), readout))
