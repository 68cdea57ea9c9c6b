"""Steps, bends and gates -> neurons, one gated staircase after the other."""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.synthesis.table import (
    Solution,
    leaf_feature,
)
from rasp.compiler.variables import Categorical, Linear


def commonest(outcomes: list[int]) -> int:
    return max(set(outcomes), key=outcomes.count)


class Assembly:
    """Neurons of staircases, one gated staircase after the other."""

    def __init__(
        self, form: Linear, fan_leaf: Categorical | None, reach: float, values: Floats, base: int
    ) -> None:
        self.form, self.fan_leaf, self.reach = form, fan_leaf, reach
        self.values, self.base = values, base
        self.direct = [Linear(float(value)) for value in values[base]]
        self.neurons: list[Linear] = []
        self.outputs: list[Floats] = []
        self.paired: list[bool] = []
        self.gated = False

    def start(self, conditions: list[Linear], outcome: int) -> None:
        """What the staircase of these gates begins with, if it is not what most begin with."""
        self.gated = self.gated or bool(conditions)
        change = self.values[outcome] - self.values[self.base]
        if not change.any():
            return
        if len(conditions) == 1:
            self.direct = [
                entry + conditions[0].scaled(float(amount)) if amount else entry
                for entry, amount in zip(self.direct, change, strict=True)
            ]
            return
        gate = Linear(1.0 - len(conditions))
        for condition in conditions:
            gate = gate + condition
        self.neurons.append(gate)
        self.outputs.append(change)
        self.paired.append(False)

    def step(
        self, conditions: list[Linear], before: int, after: int, threshold: Floats, slope: float
    ) -> None:
        """From one outcome to the next, where the gates are open; both edges are off elsewhere."""
        change = self.values[after] - self.values[before]
        if not change.any():
            return
        ramp = self.form.scaled(slope)
        if self.fan_leaf is None:
            ramp = ramp.shifted(-slope * float(threshold[0]))
        else:
            ramp = ramp + leaf_feature(self.fan_leaf, -slope * threshold)
        highest = slope * (self.reach + float(np.abs(threshold).max())) + 1
        ramp = _where(ramp, conditions, highest)
        self.neurons += [ramp.shifted(0.5), ramp.shifted(-0.5)]
        self.outputs += [change, -change]
        self.paired += [True, True]

    def bend(self, conditions: list[Linear], corner: float, slopes: Floats) -> None:
        """So much steeper from a corner on, where the gates are open; off elsewhere."""
        highest = self.reach + abs(corner) + 1
        self.neurons.append(_where(self.form.shifted(-corner), conditions, highest))
        self.outputs.append(slopes)
        self.paired.append(False)

    def solution(self) -> Solution:
        n_features = len(self.direct)
        matrix = np.stack(self.outputs, axis=1) if self.outputs else np.zeros((n_features, 0))
        method = "staircase" if self.fan_leaf is None else "fan"
        neurons, direct, paired = tuple(self.neurons), tuple(self.direct), tuple(self.paired)
        return Solution(neurons, matrix, direct, method, paired, not self.gated)


def _where(ramp: Linear, conditions: list[Linear], highest: float) -> Linear:
    """The ramp where all conditions hold, and below 0 elsewhere; it is below `highest`."""
    if conditions:
        closed = float(2 ** np.ceil(np.log2(highest)))
        ramp = ramp.shifted(-closed * len(conditions))
        for condition in conditions:
            ramp = ramp + condition.scaled(closed)
    return ramp
