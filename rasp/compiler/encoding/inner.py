"""A function that depends on several leaves through one number only: the number first.

`abs(a - b) > abs(c - d)` depends on one number, abs(a - b) - abs(c - d), and this takes two
neurons.  Of four digits at once the comparison takes hundreds.  So the number is written, and a
sublayer later the comparison is a step of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rasp.compiler.encoding.by_number import InTwo
from rasp.compiler.encoding.expressions import expression_of, is_of
from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.encoding.summed import Accuracies, solved
from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.rows import count_rows, distinct_rows
from rasp.compiler.limits import (
    FEW_INNER_LEAVES,
    LARGE_INTEGERS,
    MANY_FEATURE_NEURONS,
    MANY_NEURONS,
    MOST_INNER_NUMBERS,
    MOST_NODES_IN_STEPS,
    WORTH_A_SUBLAYER,
)
from rasp.compiler.lowering.additive import sums_of
from rasp.compiler.lowering.evaluate import parts_of
from rasp.compiler.synthesis import Table, synthesise
from rasp.compiler.variables import Combined, Computed, Linear, Side, Variable
from rasp.graph import construct
from rasp.graph.nodes import Elementwise, SOpNode
from rasp.graph.operators import COMPARISON_OPERATORS

_COMPARISONS = frozenset(COMPARISON_OPERATORS.values())


@dataclass(frozen=True, eq=False)
class _Number:
    """node: what it is; leaves: of what it is a function; numbers: for each row of a table."""

    node: Elementwise
    leaves: tuple[Variable, ...]
    numbers: Ints


def by_inner_number(
    encoding: Encoding,
    variable: Computed,
    table: Table,
    accuracy: Accuracies,
    cost: float,
) -> InTwo | None:
    """The function in two sublayers, if that is much cheaper than at once; None if it is not.

    cost: what one sublayer takes.
    """
    if cost < MANY_FEATURE_NEURONS or variable.alike:
        return None
    best: InTwo | None = None
    for number in _numbers(encoding, variable, table):
        found = _through(encoding, variable, table, number, accuracy, cost)
        if found is not None:
            best, cost = found, found.cost * WORTH_A_SUBLAYER
    return best


def _numbers(encoding: Encoding, variable: Computed, table: Table) -> Iterator[_Number]:
    """Numbers that the expression computes, or compares, of three leaves or more, by which alone
    the function depends on these."""
    assert table.outcomes is not None
    if not isinstance(variable.expression, Elementwise) or len(table.leaves) < FEW_INNER_LEAVES:
        return
    if any(isinstance(leaf, Side) for leaf in table.leaves):
        return
    codes = dict(zip(table.leaves, table.codes.T, strict=True))
    size = len(table.codes)
    n_tried = 0
    for node in _inner(variable.expression):
        if not is_of(encoding.lowered, node, table.leaves):
            continue
        below = parts_of(encoding.lowered, node, codes, size)
        column = below.columns[node]
        there = {of.leaf for of in below.of_leaves.values()}
        leaves = tuple(leaf for leaf in table.leaves if leaf in there)
        if column.faults is not None or column.kind != "int" or len(leaves) < 3:
            continue
        numbers = np.broadcast_to(column.data, (size,)).astype(np.int64)
        if np.abs(numbers).max(initial=0) > LARGE_INTEGERS:
            continue
        outside = [codes[leaf] for leaf in table.leaves if leaf not in there]
        columns = [numbers - numbers.min(initial=0), *outside]
        if count_rows(columns, size) == count_rows([*columns, table.outcomes], size):
            yield _Number(node, leaves, numbers)
            n_tried += 1
        if n_tried == MOST_INNER_NUMBERS:
            return


def _inner(root: Elementwise) -> Iterator[Elementwise]:
    """What is compared, as differences, and what else there is below the root, from the top."""
    seen: set[SOpNode] = set()
    stack: list[SOpNode] = [root]
    while stack and len(seen) < MOST_NODES_IN_STEPS:
        node = stack.pop()
        if node in seen or not isinstance(node, Elementwise):
            continue
        seen.add(node)
        if node is not root:
            yield node
        if node.operator in _COMPARISONS:
            difference = construct.elementwise("subtract", *node.operands)
            if isinstance(difference, Elementwise):
                yield difference
        stack.extend(reversed(node.operands))


def _through(
    encoding: Encoding,
    variable: Computed,
    table: Table,
    number: _Number,
    accuracy: Accuracies,
    cost: float,
) -> InTwo | None:
    assert table.outcomes is not None
    places = [place for place, leaf in enumerate(table.leaves) if leaf in number.leaves]
    values, of_row = np.unique(number.numbers, return_inverse=True)
    of_row = of_row.reshape(-1)
    first = distinct_rows([*table.codes[:, places].T], len(table.codes))
    rows, codes = table.codes[first][:, places], of_row[first]
    own = Table(number.leaves, rows, values[codes, None].astype(float), codes, table.readings)
    sums = sums_of(encoding.lowered, number.node, number.leaves, table.readings)
    expression = expression_of(encoding, number.node, own)
    most = min(MANY_NEURONS, cost / WORTH_A_SUBLAYER)
    of_number = solved(encoding, expression, own, sums, accuracy, most)
    if of_number is None or of_number.cost >= most:
        return None
    held = _held(encoding, variable, number, rows, codes, values)
    reading = Combined(
        node=held.node,
        label=held.label,
        depth=held.depth,
        possible=held.possible,
        form=Linear.feature(held, values.astype(np.float64)),
    )
    outside = [place for place in range(len(table.leaves)) if place not in places]
    columns = [of_row, *table.codes[:, outside].T]
    first = distinct_rows(columns, len(table.codes))
    after = Table(
        (reading, *(table.leaves[place] for place in outside)),
        np.stack(columns, axis=1)[first],
        table.targets[first],
        table.outcomes[first],
        table.readings,
    )
    left = cost / WORTH_A_SUBLAYER - of_number.cost + 1
    solution = synthesise(after, [], exact=accuracy.exact, noise=accuracy.noise, most=left)
    if solution is None or (of_number.cost + solution.cost) * WORTH_A_SUBLAYER > cost:
        return None
    return InTwo(after, solution, ((held,),), (held, reading), of_number.cost + solution.cost)


def _held(
    encoding: Encoding,
    variable: Computed,
    number: _Number,
    rows: Ints,
    codes: Ints,
    values: Floats,
) -> Computed:
    whole = tuple(int(value) for value in values.tolist())
    return Computed(
        node=number.node,
        label=encoding.lowered.names.text(number.node),
        depth=variable.depth,
        possible=Domain.everywhere(whole, encoding.lowered.contexts),
        leaves=number.leaves,
        rows=rows,
        codes=codes,
        expression=number.node,
        level=variable.level,
    )
