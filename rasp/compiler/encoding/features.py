"""Features of variables: what a direction that holds one is like, and how it is called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.blocks import Direction, Stage
from rasp.compiler.contexts import Floats
from rasp.compiler.synthesis.table import TOLERANCE, Solution, Table, evaluate
from rasp.compiler.variables import Categorical, Linear, Mean, Scalar, Sum, Variable
from rasp.graph.operators import show

MAX_EVALUATIONS = 20_000_000


def direction_of(label: str, born: Stage, feature: Floats) -> Direction:
    """A direction that holds a feature."""
    quarters = feature * 4
    dyadic = bool((quarters == np.round(quarters)).all()) and float(np.abs(quarters).max()) < 2**20
    return Direction(
        label,
        born,
        bound=float(np.abs(feature).max()),
        dyadic=dyadic,
        nonnegative=float(feature.min()) >= 0.0,
    )


def reach_of(neurons: Sequence[Linear], table: Table) -> Floats:
    """The largest activation of each neuron."""
    if len(table.codes) * len(neurons) > MAX_EVALUATIONS:
        return np.full(len(neurons), np.inf)  # unknown
    return np.array([max(0.0, float(evaluate(neuron, table).max())) for neuron in neurons])


def misfit_of(solution: Solution, table: Table, reach: Floats) -> float:
    """How far what a solution gives is from what it should, relative to the size of its parts."""
    if not np.isfinite(reach).all():
        return TOLERANCE  # too many to look at: what `linear_fit` and its kin allow
    given = np.stack([evaluate(direct, table) for direct in solution.direct], axis=1)
    size = np.abs(given).max(axis=0) + np.abs(solution.outputs) @ reach
    for neuron, weights in zip(solution.neurons, solution.outputs.T, strict=True):
        used = np.flatnonzero(weights)
        given[:, used] += np.maximum(evaluate(neuron, table), 0.0)[:, None] * weights[used]
    off = np.abs(given - table.targets).max(axis=0)
    return float((off[size > 0] / size[size > 0]).max(initial=0.0))


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


def largest_reading(scalar: Scalar) -> float:
    """The largest absolute value that a scalar is read as."""
    if isinstance(scalar, Mean):
        return float(max(abs(scalar.grid.low), abs(scalar.grid.high)))
    return float(np.abs(scalar.readings).max(initial=0.0))


def affine_fit(feature: Floats, values: Floats) -> tuple[float, float] | None:
    """values = a + b * feature, if so."""
    low, high = int(feature.argmin()), int(feature.argmax())
    spread = float(feature[high] - feature[low])
    if spread == 0.0:
        return None
    slope = float(values[high] - values[low]) / spread
    offset = float(values[low]) - slope * float(feature[low])
    scale = 1.0 + float(np.abs(values).max())
    if float(np.abs(offset + slope * feature - values).max()) > 1e-11 * scale:
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
    if variable.domain.numeric and np.allclose(feature, [float(value) for value in values]):
        return variable.label
    return f"a feature of {variable.label}"
