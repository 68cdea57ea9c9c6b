"""A function -> neurons of one sublayer, or of two: a few numbers first, and then the rest.

What a function is put together of is known from its text, and quickly looked at.  So where its
joint values are many, that comes first, and says how many neurons are too many for one sublayer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rasp.compiler.encoding.by_curve import by_curve
from rasp.compiler.encoding.by_number import InTwo, by_number
from rasp.compiler.encoding.expressions import Expression, expression_of
from rasp.compiler.encoding.inner import by_inner_number
from rasp.compiler.encoding.inner_conditions import by_inner_conditions
from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.encoding.rounds import by_rounds
from rasp.compiler.encoding.several import by_several
from rasp.compiler.encoding.summed import Accuracies, by_summands, solved
from rasp.compiler.limits import (
    FEW_CONJUNCTIONS,
    MANY_AT_ONCE,
    MANY_FEATURE_NEURONS,
    MANY_NEURONS,
    MANY_SEARCHED_ROWS,
    WORTH_A_SUBLAYER,
)
from rasp.compiler.synthesis import Solution, Table
from rasp.compiler.variables import Computed, Linear


def one_or_two(
    encoding: Encoding,
    variable: Computed,
    table: Table,
    sums: Sequence[Linear],
    accuracy: Accuracies,
) -> tuple[Solution | None, InTwo | None]:
    """The function in one sublayer, None if there is no such or if it costs too much; and in two,
    if that is much cheaper.  The table has all rows: the function is not one of cases."""
    expression = expression_of(encoding, variable.expression, table)
    if variable in encoding.decoding:  # of which it is known what it takes
        most = encoding.costs.get(variable, math.inf)
        found = solved(encoding, expression, table, sums, accuracy, most)
        return found or solved(encoding, expression, table, sums, accuracy), None
    if len(table.codes) < MANY_SEARCHED_ROWS or expression is None:
        found = solved(encoding, expression, table, sums, accuracy)
        cost = math.inf if found is None else found.cost
        return found, in_two(encoding, variable, expression, table, sums, accuracy, cost)
    found = by_summands(encoding, expression, table, accuracy, MANY_NEURONS)
    least = math.inf if found is None else found.cost
    is_sum = found is not None and least <= FEW_CONJUNCTIONS

    def at_once(most: float) -> Solution | None:
        exact, noise = accuracy.exact, accuracy.noise
        return encoding.synthesised.of(table, sums, exact=exact, noise=noise, most=most)

    found = at_once(min(least, FEW_CONJUNCTIONS)) or found
    least = math.inf if found is None else found.cost
    if is_sum or least < MANY_FEATURE_NEURONS:
        return found, None
    split = by_rounds(encoding, variable, expression, accuracy, least)
    if split is not None:
        return None, split
    split = in_two(encoding, variable, expression, table, sums, accuracy, least)
    if split is not None:
        found, least = None, min(least, max(MANY_FEATURE_NEURONS, split.cost * WORTH_A_SUBLAYER))
    for most in sorted({min(least, MANY_NEURONS), least}):
        cheaper = at_once(most)
        if cheaper is not None:
            return cheaper, None
    return found, split


def in_two(
    encoding: Encoding,
    variable: Computed,
    expression: Expression | None,
    table: Table,
    sums: Sequence[Linear],
    accuracy: Accuracies,
    cost: float,
) -> InTwo | None:
    """The function in two sublayers, if that is much cheaper than one; None if it is not.

    cost: what one sublayer takes.
    """
    best = by_number(encoding, variable, expression, table, sums, accuracy, cost)
    if best is not None:
        return best
    best = by_inner_number(encoding, variable, table, accuracy, cost)
    if best is not None:
        cost = best.cost * WORTH_A_SUBLAYER
    conditions = by_inner_conditions(encoding, variable, table, accuracy, cost)
    if conditions is not None and (best is None or conditions.cost < best.cost):
        best, cost = conditions, conditions.cost * WORTH_A_SUBLAYER
    curve = by_curve(encoding, variable, table, accuracy, cost)
    if curve is not None:
        best, cost = curve, curve.cost * WORTH_A_SUBLAYER
    if expression is None or variable.alike:
        return best
    if len(table.codes) < MANY_SEARCHED_ROWS:
        if cost < MANY_AT_ONCE:
            return best
        return by_rounds(encoding, variable, expression, accuracy, cost) or best
    return by_several(encoding, variable, expression, table, accuracy, cost) or best
