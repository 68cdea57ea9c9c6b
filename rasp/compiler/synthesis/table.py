"""A function to be synthesised, as a table, and what every method of synthesis delivers.

A `Table` lists the combinations of leaf values that can meet, and the features of the function's
value that somebody reads.  A `Solution` is one hidden layer of ReLU neurons beside a linear part:
feature f = direct[f] + sum over neurons of outputs[f, neuron] * relu(neurons[neuron]).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.rows import alike_rows, distinct_rows, number_rows
from rasp.compiler.limits import (
    CONSTANT_SPREAD,
    FIT_TOLERANCE,
    LARGE_INTEGERS,
    LAST_BITS,
    MANY_FITTED_VALUES,
    OFF_INTEGER,
)
from rasp.compiler.readings import FAITHFUL_READINGS, Readings
from rasp.compiler.variables import Categorical, Linear, Scalar, Variable


@dataclass(frozen=True, eq=False)
class Table:
    """codes: [rows, leaves] places in the leaves' domains; targets: [rows, features]; outcomes: for
    each row a number that decides its targets, if there is one; readings: how scalar leaves are
    read; alike: for leaves some of whose values the function does not tell apart, for each value
    the first such one: the rows have no others.
    """

    leaves: tuple[Variable, ...]
    codes: Ints
    targets: Floats
    outcomes: Ints | None = None
    readings: Readings = FAITHFUL_READINGS
    alike: Mapping[Variable, Ints] = field(default_factory=dict)

    def spread(self, form: Linear) -> Linear:
        """A form that is known for the first of alike values, as the same form of all of them."""
        if not any(variable in self.alike for variable in form.features):
            return form
        features = {
            variable: feature[self.alike[variable]] if variable in self.alike else feature
            for variable, feature in form.features.items()
        }
        return Linear(form.constant, features, form.scalars)

    def of_all_values(self, solution: Solution) -> Solution:
        """What was found for the first of alike values, for all of them."""
        if not self.alike:
            return solution
        neurons = tuple(map(self.spread, solution.neurons))
        return replace(solution, neurons=neurons, direct=tuple(map(self.spread, solution.direct)))

    @cached_property
    def shuffled(self) -> Ints:
        """The rows in an order in which the first of them are like all."""
        return np.random.default_rng(0).permutation(len(self.codes))

    def scalars(self) -> list[int]:
        return [place for place, leaf in enumerate(self.leaves) if isinstance(leaf, Scalar)]

    def categoricals(self) -> list[int]:
        return [place for place, leaf in enumerate(self.leaves) if isinstance(leaf, Categorical)]

    @cached_property
    def classes(self) -> tuple[Ints, Floats]:
        """Rows with the same targets form a class: class of each row, targets of each class."""
        if self.outcomes is None:
            return _classes(self.targets)
        numbers = number_rows([self.outcomes], len(self.outcomes))
        first = distinct_rows([numbers], len(numbers))
        of_outcome, targets = _classes(self.targets[first])
        return of_outcome[numbers], targets


def _classes(targets: Floats) -> tuple[Ints, Floats]:
    columns = [_numbered(column) for column in targets.T]
    numbers = number_rows(columns, len(targets))
    return numbers, targets[distinct_rows([numbers], len(numbers))]


def _numbered(values: Floats) -> Ints:
    """A number for each value, from 0 on; most features have two values."""
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    is_high = values == high
    if bool((is_high | (values == low)).all()):
        return np.asarray(is_high, dtype=np.int64)
    return np.asarray(np.unique(values, return_inverse=True)[1].reshape(-1), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Solution:
    """See the module.  method: a word for reports; paired: which neurons are, two by two, the edges
    of a step (none if empty); calm: small errors of the inputs do not grow in the neurons, but for
    those of the leaves in `gates`;
    tried: all methods with their costs, None where there is no such form, or none as cheap.
    """

    neurons: tuple[Linear, ...]
    outputs: Floats  # [features, neurons]
    direct: tuple[Linear, ...]  # one per feature
    method: str
    paired: tuple[bool, ...] = ()
    calm: bool = False
    gates: frozenset[Categorical] = frozenset()
    tried: tuple[tuple[str, float | None], ...] = ()

    @cached_property
    def cost(self) -> float:
        """Neurons, and the directions that their inputs need."""
        features: dict[Categorical, dict[bytes, Floats]] = {}
        for form in (*self.neurons, *self.direct):
            for variable, values in form.features.items():
                features.setdefault(variable, {})[values.tobytes()] = values
        directions = sum(
            min(len(_affine_keys(distinct.values())), variable.size)
            for variable, distinct in features.items()
        )
        return len(self.neurons) + directions


def are_large_integers(values: Floats) -> bool:
    """Are they integers, some so large that a share of them is no small number?"""
    largest = float(np.abs(values).max(initial=0.0))
    return largest > LARGE_INTEGERS and bool((values == np.round(values)).all())


def allowed_error(values: Floats) -> float:
    """How far from these values a form may be that is meant to give them."""
    error = FIT_TOLERANCE * (1.0 + float(np.abs(values).max(initial=0.0)))
    return min(error, OFF_INTEGER) if are_large_integers(values) else error


def is_constant(values: Floats) -> bool:
    """All the same, but for rounding.  Integers are not rounded: 10^12 and 10^12 + 5 are two."""
    spread, largest = float(np.ptp(values)), float(np.abs(values).max())
    if spread == 0.0:
        return True
    if are_large_integers(values):
        return False
    return spread <= CONSTANT_SPREAD * largest


def affine_key(values: Floats) -> bytes:
    """Equal for features that are affine functions of each other; they must not be constant."""
    normal = (values - values.min()) / float(np.ptp(values))
    forth, back = np.round(normal, 11) + 0.0, np.round(1.0 - normal, 11) + 0.0
    forth_key: bytes = forth.tobytes()
    back_key: bytes = back.tobytes()
    return min(forth_key, back_key)


def _affine_keys(features: Iterable[Floats]) -> set[bytes]:
    """One for all features that are affine functions of each other, none for constant ones."""
    return {affine_key(values) for values in features if not is_constant(values)}


def leaf_feature(leaf: Variable, values: Floats) -> Linear:
    """A function of one categorical leaf."""
    assert isinstance(leaf, Categorical)
    return Linear.feature(leaf, values)


def leaf_reading(leaf: Variable) -> Linear:
    """What the stream holds of a scalar leaf."""
    assert isinstance(leaf, Scalar)
    return Linear(0.0, {}, {leaf: 1.0})


def linear_fit(table: Table) -> list[Linear | None]:
    """For each target, the linear form of the leaves that equals it on every row, if any."""
    n_rows, n_targets = table.targets.shape
    fitted = [_fitted(table, place) for place in range(len(table.leaves))]
    n_columns = 1 + sum(map(_n_columns, fitted))
    if n_columns > 1200:
        return [None] * n_targets
    sample = _sample(n_rows, 3 * n_columns + 500)
    design = _design(table, fitted, sample, n_columns)
    solution = _least_squares(design, table.targets[sample])
    nearest = np.round(solution)
    solution = np.where(np.abs(solution - nearest) < FIT_TOLERANCE, nearest, solution)
    fits: list[Linear | None] = []
    for target in range(n_targets):
        fits.append(_checked(table, fitted, table.targets[:, target], solution[:, target]))
    return fits


@dataclass(frozen=True, eq=False)
class _Fitted:
    """What is fitted of a leaf: its number for each value, or a coefficient for each value that
    some row has (`present`, ascending) but the first.  Values that no row has count as the first,
    so that whatever is made of them is made of what can be, even where an operation fails."""

    number: Floats | None
    present: Ints


def _fitted(table: Table, place: int) -> _Fitted:
    number = _as_number(table.leaves[place], table.readings)
    if number is not None:
        return _Fitted(number, np.zeros(0, dtype=np.int64))
    known = np.zeros(len(table.leaves[place].domain), dtype=bool)
    known[table.codes[:, place]] = True
    return _Fitted(None, np.flatnonzero(known))


def _checked(
    table: Table, fitted: Sequence[_Fitted], target: Floats, coefficients: Floats
) -> Linear | None:
    """The form with these coefficients, if it is the target on every row.

    Large integers differ by 1, not by a share of their size; sums of them are fitted exactly.
    """
    allowed = allowed_error(target)
    tried = [coefficients]
    if are_large_integers(target):
        tried.insert(0, np.round(coefficients))
    for numbers in tried:
        form = _form(table, fitted, numbers)
        if np.abs(values_of(form, table) - target).max(initial=0.0) < allowed:
            return form
    return None


def _n_columns(fitted: _Fitted) -> int:
    return 1 if fitted.number is not None else max(0, len(fitted.present) - 1)


def _as_number(leaf: Variable, readings: Readings) -> Floats | None:
    """The number that is fitted of a scalar leaf, or of one with very many values."""
    if isinstance(leaf, Scalar):
        return readings.of(leaf)
    if len(leaf.domain) <= MANY_FITTED_VALUES or not leaf.domain.numeric:
        return None
    values = np.array([float(value) for value in leaf.domain.values])
    return values if bool(np.isfinite(values).all()) else None


def _least_squares(design: Floats, targets: Floats) -> Floats:
    """By the normal equations, a little regularised and then refined."""
    normal = design.T @ design
    normal[np.diag_indices(len(normal))] += 1e-8 * (1.0 + float(np.trace(normal)) / len(normal))
    inverse: Floats = np.linalg.inv(normal)
    solution: Floats = inverse @ (design.T @ targets)
    for _ in range(4):
        solution = solution + inverse @ (design.T @ (targets - design @ solution))
    return solution


def _sample(n_rows: int, size: int) -> Ints:
    if n_rows <= size:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(0).choice(n_rows, size, replace=False))


def _design(table: Table, fitted: Sequence[_Fitted], sample: Ints, n_columns: int) -> Floats:
    design = np.zeros((len(sample), n_columns))
    design[:, 0] = 1.0
    column = 1
    for place, one in enumerate(fitted):
        codes = table.codes[sample, place]
        if one.number is not None:
            design[:, column] = one.number[codes]
        else:
            within = np.searchsorted(one.present, codes)
            here = np.flatnonzero(within)
            design[here, column + within[here] - 1] = 1.0
        column += _n_columns(one)
    return design


def _form(table: Table, fitted: Sequence[_Fitted], coefficients: Floats) -> Linear:
    form = Linear(float(coefficients[0]))
    column = 1
    for leaf, one in zip(table.leaves, fitted, strict=True):
        own = coefficients[column : column + _n_columns(one)]
        column += len(own)
        if not own.any():
            continue
        if isinstance(leaf, Scalar):
            form = form + leaf_reading(leaf).scaled(float(own[0]))
        elif one.number is not None:
            form = form + leaf_feature(leaf, one.number).scaled(float(own[0]))
        else:
            values = np.zeros(len(leaf.domain))
            values[one.present[1:]] = own
            form = form + leaf_feature(leaf, values)
    return form


def values_of(form: Linear, table: Table) -> Floats:
    """A linear form on every row."""
    place = {leaf: number for number, leaf in enumerate(table.leaves)}
    result = np.full(len(table.codes), form.constant)
    for variable, values in form.features.items():
        result = result + values[table.codes[:, place[variable]]]
    for scalar, factor in form.scalars.items():
        result = result + factor * table.readings.of(scalar)[table.codes[:, place[scalar]]]
    return result


@dataclass(frozen=True, eq=False)
class Merged:
    """Categorical leaves with values that act alike put together.

    places: which leaves are left (those that matter); classes[k]: for each value of the k-th, its
    class; rows: [distinct rows, leaves left] classes; outcome: class of targets of each row.
    """

    places: tuple[int, ...]
    classes: tuple[Ints, ...]
    sizes: tuple[int, ...]
    keys: Ints = field(repr=False)

    def indicator(self, number: int, chosen: Sequence[int], table: Table) -> Linear:
        """1 where the class of the leaf is one of the chosen."""
        is_chosen = np.zeros(self.sizes[number])
        is_chosen[list(chosen)] = 1.0
        return leaf_feature(table.leaves[self.places[number]], is_chosen[self.classes[number]])


def merge(table: Table, places: Sequence[int], rest: Ints, outcome: Ints) -> Merged:
    """Merge the values of the leaves at `places` that give equal outcomes whatever the others are.

    rest: a number per row for everything else that the outcome depends on.  Combinations that do
    not occur agree with anything.
    """
    codes = {place: table.codes[:, place].copy() for place in places}
    kept: list[int] = []
    classes: list[Ints] = []
    for place in places:
        others = [codes[other] for other in places if other != place]
        context = number_rows([*others, rest], len(rest))
        size = len(table.leaves[place].domain)
        of_code = _merge_codes(codes[place], context, outcome, size)
        if int(of_code.max(initial=0)) == 0:
            codes[place] = np.zeros_like(codes[place])
            continue
        codes[place] = of_code[codes[place]]
        kept.append(place)
        classes.append(of_code)
    keys = (
        np.column_stack([codes[place] for place in kept])
        if kept
        else np.zeros((len(table.codes), 0), dtype=np.int64)
    )
    sizes = tuple(int(of_code.max()) + 1 for of_code in classes)
    return Merged(tuple(kept), tuple(classes), sizes, keys)


def _merge_codes(codes: Ints, context: Ints, outcome: Ints, size: int) -> Ints:
    """Greedily put together codes whose known outcomes agree in every context."""
    n_contexts = int(context.max(initial=0)) + 1
    if size * n_contexts > 40_000_000:
        used = np.unique(codes)
        result = np.zeros(size, dtype=np.int64)
        result[used] = np.arange(len(used))
        return result
    grid = np.full((size, n_contexts), -1, dtype=np.int32)
    grid[codes, context] = outcome
    return alike_rows(grid)[0]


def without(table: Table, form: Linear) -> Table:
    """The table of a number less a linear form.

    What is the same but for the last bits of the subtraction is one value.
    """
    taken = values_of(form, table)
    rest = table.targets[:, 0] - taken
    values, places = np.unique(rest, return_inverse=True)
    largest = max(float(np.abs(taken).max(initial=0.0)), float(np.abs(rest).max(initial=0.0)))
    new = np.diff(values, prepend=-np.inf) > LAST_BITS * largest
    first = values[np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))]
    return replace(table, targets=first[places.reshape(-1), None], outcomes=None)


def restricted(table: Table, features: Sequence[int]) -> Table:
    """The table with some of its targets only."""
    return replace(table, targets=table.targets[:, list(features)])
