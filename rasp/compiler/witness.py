"""Variables and what is held of them -> what every direction is said to hold, for the proof of
meaning.

Nothing here is believed by anybody: `rasp.meaning` checks all of it.  What a variable holds is
named by its s-op; one that no s-op is, by a table of those that it is made of.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from rasp.compiler.blocks import Direction
from rasp.compiler.encoding.encodings import Encodings
from rasp.compiler.layout import Layout
from rasp.compiler.limits import EXACT_IN_FLOAT64
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.variables import (
    Categorical,
    Combined,
    Computed,
    Length,
    Linear,
    Mean,
    Scalar,
    Side,
    Sum,
    Unit,
    Variable,
)
from rasp.compiler.variables import Disagreement as Differs
from rasp.graph.nodes import INDICES, Aggregate, Atom
from rasp.meaning.witness import (
    Beside,
    Disagreement,
    Joint,
    Meaning,
    Multiple,
    Quantity,
    Term,
    Total,
    Witness,
)


def witness_of(lowered: Lowered, encodings: Encodings, layout: Layout) -> Witness:
    """A meaning for each direction, in the order of the plan."""
    return _Writer(lowered, encodings).witness(layout)


NOTHING = Joint((INDICES,), (), ())
"""Of what holds no s-op, and nothing beside one that has a name, nothing is said."""


class _Writer:
    def __init__(self, lowered: Lowered, encodings: Encodings) -> None:
        self.lowered, self.encodings = lowered, encodings
        self.quantities: dict[Quantity, int] = {}
        self.values: list[tuple[Atom, ...]] = []
        self.named: dict[Variable, Quantity] = {}
        self.meanings: dict[Direction, Meaning] = {}

    def witness(self, layout: Layout) -> Witness:
        for variable, basis in self.encodings.held.items():
            for held in basis:
                if held.direction is not None:
                    whole = Linear.feature(variable, held.feature)
                    written = whole + held.direct.scaled(-1.0)
                    self.meanings[held.direction] = self._meaning(written)
        for scalar, form in self.encodings.readings.items():
            if len(form.terms) == 1 and not isinstance(scalar, (Combined, Side)):
                ((direction, factor),) = form.terms.items()
                reading = Linear(0.0, {}, {scalar: 1.0}).shifted(-form.constant)
                self.meanings[direction] = self._meaning(reading.scaled(1.0 / factor))
        order = sorted(layout.places.items(), key=lambda entry: (entry[0].born, entry[1]))
        directions = [self.meanings.get(direction, Meaning(float("nan"))) for direction, _ in order]
        return Witness(tuple(self.quantities), tuple(self.values), tuple(directions))

    def _meaning(self, linear: Linear) -> Meaning:
        constant = linear.constant
        terms: list[Term] = []
        multiples: list[Multiple] = []
        scalars = dict(linear.scalars)
        features = dict(linear.features)
        while True:  # sums of numbers, as what they are sums of
            held = (Combined, Side)
            found = next((scalar for scalar in scalars if isinstance(scalar, held)), None)
            if found is None:
                break
            inside = found.form.scaled(scalars.pop(found))
            constant += inside.constant
            for variable, values in inside.features.items():
                before = features.get(variable)
                features[variable] = values if before is None else before + values
            for scalar, factor in inside.scalars.items():
                scalars[scalar] = scalars.get(scalar, 0.0) + factor
        for variable, values in features.items():
            if isinstance(variable, Unit) or np.ptp(values) == 0.0:
                constant += float(values[0])
            else:
                terms.append(Term(self._quantity(variable), tuple(values.tolist())))
        for scalar, factor in scalars.items():
            if factor == 0.0:
                continue
            quantity = self._quantity(scalar)
            if not self.lowered.readings.is_linear(scalar):
                terms.append(
                    Term(quantity, tuple((factor * self.lowered.readings.of(scalar)).tolist()))
                )
            elif isinstance(scalar, Length):
                constant -= factor / 2
                multiples.append(Multiple(quantity, factor / 2))
            else:
                multiples.append(Multiple(quantity, factor))
        return Meaning(constant, tuple(terms), tuple(multiples))

    def _quantity(self, variable: Variable) -> int:
        quantity = self._named(variable)
        if quantity not in self.quantities:
            self.quantities[quantity] = len(self.quantities)
            listed = isinstance(variable, Categorical) or (
                isinstance(variable, Scalar) and not self.lowered.readings.is_linear(variable)
            )
            self.values.append(tuple(variable.domain.values) if listed else ())
        place = self.quantities[quantity]
        if isinstance(variable, Categorical) and not self.values[place]:
            self.values[place] = tuple(variable.domain.values)
        return place

    def _named(self, variable: Variable) -> Quantity:
        if variable not in self.named:
            self.named[variable] = self._name(variable)
        return self.named[variable]

    def _name(self, variable: Variable) -> Quantity:
        match variable:
            case Differs(read=read):
                return Disagreement(read.node)
            case Sum() if not self.lowered.is_its_node(variable):
                for node, known in self.lowered.known.items():
                    (leaf, *_) = known.leaves
                    if (
                        isinstance(node, Aggregate)
                        and isinstance(leaf, Mean)
                        and leaf.node is node
                        and leaf.term is variable.term
                        and leaf.value is variable.value
                        and np.array_equal(leaf.numbers, variable.numbers)
                    ):
                        return Total(node)
                return NOTHING
            case Mean() if not self.lowered.is_its_node(variable):
                return self._second(variable)
            case Computed() if not self.lowered.is_its_node(variable) and not (
                variable.expression is variable.node and variable.node not in self.lowered.made
            ):
                return self._joint(variable)
        return variable.node

    def _second(self, variable: Mean) -> Quantity:
        """Another number that is averaged beside a mean, or read beside one."""
        if isinstance(variable.value, Mean):
            of = self._named(variable.value)
            default = 0.0 if variable.default is None else float(variable.default)
            return Beside(variable.node, (), (), default, of) if isinstance(of, Beside) else NOTHING
        for node, known in self.lowered.known.items():
            (leaf, *_) = known.leaves
            if not isinstance(node, Aggregate) or not isinstance(leaf, Mean):
                continue
            same = leaf.term is variable.term and leaf.value is variable.value
            if leaf.node is node and same and leaf.carried:
                pairs = zip(leaf.carried, variable.numbers.tolist(), strict=True)
                table = [(atom, number) for atom, number in pairs if atom is not None]
                default = 0.0 if variable.default is None else float(variable.default)
                atoms, numbers = tuple(a for a, _ in table), tuple(n for _, n in table)
                return Beside(node, atoms, numbers, default)
        return NOTHING

    def _joint(self, variable: Computed) -> Quantity:
        """A table of the variables that it is made of."""
        leaves = variable.leaves
        known = variable.codes >= 0
        rows, codes = variable.rows[known], variable.codes[known]
        if (
            len(leaves) == 1
            and list(rows[:, 0]) == list(codes)
            and isinstance(leaves[0], (Scalar, Categorical))
            and tuple(leaves[0].domain.values) == tuple(variable.domain.values)
        ):
            return self._named(leaves[0])
        atoms = [[_types_of(leaf, value) for value in leaf.domain.values] for leaf in leaves]
        listed = [
            (row, variable.domain.values[code])
            for codes_of_row, code in zip(rows.tolist(), codes.tolist(), strict=True)
            for row in product(
                *(values[place] for values, place in zip(atoms, codes_of_row, strict=True))
            )
        ]
        return Joint(
            tuple(self._named(leaf) for leaf in leaves),
            tuple(row for row, _ in listed),
            tuple(value for _, value in listed),
        )


def _types_of(leaf: Variable, value: Atom) -> tuple[Atom, ...]:
    """The value, as an int and as a float where that is not known of a number."""
    whole = type(value) is int or (isinstance(value, float) and value.is_integer())
    if not leaf.untyped or not whole or abs(float(value)) > EXACT_IN_FLOAT64:
        return (value,)
    return int(value), float(value)
