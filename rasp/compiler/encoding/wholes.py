"""In deep programs, values written anew: sums that would go on growing end in one number.

What is linear in its leaves takes no direction of its own: after k rounds of `s = (s + t) % 5` the
stream would hold s as a sum of 2 k directions, none of which is ever over.  One neuron more,
relu(sum - least) + least, writes the sum to a direction, and those that it was made of are free for
what comes later.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rasp.compiler.synthesis import Solution, Table
from rasp.compiler.synthesis.table import values_of
from rasp.compiler.variables import Computed, Linear, Read


def written_whole(solution: Solution, table: Table) -> tuple[Solution, list[Linear]]:
    """The solution with its sums of earlier results as neurons, and these."""
    added: list[tuple[int, Linear]] = []
    direct = list(solution.direct)
    for number, form in enumerate(solution.direct):
        if any(isinstance(variable, (Computed, Read)) for variable in form.features):
            least = float(values_of(form, table).min())
            added.append((number, form.shifted(-least)))
            direct[number] = Linear(least)
    if not added:
        return solution, []
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
