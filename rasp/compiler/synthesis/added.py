"""Numbers of one sublayer each -> their sum: all their neurons, and one linear part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.limits import LAST_BITS
from rasp.compiler.synthesis.table import Solution
from rasp.compiler.variables import Categorical, Linear


def added(parts: Sequence[Solution], direct: Linear, method: str) -> Solution:
    """Numbers that are one feature each, added up, beside a linear form; there is one at least."""
    direct = _total([direct, *(part.direct[0] for part in parts)])
    paired = tuple(edge for part in parts for edge in (part.paired or (False,) * len(part.neurons)))
    return Solution(
        tuple(neuron for part in parts for neuron in part.neurons),
        np.concatenate([part.outputs for part in parts], axis=1),
        (direct,),
        method,
        paired=paired if any(paired) else (),
        calm=all(part.calm for part in parts if part.neurons) and (all(paired) or not any(paired)),
        gates=frozenset().union(*(part.gates for part in parts)),
    )


def _total(forms: Sequence[Linear]) -> Linear:
    """The sum of forms; of what cancels but for last bits nothing is left."""
    total = Linear()
    sizes: dict[Categorical, float] = {}
    for form in forms:
        total = total + form
        for leaf, values in form.features.items():
            sizes[leaf] = sizes.get(leaf, 0.0) + float(np.abs(values).max())
    constant, features = total.constant, dict(total.features)
    for leaf, values in total.features.items():
        if float(np.ptp(values)) <= LAST_BITS * sizes[leaf]:
            constant += float(values[0])
            del features[leaf]
    return Linear(constant, features, total.scalars)
