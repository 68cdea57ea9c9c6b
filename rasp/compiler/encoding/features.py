"""Features of variables: what a direction that holds one is like, and how it is called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from rasp.certificate import worst
from rasp.compiler.blocks import Direction, Stage
from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.limits import (
    BLOCK_OF_ROWS,
    FIT_TOLERANCE,
    LARGEST_SHOWN,
    MAX_EVALUATIONS,
    SAMPLE_OF_LINES,
)
from rasp.compiler.readings import Readings
from rasp.compiler.synthesis.table import Solution, Table, are_large_integers, values_of
from rasp.compiler.variables import Categorical, Linear, Mean, Scalar, Sum, Variable
from rasp.graph.operators import show


def direction_of(
    label: str, born: Stage, feature: Floats, *, at_bos: float = 0.0, family: object | None = None
) -> Direction:
    """A direction that holds a feature; at_bos, family: as in `Direction`."""
    quarters = feature * 4
    dyadic = bool((quarters == np.round(quarters)).all()) and float(np.abs(quarters).max()) < 2**20
    return Direction(
        label,
        born,
        at_bos=at_bos,
        bound=float(np.abs(feature).max()),
        dyadic=dyadic,
        nonnegative=float(feature.min()) >= 0.0,
        family=family,
    )


def reach_and_misfit(solution: Solution, table: Table) -> tuple[Floats, float, bool]:
    """The largest activation of each neuron, and how far what a solution gives is from what it
    should, relative to the size of its parts; and whether that is far enough to be another value,
    or is no number.

    If the rows are too many to look at, the reach is unknown, and the misfit is that of some of
    them, and no less than what `linear_fit` and its kin allow.
    """
    n_rows, n_neurons = len(table.codes), len(solution.neurons)
    if n_rows * n_neurons > MAX_EVALUATIONS:
        step = max(1, n_rows * n_neurons // max(1, MAX_EVALUATIONS))
        some = replace(
            table, codes=table.codes[::step], targets=table.targets[::step], outcomes=None
        )
        _, misfit, lost = _measured(solution, some)
        return np.full(n_neurons, np.inf), worst(misfit, FIT_TOLERANCE), lost
    return _measured(solution, table)


def _measured(solution: Solution, table: Table) -> tuple[Floats, float, bool]:
    """The same, of all rows of the table."""
    n_rows, n_neurons = len(table.codes), len(solution.neurons)
    reach = np.zeros(n_neurons)
    direct, off = np.zeros((2, len(solution.direct)))
    for start in range(0, n_rows, BLOCK_OF_ROWS):
        rows = slice(start, start + BLOCK_OF_ROWS)
        block = replace(table, codes=table.codes[rows], targets=table.targets[rows], outcomes=None)
        given = np.stack([values_of(form, block) for form in solution.direct])  # [features, rows]
        np.maximum(direct, np.abs(given).max(axis=1), out=direct)
        for number, active in enumerate(_activations(solution.neurons, block)):
            reach[number] = worst(reach[number], float(active.max()))
            for used in np.flatnonzero(solution.outputs[:, number]).tolist():
                given[used] += active * solution.outputs[used, number]
        np.maximum(off, np.abs(given - block.targets.T).max(axis=1), out=off)
    size = direct + np.abs(solution.outputs) @ reach
    gaps = np.array([np.diff(np.unique(t)).min(initial=np.inf) for t in table.targets.T])
    off = np.nan_to_num(off, nan=np.inf, posinf=np.inf)  # no number is as far off as can be
    size = np.nan_to_num(size, nan=1.0, posinf=np.inf)
    return (
        reach,
        float((off[size > 0] / size[size > 0]).max(initial=0.0)),
        bool((off > gaps / 8).any()),
    )


def _activations(neurons: Sequence[Linear], table: Table) -> Iterator[Floats]:
    """Of each neuron on every row.  Most differ by slope and bias only from others."""
    known: dict[bytes, Floats] = {}
    places = {leaf: number for number, leaf in enumerate(table.leaves)}
    for neuron in neurons:
        leaves: list[Variable] = sorted([*neuron.features, *neuron.scalars], key=places.__getitem__)
        parts = [
            neuron.features[leaf] if isinstance(leaf, Categorical) else [neuron.scalars[leaf]]
            for leaf in leaves
            if isinstance(leaf, (Categorical, Scalar))
        ]
        coefficients = np.concatenate([np.zeros(0), *parts])
        largest = float(np.abs(coefficients).max(initial=0.0)) or 1.0
        key = np.array([places[leaf] for leaf in leaves]).tobytes()
        key += (coefficients / largest).tobytes()
        if key not in known:
            known[key] = values_of(neuron.shifted(-neuron.constant).scaled(1.0 / largest), table)
        yield np.maximum(known[key] * largest + neuron.constant, 0.0)


def family_of(variable: Categorical, basis: list[Floats]) -> Categorical | None:
    """The variable, if it is held one-hot."""
    return variable if len(basis) == variable.size > 1 else None


def is_zero(linear: Linear) -> bool:
    return linear.constant == 0.0 and not linear.features and not linear.scalars


def number_of(scalar: Mean | Sum) -> Linear:
    """The number that keys carry."""
    if isinstance(scalar.value, Scalar):
        return scalar.value.number
    assert isinstance(scalar.value, Categorical)
    return Linear.feature(scalar.value, scalar.numbers)


def largest_reading(scalar: Scalar, readings: Readings) -> float:
    """The largest absolute value that a scalar is read as."""
    if isinstance(scalar, Mean):
        return float(max(abs(scalar.grid.low), abs(scalar.grid.high)))
    if scalar.interval is not None:
        return float(scalar.interval.largest)
    return float(np.abs(readings.of(scalar)).max(initial=0.0))


class Lines:
    """Features of which others may be affine functions: most are no candidates, which a few of
    their values tell."""

    def __init__(self, features: Sequence[Floats]) -> None:
        size = len(features[0]) if features else 0
        self.places = np.unique(np.linspace(0, max(size - 1, 0), SAMPLE_OF_LINES).astype(int))
        ends = [(int(feature.argmin()), int(feature.argmax())) for feature in features]
        self.low, self.high = np.array(ends, dtype=np.int64).reshape(-1, 2).T
        pairs = list(zip(features, ends, strict=True))
        self.least = np.array([feature[low] for feature, (low, _) in pairs])
        self.spread = np.array([feature[high] for feature, (_, high) in pairs]) - self.least
        self.sample = np.array([feature[self.places] for feature in features])

    def candidates(self, values: Floats) -> Ints:
        """Of which features the values may be affine functions, first those that come first."""
        if not len(self.sample):
            return np.zeros(0, dtype=np.int64)
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = (values[self.high] - values[self.low]) / self.spread
            lines = values[self.low] + slopes * (self.sample.T - self.least)
        off = np.abs(lines - values[self.places][:, None])  # [place, feature]
        allowed = 1e-9 * (1.0 + float(np.abs(values).max()))
        return np.flatnonzero((off <= allowed).all(axis=0))


def affine_fit(feature: Floats, values: Floats) -> tuple[float, float] | None:
    """values = a + b * feature, if so."""
    low, high = int(feature.argmin()), int(feature.argmax())
    spread = float(feature[high] - feature[low])
    if spread == 0.0:
        return None
    slope = float(values[high] - values[low]) / spread
    offset = float(values[low]) - slope * float(feature[low])
    # A large number that all values share makes none of their differences less.
    allowed = 2.0**-50 * float(np.abs(values).max())
    if not are_large_integers(values):
        allowed += 1e-11 * float(np.ptp(values))
    if not float(np.abs(offset + slope * feature - values).max()) <= allowed:  # or it overflows
        return None
    return offset, slope


def describe(variable: Variable, feature: Floats) -> str:
    """What a direction says about its variable, in words."""
    values = variable.domain.values
    low, high = float(feature.min()), float(feature.max())
    two_valued = bool(((feature == low) | (feature == high)).all())
    if two_valued and len(values) > 1:
        ones = [
            show(value) for value, number in zip(values, feature, strict=True) if number == high
        ]
        if len(ones) == 1:
            return f"{variable.label} == {ones[0]}"
        if len(ones) <= 6:
            return f"{variable.label} in [{', '.join(ones)}]"
        return f"{variable.label} in a set of {len(ones)} values"
    numeric = variable.domain.numeric
    numbers = np.array([float(value) for value in values] if numeric else range(len(values)))
    if numeric and np.allclose(feature, numbers, atol=0.0):
        return variable.label
    what = variable.label if numeric else f"number of {variable.label}"
    return _polynomial(numbers, feature, what) or f"a feature of {variable.label}"


def _polynomial(numbers: Floats, feature: Floats, what: str) -> str | None:
    """A multiple of the number less something, or of the square of that; None if it is neither."""
    if len(numbers) < 4 or not 1 / LARGEST_SHOWN <= float(np.abs(numbers).max()) <= LARGEST_SHOWN:
        return None  # few, or one is infinite, or is none, as 0 times infinity; or no squares
    if float(np.diff(np.sort(numbers)).min()) <= 1e-6 * float(np.abs(numbers).max()):
        return None  # no polynomial is fitted to numbers that are nearly the same
    a, b, c = np.polyfit(numbers, feature, 2)
    scale = 1e-6 * (1.0 + float(np.abs(feature).max()))
    if float(np.abs(np.polyval([a, b, c], numbers) - feature).max()) > scale:
        return None
    span = float(np.abs(numbers).max())
    if abs(a) * span**2 < scale:
        text = f"{_multiple(b)}{_less(what, -c / b)}"
        return text.strip("()") if text.startswith("(") else text
    if abs(c - b * b / (4 * a)) > scale:
        return None
    return f"{_multiple(a)}{_less(what, -b / (2 * a))}^2"


def _multiple(factor: float) -> str:
    factor = round(factor, 6)
    return {1.0: "", -1.0: "-"}.get(factor, f"{factor:g} * ")


def _less(what: str, amount: float) -> str:
    amount = round(amount, 6) + 0.0
    return what if amount == 0 else f"({what} {'-' if amount > 0 else '+'} {abs(amount):g})"
