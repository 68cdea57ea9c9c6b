"""Outputs that the unembedding itself puts together, so that nobody has to tabulate them.

    sums            `count(tokens, "a") ^ 2 + count(tokens, "b") ^ 2 + ...` has a table of all
                    combinations of counts, but nobody reads more of it than the sum
    conjunctions    `a == b and c == d` is true if none of its conditions is false: a logit counts
                    those that are

Each part is a number that the stream holds, or a function of few variables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from rasp.artifact import Readout
from rasp.compiler.contexts import Floats
from rasp.compiler.domains import Domain, joint_size
from rasp.compiler.lowering.fractions import fraction_readout
from rasp.compiler.lowering.lower import Lowering
from rasp.compiler.lowering.tables import union_of
from rasp.compiler.means import MAX_DENOMINATOR, Grid, Quotients
from rasp.compiler.variables import Categorical, Linear, Mean, Scalar, Variable, Width
from rasp.errors import CompileError
from rasp.graph.nodes import Aggregate, Atom, Constant, Elementwise, SOpNode, atom_key

MAX_PARTS = 1_000
FEW_ROWS, MANY_ROWS = 30, 20_000
"""So many combinations are tabulated, if there are several scalars among the summands, or not."""

COARSE, FINE = 100_000, 10_000_000
"""Denominators that are welcome, and the largest."""

MANY_MEANS = 2_000

CHOICE_MARGIN = 0.5
"""Of two logits that are at least 1 apart."""


@dataclass(frozen=True)
class Part:
    """factor times a number of the stream: form over the values of a variable's domain."""

    factor: Fraction
    variable: Variable
    form: Linear
    numbers: Floats | None  # for each value of the variable; None if they are too many to list


def output_sum(
    lowering: Lowering, root: SOpNode, progress: Callable[[float], None]
) -> tuple[Linear, Readout] | None:
    """The number to read out and how, if the root is a sum that is better not tabulated."""
    constant, factors = _summands(root)
    if not 1 <= len(factors) <= MAX_PARTS or root in factors:
        return None
    if len(factors) == 1 and not isinstance(next(iter(factors)), Aggregate):
        return None
    lowering.run(*factors, progress=progress)
    leaves = union_of(lowering.unit, *(lowering.known[node].leaves for node in factors))
    n_scalars = sum(isinstance(leaf, Scalar) for leaf in leaves)
    size = joint_size([leaf.domain for leaf in leaves], lowering.contexts)
    if size <= (FEW_ROWS if n_scalars > 1 else MANY_ROWS):
        return None
    try:
        parts = [_part(lowering, node, factor) for node, factor in factors.items()]
    except CompileError:
        return None  # too many values even for a summand; in steps there may be fewer
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    readout = _readout(lowering, known, constant)
    if readout is None:
        return None
    total = Linear(float(constant))
    for part in known:
        total = total + part.form.scaled(float(part.factor))
        if isinstance(part.variable, Width):
            part.variable.linear = True
    return total, readout


def _summands(root: SOpNode) -> tuple[Fraction, dict[SOpNode, Fraction]]:
    """A constant, and what is added to it how many times."""
    constant, factors = Fraction(0), dict[SOpNode, Fraction]()
    stack: list[tuple[SOpNode, Fraction]] = [(root, Fraction(1))]
    while stack and len(factors) <= MAX_PARTS:
        node, factor = stack.pop()
        match node:
            case Elementwise(operator="add" | "subtract" as operator, operands=(left, right)):
                stack.append((right, factor if operator == "add" else -factor))
                stack.append((left, factor))
            case Elementwise(operator="negate", operands=(operand,)):
                stack.append((operand, -factor))
            case Elementwise(operator="multiply", operands=(Constant(value=by), other)) | (
                Elementwise(operator="multiply", operands=(other, Constant(value=by)))
            ) if _is_number(by):
                stack.append((other, factor * _ideal(by)))
            case Elementwise(operator="divide", operands=(other, Constant(value=by))) if (
                _is_number(by) and by != 0
            ):
                stack.append((other, factor / _ideal(by)))
            case Constant(value=value) if _is_number(value):
                constant += factor * _ideal(value)
            case _:
                factors[node] = factors.get(node, Fraction(0)) + factor
    return constant, factors


def _is_number(value: Atom) -> bool:
    return type(value) in (int, float) and abs(float(value)) < 1e9


def _ideal(value: Atom) -> Fraction:
    """What is meant by a float: 1/10 by 0.1."""
    grid = Grid.of([value])
    return grid.low


def _part(lowering: Lowering, node: SOpNode, factor: Fraction) -> Part | None:
    leaf = lowering.known[node].leaves[0]
    if isinstance(leaf, Scalar) and leaf.node is node:
        listed = leaf.domain.listed
        if not listed and not isinstance(leaf, Mean):
            return None
        numbers = np.array([float(v) for v in leaf.domain.values]) if listed else None
        number = Linear(0.0, {}, {leaf: 1.0}) if isinstance(leaf, Width) else leaf.number
        return Part(factor, leaf, number, numbers)
    view = lowering.view(node)
    values = view.column.elements()
    if any(isinstance(value, str) for value in values):
        return None
    numbers = np.array([float(v) if isinstance(v, (int, float)) else 0.0 for v in values])
    numbers = np.broadcast_to(numbers, (view.variable.size,))
    if not np.isfinite(numbers).all():
        return None
    return Part(factor, view.variable, Linear.feature(view.variable, numbers), numbers)


