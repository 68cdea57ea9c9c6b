"""Comparisons of means with constants: what has to be known of a mean with too many values to list.

Where a count of keys may be held digit by digit (`rasp.compiler.selection.digits`), so may a sum:
the mean of v is above c just where the sum of v - c over the same keys is positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.means import Grid, Quotients
from rasp.compiler.facts.sides import comparison, neighbours
from rasp.compiler.limits import EXACT_IN_FLOAT64, FEW_MEANS
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.selection.digits import narrowed
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import Categorical, Linear, Mean, Side, Sum
from rasp.graph.nodes import Elementwise, SOpNode


def lower_comparison(lowering: Lowering, node: Elementwise) -> Known | None:
    """A comparison of a mean with a number as a function of the side on which the mean is, if the
    means are too many to list; None if it is no such thing."""
    found = comparison(node)
    if found is None:
        return None
    operand, number = found
    leaf = lowering.known[operand].leaves[0]
    if not isinstance(leaf, Mean) or leaf.node is not operand or leaf.blurred:
        return None
    if leaf.is_listed:
        return None
    seen = lowering.compared_with.get(operand)
    constants = seen.constants if seen is not None else ()
    side = _side(lowering, leaf, constants if number in constants else (number,))
    return None if side is None else Known(leaf.depth, (side,))


def _side(lowering: Lowering, mean: Mean, constants: tuple[int | float, ...]) -> Side | None:
    key = mean.node, constants
    if key not in lowering.sides:
        means = neighbours(mean.quotients, mean.grid, constants)
        if means is None:
            return None
        side = _of_sum(lowering, mean, constants, means)
        if side is None:
            numbers = [float(value) for value in means]
            side = _made(lowering, mean, means, Linear(0.0, {}, {mean: 1.0}), numbers)
        lowering.variables.append(side)
        lowering.sides[key] = side
    return lowering.sides[key]


def _made(
    lowering: Lowering,
    mean: Mean,
    means: tuple[Fraction, ...],
    form: Linear,
    numbers: Sequence[float],
) -> Side:
    return Side(
        node=mean.node,
        label=mean.label,
        depth=mean.depth,
        possible=Domain.everywhere([float(value) for value in means], lowering.contexts),
        form=form,
        numbers=np.array(numbers),
    )


def _of_sum(
    lowering: Lowering,
    mean: Mean,
    constants: tuple[int | float, ...],
    means: tuple[Fraction, ...],
) -> Side | None:
    """By the sum of how much what the keys carry is above the constant; None if no digits narrow
    its heads, or the sum does not tell."""
    if len(constants) != 1 or not _is_narrowed(lowering, mean.term):
        return None
    (constant,) = map(Fraction, constants)
    if mean.default is not None and mean.default != constants[0]:
        return None  # where nothing is selected, the sum is 0
    if not isinstance(mean.value, Categorical):
        return None
    carried = [None if value is None else Fraction(value) - constant for value in mean.carried]
    above = [value for value in carried if value is not None]
    step = Grid.through([Fraction(0), *above]).step
    most = int(mean.quotients.counts[:, 1].max())
    largest = max(map(abs, above), default=Fraction(0)) * most
    if (
        not step
        or largest / step >= EXACT_IN_FLOAT64
        or any(float(v) != v for v in (*above, step, largest))
    ):
        return None
    means = _with_ends(means, constant)
    sums = [float(value) for value in _sums(means, constant, step, largest)]
    total = Sum(
        node=mean.node,  # beside which it stands
        label=f"sum of {mean.label}",
        depth=mean.depth,
        possible=Domain.everywhere(sorted(set(sums)), lowering.contexts),
        term=mean.term,
        value=mean.value,
        numbers=np.array([0.0 if value is None else float(value) for value in carried]),
    )
    lowering.variables.append(total)
    return _made(lowering, mean, means, Linear(0.0, {}, {total: 1.0}), sums)


def _with_ends(means: Sequence[Fraction], constant: Fraction) -> tuple[Fraction, ...]:
    """Two means at least on a side of the constant, if there are any: where the one next to it is
    the end as well, one more stands for what the sum of many keys is, which all have that one."""
    apart = [mean for mean in means if float(mean) != constant]
    below, above = ([mean for mean in apart if (mean < constant) == side] for side in (True, False))
    first = [2 * below[0] - constant] if len(below) == 1 else []
    last = [2 * above[0] - constant] if len(above) == 1 else []
    return (*first, *means, *last)


def _sums(
    means: Sequence[Fraction], constant: Fraction, step: Fraction, largest: Fraction
) -> list[Fraction]:
    """For each mean the sum of what is above the constant: of those next to it the least that such
    a sum can be, since it may be of one key; of the others the most."""
    equal = [mean for mean in means if float(mean) == constant]
    below = [mean for mean in means if mean < constant and mean not in equal]
    above = [mean for mean in means if mean > constant and mean not in equal]
    return [
        *[-largest] * (len(below) - 1),
        *[-step] * min(1, len(below)),
        *[Fraction(0)] * len(equal),
        *[step] * min(1, len(above)),
        *[largest] * (len(above) - 1),
    ]


def is_compared_only(
    lowering: Lowering, node: SOpNode, term: Term, means: Quotients, grid: Grid, n_means: float
) -> bool:
    """Is it a mean of which only sides are asked, and better not listed?"""
    seen = lowering.compared_with.get(node)
    if seen is None or not seen.only or grid.blurred:
        return False
    adds_up = len(seen.constants) == 1 and _is_narrowed(lowering, term)
    if not adds_up and n_means <= FEW_MEANS:
        return False
    return neighbours(means, grid, seen.constants) is not None


def _is_narrowed(lowering: Lowering, term: Term) -> bool:
    options = lowering.options
    return options.sums and len(narrowed(term, options.n_digits)) > 1
