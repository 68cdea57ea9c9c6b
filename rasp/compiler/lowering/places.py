"""A selector of one place at most, as a number: the index of the key that it selects.

`select(indices, t, ==) and A or select(indices, u, ==) and B`, where A and B ask nothing of keys
but their index, selects the key at t where A holds, at u where B holds.  If never both hold, that
is the key at the place `t if A else u if B else -1`, which neurons compute as one number, condition
by condition.  The key nearest to a number t is the one with the largest 2 t k - k^2 (see
`rasp.compiler.lowering.nearest`); where there is no key at t, one more product, with a neuron's
"there is none", puts all of them below the beginning-of-sequence position.
"""

from __future__ import annotations

from functools import reduce
from math import prod

import numpy as np

from rasp.compiler.facts.contexts import Ints
from rasp.compiler.facts.domains import Joint
from rasp.compiler.limits import (
    FEW_PLACE_ROWS,
    MANY_SUMMED_ROWS,
    MAX_JOINT_ROWS,
    MAX_PLACE_ROWS,
)
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.classes import size_of
from rasp.compiler.lowering.combine import (
    integers,
    is_open,
    linear_form,
    linear_readings,
    lower_sum,
    of_listed,
)
from rasp.compiler.lowering.evaluate import table_of
from rasp.compiler.lowering.nearest import misses
from rasp.compiler.lowering.noise import truth_of
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.selection.clauses import Clause, clauses_of
from rasp.compiler.selection.selectors import Products, Term
from rasp.compiler.variables import Combined, Linear, Variable
from rasp.graph import construct
from rasp.graph.columns import Column
from rasp.graph.columns.column import INT
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
    Elementwise,
    Select,
    SelectorNode,
    SOpNode,
)
from rasp.graph.walk import topological
from rasp.graph.within import as_presence

_LENGTH = construct.selector_width(construct.FULL)

_NO_END = Refusal("the place may be behind all keys, and is known before the length is")
_FEW_FLAGS = Refusal("the place may be behind all keys, and few values can meet in it")
_NO_INTEGER = Refusal("the place is no integer")


def place_term(lowering: Lowering, selector: SelectorNode) -> Term | Refusal:
    """The selector as the key nearest to a number, if it is such a thing, and worth it."""
    clauses = clauses_of(selector, causal=lowering.contexts.causal)
    if clauses is None:
        return Refusal("it is no choice of keys by their index")

    if selector in lowering.placed:
        return lowering.placed[selector]

    def probe(child: Lowering) -> Term | Refusal:
        if not _is_worth_it(child, clauses):
            return Refusal("few values can meet in the place, which are compared one by one")
        return _term(child, clauses)

    found = attempt(lowering, probe)
    if isinstance(found, Term):
        # What reads it next is told the same, although what it is a function of is computed by now.
        lowering.placed[selector] = found
    return found


def _is_worth_it(lowering: Lowering, clauses: list[Clause]) -> bool:
    """Does it depend on several things at once that attention delivers, so that neurons would have
    to compare their joint values?"""
    leaves: dict[Variable, None] = {}
    for clause in clauses:
        for node in (clause.place, *clause.conditions):
            lowering.run(node)
            leaves.update(dict.fromkeys(lowering.known[node].leaves))
    joint = prod(leaf.possible.size for leaf in leaves)
    several = len(leaves) > 1 or any(isinstance(leaf, Combined) for leaf in leaves)
    return several and joint > FEW_PLACE_ROWS and any(leaf.depth > 0 for leaf in leaves)


