"""A number that is a sum of functions of the same things: neurons for one summand after the other.

The range of four digits, `max(a, b, c, d) - min(a, b, c, d)`, takes thousands of neurons as one
function.  Each of its two summands takes nine, and what adds them up is linear.  Only summands that
the text has are looked at, and each only as long as it is not certain that the sum costs more than
what else is there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rasp.compiler.encoding.expressions import Expression
from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.facts.contexts import Floats
from rasp.compiler.limits import (
    CHEAP,
    MANY_NEURONS,
    MANY_SEARCHED_ROWS,
    MOST_NODES_IN_STEPS,
    MOST_SUMMANDS,
)
from rasp.compiler.summands import FRACTIONS, Summands, sum_of
from rasp.compiler.synthesis import Solution, Table
from rasp.compiler.synthesis.added import added
from rasp.compiler.synthesis.table import allowed_error
from rasp.compiler.variables import Linear
from rasp.graph.nodes import Constant, SOpNode


@dataclass(frozen=True, slots=True)
class Accuracies:
    """As `synthesise` has them: do errors have to end here, and how large are they?"""

    exact: bool
    noise: float


def solved(
    encoding: Encoding,
    expression: Expression | None,
    table: Table,
    sums: Sequence[Linear],
    accuracy: Accuracies,
    most: float = math.inf,
) -> Solution | None:
    """The cheapest neurons of one sublayer that cost less than `most`: at once, or as a sum.

    expression: what the table is of, if that is known.
    """

    def at_once(most: float) -> Solution | None:
        exact, noise = accuracy.exact, accuracy.noise
        return encoding.synthesised.of(table, sums, exact=exact, noise=noise, most=most)

    if len(table.codes) < MANY_SEARCHED_ROWS or expression is None:
        found = at_once(most)
        if expression is None or (found is not None and found.cost <= CHEAP):
            return found
        least = most if found is None else found.cost
        return by_summands(encoding, expression, table, accuracy, least) or found
    in_parts = by_summands(encoding, expression, table, accuracy, min(most, MANY_NEURONS))
    if in_parts is not None and in_parts.cost <= CHEAP:
        return in_parts
    return at_once(most if in_parts is None else in_parts.cost) or in_parts


def by_summands(
    encoding: Encoding,
    expression: Expression,
    table: Table,
    accuracy: Accuracies,
    most: float,
) -> Solution | None:
    """The number as such a sum, if that costs less than `most`."""
    summands = _summands(expression) if table.targets.shape[1] == 1 else None
    if summands is None:
        return None
    numbers: list[Floats] = []
    for node in summands.factors:
        own = expression.numbers(node)
        if own is None:
            return None
        numbers.append(own)
    factors = [float(factor) for factor in summands.factors.values()]
    line = _line(factors, numbers, float(summands.constant), table.targets[:, 0])
    if line is None:
        return None
    slope, constant = line
    found: list[Solution] = []
    for node, own, factor in zip(summands.factors, numbers, factors, strict=True):
        alone = expression.alone(node, own)
        left = most - sum(len(part.neurons) for part in found)
        sums = alone.sums(node, alone.table.leaves)
        if node in expression.ends:
            part = encoding.synthesised.of(
                alone.table, sums, exact=accuracy.exact, noise=accuracy.noise, most=left
            )
        else:
            part = solved(encoding, alone, alone.table, sums, accuracy, left)
        if part is None:
            return None
        found.append(_times(part, slope * factor))
    solution = table.of_all_values(added(found, Linear(constant), "summands"))
    return solution if solution.cost < most else None


def _times(solution: Solution, factor: float) -> Solution:
    direct = tuple(form.scaled(factor) for form in solution.direct)
    return replace(solution, outputs=solution.outputs * factor, direct=direct)


def _summands(expression: Expression) -> Summands | None:
    """What the expression adds up, if that is little, and two parts of it at least are no functions
    of one thing."""
    found = sum_of(
        expression.root,
        FRACTIONS,
        _number,
        is_part=lambda node: node in expression.ends,
        most=MOST_NODES_IN_STEPS,
    )
    if found is None or not 2 <= len(found.factors) <= MOST_SUMMANDS:
        return None
    left = {node: factor for node, factor in found.factors.items() if factor}
    if sum(node not in expression.ends for node in left) < 1 or len(left) < 2:
        return None
    return Summands(found.constant, left)


def _number(node: SOpNode) -> int | float | None:
    match node:
        case Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value if math.isfinite(value) else None
    return None


def _line(
    factors: Sequence[float], numbers: Sequence[Floats], start: float, target: Floats
) -> tuple[float, float] | None:
    """(slope, constant) with which the target is the sum on every row; None if it is not."""
    total = np.full(len(target), start)
    for factor, own in zip(factors, numbers, strict=True):
        total += factor * own
    low, high = int(total.argmin()), int(total.argmax())
    if total[low] == total[high]:
        return None
    slope = float(target[high] - target[low]) / float(total[high] - total[low])
    constant = float(target[low]) - slope * float(total[low])
    off = float(np.abs(slope * total + constant - target).max())
    return (slope, constant + slope * start) if off < allowed_error(target) else None
