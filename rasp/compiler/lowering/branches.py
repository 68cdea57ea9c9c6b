"""Numbers that say which branch of a conditional it is, too.

`f if e == 0 else 0`, for counts e and f up to 100, is a staircase in `f - 128 * e`: where e is not
0, that number is below all that f can be.  So a condition that holds at one end of what a number
can be, or that is a function of one variable, is part of the number a staircase is built on, and no
gate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats
from rasp.compiler.limits import LARGEST_BRANCH
from rasp.compiler.readings import Readings
from rasp.compiler.variables import Categorical, Linear, Scalar, Variable
from rasp.graph.nodes import Elementwise, SOpNode


@dataclass(frozen=True)
class Apart:
    """true: 0 where a condition holds, at least 1 where it does not; false: the other way round.

    None where no linear form is like that.
    """

    true: Linear | None = None
    false: Linear | None = None


def distance(variable: Variable, holds: Bools, readings: Readings) -> Apart:
    """How far a condition on one variable is from holding, and from not holding."""
    if isinstance(variable, Categorical):
        return Apart(
            Linear.feature(variable, (~holds).astype(np.float64)),
            Linear.feature(variable, holds.astype(np.float64)),
        )
    assert isinstance(variable, Scalar)
    numbers = readings.of(variable)
    return Apart(_from_end(variable, numbers, holds), _from_end(variable, numbers, ~holds))


def _from_end(scalar: Scalar, numbers: Floats, inside: Bools) -> Linear | None:
    """How far the reading is from the one number inside, if that is the least or the largest."""
    readings = np.unique(numbers)
    here = np.unique(numbers[inside])
    if len(here) != 1 or len(readings) < 2:
        return None
    for end, neighbour in ((readings[0], readings[1]), (readings[-1], readings[-2])):
        if here[0] == end:
            scale = 1.0 / float(neighbour - end)
            return Linear(-float(end) * scale, {}, {scalar: scale})
    return None


def distances(
    condition: SOpNode,
    on_one: Callable[[SOpNode], tuple[Variable, Bools] | None],
    readings: Readings,
) -> Apart:
    """The same for a condition that is made of such.

    on_one: for an s-op that is a function of one variable, that variable and where it holds.
    """
    known: dict[SOpNode, Apart] = {}
    stack: list[tuple[SOpNode, bool]] = [(condition, False)]
    while stack:
        node, ready = stack.pop()
        if node in known:
            continue
        single = on_one(node)
        if single is not None:
            known[node] = distance(*single, readings)
        elif not isinstance(node, Elementwise) or node.operator not in ("and", "or", "not"):
            known[node] = Apart()
        elif ready:
            known[node] = _combined(node.operator, [known[operand] for operand in node.operands])
        else:
            stack.append((node, True))
            stack.extend((operand, False) for operand in node.operands)
    return known[condition]


def _combined(operator: str, parts: list[Apart]) -> Apart:
    if operator == "not":
        return Apart(parts[0].false, parts[0].true)
    left, right = (part.true if operator == "and" else part.false for part in parts)
    both = None if left is None or right is None else left + right
    return Apart(both, None) if operator == "and" else Apart(None, both)


def set_apart(branch: Linear | None, away: Linear | None, readings: Readings) -> Linear | None:
    """The number of a branch where that is taken, and other numbers where it is not."""
    if branch is None or away is None or not (branch.features or branch.scalars):
        return None
    low, high = readings.bounds(branch)
    room = float(2 ** np.ceil(np.log2(high - low + 1.0)))
    if room * readings.bounds(away)[1] > LARGEST_BRANCH:
        return None
    return branch + away.scaled(-room)
