"""Feed-forward synthesis: a function given as a table, as one hidden layer of ReLU neurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp.compiler.limits import (
    CALM,
    CHEAP,
    FEW_CONJUNCTIONS,
    HARMLESS,
    LARGE_TABLE,
    MANY_CONJUNCTIONS,
    OF_ONE_NUMBER,
    READING_ERROR,
)
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.cubes import by_cubes
from rasp.compiler.synthesis.levels import by_levels
from rasp.compiler.synthesis.lines import GATED_LINES
from rasp.compiler.synthesis.pieces import by_pieces
from rasp.compiler.synthesis.products import by_products
from rasp.compiler.synthesis.staircase import by_staircase
from rasp.compiler.synthesis.table import Solution, Table, linear_fit, restricted
from rasp.compiler.synthesis.two_sums import by_two_sums
from rasp.compiler.variables import Linear

__all__ = ["Solution", "Table", "linear_pieces", "synthesise"]


def synthesise(
    table: Table, sums: Sequence[Linear], *, exact: bool, noise: float = READING_ERROR
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
    accuracy = Accuracy(noise, HARMLESS if exact else CALM, table.readings)
    chosen: Solution | None = None
    tried: list[tuple[str, float | None]] = []
    if not inner.scalars():
        chosen = by_cubes(inner, FEW_CONJUNCTIONS)
        tried.append(("cubes", None if chosen is None else chosen.cost))
        levels = by_levels(inner, MANY_CONJUNCTIONS if chosen is None else chosen.cost)
        if levels is not None:
            tried.append(("levels", levels.cost))
            chosen = levels
    products = by_products(inner, MANY_CONJUNCTIONS if chosen is None else chosen.cost)
    if products is not None:
        tried.append(("products", products.cost))
        chosen = products
    pieces = by_pieces(inner, MANY_CONJUNCTIONS if chosen is None else chosen.cost, accuracy)
    if pieces is not None:
        tried.append(("pieces", pieces.cost))
        chosen = pieces
    enough = CHEAP if len(inner.codes) < LARGE_TABLE else FEW_CONJUNCTIONS
    if chosen is None or chosen.cost > enough:
        added = by_two_sums(
            inner, sums, MANY_CONJUNCTIONS if chosen is None else chosen.cost, accuracy
        )
        if added is not None:
            tried.append((added.method, added.cost))
            chosen = added
    staircase = None
    if chosen is None or chosen.cost > enough or len(inner.codes) < MANY_CONJUNCTIONS:
        limit = MANY_CONJUNCTIONS if chosen is None else chosen.cost
        if chosen is pieces is not None:
            limit *= OF_ONE_NUMBER
        staircase = by_staircase(inner, sums, limit, accuracy)
        tried.append(("staircase", None if staircase is None else staircase.cost))
    if staircase is not None:
        tried[-1] = (staircase.method, staircase.cost)
        # Lines behind gates have no plateaus for which it would be worth paying more.
        if chosen is None or staircase.method != GATED_LINES or staircase.cost < chosen.cost:
            chosen = staircase
    elif chosen is None and not inner.scalars():
        chosen = by_cubes(inner, MANY_CONJUNCTIONS)
        tried[0] = ("cubes", None if chosen is None else chosen.cost)
    if chosen is None:
        return None
    outputs = np.zeros((len(fits), len(chosen.neurons)))
    for number, target in enumerate(rest):
        outputs[target] = chosen.outputs[number]
        direct[target] = chosen.direct[number]
    return replace(chosen, outputs=outputs, direct=direct, tried=tried)


def linear_pieces(
    table: Table, best: float, *, exact: bool, noise: float = READING_ERROR
) -> Solution | None:
    """The function as linear pieces chosen by categorical leaves, if cheaper than `best`."""
    return by_pieces(table, best, Accuracy(noise, HARMLESS if exact else CALM, table.readings))
