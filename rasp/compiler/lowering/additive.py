"""The sums that an expression computes on its way: candidates for the number a staircase is built
on.

`(v + 5 * shifted) % 101` is a staircase in `v + 5 * shifted`, `a > b` one in `a - b`.  A sum of
functions of one variable each, and of multiples of readings, is a linear form of what the stream
holds (`Linear`), so it costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats
from rasp.compiler.limits import (
    EXACT_IN_FLOAT64,
    FINEST_SUMMAND,
    MAGNIFICATION,
    WORTH_REDUCED,
)
from rasp.compiler.lowering.branches import Apart, distances, set_apart
from rasp.compiler.lowering.evaluate import evaluate
from rasp.compiler.lowering.state import Knowledge
from rasp.compiler.readings import Readings
from rasp.compiler.summands import ROUGHLY, summands
from rasp.compiler.variables import (
    Categorical,
    Combined,
    Computed,
    Linear,
    PositionVariable,
    Read,
    Scalar,
    TokenVariable,
    Unit,
    Variable,
)
from rasp.graph.columns import Column
from rasp.graph.nodes import Elementwise, SOpNode

_COMPARISONS = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}


def sums_for(knowledge: Knowledge, variable: Computed, readings: Readings) -> list[Linear]:
    """Linear forms of its leaves that a staircase for it may be built on."""
    if not isinstance(variable.expression, Elementwise):
        return []
    return sums_of(knowledge, variable.expression, variable.leaves, readings)


def sums_of(
    knowledge: Knowledge, expression: SOpNode, of: tuple[Variable, ...], readings: Readings
) -> list[Linear]:
    """Sums of these leaves that the expression computes on its way, read in this way."""
    leaves = set(of)

    def view_of(node: SOpNode) -> tuple[Variable, Column | None] | None:
        made = knowledge.made.get(node)
        if made is not None and (made.variable in leaves or made.variable is knowledge.unit):
            return made.variable, made.column
        leaf = knowledge.known[node].leaves[0]
        if node in knowledge.columns:
            return leaf, knowledge.columns[node]
        if isinstance(leaf, Combined) and leaf not in leaves:
            return None
        return (leaf, None) if leaf.node is node else None

    def on_one(node: SOpNode) -> tuple[Variable, Bools] | None:
        leaf = knowledge.known[node].leaves[0]
        view = view_of(node)
        if view is not None and view[1] is not None:
            leaf, column = view[0], view[1]
        elif len(knowledge.known[node].leaves) == 1 and leaf in leaves and leaf.node is not node:
            if not isinstance(leaf, Scalar) or not readings.is_linear(leaf):
                return None
            column = evaluate(knowledge, node, {leaf: np.arange(leaf.size)}, leaf.size)
        else:
            return None
        if column.failed is not None or column.data.dtype != bool:
            return None
        return leaf, np.broadcast_to(column.data, (leaf.size,))

    forms = additive_forms(expression, view_of, on_one, readings)
    forms = [form for form in forms if {*form.features, *form.scalars} <= leaves]
    forms = [form for form in forms if _is_held(form, readings)]
    # The more leaves are in the sum, the fewer are left as gates: those are quickly tried.
    return sorted(forms, key=lambda form: -len(form.features) - len(form.scalars))


def _is_held(form: Linear, readings: Readings) -> bool:
    """Does a number hold the sum, so that all values of each summand make a difference?"""
    parts = [
        *form.features.values(),
        *(factor * readings.of(scalar) for scalar, factor in form.scalars.items()),
    ]
    largest = abs(form.constant) + sum(float(np.abs(part).max(initial=0.0)) for part in parts)
    gaps = [np.diff(np.unique(part)).min(initial=np.inf) for part in parts]
    return min(gaps, default=np.inf) >= FINEST_SUMMAND * largest


def additive_forms(
    root: SOpNode,
    view_of: Callable[[SOpNode], tuple[Variable, Column | None] | None],
    on_one: Callable[[SOpNode], tuple[Variable, Bools] | None],
    readings: Readings,
) -> list[Linear]:
    """Sums in the expression of several leaves, or of a scalar, and the differences it compares.

    view_of: for an s-op that is a function of one variable, that variable and the function (None if
    it is a scalar variable itself); None for all others; on_one: the same for conditions, and where
    they hold.
    """
    forms: dict[SOpNode, Linear | None] = {}
    numbers: dict[SOpNode, Linear] = {}  # conditionals, and the number that each is a function of
    alike: dict[SOpNode, _Alike] = {}
    found: list[Linear] = []
    stack: list[tuple[SOpNode, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if node in forms:
            continue
        leaf = None if node is root else view_of(node)
        if leaf is not None:
            forms[node] = _leaf_form(*leaf, readings)
            continue
        assert isinstance(node, Elementwise)
        if not ready:
            stack.append((node, True))
            stack.extend((operand, False) for operand in reversed(node.operands))
            continue
        form = forms[node] = _sum_of_forms(node, forms)
        found += _to_the_same_remainder(node, forms, alike)
        if node.operator == "where":
            branches = [numbers.get(operand, forms[operand]) for operand in node.operands[1:]]
            condition = distances(node.operands[0], on_one, readings)
            chosen = _branch(condition, branches[0], branches[1], readings)
            if chosen is not None:
                numbers[node] = chosen
                found.append(chosen)
        if form is not None:
            found.append(form)
        elif node.operator in _COMPARISONS:
            left, right = (forms[operand] for operand in node.operands)
            if left is not None and right is not None:
                found.append(left + right.scaled(-1.0))
            found += _ranked(view_of(node.operands[0]), view_of(node.operands[1]))
        elif node.operator == "modulo":
            found += _reduced(*(forms[operand] for operand in node.operands))
        found += [
            inner
            for inner in (forms[operand] for operand in node.operands)
            if inner is not None and inner.scalars
        ]
    return found


def _reduced(form: Linear | None, by: Linear | None) -> list[Linear]:
    """A sum with the remainder of each summand in the place of the summand: of `(1000 * a + 10 * b)
    % 97` it goes to 192 at most, and has the same remainder.  Only summands that no neurons compute
    have it: it is one more feature of them."""
    if form is None or form.scalars or by is None or by.features or by.scalars:
        return []
    if by.constant == 0.0:
        return []
    features = {
        leaf: _remainders(values, by.constant) if _is_as_read(leaf) else values
        for leaf, values in form.features.items()
    }
    before, after = (sum(map(np.ptp, part.values())) for part in (form.features, features))
    if after * WORTH_REDUCED > before:
        return []
    return [Linear(float(np.mod(form.constant, by.constant)), features)]


def _remainders(values: Floats, by: float) -> Floats:
    """Numbers that leave the same remainders: these themselves, or multiples of what the values are
    multiples of, which are no feature of their own, if they are as close together."""
    remainders = np.mod(values, by)
    steps = values - values[0]
    if np.abs(values).max() > EXACT_IN_FLOAT64 or (np.mod(steps, 1.0) != 0.0).any():
        return remainders
    step = float(np.gcd.reduce(steps.astype(np.int64)))
    if not step:
        return remainders
    multiples = steps * (math.remainder(step, by) / step) + np.mod(values[0], by)
    return multiples if np.ptp(multiples) <= np.ptp(remainders) else remainders


@dataclass(frozen=True, eq=False)
class _Alike:
    """A sum that leaves the same remainder by this number."""

    form: Linear
    by: float


def _to_the_same_remainder(
    node: Elementwise, forms: Mapping[SOpNode, Linear | None], alike: dict[SOpNode, _Alike]
) -> list[Linear]:
    """Sums with what is divided in the place of remainders: `(10 * (x % 97) + y) % 97` is that of
    `10 * x + y`, for integers.  `alike` has them for the operands, and gets that of the node."""
    if node.operator == "modulo":
        form, by = (forms[operand] for operand in node.operands)
        if by is None or by.features or by.scalars:
            return []
        inner = alike.get(node.operands[0])
        if inner is not None and inner.by == by.constant:
            alike[node] = inner
            return [inner.form, *_reduced(inner.form, by)]
        if form is not None:
            alike[node] = _Alike(form, by.constant)
        return []
    below = {operand: alike[operand] for operand in node.operands if operand in alike}
    moduli = {side.by for side in below.values()}
    if len(moduli) == 1:
        of_operands = {operand: forms[operand] for operand in node.operands}
        total = _sum_of_forms(node, {**of_operands, **{o: s.form for o, s in below.items()}})
        if total is not None:
            alike[node] = _Alike(total, moduli.pop())
    return []


def _is_as_read(leaf: Variable) -> bool:
    """Is it a token or a place, or what a head reads of one?"""
    while isinstance(leaf, Read):
        leaf = leaf.value
    return isinstance(leaf, (TokenVariable, PositionVariable))


def _branch(
    condition: Apart, then: Linear | None, other: Linear | None, readings: Readings
) -> Linear | None:
    """A number for a conditional with a branch that has one; of the other it must not depend."""
    taken = set_apart(then, condition.true, readings)
    return taken if taken is not None else set_apart(other, condition.false, readings)


def _leaf_form(variable: Variable, column: Column | None, readings: Readings) -> Linear | None:
    if isinstance(variable, Scalar):
        return variable.number if readings.is_linear(variable) else None
    assert isinstance(variable, Categorical)
    assert column is not None
    if column.failed is not None or not column.is_numeric:
        return None
    values = np.broadcast_to(column.data.astype(np.float64), (variable.size,))
    if not np.isfinite(values).all():
        return None
    values = _magnified(values)
    return (
        Linear(float(values[0])) if isinstance(variable, Unit) else Linear.feature(variable, values)
    )


def _magnified(values: Floats) -> Floats:
    """Last bits in which values differ that are meant to be the same, made visible.

    Of sums and differences the last bits add up too, so that even they can be told apart.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # numbers too large to have such digits
        ideal = np.round(values, 9)
        noise = (values - ideal) * MAGNIFICATION
    return ideal + noise if float(np.abs(noise).max()) < 0.5 else values


