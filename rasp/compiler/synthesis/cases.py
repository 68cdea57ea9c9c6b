"""A function given by its cases, as neurons: one for each, which is 1 where it applies.

The indicator of a case with k conditions is relu(sum of the k indicators - (k - 1)).  The cases of
the outcome that has the most of them need none: that outcome is what is there without any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.synthesis.table import Solution, leaf_feature
from rasp.compiler.variables import Case, Linear


def by_cases(cases: Sequence[Case], outcomes: Ints, targets: Floats) -> Solution:
    """outcomes: [cases], a number for each value; targets: [cases, features]."""
    base = Counter(outcomes.tolist()).most_common(1)[0][0]
    usual = targets[int(np.flatnonzero(outcomes == base)[0])]
    neurons: list[Linear] = []
    outputs: list[Floats] = []
    for case, outcome, target in zip(cases, outcomes.tolist(), targets, strict=True):
        change = target - usual
        if outcome == base or not change.any():
            continue
        neuron = Linear(1.0 - len(case.sides))
        for leaf, side in case.sides.items():
            neuron = neuron + leaf_feature(leaf, side.astype(np.float64))
        neurons.append(neuron)
        outputs.append(change)
    direct = [Linear(float(value)) for value in usual]
    matrix = np.stack(outputs, axis=1) if outputs else np.zeros((len(direct), 0))
    return Solution(
        tuple(neurons), matrix, tuple(direct), "cases", tried=(("cases", float(len(neurons))),)
    )
