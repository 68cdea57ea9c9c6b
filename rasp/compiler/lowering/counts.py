"""How each width is read: as what it is, where it meets other numbers; alone, faithfully."""

from __future__ import annotations

import numpy as np

from rasp.compiler.limits import MANY_STEPS
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.readings import Readings
from rasp.compiler.selection.digits import is_wide
from rasp.compiler.synthesis.pieces import pieces_of
from rasp.compiler.synthesis.table import Table
from rasp.compiler.variables import Computed, Scalar, Variable, Width


def choose_readings(lowering: Lowering) -> Readings:
    """What was asked for so far, and what the functions that neurons compute take besides."""
    stepped = {lowering.made[node].variable for node in lowering.stepped}
    readings = lowering.readings
    for variable in lowering.variables:
        if isinstance(variable, Width) and not variable.faithful:
            summed = lowering.options.sums or any(map(is_wide, variable.terms))
            readings = readings.linearly([variable]) if summed else readings
        if isinstance(variable, Computed):
            scalars = [leaf for leaf in variable.leaves if isinstance(leaf, Scalar)]
            if (
                len(scalars) > 1
                or not stepped.isdisjoint(variable.leaves)
                or _is_product(variable, scalars, readings)
                or _has_many_steps(variable, scalars)
            ):
                readings = readings.linearly(scalars)
    return readings


def _is_product(variable: Computed, scalars: list[Scalar], readings: Readings) -> bool:
    """Is it `indices * width`, say: linear in the width for each of many values of the others?

    Of a faithful reading every product would be a step of its own.
    """
    if len(variable.leaves) < 2 or not variable.domain.numeric:
        return False
    match scalars:
        case [Width() as width] if (
            not readings.is_linear(width) and len(variable.codes) >= MANY_STEPS
        ):
            leaves: tuple[Variable, ...] = variable.leaves
            known = variable.codes >= 0
            numbers = np.array([float(value) for value in variable.domain.values])
            targets = numbers[variable.codes[known], None]
            table = Table(
                leaves, variable.rows[known], targets, readings=readings.linearly([width])
            )
            pieces = pieces_of(table) if bool(np.isfinite(numbers).all()) else None
            place = leaves.index(width)
            n_steps = sum(
                len(np.unique(table.codes[piece.rows, place]))
                for piece in pieces or ()
                if piece.form.scalars
            )
            return n_steps >= MANY_STEPS
    return False


def _has_many_steps(variable: Computed, scalars: list[Scalar]) -> bool:
    """Does it change often with a width, such as its remainder by 7, or its distance to an index?

    Of a number it may take a neuron where the line bends; of a faithful reading it takes two for
    each step, and these are bought before the readings.
    """
    match scalars:
        case [Width() as width] if variable.is_tabled:
            place = variable.leaves.index(width)
            others = np.delete(variable.rows, place, axis=1)
            order = np.lexsort((variable.rows[:, place], *others.T))
            codes, others = variable.codes[order], others[order]
            known = (codes[1:] >= 0) & (codes[:-1] >= 0)
            beside = (others[1:] == others[:-1]).all(axis=1)
            return int((known & beside & (codes[1:] != codes[:-1])).sum()) >= MANY_STEPS
    return False