def _ranked(
    left: tuple[Variable, Column | None] | None, right: tuple[Variable, Column | None] | None
) -> list[Linear]:
    """The difference of ranks: comparable values compare like their places in a common order, and
    others, such as words and the 0 where there is none, are equal where these are."""
    if left is None or right is None or left[1] is None or right[1] is None:
        return []
    (a, of_a), (b, of_b) = (left[0], left[1]), (right[0], right[1])
    if not (isinstance(a, Categorical) and isinstance(b, Categorical)) or a is b:
        return []
    sides = [of_a.elements(), of_b.elements()]
    values = [value for side in sides for value in side]
    if not all(isinstance(value, (str, int, float)) for value in values):
        return []  # one of both fails somewhere
    distinct = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    order = {value: float(place) for place, value in enumerate(distinct)}
    ranks = [np.array([order[value] for value in side]) for side in sides]
    forms = [
        Linear.feature(variable, np.broadcast_to(rank, (variable.size,)).astype(np.float64))
        for variable, rank in zip((a, b), ranks, strict=True)
    ]
    return [forms[0] + forms[1].scaled(-1.0)]


def _sum_of_forms(node: Elementwise, forms: Mapping[SOpNode, Linear | None]) -> Linear | None:
    """The operation on linear forms, if it is linear in them."""

    def constant(operand: SOpNode) -> float | None:
        form = forms[operand]
        return None if form is None or form.features or form.scalars else form.constant

    parts = summands(node, ROUGHLY, constant)
    if parts is None:
        return None
    total = Linear()
    for factor, operand in parts:
        form = forms[operand]
        if form is None:
            return None
        total = total + form.scaled(float(factor))
    return total
