"""A number that is handed from round to round, with steps behind it that end its errors.

`x = max(left, x) if indices % 2 == 0 else min(x, right)` takes three neurons, which hand on what
rounding did to the numbers that they choose from, a few times larger.  After fifteen rounds of that
nothing would be certain.  So where a model is not certified without, each number that a head
carries on is written in steps: two neurons for each of its values, a sublayer later.
"""

from __future__ import annotations

import math

import numpy as np

from rasp.compiler.encoding.by_number import InTwo
from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.facts.domains import Domain
from rasp.compiler.limits import MANY_NEURONS
from rasp.compiler.synthesis import Solution, Table, on_sums
from rasp.compiler.variables import Combined, Computed, Linear, Read


def is_handed_on(encoding: Encoding, variable: Computed, table: Table) -> bool:
    """Is it one of few integers that a head carries on, and is nothing asked but one feature?"""
    if not encoding.options.restored or variable in encoding.decoding:
        return False
    if not variable.is_tabled:  # a number before the steps would be a function of these rows only
        return False
    if table.targets.shape[1] != 1 or 2 * variable.size > MANY_NEURONS:
        return False
    if not all(type(value) is int for value in variable.domain.values):
        return False
    return any(
        isinstance(other, Read) and other.value is variable for other in encoding.lowered.variables
    )


def ended(
    encoding: Encoding,
    variable: Computed,
    table: Table,
    solution: Solution | None,
    split: InTwo | None,
) -> InTwo | None:
    """The feature with steps behind it; None where it is written in steps as it is.

    solution, split: how it is computed, in one sublayer or in more.
    """
    if split is not None:
        found = split
    elif solution is not None:
        found = InTwo(table, solution, (), (), solution.cost)
    else:
        return None
    solution = found.solution
    if not solution.neurons or (solution.paired and all(solution.paired)):
        return None
    numbers, codes = np.unique(found.table.targets[:, 0], return_inverse=True)
    number = Computed(
        node=variable.node,
        label=variable.label,
        depth=variable.depth,
        possible=Domain.everywhere(tuple(numbers.tolist()), encoding.lowered.contexts),
        leaves=found.table.leaves,
        rows=found.table.codes,
        codes=codes.reshape(-1),
        expression=variable.expression,
        level=variable.level,
        alike=found.table.alike,
    )
    reading = Combined(
        node=variable.node,
        label=variable.label,
        depth=variable.depth,
        possible=number.possible,
        form=Linear.feature(number, numbers),
    )
    assert found.table.outcomes is not None
    _, first = np.unique(codes, return_index=True)
    after = Table(
        (reading,),
        np.arange(len(numbers))[:, None],
        found.table.targets[first],
        found.table.outcomes[first],
        found.table.readings,
    )
    steps = on_sums(after, [Linear(0.0, {}, {reading: 1.0})], exact=True, noise=math.inf)
    if steps is None:
        return None
    encoding.costs[number] = solution.cost + 1
    before, needed = (*found.before, (number,)), (*found.needed, number, reading)
    return InTwo(after, steps, before, needed, found.cost + steps.cost)
