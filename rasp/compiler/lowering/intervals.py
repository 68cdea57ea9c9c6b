"""Integers of which nobody has a list, in sums and comparisons: nothing else is known of them.

    v + 2 * w + 1       is such a number again, whatever its parts
    v < w, v == 1000    changes between two neighbouring integers: a neuron or two at a `Side`
    v == "a"            is the same whatever the integer
    (v if c else w) > 3 is a choice of two comparisons

Whatever else is asked of them would need a table of all values, and is refused, or is put together
where the numbers are read out (see `rasp.compiler.lowering.outputs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor, isfinite

import numpy as np

from rasp.compiler.facts.domains import Domain, Interval
from rasp.compiler.limits import (
    LARGEST_COMPARED,
    LARGEST_TOTAL,
    MOST_SUMMED_VALUES,
    PRODUCT_ERROR,
)
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.combine import integers, known_sum, linear_form, lower_sum
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.summands import EXACT
from rasp.compiler.variables import Side, Variable, View
from rasp.graph import construct
from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import Atom, Constant, Elementwise, SOpNode
from rasp.graph.operators import COMPARISON_OPERATORS

_COMPARISONS = frozenset(COMPARISON_OPERATORS.values())
_EQUALITIES = frozenset({COMPARISON_OPERATORS["=="], COMPARISON_OPERATORS["!="]})
_SAME = frozenset({"round", "plus"})
"""What leaves an integer as it is."""


def lower_with_intervals(lowering: Lowering, node: Elementwise) -> Known | None:
    """A sum of integers with no list, or a comparison with one; None if it is neither."""
    if node.operator in _COMPARISONS:
        for number, other in (node.operands, node.operands[::-1]):
            if isinstance(other, Constant):
                found = _of_product(lowering, node, number, other.value)
                if found is not None:
                    return found
    if node.operator in _COMPARISONS:
        chosen = _comparison_of_choice(lowering, node)
        if chosen is not None:
            return chosen
    if not any(_interval(lowering, operand) for operand in node.operands):
        return None
    depth = max(lowering.known[operand].depth for operand in node.operands)
    if node.operator in EXACT | _SAME:
        return _sum(lowering, node, depth)
    if node.operator in _COMPARISONS:
        return _comparison(lowering, node, *node.operands)
    return None


def _sum(lowering: Lowering, node: Elementwise, depth: int) -> Known | None:
    """A sum of numbers, some with no list, or such a number itself."""
    if node.operator in _SAME:
        form = integers(lowering, node.operands[0], depth)
    else:
        form = linear_form(lowering, node, depth, held=True)
    if form is None:
        return None
    if not form.scalars and not form.features:
        return lowering.view_as(node, View(lowering.unit, Column.of([int(form.constant)])))
    return known_sum(lowering, node, form, depth)


def _of_product(
    lowering: Lowering, node: Elementwise, number: SOpNode, constant: Atom
) -> Known | None:
    """A comparison of a count times a mean, which is off the sum by much less than a half, with a
    constant: that of the sum, if the product is the constant wherever the sum is."""
    match number:
        case Elementwise(operator="multiply") if number in lowering.summed:
            total = construct.elementwise("round", number)
        case _:
            return None
    lowering.run(total)
    if _interval(lowering, total) is None or isinstance(constant, (bool, str)):
        return None
    near = round(constant) if abs(constant) < LARGEST_TOTAL else 0
    counts = range(1, lowering.contexts.max_len + 1)
    if near == constant:
        told = all(near / count * count == near for count in counts)
    else:
        told = abs(near - constant) > PRODUCT_ERROR
    if not told:
        return None
    sides = (total if operand is number else operand for operand in node.operands)
    instead = construct.elementwise(node.operator, *sides)
    lowering.run(instead)
    return lowering.view_as(node, lowering.view(instead))


def lower_large_sum(
    lowering: Lowering, node: Elementwise, leaves: tuple[Variable, ...], depth: int
) -> Known | None:
    """A sum of what is no number yet as one with no list, if there are too many joint values to
    look at, and nobody asks for more than sums and comparisons; None if it is no such thing."""
    if node.operator not in EXACT or node not in lowering.only_added:
        return None
    if lowering.size_of(leaves) <= MOST_SUMMED_VALUES:
        return None

    def probe(child: Lowering) -> Known | Refusal:
        found = lower_sum(child, node, depth, of_scalars=False, held=True)
        if found is None or found.leaves[0].interval is None:
            return Refusal("it is no sum of integers")
        return found

    found = attempt(lowering, probe)  # refused, too, where a part of it has too many values itself
    return None if isinstance(found, Refusal) else found


def _interval(lowering: Lowering, node: SOpNode) -> Interval | None:
    """Where a number with no list is."""
    leaf = lowering.known[node].leaves[0]
    if leaf.interval is None or node not in lowering.multiples:
        return leaf.interval if leaf.node is node else None
    _, sign, shift = lowering.multiples[node]
    return leaf.interval.times(int(sign)) + Interval(int(shift), int(shift))


def _comparison(
    lowering: Lowering, node: Elementwise, left: SOpNode, right: SOpNode
) -> Known | None:
    """With a constant, by the side on which the number is; of two numbers, by their difference."""
    for number, other in ((left, right), (right, left)):
        if isinstance(other, Constant) and not isinstance(other.value, (bool, str)):
            found = _side(lowering, number, other.value)
            return None if found is None else Known(found.depth, (found,))
        decided = _by_type(lowering, node, number, other)
        if decided is not None:
            return decided
    difference = construct.elementwise("subtract", left, right)
    lowering.run(difference)
    if _interval(lowering, difference) is None:
        cancels = difference in lowering.columns  # as in v == v
        if not (cancels and all(_is_integer(lowering, side) for side in (left, right))):
            return None
    sign = construct.elementwise(node.operator, difference, construct.constant(0))
    lowering.run(sign)
    return lowering.view_as(node, lowering.view(sign))


def _by_type(
    lowering: Lowering, node: Elementwise, number: SOpNode, other: SOpNode
) -> Known | None:
    """Is a number equal to what is a string or a truth value, whatever they are?"""
    interval = _interval(lowering, number)
    if interval is None or other not in lowering.columns or node.operator not in _EQUALITIES:
        return None
    view = lowering.view(other)
    if any(not isinstance(value, (bool, str)) for value in view.column.elements()):
        return None
    if view.column.failed is not None:
        return None
    # Were truth values numbers, they would be 0 and 1.
    found = [
        apply_column(node.operator, node.parameters, [Column.of([value]), view.column])
        for value in (interval.low, 0, 1, interval.high)
    ]
    answers = [list(column.elements()) for column in found]
    if any(answer != answers[0] for answer in answers):
        return None
    return lowering.view_as(node, View(view.variable, found[0]))


def _comparison_of_choice(lowering: Lowering, node: Elementwise) -> Known | None:
    """Of a choice of integers, some with no list, with an integer or a constant: the choice of the
    comparisons.  None of them can fail, chosen or not."""
    if not any(_has_interval(lowering, operand) for operand in node.operands):
        return None
    for place, choice in enumerate(node.operands):
        other = node.operands[1 - place]
        is_constant = isinstance(other, Constant) and not isinstance(other.value, (bool, str))
        if not (_is_open_choice(lowering, choice) and _is_number(lowering, choice)):
            continue
        if not (is_constant or _is_number(lowering, other)):
            continue
        assert isinstance(choice, Elementwise)
        condition, *values = choice.operands
        comparisons = [
            construct.elementwise(
                node.operator, *((value, other) if place == 0 else (other, value))
            )
            for value in values
        ]
        instead = construct.elementwise("where", condition, *comparisons)
        lowering.summed.add(choice)  # of integers, which cannot fail
        lowering.run(instead)
        return lowering.view_as(node, lowering.view(instead))
    return None


def _is_open_choice(lowering: Lowering, node: SOpNode) -> bool:
    return (
        isinstance(node, Elementwise)
        and node.operator == "where"
        and node not in lowering.columns
        and lowering.known[node].leaves[0].node is not node
    )


def _is_number(lowering: Lowering, node: SOpNode) -> bool:
    """Is it an integer, or a choice of such?"""
    return all(_is_integer(lowering, end) for end in _chosen_from(lowering, node))


def _has_interval(lowering: Lowering, node: SOpNode) -> bool:
    """Is it a choice of which some has no list?"""
    return any(
        end is not node and _interval(lowering, end) is not None
        for end in _chosen_from(lowering, node)
    )


def _chosen_from(lowering: Lowering, node: SOpNode) -> Iterator[SOpNode]:
    """What a choice, of which some may be choices, is in the end; each once, for rounds of a loop
    choose from what those before choose from twice."""
    seen: set[SOpNode] = set()
    stack = [node]
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        is_end = current is not node and _interval(lowering, current) is not None
        if is_end or not _is_open_choice(lowering, current):
            yield current
        else:
            assert isinstance(current, Elementwise)
            stack += reversed(current.operands[1:])


def _is_integer(lowering: Lowering, node: SOpNode) -> bool:
    if isinstance(node, Constant):
        return type(node.value) is int
    if _interval(lowering, node) is not None:
        return True
    column = lowering.columns.get(node)
    if column is not None:
        return column.failed is None and all(type(value) is int for value in column.elements())
    return integers(lowering, node, lowering.known[node].depth) is not None


def _side(lowering: Lowering, node: SOpNode, constant: int | float) -> Side | None:
    """The number as what comparisons with constants ask of it: of its neighbours there, and of the
    smallest and the largest."""
    interval = _interval(lowering, node)
    seen = lowering.compared_with.get(node)
    constants = seen.constants if seen is not None and constant in seen.constants else (constant,)
    if interval is None or interval.largest >= LARGEST_COMPARED:
        return None
    if not all(map(isfinite, constants)):
        return None
    if (node, constants) not in lowering.sides:
        form = integers(lowering, node, lowering.known[node].depth)
        assert form is not None
        values = _neighbours(interval, constants)
        side = Side(
            node=node,
            label=lowering.text(node),
            depth=lowering.known[node].depth,
            possible=Domain.everywhere(values, lowering.contexts),
            form=form,
            numbers=np.array(values, dtype=np.float64),
        )
        lowering.variables.append(side)
        lowering.sides[node, constants] = side
    return lowering.sides[node, constants]


def _neighbours(interval: Interval, constants: Sequence[int | float]) -> list[int]:
    """The integers next to each constant on either side, and the constant itself if it is one."""
    near = {interval.low, interval.high}
    for constant in constants:
        near |= {ceil(constant) - 1, ceil(constant), floor(constant), floor(constant) + 1}
    return sorted(value for value in near if interval.low <= value <= interval.high)
