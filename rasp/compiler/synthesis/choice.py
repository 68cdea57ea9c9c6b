"""A choice of two sums as one neuron beside a linear part.

    then if c else other  =  other + c * (then - other)

The difference d, which is at least `low`, is added where c is 1: relu(d - low - K * (1 - c)) +
low * c, with K so large that the neuron is off where c is 0.  No table of the values is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.readings import Readings
from rasp.compiler.synthesis.table import Solution, affine_key
from rasp.compiler.variables import Choice, Linear


def by_choice(
    choice: Choice, numbers: Floats, features: Sequence[Floats], readings: Readings
) -> Solution | None:
    """numbers: what it is, for each of its values; features: what is asked, likewise; None if that
    is not the number alone."""
    if len(features) != 1 or affine_key(numbers) != affine_key(features[0]):
        return None
    slope = float(np.ptp(features[0])) / float(np.ptp(numbers))
    slope = slope if features[0][numbers.argmax()] == features[0].max() else -slope
    shift = float(features[0][0]) - slope * float(numbers[0])
    difference = choice.then + choice.other.scaled(-1.0)
    low, high = readings.bounds(difference)
    direct = (choice.other + choice.condition.scaled(low)).scaled(slope).shifted(shift)
    neurons: list[Linear] = []
    if high > low:
        closed = float(2 ** np.ceil(np.log2(high - low + 1.0)))
        neurons.append(difference.shifted(-low - closed) + choice.condition.scaled(closed))
    return Solution(
        tuple(neurons),
        np.full((1, len(neurons)), slope),
        (direct,),
        "choice",
        calm=True,
        gates=frozenset(choice.condition.features),
        tried=(("choice", float(len(neurons))),),
    )