def _term(lowering: Lowering, clauses: list[Clause]) -> Term | Refusal:
    if len(clauses) == 1 and not clauses[0].conditions:
        sum_ = _sum_of(lowering, clauses[0].place)
        if sum_ is not None:
            low, high = misses(lowering, sum_)
            if high and not _knows_the_end(lowering, clauses[0].place):
                return _NO_END
            if high and _are_few(lowering, clauses[0].place, sum_):
                return _FEW_FLAGS
            return Term((), _products(lowering, clauses[0].place, sum_, low, high))
    counted = reduce(_sum, (construct.elementwise("indicator", c.holds) for c in clauses))
    table, column = _looked_at(lowering, counted)
    numbers = _integers(column)
    if numbers is None or numbers.max() > 1:
        return Refusal("two of its conditions may hold")
    always = bool((numbers == 1).all())
    *first, last = clauses
    place = last.place if always else _choice(last, construct.constant(-1))
    for clause in reversed(first):
        place = _choice(clause, place)
    table, column = _looked_at(lowering, place)
    numbers = _integers(column)
    if numbers is None:
        return _NO_INTEGER
    low, high = _missed(lowering, table, numbers)
    if high and not _knows_the_end(lowering, place):
        return _NO_END
    for node in topological([place]):
        if isinstance(node, Elementwise) and node.operator == "where":
            _step(lowering, node.operands[0])
    if isinstance(place, Elementwise) and place not in lowering.columns:
        _know_again(lowering, place)
    number = _number(lowering, place)
    if number is None:
        return _NO_INTEGER
    return Term((), _products(lowering, place, number, low, high))


def _are_few(lowering: Lowering, place: SOpNode, sum_: Linear) -> bool:
    """Is it a sum of flags, or of multiples, of which the joint values can be tabulated?  Whether
    many of these are beyond the length is more than is proved, but what is computed from a table
    is."""
    most = MAX_JOINT_ROWS
    if sum_.scalars or any(leaf.size > 2 for leaf in sum_.features):
        if not _has_multiples(place):
            return False
        most = MANY_SUMMED_ROWS
    leaves = lowering.known[place].leaves
    return size_of(lowering, place, leaves, most) <= most


def _has_multiples(place: SOpNode) -> bool:
    return any(
        isinstance(node, Elementwise) and node.operator == "multiply"
        for node in topological([place])
    )


def _knows_the_end(lowering: Lowering, place: SOpNode) -> bool:
    """Is it known where the input ends when the place is?  The length takes attention."""
    return lowering.contexts.causal or lowering.known[place].depth > 0


def _looked_at(lowering: Lowering, node: SOpNode) -> tuple[Joint, Column]:
    """All joint values of what a node is a function of, and the node there."""
    lowering.run(node)
    leaves = lowering.known[node].leaves
    if lowering.size_of(leaves) > MAX_PLACE_ROWS:
        raise lowering.too_many(node, leaves, lowering.size_of(leaves))
    return table_of(lowering, node, leaves)


def _integers(column: Column) -> Ints | None:
    """The numbers, if all are integers."""
    if not column.is_numeric or column.failed is not None or np.any(column.tag != INT):
        return None
    return np.asarray(column.data, dtype=np.int64)


def _missed(lowering: Lowering, table: Joint, numbers: Ints) -> tuple[bool, bool]:
    """May a place be in front of all keys, or behind them?

    A query at i of a causal model sees the keys up to i.  What it may be there it may be in an
    input that ends there, which is one of the contexts.
    """
    rows = table.contexts
    match table.granularity:
        case "in":
            last = rows // lowering.contexts.max_len
        case "i" | "n":
            last = rows
        case _:
            last = np.zeros_like(rows)
    return bool((numbers < 0).any()), bool((numbers > last).any())


def _step(lowering: Lowering, condition: SOpNode) -> None:
    """Have a condition on several things computed before what depends on it."""
    lowering.run(condition)
    seen: set[SOpNode] = set()
    stack = [condition]
    while stack:
        condition = stack.pop()
        if condition in seen:
            continue
        seen.add(condition)
        if isinstance(condition, Elementwise) and condition.operator in ("and", "or", "not"):
            stack += reversed(condition.operands)
        elif len(lowering.known[condition].leaves) > 1 and condition not in lowering.stepped:
            if condition not in lowering.made:
                _ask_for_a_key(lowering, condition)
            lowering.view(condition)
            lowering.stepped.add(condition)


def _ask_for_a_key(lowering: Lowering, condition: SOpNode) -> None:
    """Have it read whether a number is less than the length, if such a number is what the token
    says: no neurons have to compare them."""
    asked = as_presence(condition)
    if lowering.contexts.causal or not isinstance(asked, Aggregate):
        return
    assert isinstance(asked.selector, Select)
    index = asked.selector.query
    lowering.run(index)
    if lowering.columns[index].failed is None:  # what fails here need not be asked for
        lowering.run(asked)
        lowering.made[condition] = lowering.view(asked)


