"""Comparisons and choices of what has many values, without a table of all pairs.

    a < b           for sums of integers, is a - b < 0: a function of one number
    word == before  for a thousand words, compares their places in the order of all words
    a if c else b   for sums of integers, is b + (a - b where c): one neuron

Each is tried where the joint values of what the s-op is a function of are too many to be worth
listing, and where all that it compares or chooses from is in the stream as a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rasp.compiler.facts.contexts import Floats, letters
from rasp.compiler.facts.domains import Domain
from rasp.compiler.limits import LARGE_INTEGERS, MOST_SUMMED_CELLS, MOST_SUMMED_VALUES
from rasp.compiler.lowering.combine import integers, known_sum, linear_form, of_listed
from rasp.compiler.lowering.depths import level_of
from rasp.compiler.lowering.noise import truth_of
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.variables import (
    Choice,
    Computed,
    Linear,
    Scalar,
    Variable,
    View,
)
from rasp.graph import construct
from rasp.graph.nodes import Elementwise, SOpNode
from rasp.graph.operators import COMPARISON_OPERATORS

_COMPARISONS = frozenset(COMPARISON_OPERATORS.values())


def lower_by_difference(lowering: Lowering, node: Elementwise, depth: int) -> Known | None:
    """The comparison, or the choice, as a function of sums; None if it is no such thing."""
    if node in lowering.deferred:
        return None
    attempt = lowering.child()
    if node.operator in _COMPARISONS:
        found = _comparison(attempt, node, depth)
    elif node.operator == "where":
        found = _choice(attempt, node, depth)
    else:
        return None
    if found is not None:
        lowering.adopt(attempt)
    return found


# -- comparisons


def _comparison(lowering: Lowering, node: Elementwise, depth: int) -> Known | None:
    left, right = _ranks(lowering, node) or node.operands
    less, from_ = _number(lowering, right, depth), _number(lowering, left, depth)
    if less is None or from_ is None:
        return None
    difference = construct.elementwise("subtract", left, right)
    if not isinstance(difference, Elementwise):
        return None
    if difference not in lowering.known:
        form = from_ + less.scaled(-1.0)
        form = Linear(form.constant, form.features, {s: f for s, f in form.scalars.items() if f})
        if len(form.scalars) + len(form.features) < 2:
            return None
        known = known_sum(lowering, difference, form, depth)
        if known is None:
            return None
        lowering.walked[difference] = known
    sign = construct.elementwise(node.operator, difference, construct.constant(0))
    lowering.run(sign)
    return lowering.view_as(node, lowering.view(sign))


def _ranks(lowering: Lowering, node: Elementwise) -> tuple[SOpNode, SOpNode] | None:
    """For strings on both sides, their places in one order, which compare as the strings do."""
    sides: list[list[str]] = []
    for operand in node.operands:
        column = lowering.columns.get(operand)
        values = () if column is None or column.failed is not None else column.elements()
        sides.append([value for value in values if isinstance(value, str)])
        if not values or len(sides[-1]) < len(values):
            return None
    order = sorted({value for side in sides for value in side})
    pairs = [atom for place, value in enumerate(order) for atom in (value, place)]
    ranked = [
        construct.elementwise("index_dict", operand, parameters=pairs) for operand in node.operands
    ]
    lowering.run(*ranked)
    return ranked[0], ranked[1]


# -- choices


@dataclass(frozen=True)
class _Held:
    """numbers: what a sum is, for each value of the leaf; form: the same, as the stream has it."""

    leaf: Variable
    numbers: Floats
    form: Linear


def _choice(lowering: Lowering, node: Elementwise, depth: int) -> Known | None:
    condition, yes, no = node.operands
    then_form, other_form = _number(lowering, yes, depth), _number(lowering, no, depth)
    if then_form is None or other_form is None:
        return None
    holds, truth = truth_of(lowering, condition)
    if holds.column.failed is not None:
        return None
    then = _held(lowering, yes, then_form, depth)
    other = _held(lowering, no, other_form, depth)
    if then is None or other is None:
        return None
    leaves = (holds.variable, then.leaf, other.leaf)
    if len(set(leaves)) < len(leaves):
        return None
    if truth.all() or not truth.any():
        return None
    domain = _either(lowering, [then, other])
    if domain is None:
        return None
    # Each value of one beside the ends of the other: so much of the table says how far it goes.
    ends = [sorted({int(n.argmin()), int(n.argmax())}) for n in (then.numbers, other.numbers)]
    pairs = [(a, b) for a in range(len(then.numbers)) for b in ends[1]]
    pairs += [(a, b) for a in ends[0] for b in range(len(other.numbers))]
    rows = [[int(truth.argmax()), *pair] for pair in pairs]
    rows += [[int(truth.argmin()), *pair] for pair in pairs]
    chosen = [then.numbers[a] for a, _ in pairs] + [other.numbers[b] for _, b in pairs]
    variable = Computed(
        node=node,
        label=lowering.text(node),
        depth=max(depth, *(leaf.depth for leaf in leaves)),
        possible=domain,
        leaves=leaves,
        rows=np.array(rows),
        codes=np.searchsorted(domain.numbers, chosen),
        expression=node,
        level=level_of(leaves, depth),
        choice=Choice(
            Linear.feature(holds.variable, truth.astype(np.float64)), then.form, other.form
        ),
    )
    lowering.read_linearly([*then_form.scalars, *other_form.scalars])
    return lowering.add(node, variable)


def _either(lowering: Lowering, sides: Sequence[_Held]) -> Domain | None:
    """The numbers of both sides, and where each is possible, as far as that is not too much to
    list; None if they are too many."""
    granularity = letters(*(side.leaf.domain.granularity for side in sides))
    values = np.unique(np.concatenate([side.numbers for side in sides]))
    n_contexts = lowering.contexts.rows(granularity)
    if len(values) > MOST_SUMMED_VALUES:
        return None
    if n_contexts * len(values) > MOST_SUMMED_CELLS:
        return Domain.everywhere([int(value) for value in values.tolist()], lowering.contexts)
    mask = np.zeros((n_contexts, len(values)), dtype=bool)
    for side in sides:
        context, code = np.nonzero(side.leaf.domain.at(granularity))
        mask[context, np.searchsorted(values, side.numbers)[code]] = True
    integers_ = tuple(int(value) for value in values.tolist())
    return Domain(integers_, lowering.contexts, granularity, mask)


# -- numbers


def _number(lowering: Lowering, node: SOpNode, depth: int) -> Linear | None:
    """The s-op as a sum of integers that are listed, or None."""
    below = lowering.known[node]
    if node in lowering.columns or node in lowering.made or 0 < below.depth < depth:
        leaf = below.leaves[0]
        if not (isinstance(leaf, Scalar) and (leaf.node is node or node in lowering.multiples)):
            return _of_view(lowering.view(node))
    form = of_listed(linear_form(lowering, node, depth, held=True))
    return form if form is not None else of_listed(integers(lowering, node, depth))


def _of_view(view: View) -> Linear | None:
    """A function of one categorical variable, if its values are integers."""
    column, leaf = view.column, view.variable
    if column.failed is not None:
        return None
    values = column.elements()
    if not all(type(value) is int and abs(value) <= LARGE_INTEGERS for value in values):
        return None
    # Not what the column is held as: beside what is no value of it any more, these are codes.
    return Linear.feature(leaf, np.broadcast_to(np.array(values, np.float64), (leaf.size,)))


def _held(lowering: Lowering, node: SOpNode, form: Linear, depth: int) -> _Held | None:
    """The sum as a function of one variable; None if that would be too large a list."""
    if not form.scalars and len(form.features) <= 1:
        for variable, numbers in form.features.items():
            numbers = numbers + form.constant
            return _Held(variable, numbers, Linear.feature(variable, numbers))
        return _Held(lowering.unit, np.array([form.constant]), Linear(form.constant))
    if node not in lowering.multiples and lowering.known[node].leaves[0].node is not node:
        assert isinstance(node, Elementwise)
        total = known_sum(lowering, node, form, depth)
        if total is None:
            return None
        lowering.as_sum[node] = total
    leaf = lowering.known[node].leaves[0]
    if not isinstance(leaf, Scalar) or not leaf.is_listed:
        return None
    if node not in lowering.multiples:
        return _Held(leaf, leaf.domain.numbers, leaf.number)
    _, sign, shift = lowering.multiples[node]
    number = leaf.number.scaled(sign).shifted(shift)
    return _Held(leaf, sign * leaf.domain.numbers + shift, number)
