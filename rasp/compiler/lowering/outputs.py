"""Outputs that the unembedding itself puts together, so that nobody has to tabulate them.

    sums            `count(tokens, "a") ^ 2 + count(tokens, "b") ^ 2 + ...` has a table of all
                    combinations of counts, but nobody reads more of it than the sum
    conjunctions    `a == b and c == d` is true if none of its conditions is false: a logit counts
                    those that are

Each part is a number that the stream holds, or a function of few variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from rasp.compiler.facts.domains import Domain, joint_size
from rasp.compiler.limits import (
    CHOICE_MARGIN,
    FEW_OUTPUT_ROWS,
    LARGEST_INTEGER,
    MANY_OUTPUT_ROWS,
    MAX_CONSTANT,
    MAX_FORMULA,
    MAX_OUTPUT_NODES,
    MAX_OUTPUT_PARTS,
)
from rasp.compiler.lowering.aggregates import agrees_in_type, zero_among
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.averages import is_subtle
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.noise import truth_of
from rasp.compiler.lowering.parts import Part, part_of
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.typed import in_parts, told_alone
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.summands import FRACTIONS, sum_of
from rasp.compiler.variables import (
    Categorical,
    Computed,
    Linear,
    Mean,
    Read,
    Scalar,
    Sum,
    Variable,
)
from rasp.errors import CompileError
from rasp.graph import construct
from rasp.graph.nodes import (
    SOP_TYPES,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    SOpNode,
    atom_key,
)
from rasp.graph.walk import topological
from rasp.outputs import FORMULA_OPERATORS, Readout


def output_sum(
    lowering: Lowering, root: SOpNode, progress: Callable[[float], None]
) -> tuple[list[Linear], Readout] | None:
    """The numbers to read out and how, if the root is a sum that is better not tabulated.

    A sum of integers is one number.  Of others floats are added, whose last bits depend on how:
    each summand is put out, and what reads them adds them up as the program does.
    """
    found = sum_of(root, FRACTIONS, _number, most=MAX_OUTPUT_NODES)
    if found is None or not 1 <= len(found.factors) <= MAX_OUTPUT_PARTS:
        return None
    constant, factors = found.constant, found.factors
    if len(factors) == 1 and not isinstance(next(iter(factors)), Aggregate) and root not in factors:
        return None
    lowering.run(*factors, progress=progress)
    products = {node: made_of for node in factors if (made_of := _product(lowering, node))}
    if root in factors and root not in products:
        return None
    put_together: list[SOpNode] = []
    for node in factors:
        if node not in products and (typed := _typed_parts(lowering, node)):
            products[node], own = typed
            put_together += own
    leaves = all_leaves(lowering.unit, *(lowering.known[node].leaves for node in factors))
    n_scalars = sum(isinstance(leaf, Scalar) for leaf in leaves)
    size = joint_size([leaf.possible for leaf in leaves], lowering.contexts)
    subtle = any(isinstance(leaf, Mean) and is_subtle(leaf) for leaf in leaves)
    if not (subtle or products) and size <= (
        FEW_OUTPUT_ROWS if n_scalars > 1 else MANY_OUTPUT_ROWS
    ):
        return None
    summands: dict[SOpNode, Fraction] = {}
    for node, factor in factors.items():
        for part in products.get(node, (node,)):
            summands[part] = summands.get(part, Fraction(0)) + factor
    formula = _formula(root, {node: number for number, node in enumerate(summands)})
    if formula is None:
        return None

    def probe(child: Lowering) -> list[Part] | Refusal:
        parts = [part_of(child, node, factor) for node, factor in summands.items()]
        known = [part for part in parts if part is not None]
        return known if len(known) == len(parts) else Refusal("a summand is no number")

    known = attempt(lowering, probe)
    if isinstance(known, Refusal):
        return None  # too many values even for a summand, perhaps; in steps there may be fewer
    sizes = [part.largest for part in known]
    bounds = [size for size in sizes if size is not None]
    exact = abs(constant) + sum(bounds) < LARGEST_INTEGER and len(bounds) == len(sizes)
    if exact and _is_integer(formula) and not products:
        total = Linear(float(constant))
        for one in known:
            total = total + one.columns.forms[0].scaled(float(one.factor))
        return [total], Readout("grid", scale=np.ones(1), integer=True)
    together = in_parts(lowering, tuple(summands), known, formula)
    if together is not None:
        lowering.summed.update(put_together)
    return together


def _typed_parts(
    lowering: Lowering, root: SOpNode
) -> tuple[tuple[SOpNode, ...], list[SOpNode]] | None:
    """What a product or a choice of means is put together from, and all that is so put together,
    if of the product itself it would not be known whether it is an int; None if it would."""
    subtle = _subtle_in(lowering, root)
    parts: dict[SOpNode, None] = {}
    put_together: list[SOpNode] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Elementwise) and subtle.get(node) and not _is_variable(lowering, node):
            put_together.append(node)
            stack.extend(reversed(node.operands))
        elif not isinstance(node, Constant):
            parts[node] = None
        if len(put_together) + len(stack) > MAX_FORMULA:
            return None
    if not put_together:
        return None

    try:
        alone = part_of(lowering.child(), root, Fraction(1))  # of which no trace is left
    except CompileError:
        return None
    by_rule = alone is not None and alone.columns.readout.by_rule
    return (tuple(parts), put_together) if by_rule else None


def output_formula(lowering: Lowering, root: SOpNode) -> tuple[list[Linear], Readout] | None:
    """The parts of the root, lowered, if a mean in it takes more than its number to be known.

    Such means are put out for themselves, with all that they take, and what they are added to,
    multiplied with or chosen by; what reads them puts them together as the program does.
    """
    subtle = _subtle_in(lowering, root)
    if not subtle[root]:
        return None
    if _expanded(lowering, root) is None:
        return told_alone(lowering, root)
    parts: dict[SOpNode, int] = {}
    put_together: list[SOpNode] = []  # what reads the output sees where these fail
    formula: list[tuple[str, Atom]] = []
    stack: list[SOpNode | tuple[str, Atom]] = [root]
    while stack:
        entry = stack.pop()
        if len(formula) + len(stack) > MAX_FORMULA:
            return told_alone(lowering, root)
        if isinstance(entry, tuple):
            formula.append(entry)
            continue
        node = entry
        made_of = _expanded(lowering, node) if subtle.get(node) else None
        if made_of is not None:
            put_together.append(node)
            stack.append(made_of[0])
            stack.extend(reversed(made_of[1]))
        elif isinstance(node, Constant):
            formula.append(("constant", node.value))
        else:
            formula.append(("part", parts.setdefault(node, len(parts))))
    attempt = lowering.child()
    attempt.run(*parts)
    found = [part_of(attempt, node, Fraction(1)) for node in parts]
    known = [part for part in found if part is not None]
    if len(known) < len(found):
        return None
    together = in_parts(attempt, tuple(parts), known, tuple(formula))
    if together is None:
        return None
    lowering.adopt(attempt)
    lowering.summed.update(put_together)
    return together


def _subtle_in(lowering: Lowering, root: SOpNode) -> dict[SOpNode, bool]:
    """For all that is lowered: does it take more than its number to be known?"""
    subtle: dict[SOpNode, bool] = {}
    for node in topological([root]):
        if isinstance(node, SOP_TYPES) and node in lowering.known:
            subtle[node] = _is_subtle(lowering, node, subtle)
    return subtle


def _is_variable(lowering: Lowering, node: SOpNode) -> bool:
    return lowering.known[node].leaves[0].node is node


def _is_subtle(lowering: Lowering, node: SOpNode, subtle: dict[SOpNode, bool]) -> bool:
    """Is it, or is its value made of, a mean that takes more than its number to be known?"""
    leaf = lowering.known[node].leaves[0]
    if leaf.node is node:
        if leaf.interval is not None:
            return True  # no neuron knows more of it than sums and comparisons
        if isinstance(leaf, Mean):
            return is_subtle(leaf)
        made_of = _expanded(lowering, node)
        if made_of is None or isinstance(leaf, Read):
            return leaf.untyped
        if made_of[0][0] == "multiply":
            return True  # a product is an int where the mean is, whatever its size
        mean, default = lowering.known[made_of[1][1]].leaves[0], made_of[1][2]
        assert isinstance(default, Constant)
        if not agrees_in_type(mean, default.value):
            return True
        return isinstance(mean, Mean) and is_subtle(mean)
    if not isinstance(node, Elementwise) or node.operator not in FORMULA_OPERATORS:
        return False
    values = node.operands[1:] if node.operator == "where" else node.operands
    if node.operator in ("modulo", "power"):  # of an integer of many digits it is a function
        is_float = any(map(_makes_floats, node.operands))
        values = tuple(o for o in values if _is_doubted(lowering, o, is_float=is_float))
    return any(subtle[operand] for operand in values)


def _makes_floats(node: SOpNode) -> bool:
    """A remainder with such an operand, or a power, is a float, whatever the other operand is."""
    return isinstance(node, Constant) and isinstance(node.value, float)


def _is_doubted(lowering: Lowering, node: SOpNode, *, is_float: bool) -> bool:
    """Are its last bits not known, or is it not known where it is an int, if that matters?"""
    leaves = lowering.known[node].leaves
    return any(leaf.blurred or (leaf.untyped and not is_float) for leaf in leaves)


def _expanded(
    lowering: Lowering, node: SOpNode
) -> tuple[tuple[str, Atom], tuple[SOpNode, ...]] | None:
    """An operator and what it is applied to, where a node is put together from its parts."""
    if _is_variable(lowering, node):
        factors = _product(lowering, node)
        if factors:
            return ("multiply", 2), factors
        leaf = lowering.known[node].leaves[0]
        if isinstance(node, Aggregate) and isinstance(leaf, Computed):
            return _beside_default(node, leaf.leaves[0].node)
        if isinstance(node, (Aggregate, Fetch)) and _has_other_default(node, leaf):
            return _beside_default(node, construct.with_default(node, zero_among(leaf)))
        return None
    if isinstance(node, Elementwise) and node.operator in FORMULA_OPERATORS:
        return (node.operator, len(node.operands)), node.operands
    return None


def _beside_default(
    read: Aggregate | Fetch, number: SOpNode
) -> tuple[tuple[str, Atom], tuple[SOpNode, ...]]:
    """What is read: the number where a key is selected, and the default."""
    assert read.default is not None
    found = construct.aggregate(read.selector, True, False)
    return ("where", 3), (found, number, construct.constant(read.default))


def _has_other_default(node: Aggregate | Fetch, leaf: Variable) -> bool:
    """Is a number read of which it is not known whether it is an int, or a default that is none?"""
    is_number = type(node.default) in (int, float)
    return isinstance(leaf, Read) and leaf.untyped and leaf.default_code >= 0 and not is_number


def _product(lowering: Lowering, node: SOpNode) -> tuple[SOpNode, ...]:
    """The factors of a sum that is a mean times a count, whose types decide its own."""
    leaf = lowering.known[node].leaves[0]
    return leaf.factors if isinstance(leaf, (Sum, Computed)) and leaf.node is node else ()


def _is_integer(formula: Sequence[tuple[str, Atom]]) -> bool:
    """Is what is made of integers so an integer?"""
    return all(
        name != "divide" and (name != "constant" or type(argument) is int)
        for name, argument in formula
    )


def _number(node: SOpNode) -> int | float | None:
    """The value of a constant that sums are put together with."""
    match node:
        case Constant(value=value) if (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and -MAX_CONSTANT < value < MAX_CONSTANT
        ):
            return value
    return None


def _formula(root: SOpNode, parts: dict[SOpNode, int]) -> tuple[tuple[str, Atom], ...] | None:
    """How the root is made of its parts, in reverse Polish notation; None if that is very long."""
    formula: list[tuple[str, Atom]] = []
    stack: list[SOpNode | tuple[str, Atom]] = [root]
    while stack:
        node = stack.pop()
        if len(formula) + len(stack) > MAX_FORMULA:
            return None
        if isinstance(node, tuple):
            formula.append(node)
        elif node in parts:
            formula.append(("part", parts[node]))
        elif isinstance(node, Constant):
            formula.append(("constant", node.value))
        else:
            assert isinstance(node, Elementwise)
            stack.append((node.operator, len(node.operands)))
            stack.extend(reversed(node.operands))
    return tuple(formula)


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
    if not 2 <= len(conditions) <= MAX_OUTPUT_PARTS:
        return None
    lowering.run(*(node for node, _ in conditions), progress=progress)
    scalars = [_scalars(lowering, node) for node, _ in conditions]
    together = set().union(*scalars)
    if len(together) < 2 or any(len(some) > 1 for some in scalars):
        return None
    against = Linear()  # how many conditions fail, or hold if one is enough
    for node, negated in conditions:
        view, holds = truth_of(lowering, node)
        fails = (holds != negated) != conjunction
        against = against + Linear.feature(view.variable, fails.astype(float))
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
    while stack and len(conditions) <= MAX_OUTPUT_PARTS:
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
        possible=Domain.everywhere([0], lowering.contexts),
    )
