"""A function that depends on several leaves through comparisons only: these first, then the rest.

`tokens if index > plus and index < equals else "_"` depends on the token and on what two
comparisons say, and each comparison is a step of a difference: two neurons.  Of the token, the
index and both places at once it takes hundreds.  So what the comparisons say is computed, and a
sublayer later the function is one of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rasp.compiler.encoding.by_number import InTwo
from rasp.compiler.encoding.expressions import is_of
from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.encoding.summed import Accuracies
from rasp.compiler.facts.contexts import Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.rows import count_rows, distinct_rows
from rasp.compiler.limits import (
    FEW_CONJUNCTIONS,
    FEW_INNER_LEAVES,
    MANY_AT_ONCE,
    MANY_NEURONS,
    MANY_SEARCHED_ROWS,
    MOST_INNER_CONDITIONS,
    MOST_NODES_IN_STEPS,
    WORTH_A_SUBLAYER,
)
from rasp.compiler.lowering.additive import sums_of
from rasp.compiler.lowering.evaluate import parts_of
from rasp.compiler.synthesis import Table, synthesise
from rasp.compiler.variables import Computed, Side, Variable
from rasp.graph.nodes import Elementwise, SOpNode
from rasp.graph.operators import COMPARISON_OPERATORS

_COMPARISONS = frozenset(COMPARISON_OPERATORS.values())


@dataclass(frozen=True, eq=False)
class _Condition:
    """variable: whether it holds; holds: for each row of the table; cost: of its neurons."""

    variable: Computed
    holds: Ints
    cost: float


def by_inner_conditions(
    encoding: Encoding,
    variable: Computed,
    table: Table,
    accuracy: Accuracies,
    cost: float,
) -> InTwo | None:
    """The function in two sublayers, if that is much cheaper than at once; None if it is not.

    cost: what one sublayer takes.
    """
    exact, noise = accuracy.exact, accuracy.noise
    if cost < MANY_AT_ONCE or variable.alike:
        return None
    if len(table.leaves) < FEW_INNER_LEAVES or not isinstance(variable.expression, Elementwise):
        return None
    if any(isinstance(leaf, Side) or leaf.blurred or leaf.untyped for leaf in table.leaves):
        return None
    if (variable.codes < 0).any():
        return None  # of what fails the table has no rows, and conditions have to hold there or not
    enough = MANY_NEURONS if len(table.codes) < MANY_SEARCHED_ROWS else FEW_CONJUNCTIONS
    most = min(enough, cost / WORTH_A_SUBLAYER + 1)
    conditions = list(_conditions(encoding, variable, table, most, exact=exact, noise=noise))
    spent = sum(condition.cost for condition in conditions)
    if not conditions or spent * WORTH_A_SUBLAYER > cost:
        return None
    after = _after(table, conditions)
    left = min(MANY_NEURONS, cost / WORTH_A_SUBLAYER) - spent + 1
    solution = synthesise(after, [], exact=exact, noise=noise, most=left)
    if solution is None or (spent + solution.cost) * WORTH_A_SUBLAYER > cost:
        return None
    needed = tuple(condition.variable for condition in conditions)
    return InTwo(after, solution, (needed,), needed, spent + solution.cost)


def _conditions(
    encoding: Encoding,
    variable: Computed,
    table: Table,
    most: float,
    *,
    exact: bool,
    noise: float,
) -> Iterator[_Condition]:
    """The comparisons in the expression, of two leaves or more, that cost less than `most`."""
    assert isinstance(variable.expression, Elementwise)
    codes = dict(zip(table.leaves, table.codes.T, strict=True))
    size = len(table.codes)
    n_found = 0
    for node in _comparisons(variable.expression):
        if not is_of(encoding.lowered, node, table.leaves):
            continue
        below = parts_of(encoding.lowered, node, codes, size)
        column = below.columns[node]
        there = {of.leaf for of in below.of_leaves.values()}
        places = [place for place, leaf in enumerate(table.leaves) if leaf in there]
        if column.faults is not None or column.data.dtype.kind != "b":
            continue
        if len(places) < 2:
            continue
        holds = np.broadcast_to(column.data, (size,)).astype(np.int64)
        leaves = tuple(table.leaves[place] for place in places)
        first = distinct_rows([*table.codes[:, places].T], size)
        rows, said = table.codes[first][:, places], holds[first]
        own = Table(leaves, rows, said[:, None].astype(float), said, table.readings)
        sums = sums_of(encoding.lowered, node, leaves, table.readings)
        solution = encoding.synthesised.of(own, sums, exact=exact, noise=noise, most=most)
        if solution is None or solution.cost >= most:
            continue
        yield _Condition(_held(encoding, variable, node, leaves, rows, said), holds, solution.cost)
        n_found += 1
        if n_found == MOST_INNER_CONDITIONS:
            return


def _comparisons(root: Elementwise) -> Iterator[Elementwise]:
    """What is compared below the root, from the top; not what is compared within a comparison."""
    seen: set[SOpNode] = set()
    stack: list[SOpNode] = [root]
    while stack and len(seen) < MOST_NODES_IN_STEPS:
        node = stack.pop()
        if node in seen or not isinstance(node, Elementwise):
            continue
        seen.add(node)
        if node.operator in _COMPARISONS and node is not root:
            yield node
        else:
            stack.extend(reversed(node.operands))


def _after(table: Table, conditions: list[_Condition]) -> Table:
    """The function of what the conditions say, and of the leaves that it depends on beside that."""
    assert table.outcomes is not None
    said = [condition.holds for condition in conditions]
    beside = list(range(len(table.leaves)))
    size = len(table.codes)
    for place in range(len(table.leaves)):
        others = [other for other in beside if other != place]
        columns = [*said, *table.codes[:, others].T]
        if count_rows(columns, size) == count_rows([*columns, table.outcomes], size):
            beside = others
    columns = [*said, *table.codes[:, beside].T]
    first = distinct_rows(columns, size)
    leaves: list[Variable] = [condition.variable for condition in conditions]
    leaves += [table.leaves[place] for place in beside]
    return Table(
        tuple(leaves),
        np.stack(columns, axis=1)[first],
        table.targets[first],
        table.outcomes[first],
        table.readings,
    )


def _held(
    encoding: Encoding,
    variable: Computed,
    node: Elementwise,
    leaves: tuple[Variable, ...],
    rows: Ints,
    said: Ints,
) -> Computed:
    return Computed(
        node=node,
        label=encoding.lowered.names.text(node),
        depth=variable.depth,
        possible=Domain.everywhere((False, True), encoding.lowered.contexts),
        leaves=leaves,
        rows=rows,
        codes=said,
        expression=node,
        level=variable.level,
    )
