"""A function of several leaves in as many sublayers as its text has steps, each of a few neurons.

`max(max(abs(a - b), abs(b - c)), abs(c - d))` of digits takes thousands of neurons as one function,
and hundreds as one of the three differences.  But each of these takes one, as |x| = 2 relu(x) - x,
and so does the larger of two numbers, y + relu(x - y).  So the parts of the text that are functions
of few joint values are computed first, then those that are such functions of these, and so on.
"""

from __future__ import annotations

from dataclasses import replace

from rasp.compiler.encoding.by_number import InTwo
from rasp.compiler.encoding.expressions import Expression
from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.encoding.several import Search, after_parts, held_for, is_quick, reading_of
from rasp.compiler.encoding.summed import Accuracies, solved
from rasp.compiler.limits import (
    CHEAP,
    FEW_STEP_ROWS,
    MANY_FEATURE_NEURONS,
    MANY_NEURONS,
    MOST_HOPELESS,
    MOST_STEPS_OF_A_LEVEL,
    WORTH_A_SUBLAYER,
)
from rasp.compiler.synthesis.added import added
from rasp.compiler.variables import Computed, Linear, Variable


def by_rounds(
    encoding: Encoding,
    variable: Computed,
    expression: Expression,
    accuracy: Accuracies,
    cost: float,
) -> InTwo | None:
    """The function in sublayers, if each beyond the first makes it much cheaper; None if not.

    cost: what one sublayer takes.
    """
    most = min(MANY_NEURONS, cost)
    if variable.alike:
        return None
    before: list[tuple[Computed, ...]] = []
    needed: list[Variable] = []
    search, spent = Search(encoding, expression, accuracy, CHEAP, FEW_STEP_ROWS), 0.0
    while len(before) < MOST_STEPS_OF_A_LEVEL:
        search = replace(search, expression=expression, n_tried=0)
        parts = search.parts()
        if not parts or len(search.hopeless) > MOST_HOPELESS:
            return None
        together = added([part.solution for part in parts], Linear(), "parts")
        if together.neurons:
            most /= WORTH_A_SUBLAYER
        spent += together.cost
        if spent >= most:
            return None
        held = [held_for(encoding, variable, part) for part in parts]
        read = [reading_of(one) for one in held]
        for part, one in zip(parts, held, strict=True):
            encoding.costs[one] = part.solution.cost + 1
        before.append(tuple(held))
        needed += dict.fromkeys([*held, *read])
        expression = after_parts(expression, expression.table, parts, held, read)
        if not is_quick(expression.root, expression.table, FEW_STEP_ROWS):
            continue
        sums = expression.sums(expression.root, expression.table.leaves)
        left = min(most, MANY_FEATURE_NEURONS) - spent
        solution = solved(encoding, expression, expression.table, sums, accuracy, left)
        if solution is not None:
            total = spent + solution.cost
            return InTwo(expression.table, solution, tuple(before), tuple(needed), total)
    return None