def _know_again(lowering: Lowering, place: SOpNode) -> None:
    """What the expression is a function of, now that conditions in it are computed before."""
    for node in topological([place]):
        if not isinstance(node, Elementwise) or node in lowering.columns or node in lowering.made:
            continue
        if node in lowering.multiples or node in lowering.in_steps:
            continue
        if lowering.known[node].leaves[0].node is not node:
            lowering.in_steps[node] = lowering.rules.know(lowering, node)


def _number(lowering: Lowering, place: SOpNode) -> Linear | None:
    form = _sum_of(lowering, place)
    if form is not None:
        return form
    view = lowering.view(place)
    numbers = _integers(view.column)
    if numbers is None:
        return None
    numbers = np.broadcast_to(numbers, (view.variable.size,))
    return Linear.feature(view.variable, numbers.astype(np.float64))


def _sum_of(lowering: Lowering, place: SOpNode) -> Linear | None:
    """The place as a sum of integers that are in the stream, if it is one."""
    lowering.run(place)
    depth = lowering.known[place].depth
    if is_open(lowering, place, depth):
        form = of_listed(linear_form(lowering, place, depth))
    else:
        form = of_listed(integers(lowering, place, depth))
    if form is not None:
        lowering.read_linearly(form.scalars)
        lowering.summed.add(place)
    return form


def _largest(number: Linear) -> float:
    parts = [float(np.abs(values).max()) for values in number.features.values()]
    parts += [
        abs(factor) * float(np.abs(linear_readings(scalar)).max())
        for scalar, factor in number.scalars.items()
    ]
    return abs(number.constant) + sum(parts)


def _products(
    lowering: Lowering, place: SOpNode, number: Linear, low: bool, high: bool
) -> Products:
    """2 t k - k^2, numbers counted from the middle, less a large number where there is no key."""
    size, position = lowering.contexts.max_len, lowering.position
    middle = (size - 1) // 2
    keys = (np.arange(size) - middle).astype(np.float64)
    pairs = [
        (number.shifted(-middle), Linear.feature(position, 2.0 * keys)),
        (Linear(1.0), Linear.feature(position, -(keys**2))),
    ]
    outside = _outside(lowering, place, low, high)
    if outside is not None:
        largest = 2.0 * float(np.abs(keys).max()) * _largest(number.shifted(-middle)) + 1.0
        pairs.append((outside.scaled(-largest), Linear(1.0)))
    return Products(
        tuple(pairs),
        0.0,
        relative=True,
        kind="parabola",
        n_values=size,
        always=outside is None,
    )


def _outside(lowering: Lowering, place: SOpNode, low: bool, high: bool) -> Linear | None:
    """1 where there is no key at the place; None if that never happens."""
    end, last = (INDICES, 0) if lowering.contexts.causal else (_LENGTH, -1)
    beyond = construct.elementwise("subtract", place, end)
    sides = [construct.elementwise("less", place, 0)] if low else []
    sides += [construct.elementwise("greater", beyond, last)] if high else []
    if not sides:
        return None
    if place in lowering.made:
        lowering.stepped.add(place)
    else:
        _hold(lowering, place)
    if high:
        lowering.run(beyond)
        _hold(lowering, beyond)
    return reduce(Linear.__add__, (_truth(lowering, side) for side in sides))


def _hold(lowering: Lowering, place: SOpNode) -> None:
    """Have a sum known as one number, if there are many values that it is a sum of."""
    known = lowering.known[place]
    if not isinstance(place, Elementwise) or not is_open(lowering, place, known.depth):
        return
    if lowering.size_of(known.leaves) > MANY_SUMMED_ROWS:
        total = lower_sum(lowering, place, known.depth, of_scalars=False)
        if total is not None:
            lowering.as_sum[place] = total


def _truth(lowering: Lowering, condition: SOpNode) -> Linear:
    lowering.run(condition)
    view, holds = truth_of(lowering, condition)
    return Linear.feature(view.variable, holds.astype(np.float64))


def _choice(clause: Clause, other: SOpNode) -> SOpNode:
    return construct.elementwise("where", clause.holds, clause.place, other)


def _sum(a: SOpNode, b: SOpNode) -> SOpNode:
    return construct.elementwise("add", a, b)
