"""Sums of numbers that attention delivers, as one number.

`a + b > c`, for three counts, is a function of a + b - c, which the stream holds already as a
linear form.  Where the table of all values of a, b and c would be large, the lowering makes the sum
a variable of its own (`Combined`): it costs no direction, no head and no neuron, and functions of
it are functions of one number.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats, Granularity, letters
from rasp.compiler.facts.domains import Interval, Unlisted, restrict
from rasp.compiler.facts.extremes import are_filled, extremes
from rasp.compiler.limits import (
    LARGEST_INTEGER,
    LARGEST_TOTAL,
    MAX_LISTED_ROWS,
    MOST_NODES_OF_SUMS,
    MOST_SUMMED_CELLS,
    MOST_SUMMED_VALUES,
)
from rasp.compiler.lowering.operands import leaves_for
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.matrices import between
from rasp.compiler.readings import FAITHFUL_READINGS
from rasp.compiler.summands import EXACT, sum_of
from rasp.compiler.variables import (
    Combined,
    Computed,
    Length,
    Linear,
    Mean,
    PositionVariable,
    Read,
    Scalar,
    Sum,
    TokenVariable,
    Unit,
    Variable,
    View,
    Width,
)
from rasp.deadline import look
from rasp.graph.nodes import Elementwise, SOpNode


def lower_sum(
    lowering: Lowering,
    node: Elementwise,
    depth: int,
    *,
    of_scalars: bool = True,
    held: bool = False,
) -> Known | None:
    """The s-op as a sum of integers that are held as numbers, or None.

    of_scalars: only if one of them is a number that attention delivers; held: as in `linear_form`.
    """
    form = linear_form(lowering, node, depth, held=held)
    unlisted = form is not None and any(scalar.interval is not None for scalar in form.scalars)
    if form is None or len(form.scalars) + len(form.features) < 2 - unlisted:
        return None
    if of_scalars and not form.scalars:
        return None
    return known_sum(lowering, node, form, depth)


def known_sum(lowering: Lowering, node: Elementwise, form: Linear, depth: int) -> Known | None:
    """The s-op, which is this sum, as one number, or None if it would be too large a list."""
    for sign in (1.0, -1.0):
        other = lowering.totals.get(_key(form, sign))
        if other is not None:
            shift = _at_first(form) - sign * _at_first(other.form)
            lowering.multiples[node] = other, sign, shift
            return lowering.known_as(node, other)
    combined = _combined(lowering, node, form, depth)
    if combined is None:
        return None
    lowering.totals[_key(form, 1.0)] = combined
    return lowering.add(node, combined)


def _at_first(form: Linear) -> float:
    """The form where each variable has its first value, and all numbers are 0.

    Forms of equal keys differ by the same everywhere, so by what they differ here.  That is more
    than their constants: `indices + 1` is a feature of the position that has its 1 in itself.
    """
    return form.constant + sum(float(values[0]) for values in form.features.values())


def _key(form: Linear, sign: float) -> tuple[object, ...]:
    """Equal for forms that differ by a constant, and this sign."""
    return (
        frozenset((id(scalar), sign * factor) for scalar, factor in form.scalars.items()),
        frozenset(
            (id(variable), (sign * (values - values[0]) + 0.0).tobytes())
            for variable, values in form.features.items()
        ),
    )


def combined_leaves(
    lowering: Lowering, node: Elementwise, depth: int
) -> tuple[Variable, ...] | None:
    """What the expression is a function of, if sums in it become variables; None if there are none.

    Operands of a lower depth are left to the caller's rules: they count as they are known.
    """
    leaves: dict[Variable, None] = {}
    seen: set[SOpNode] = set()
    stack: list[SOpNode] = list(reversed(node.operands))
    found = False
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        if len(seen) > MOST_NODES_OF_SUMS:
            return None
        if is_open(lowering, current, depth):
            assert isinstance(current, Elementwise)
            total = lower_sum(lowering, current, depth)
            if total is None:
                stack.extend(reversed(current.operands))
                continue
            found = True
            lowering.as_sum[current] = total
        leaves.update(dict.fromkeys(leaves_for(lowering, current, depth)))
    return tuple(leaves) if found else None


def is_open(lowering: Lowering, node: SOpNode, depth: int) -> bool:
    """Is it an operation of this depth on several leaves, or on a number?"""
    known = lowering.known[node]
    return (
        isinstance(node, Elementwise)
        and node not in lowering.columns
        and node not in lowering.multiples
        and known.depth == depth
        and known.leaves[0].node is not node
    )


def linear_form(
    lowering: Lowering, root: SOpNode, depth: int, *, held: bool = False
) -> Linear | None:
    """An s-op as a sum of integers that are in the stream as numbers when its depth begins; held:
    or that neurons of its depth compute."""
    if not isinstance(root, Elementwise) or root.operator not in EXACT:
        return None

    def is_part(node: SOpNode) -> bool:
        return node is not root and not is_open(lowering, node, depth)

    @cache
    def form_of(node: SOpNode) -> Linear | None:
        return integers(lowering, node, depth) if is_part(node) else None

    def constant(node: SOpNode) -> float | None:
        form = form_of(node)
        return None if form is None or form.features or form.scalars else form.constant

    found = sum_of(root, EXACT, constant, is_part=is_part, most=MOST_NODES_OF_SUMS)
    if found is None or root in found.factors:
        return None
    total, largest = Linear(float(found.constant)), abs(found.constant)
    for node, factor in found.factors.items():
        form = form_of(node)
        if form is None and held and not _is_scalar(lowering, node):
            form = _of_column(lowering.view(node))
        if form is None:
            return None
        total = total + form.scaled(float(factor)) if factor else total
        largest += abs(factor) * _largest(form)
    if largest > LARGEST_INTEGER:
        return None  # of parts that floats do not hold, even if they cancel
    left = {scalar: factor for scalar, factor in total.scalars.items() if factor}
    return Linear(total.constant, total.features, left)


def _largest(form: Linear) -> Fraction:
    """No larger is the form, nor any part of it."""
    total = Fraction(abs(form.constant))
    for numbers in form.features.values():
        total += Fraction(float(np.abs(numbers).max()))
    for scalar, factor in form.scalars.items():
        inside = scalar.interval
        ends = scalar.domain.numbers if inside is None else np.array([float(inside.largest)])
        total += Fraction(abs(factor)) * Fraction(float(np.abs(ends).max()))
    return total


def _is_scalar(lowering: Lowering, node: SOpNode) -> bool:
    leaf = lowering.known[node].leaves[0]
    return isinstance(leaf, Scalar) and leaf.node is node


def integers(lowering: Lowering, node: SOpNode, depth: int) -> Linear | None:
    """A function of one leaf, as a number that is an integer."""
    leaf = lowering.known[node].leaves[0]
    if node in lowering.multiples:
        combined, sign, shift = lowering.multiples[node]
        return combined.form.scaled(sign).shifted(shift)
    if leaf.node is node and isinstance(leaf, Combined):
        return leaf.form
    if leaf.node is node and isinstance(leaf, (Mean, Sum)) and leaf.interval is not None:
        return leaf.number
    if leaf.node is node and isinstance(leaf, (Width, Length, Sum)):
        integers = leaf.is_listed and all(type(v) is int for v in leaf.domain.values)
        return leaf.number if integers else None
    if isinstance(leaf, Computed) and leaf.depth == depth:
        return None
    if not isinstance(leaf, (Unit, TokenVariable, PositionVariable, Read, Computed)):
        return None
    if node not in lowering.columns:
        return None
    return _of_column(View(leaf, lowering.columns[node]))


def of_listed(form: Linear | None) -> Linear | None:
    """The form, if there is a list of the values of all numbers in it: of others it is not asked
    where a key is, since no index is so large."""
    if form is None or any(scalar.interval is not None for scalar in form.scalars):
        return None
    return form


def _of_column(view: View) -> Linear | None:
    """A function of one categorical variable as a number that is an integer."""
    leaf, column = view.variable, view.column
    numbers = [value for value in column.elements() if type(value) is int]
    if column.failed is not None or len(numbers) < len(column):
        return None
    if max(map(abs, numbers)) > LARGEST_TOTAL:
        return None
    values = np.broadcast_to(np.array(numbers, dtype=np.float64), (leaf.size,))
    return Linear(float(values[0])) if isinstance(leaf, Unit) else Linear.feature(leaf, values)


def _combined(lowering: Lowering, node: Elementwise, form: Linear, depth: int) -> Combined | None:
    """The sum as a variable, with the values that it can have."""
    if any(scalar.interval is not None for scalar in form.scalars):
        return _between(lowering, node, form, depth)
    parts: list[tuple[Variable, Floats]] = [
        (scalar, factor * linear_readings(scalar)) for scalar, factor in form.scalars.items()
    ]
    parts += form.features.items()
    granularity: Granularity = letters(*(variable.domain.granularity for variable, _ in parts))
    if granularity == "in":
        granularity = "n"
    low = form.constant + sum(float(numbers.min()) for _, numbers in parts)
    high = form.constant + sum(float(numbers.max()) for _, numbers in parts)
    size = round(high - low) + 1
    if size > MOST_SUMMED_VALUES:
        hopeless = lowering.size_of(tuple(variable for variable, _ in parts)) > MAX_LISTED_ROWS
        between = hopeless or node in lowering.only_added
        return _between(lowering, node, form, depth) if between else None
    if size * lowering.contexts.rows(granularity) > MOST_SUMMED_CELLS:
        granularity = ""
    mask = _sums(lowering, parts, granularity)
    values = range(round(low), round(low) + size)
    domain = restrict(values, lowering.contexts, granularity, mask)
    lowering.read_linearly(form.scalars)
    return Combined(node=node, label=lowering.text(node), depth=depth, possible=domain, form=form)


def _between(lowering: Lowering, node: Elementwise, form: Linear, depth: int) -> Combined | None:
    """The sum, if nobody has a list of its values."""
    total = Interval(int(form.constant), int(form.constant))
    for numbers in form.features.values():
        total = total + Interval(int(numbers.min()), int(numbers.max()))
    for scalar, factor in form.scalars.items():
        inside = scalar.interval
        if inside is None:
            integers = [int(value) for value in scalar.domain.values]
            inside = Interval(min(integers), max(integers))
        total = total + inside.times(int(factor))
    total = total.copied()
    if not total.is_told:
        return None
    lowering.read_linearly(form.scalars)
    possible = Unlisted.integers(total, lowering.contexts)
    return Combined(node=node, label=lowering.text(node), depth=depth, possible=possible, form=form)


def linear_readings(scalar: Variable) -> Floats:
    """For each value of the domain, the number that the stream holds once the reading is linear."""
    assert isinstance(scalar, (Width, Length, Sum))
    return FAITHFUL_READINGS.linearly([scalar]).of(scalar)


def _sums(
    lowering: Lowering, parts: list[tuple[Variable, Floats]], granularity: Granularity
) -> Bools:
    """[contexts, sum from the lowest on]: which sums of the numbers are possible where."""
    filled = _intervals(lowering, parts, granularity)
    if filled is not None:
        low, high = filled
        offsets = np.arange(1 + sum(round(float(np.ptp(numbers))) for _, numbers in parts))
        first = sum(float(numbers.min()) for _, numbers in parts)
        return between(offsets, low - first, high - first)
    total: Bools = np.ones((lowering.contexts.rows(granularity), 1), dtype=bool)
    for variable, numbers in sorted(parts, key=lambda part: float(np.ptp(part[1]))):
        offsets = np.round(numbers - numbers.min()).astype(np.int64)
        mask = np.zeros((len(total), int(offsets.max()) + 1), dtype=bool)
        context, value = np.nonzero(variable.domain.at(granularity))
        mask[context, offsets[value]] = True
        few, many = sorted((total, mask), key=lambda side: side.shape[1])
        total = np.zeros((len(few), few.shape[1] + many.shape[1] - 1), dtype=bool)
        for offset in np.flatnonzero(np.any(few, axis=0)).tolist():
            look()
            total[:, offset : offset + many.shape[1]] |= few[:, offset : offset + 1] & many
    return total


def _intervals(
    lowering: Lowering, parts: list[tuple[Variable, Floats]], granularity: Granularity
) -> tuple[Floats, Floats] | None:
    """[contexts]: the smallest and the largest sum, if all integers between them are possible."""
    n_contexts = lowering.contexts.rows(granularity)
    low, high = np.zeros(n_contexts), np.zeros(n_contexts)
    for variable, numbers in parts:
        known = variable.domain.granularity
        domain = variable.domain.reduced(granularity if granularity in known else "")
        if not are_filled(domain, numbers):
            return None
        least, most = extremes(domain, numbers)
        low, high = low + least, high + most
    return low, high