def _readout(lowering: Lowering, parts: list[Part], constant: Fraction) -> Readout | None:
    """Sums are multiples of the common denominator of all summands, in each context."""
    anywhere = _scale(parts, constant, None)
    if anywhere is not None and anywhere <= COARSE:
        return Readout("grid", scale=np.array([float(anywhere)]), integer=anywhere == 1)
    size = lowering.contexts.max_len
    by_length = [_scale(parts, constant, row) for row in range(size)]
    found: list[Readout] = []
    if all(scale is not None and scale <= FINE for scale in by_length):
        scales = np.array([float(scale or 1) for scale in by_length])
        found.append(Readout("grid", context="n", scale=scales))
    elif anywhere is not None and anywhere <= FINE:
        found.append(Readout("grid", scale=np.array([float(anywhere)])))
    quotient = fraction_readout(_quotient(parts, constant), integer=False)
    if quotient is not None:
        found.append(quotient)
    return max(found, key=lambda readout: readout.value_margin, default=None)


def _quotient(parts: list[Part], constant: Fraction) -> Quotients:
    """The sum as a fraction, whose denominator is that of a mean, or a product of such."""
    over: dict[object, Quotients] = {}
    total = Quotients.multiples(Grid(constant, Fraction(0), constant))
    for part in parts:
        if not part.factor:
            continue
        if isinstance(part.variable, Mean):
            mean = part.variable.quotients.times(part.factor)
            key = part.variable.term.key()
            over[key] = over[key].plus(mean, same=True) if key in over else mean
        else:
            assert part.numbers is not None
            grid = Grid.of(np.unique(part.numbers).tolist())
            total = total.plus(Quotients.multiples(grid).times(part.factor))
    for mean in over.values():
        total = total.plus(mean)
    return total


def _scale(parts: list[Part], constant: Fraction, row: int | None) -> int | None:
    """The common denominator of the sum, for inputs of length row + 1 or of any length."""
    scale = constant.denominator
    for part in parts:
        if isinstance(part.variable, Mean) and not _has_few(part.numbers):
            grid = part.variable.grid
            if row is not None and part.variable.scales:
                grid = Grid(Fraction(0), Fraction(1, part.variable.scales[row]), grid.high)
        else:
            assert part.numbers is not None
            numbers = part.numbers
            if row is not None:
                numbers = numbers[_possible(part.variable.domain, row)]
            if not len(numbers):
                continue
            grid = Grid.of(np.unique(numbers).tolist())
        low, step = grid.low * part.factor, grid.step * part.factor
        scale = lcm(scale, low.denominator, step.denominator)
        if scale > MAX_DENOMINATOR:
            return None
    return scale


def _has_few(numbers: Floats | None) -> bool:
    """Are they so few that it is worth looking at each of them?"""
    return numbers is not None and len(numbers) <= MANY_MEANS


def _possible(domain: Domain, row: int) -> np.ndarray:
    """Which values are possible in inputs of length row + 1."""
    mask: np.ndarray = domain.at("n")[row] if "n" in domain.granularity else domain.at("")[0]
    return mask


def output_choice(
    lowering: Lowering, root: SOpNode, progress: Callable[[float], None]
) -> tuple[list[Linear], Readout] | None:
    """Two logits, if the root says whether all of several conditions hold, or any of them.

    So it is done where these are functions of several scalars: a neuron sees one sum of them only.
    """
    condition: SOpNode = root
    chosen: tuple[Atom, Atom] = (True, False)
    match root:
        case Elementwise(operator="where", operands=(condition, Constant(yes), Constant(no))):
            if atom_key(yes) == atom_key(no):
                return None
            chosen = (yes, no)
    conditions, conjunction = _conditions(condition)
    if not 2 <= len(conditions) <= MAX_PARTS:
        return None
    lowering.run(*(node for node, _ in conditions), progress=progress)
    scalars = [_scalars(lowering, node) for node, _ in conditions]
    together = set().union(*scalars)
    if len(together) < 2 or any(len(some) > 1 for some in scalars):
        return None
    against = Linear()  # how many conditions fail, or hold if one is enough
    for node, negated in conditions:
        view = lowering.view(node)
        holds = np.broadcast_to(view.column.truth(), (view.variable.size,)) != negated
        against = against + Linear.feature(view.variable, (holds != conjunction).astype(float))
    wins = (Linear(0.5) + against.scaled(-1.0), Linear(-0.5) + against)
    order = wins if conjunction else wins[::-1]
    return list(order), Readout("categorical", chosen, margin=CHOICE_MARGIN)


def _scalars(lowering: Lowering, node: SOpNode) -> set[Variable]:
    return {leaf for leaf in lowering.known[node].leaves if isinstance(leaf, Scalar)}


def _conditions(root: SOpNode) -> tuple[list[tuple[SOpNode, bool]], bool]:
    """The conditions (and whether each is negated) all of which have to hold, or one of which."""
    conditions: dict[tuple[SOpNode, bool], None] = {}
    joined: bool | None = None
    stack = [(root, False)]
    while stack and len(conditions) <= MAX_PARTS:
        node, negated = stack.pop()
        match node:
            case Elementwise(operator="not", operands=(operand,)):
                stack.append((operand, not negated))
                continue
            case Elementwise(operator="and" | "or" as operator, operands=(left, right)):
                conjunction = (operator == "and") != negated
                if joined in (None, conjunction):
                    joined = conjunction
                    stack += [(right, negated), (left, negated)]
                    continue
        conditions[node, negated] = None
    return list(conditions), joined is not False


def label_variable(lowering: Lowering, root: SOpNode) -> Categorical:
    """A stand-in for the root, which nothing holds: its name is wanted."""
    return Categorical(
        node=root,
        label=lowering.text(root),
        depth=0,
        domain=Domain.everywhere([0], lowering.contexts),
    )
