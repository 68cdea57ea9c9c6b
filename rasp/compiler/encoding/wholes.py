"""Values written anew: sums that would go on growing end in one number.

What is linear in its leaves takes no direction of its own: after k rounds of `s = (s + t) % 5` the
stream would hold s as a sum of 2 k directions, none of which is ever over.  One neuron more,
relu(sum - least) + least, writes the sum to a direction, and those that it was made of are free for
what comes later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp.compiler.synthesis import Solution, Table
from rasp.compiler.synthesis.table import values_of
from rasp.compiler.variables import Computed, Linear, Read


def sums_of_results(solution: Solution) -> list[int]:
    """The features that are not written anew, but are linear in what is computed or read before."""
    return [
        number
        for number, form in enumerate(solution.direct)
        if any(isinstance(v, (Computed, Read)) and f.any() for v, f in form.features.items())
    ]


def written_whole(
    solution: Solution, table: Table, numbers: Sequence[int]
) -> tuple[Solution, list[Linear]]:
    """The solution with its sums of earlier results (`sums_of_results`) as neurons, and these."""
    added: list[tuple[int, Linear]] = []
    direct = list(solution.direct)
    for number in numbers:
        form = solution.direct[number]
        least = float(values_of(form, table).min())
        added.append((number, form.shifted(-least)))
        direct[number] = Linear(least)
    outputs = np.zeros((len(direct), len(added)))
    for place, (number, _) in enumerate(added):
        outputs[number, place] = 1.0
    paired = solution.paired or (False,) * len(solution.neurons)
    neurons = [neuron for _, neuron in added]
    whole = replace(
        solution,
        neurons=(*solution.neurons, *neurons),
        outputs=np.hstack([solution.outputs, outputs]),
        direct=tuple(direct),
        paired=(*paired, *((False,) * len(added))),
    )
    return whole, neurons
