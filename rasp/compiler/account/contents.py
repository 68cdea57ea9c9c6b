"""What the residual stream should hold on an input: values of s-ops -> numbers, by definition.

Every direction holds a feature of a variable, and nearly every variable is an s-op: its values, as
the interpreter has them, say what belongs into the direction at each position.  A variable without
an s-op (a pair of others, a count of some of the keys) is known from those that it is made of.
Where nobody can say, as at positions where an operation fails, the number is nan.

Nothing here looks at weights: that is what makes it a check on them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rasp.compiler.blocks import Direction, Form, Stage
from rasp.compiler.compilation import Compilation
from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.limits import SAME_CONTENT
from rasp.compiler.selection.selectors import Products, Term
from rasp.compiler.variables import (
    Categorical,
    Choice,
    Combined,
    Computed,
    Disagreement,
    Length,
    Linear,
    PositionVariable,
    Scalar,
    Side,
    Sum,
    TokenVariable,
    Unit,
    Variable,
    Width,
)
from rasp.graph.nodes import Atom, SOpNode, atom_key

Values = Mapping[SOpNode, Sequence[Atom]]

UNKNOWN = -1


@dataclass(frozen=True)
class Unexpected:
    """A value that the compiler did not list: its domain is too small."""

    variable: Variable
    position: int
    value: Atom


@dataclass
class Contents:
    """What everything should be on one input of n tokens.  values: of the s-ops that are known."""

    compilation: Compilation
    n: int
    values: Values
    unexpected: list[Unexpected] = field(default_factory=list)
    numbers: dict[Direction, Floats] = field(default_factory=dict)  # [token]

    def __post_init__(self) -> None:
        self._codes: dict[Variable, Ints] = {}
        encodings = self.compilation.encodings
        variables = dict.fromkeys([*self.compilation.lowered.variables, *encodings.held])
        for variable in variables:  # each after those that it is made of
            self._codes[variable] = self._code(variable)
        for variable, basis in encodings.held.items():
            for held in basis:
                if held.direction is not None:
                    whole = self._feature(variable, held.feature)
                    self.numbers[held.direction] = whole - self._linear(held.direct)
        for scalar, form in encodings.readings.items():
            self._readings_of(scalar, form)

    # -- variables

    def _code(self, variable: Variable) -> Ints:
        """The place in its domain of the value at each position; UNKNOWN where there is none."""
        unknown = np.full(self.n, UNKNOWN)
        if isinstance(variable, Unit):
            return np.zeros(self.n, dtype=np.int64)
        if isinstance(variable, Disagreement):
            return unknown if self._values_of(variable.read) is None else np.zeros_like(unknown)
        if not variable.is_listed:
            return unknown
        if isinstance(variable, Side):
            return self._sides(variable)
        values = self._values_of(variable)
        if values is None:
            return self._by_table(variable) if isinstance(variable, Computed) else unknown
        codes = [place_of(variable.domain, value) for value in values]
        for position, (code, value) in enumerate(zip(codes, values, strict=True)):
            if code == UNKNOWN:
                self.unexpected.append(Unexpected(variable, position, value))
        return np.array(codes)

    def _sides(self, side: Side) -> Ints:
        """Where means are in a list that has only those next to constants: the one below."""
        values = self.values.get(side.node)
        if values is None:
            return np.full(self.n, UNKNOWN)
        numbers = np.array([float(value) for value in values])
        return np.asarray(np.searchsorted(side.domain.numbers, numbers, side="right") - 1)

    def _values_of(self, variable: Variable) -> Sequence[Atom] | None:
        """What the interpreter says it is, if it is an s-op."""
        if isinstance(variable, (TokenVariable, PositionVariable)):
            return self.values.get(variable.node)
        of_node = self.compilation.lowered.is_its_node(variable)
        return self.values.get(variable.node) if of_node else None

    def _by_table(self, variable: Computed) -> Ints:
        """A function of other variables, looked up in its table."""
        if variable.cases:
            return self._by_cases(variable)
        if variable.choice is not None:
            return self._by_choice(variable, variable.choice)
        leaves = np.stack([self._first_alike(leaf, variable) for leaf in variable.leaves], axis=1)
        table = {
            tuple(row): code
            for row, code in zip(variable.rows.tolist(), variable.codes.tolist(), strict=True)
        }
        return np.array([table.get(tuple(row), UNKNOWN) for row in leaves.tolist()])

    def _by_cases(self, variable: Computed) -> Ints:
        """The outcome of the case that applies."""
        found = np.full(self.n, UNKNOWN)
        for case, code in zip(variable.cases, variable.codes.tolist(), strict=True):
            here = np.ones(self.n, dtype=bool)
            for leaf, side in case.sides.items():
                codes = self._codes_of(leaf)
                here &= (codes >= 0) & side[codes]
            found[here] = code
        return found

    def _by_choice(self, variable: Computed, choice: Choice) -> Ints:
        """The number that is chosen."""
        chosen = self._linear(choice.condition) > 0.5
        numbers = np.where(chosen, self._linear(choice.then), self._linear(choice.other))
        places = {number: place for place, number in enumerate(variable.domain.values)}
        return np.array([places.get(round(number), UNKNOWN) for number in numbers.tolist()])

    def _first_alike(self, leaf: Variable, variable: Computed) -> Ints:
        """What the leaf is, as far as the function tells its values apart."""
        codes = self._codes_of(leaf)
        first = variable.alike.get(leaf)
        return codes if first is None else np.where(codes < 0, codes, first[codes])

    def _codes_of(self, variable: Variable) -> Ints:
        found = self._codes.get(variable)
        return np.full(self.n, UNKNOWN) if found is None else found

    # -- numbers

    def _feature(self, variable: Categorical, feature: Floats) -> Floats:
        return _looked_up(feature, self._codes_of(variable))

    def _linear(self, linear: Linear) -> Floats:
        total = np.full(self.n, linear.constant)
        for variable, feature in linear.features.items():
            total = total + self._feature(variable, feature)
        for scalar, factor in linear.scalars.items():
            total = total + factor * self._reading(scalar)
        return total

    def _reading(self, scalar: Scalar) -> Floats:
        """The number that is had of a scalar."""
        if isinstance(scalar, (Combined, Side)):
            return self._linear(scalar.form)
        values = self._values_of(scalar)
        if values is None:
            return self._total(scalar) if isinstance(scalar, Sum) else np.full(self.n, np.nan)
        numbers = np.array([float(value) for value in values])
        match scalar:
            case Length():
                return (numbers - 1) / 2
            case Width() if not self.compilation.lowered.readings.is_linear(scalar):
                return scalar.weight / (numbers + scalar.weight)
            case _:
                return numbers

    def _total(self, total: Sum) -> Floats:
        """A sum that no s-op is."""
        if isinstance(total.value, Scalar):
            carried = self._linear(total.value.number)
        else:
            assert isinstance(total.value, Categorical)
            carried = self._feature(total.value, total.numbers)
        return self._selected(total.term) @ carried

    def _readings_of(self, scalar: Scalar, form: Form) -> None:
        """The directions that a reading is made of."""
        directions = list(form.terms.items())
        if isinstance(scalar, Width) and len(scalar.terms) == len(directions) > 1:
            for (direction, _), term in zip(directions, scalar.terms, strict=True):
                self.numbers[direction] = self._selected(term).sum(axis=1)
        elif len(directions) == 1:
            ((direction, factor),) = directions
            self.numbers[direction] = (self._reading(scalar) - form.constant) / factor

    def _selected(self, term: Term) -> Floats:
        """[query, key]: 1 where the term selects, nan where that is not known."""
        chosen: Bools = np.ones((self.n, self.n), dtype=bool)
        known = np.ones_like(chosen)
        if term.products is not None:
            scores = self._scores(term.products)
            known = ~np.isnan(scores)
            aim = (
                np.nanmax(scores, axis=1, initial=-np.inf)[:, None] if term.products.relative else 0
            )
            chosen = (scores > aim - 0.5) & (scores > -0.5)
        for group in term.groups:
            query, key = self._codes_of(group.query), self._codes_of(group.key)
            chosen &= group.matrix[query[:, None], key[None, :]]
            known &= (query != UNKNOWN)[:, None] & (key != UNKNOWN)[None, :]
        if self.compilation.lowered.contexts.causal:
            earlier = np.tri(self.n, dtype=bool)
            chosen, known = chosen & earlier, known | ~earlier
        if term.rank is not None:
            ranks = np.broadcast_to(self._linear(term.rank.key), chosen.shape)
            known &= ~np.isnan(ranks)
            best = np.where(chosen, np.nan_to_num(ranks), -1.0).max(axis=1, keepdims=True)
            chosen &= ranks == best
        return np.where(known, chosen, np.nan)

    def _scores(self, products: Products) -> Floats:
        """[query, key], nan where that is not known."""
        scores = np.full((self.n, self.n), products.bias)
        for query, key in products.pairs:
            scores = scores + np.outer(self._linear(query), self._linear(key))
        return scores

    # -- the stream

    def stream(self) -> list[tuple[Stage, Floats]]:
        """After the embedding and after each sublayer: [pos, d_model], the first row for BOS."""
        layout = self.compilation.layout
        over = {
            direction: cleanup.stage
            for cleanup in layout.cleanups
            for direction, _ in cleanup.outputs
        }
        found = []
        for stage in ((0, 0), *layout.stages):
            residual = np.zeros((1 + self.n, layout.d_model))
            residual[0, 0] = 1.0
            for direction, place in sorted(layout.places.items(), key=lambda item: item[0].born):
                if direction.born > stage:
                    continue
                residual[0, place] = layout.at_bos[direction]
                cleared = direction in over and over[direction] <= stage
                residual[1:, place] = 0.0 if cleared else self.numbers.get(direction, np.nan)
            found.append((stage, residual))
        return found

    def holders(self, stage: Stage) -> dict[int, Direction]:
        """By dimension, the direction that is there after a stage: the last one written."""
        places = self.compilation.layout.places
        born = [direction for direction in places if direction.born <= stage]
        return {places[d]: d for d in sorted(born, key=lambda direction: direction.born)}

    def outputs(self) -> Floats:
        """[token, column] of the unembedding."""
        columns = []
        for form in self.compilation.blocks.outputs:
            column = np.full(self.n, form.constant)
            for direction, factor in form.terms.items():
                column = column + factor * self.numbers.get(direction, np.full(self.n, np.nan))
            columns.append(column)
        return np.stack(columns, axis=1)


def place_of(domain: Domain, value: Atom) -> int:
    """The place of a value in a domain, or of a number that is the same but for its last bits."""
    place = domain.code.get(atom_key(value))
    if place is not None:
        return place
    if isinstance(value, (bool, str)):
        return UNKNOWN
    for place, other in enumerate(domain.values):
        if not isinstance(other, (bool, str)) and (
            value == other or math.isclose(value, other, rel_tol=SAME_CONTENT, abs_tol=SAME_CONTENT)
        ):
            return place
    return UNKNOWN


def gap_of(compilation: Compilation, direction: Direction) -> float:
    """The smallest distance of two numbers that a direction may hold; 0 if it is not known."""
    encodings = compilation.encodings
    for basis in encodings.held.values():
        for held in basis:
            if held.direction is direction:
                # What other directions hold of it moves it to and fro, but in steps of its own.
                return _smallest_gap(held.feature)
    for scalar, form in encodings.readings.items():
        if direction in form.terms and scalar.is_listed:
            whole = isinstance(scalar, Width) and compilation.lowered.readings.is_linear(scalar)
            return 1.0 if whole else _smallest_gap(compilation.lowered.readings.of(scalar))
    return 0.0


def _smallest_gap(numbers: Floats) -> float:
    ordered = np.unique(numbers)
    gaps = np.diff(ordered)
    gaps = gaps[gaps > SAME_CONTENT * (1.0 + float(np.abs(ordered).max(initial=0.0)))]
    return float(gaps.min(initial=np.inf))


def _looked_up(feature: Floats, codes: Ints) -> Floats:
    numbers: Floats = np.where(codes == UNKNOWN, np.nan, feature[codes])
    return numbers
