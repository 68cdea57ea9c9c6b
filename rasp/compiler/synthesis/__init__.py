"""Feed-forward synthesis: a function given as a table, as one hidden layer of ReLU neurons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp.compiler.limits import CALM, HARMLESS, MANY_CONJUNCTIONS, READING_ERROR
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.constructions import Keeps, Task, choose, looks_like_one_layer
from rasp.compiler.synthesis.pieces import by_pieces
from rasp.compiler.synthesis.staircase import on_form
from rasp.compiler.synthesis.table import Solution, Table, linear_fit, restricted
from rasp.compiler.synthesis.ties import by_ties
from rasp.compiler.variables import Linear

__all__ = ["Solution", "Table", "linear_pieces", "looks_like_one_layer", "on_sums", "synthesise"]


def synthesise(
    table: Table,
    sums: Sequence[Linear],
    *,
    exact: bool,
    noise: float = READING_ERROR,
    keeps: Keeps | None = None,
    most: float = math.inf,
) -> Solution | None:
    """The cheapest construction that one hidden layer allows, or None.

    sums: linear forms that are likely to be what the function depends on; exact: rounding errors of
    scalar leaves have to end here, even if that takes more neurons; noise: these errors,
    relative to the largest reading; keeps, most: what every solution has to be asked, and costs
    less than, see `Task`.
    Targets that are linear in the leaves cost nothing; the others share their neurons.
    """
    fits = linear_fit(table) if keeps is None else [None] * table.targets.shape[1]
    rest = [number for number, fit in enumerate(fits) if fit is None]
    direct: list[Linear] = [fit if fit is not None else Linear() for fit in fits]
    if not rest:
        return Solution((), np.zeros((len(fits), 0)), tuple(direct), "linear")
    inner = restricted(table, rest)
    accuracy = Accuracy(noise, HARMLESS if exact else CALM, table.readings)
    chosen, tried = choose(Task(inner, sums, accuracy, keeps, most))
    if chosen is None:
        return None
    outputs = np.zeros((len(fits), len(chosen.neurons)))
    for number, target in enumerate(rest):
        outputs[target] = chosen.outputs[number]
        direct[target] = chosen.direct[number]
    return replace(chosen, outputs=outputs, direct=tuple(direct), tried=tried)


def on_sums(
    table: Table, sums: Sequence[Linear], *, exact: bool, noise: float = READING_ERROR
) -> Solution | None:
    """The function of one feature as a staircase on one of these sums, if need be with other
    numbers where the sum leaves it open; None if it is none."""
    accuracy = Accuracy(noise, HARMLESS if exact else CALM, table.readings)
    best: Solution | None = None
    for form in sums:
        limit = MANY_CONJUNCTIONS if best is None else best.cost
        found = on_form(table, form, limit, accuracy) or by_ties(table, [form], limit, accuracy)
        best = found or best
    return best


def linear_pieces(
    table: Table, best: float, *, exact: bool, noise: float = READING_ERROR
) -> Solution | None:
    """The function as linear pieces chosen by categorical leaves, if cheaper than `best`."""
    return by_pieces(table, best, Accuracy(noise, HARMLESS if exact else CALM, table.readings))
