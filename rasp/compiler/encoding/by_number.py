"""A function whose number is cheap and of which more is asked: the number first, then the rest.

`memory = new if indices == place else memory` is as a number two linear pieces, which one neuron
puts together.  If what reads it also asks for its square, or for the place that it is one-hot at,
these are no linear pieces, and each combination of the values that it is chosen from takes neurons.
So the number is written, and a sublayer later the other features are functions of that one number:
two neurons for each of its values at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rasp.compiler.encoding.expressions import Expression
from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.encoding.summed import Accuracies, solved
from rasp.compiler.facts.contexts import Floats
from rasp.compiler.limits import (
    LARGE_INTEGERS,
    MANY_FEATURE_NEURONS,
    MANY_NEURONS,
    WORTH_A_SUBLAYER,
)
from rasp.compiler.synthesis import Solution, Table, synthesise
from rasp.compiler.synthesis.choice import by_choice
from rasp.compiler.synthesis.table import affine_key
from rasp.compiler.variables import Combined, Computed, Linear, Variable


@dataclass(frozen=True)
class InTwo:
    """table, solution: the features as functions of what is computed before; before: what holds
    that, in the order of the sublayers that compute it, mostly one; needed: all that is to be built
    for it; cost: of all sublayers."""

    table: Table
    solution: Solution
    before: tuple[tuple[Computed, ...], ...]
    needed: tuple[Variable, ...]
    cost: float


def by_number(
    encoding: Encoding,
    variable: Computed,
    expression: Expression | None,
    table: Table,
    sums: Sequence[Linear],
    accuracy: Accuracies,
    cost: float,
) -> InTwo | None:
    """The function in two sublayers, if that is much cheaper than at once; None if it is not.

    expression: what the table is of, if that is known; cost: what one sublayer takes.
    """
    assert table.outcomes is not None
    if cost < MANY_FEATURE_NEURONS or len(variable.leaves) < 2:
        return None
    numbers = _integers(variable)
    if numbers is None or _is_multiple(table, numbers):
        return None
    if variable.choice is not None:
        first = by_choice(variable.choice, numbers, [numbers], encoding.readings)
    else:
        of_number = replace(table, targets=numbers[table.outcomes][:, None])  # [rows, 1]
        most = min(MANY_NEURONS, cost / WORTH_A_SUBLAYER)
        first = solved(encoding, expression, of_number, sums, accuracy, most)
    if first is None or first.cost >= min(MANY_NEURONS, cost / WORTH_A_SUBLAYER):
        return None
    number = replace(variable, multiplicity=None, within=None)
    reading = Combined(
        node=variable.node,
        label=variable.label,
        depth=variable.depth,
        possible=variable.possible,
        form=Linear.feature(number, numbers),
    )
    codes, row = np.unique(table.outcomes, return_index=True)
    after = Table((reading,), codes[:, None], table.targets[row], codes, encoding.readings)
    second = synthesise(after, [], exact=accuracy.exact, noise=accuracy.noise)
    if second is None or (first.cost + second.cost) * WORTH_A_SUBLAYER > cost:
        return None
    return InTwo(after, second, ((number,),), (number, reading), first.cost + second.cost)


def _is_multiple(table: Table, numbers: Floats) -> bool:
    """Is nothing asked but the number?"""
    if table.targets.shape[1] != 1:
        return False
    own, asked = numbers[table.outcomes], table.targets[:, 0]
    if not np.ptp(own) or not np.ptp(asked):
        return True
    return affine_key(own) == affine_key(asked)


def _integers(variable: Computed) -> Floats | None:
    """[values]: the values of the variable, if all are integers that one number tells apart."""
    values = variable.domain.values
    if not all(type(value) is int and abs(value) <= LARGE_INTEGERS for value in values):
        return None
    return np.array(values, dtype=np.float64)
