"""Feed-forward synthesis: a function given as a table, as one hidden layer of ReLU neurons."""

from __future__ import annotations

import numpy as np

from rasp.compiler.synthesis.cubes import by_cubes
from rasp.compiler.synthesis.staircase import by_staircase
from rasp.compiler.synthesis.table import Solution, Table, linear_fit, restricted
from rasp.compiler.variables import Linear

__all__ = ["Solution", "Table", "synthesise"]


def synthesise(table: Table) -> Solution | None:
    """The cheapest construction that one hidden layer allows, or None.

    Targets that are linear in the leaves cost nothing; the others share their neurons.
    """
    fits = linear_fit(table)
    rest = [number for number, fit in enumerate(fits) if fit is None]
    direct: list[Linear] = [fit if fit is not None else Linear() for fit in fits]
    if not rest:
        return Solution([], np.zeros((len(fits), 0)), direct, "linear")
    inner = restricted(table, rest)
    options: list[Solution] = []
    if not inner.scalars():
        cubes = by_cubes(inner)
        if cubes is not None:
            options.append(cubes)
    best = min((option.cost for option in options), default=np.inf)
    staircase = by_staircase(inner, best)
    if staircase is not None:
        options.append(staircase)
    if not options:
        return None
    chosen = min(options, key=lambda option: option.cost)
    outputs = np.zeros((len(fits), len(chosen.neurons)))
    for number, target in enumerate(rest):
        outputs[target] = chosen.outputs[number]
        direct[target] = chosen.direct[number]
    return Solution(chosen.neurons, outputs, direct, chosen.method)
