"""Feed-forward synthesis: a function given as a table, as one hidden layer of ReLU neurons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.synthesis.cubes import by_cubes
from rasp.compiler.synthesis.staircase import NOISE, by_staircase
from rasp.compiler.synthesis.table import Solution, Table, linear_fit, restricted
from rasp.compiler.variables import Linear

FEW, MANY = 150, 20_000
"""Numbers of neurons: worth a first try, and the most that is tried."""

__all__ = ["Solution", "Table", "synthesise"]


def synthesise(
    table: Table, sums: Sequence[Linear], *, exact: bool, noise: float = NOISE
) -> Solution | None:
    """The cheapest construction that one hidden layer allows, or None.

    sums: linear forms that are likely to be what the function depends on; exact: rounding errors of
    scalar leaves have to end here, even if that takes more neurons; noise: these errors,
    relative to the largest reading.
    Targets that are linear in the leaves cost nothing; the others share their neurons.
    """
    fits = linear_fit(table)
    rest = [number for number, fit in enumerate(fits) if fit is None]
    direct: list[Linear] = [fit if fit is not None else Linear() for fit in fits]
    if not rest:
        return Solution([], np.zeros((len(fits), 0)), direct, "linear")
    inner = restricted(table, rest)
    chosen: Solution | None = None
    tried: list[tuple[str, float | None]] = []
    if not inner.scalars():
        chosen = by_cubes(inner, FEW)
        tried.append(("cubes", None if chosen is None else chosen.cost))
    staircase = by_staircase(
        inner, sums, MANY if chosen is None else chosen.cost, exact=exact, noise=noise
    )
    tried.append(("staircase", None if staircase is None else staircase.cost))
    if staircase is not None:
        tried[-1] = (staircase.method, staircase.cost)
        chosen = staircase
    elif chosen is None and not inner.scalars():
        chosen = by_cubes(inner, MANY)
        tried[0] = ("cubes", None if chosen is None else chosen.cost)
    if chosen is None:
        return None
    outputs = np.zeros((len(fits), len(chosen.neurons)))
    for number, target in enumerate(rest):
        outputs[target] = chosen.outputs[number]
        direct[target] = chosen.direct[number]
    return Solution(
        chosen.neurons, outputs, direct, chosen.method, chosen.paired, chosen.calm, tried
    )
