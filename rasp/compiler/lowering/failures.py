"""Where functions of several variables fail, as flags that the model delivers.

Functions of one variable say for themselves where they fail (`Lowering`); here is what fails only
where several values meet, `1 / (a - b)` say.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.rows import distinct_rows
from rasp.compiler.limits import MANY_CASE_ROWS
from rasp.compiler.lowering.cases import cases_of
from rasp.compiler.lowering.classes import NONE_ALIKE, Alike, classes_of, only, size_of
from rasp.compiler.lowering.depths import level_of
from rasp.compiler.lowering.evaluate import table_of
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.variables import Computed, Linear, Read, Variable
from rasp.graph.columns import Column
from rasp.graph.nodes import Elementwise, SOpNode
from rasp.graph.walk import topological


def check_the_rest(lowering: Lowering, root: SOpNode) -> None:
    """Joint functions that nobody reads still fail where they fail."""
    covered: set[SOpNode] = set()

    def cover(node: SOpNode) -> None:
        stack = [node]
        while stack:
            current = stack.pop()
            if current not in covered:
                covered.add(current)
                if isinstance(current, Elementwise):
                    stack.extend(current.operands)

    for made in (*lowering.made, *lowering.summed):
        cover(made)
    for node in reversed(topological([root])):
        if not isinstance(node, Elementwise) or node in covered or node in lowering.columns:
            continue
        if node not in lowering.known or node in lowering.deferred:
            continue  # one of the sums that make up the output
        known = lowering.known[node]
        if known.leaves[0].node is node or node in lowering.multiples:
            continue  # a sum is a variable, and cannot fail
        cover(node)
        alike = classes_of(lowering, node, known.leaves)
        if size_of(lowering, node, known.leaves, MANY_CASE_ROWS) > MANY_CASE_ROWS and cases_of(
            lowering, node, known.leaves
        ):
            continue  # what has cases cannot fail
        table, column = table_of(lowering, node, known.leaves, alike)
        fails = fails_here(lowering, node, known.leaves, table.codes, column)
        if fails.any():
            first = distinct_rows([*table.codes.T, fails], len(fails))
            rows = table.codes[first]
            failed = column.take(np.flatnonzero(fails))
            check_rows(lowering, node, known, known.leaves, rows, fails[first], failed, alike)


def check_rows(
    lowering: Lowering,
    node: SOpNode,
    known: Known,
    leaves: tuple[Variable, ...],
    rows: Ints,
    failing: Ints,
    column: Column,
    alike: Alike = NONE_ALIKE,
) -> None:
    """A variable that says where a joint function fails; column: what fails there; alike: as in
    `Computed`."""
    if failing.all():
        lowering.check_failing(node, Linear(1.0), column)
        return
    fails = Computed(
        node=node,
        label=f"{lowering.text(node)} fails",
        depth=known.depth,
        possible=Domain.everywhere([0, 1], lowering.contexts),
        leaves=leaves,
        rows=rows,
        codes=failing,
        expression=node,
        level=level_of(leaves, known.depth),
        alike=only(alike, leaves),
    )
    lowering.variables.append(fails)
    lowering.check_failing(node, Linear.feature(fails, np.array([0.0, 1.0])), column)


def fails_here(
    lowering: Lowering, node: SOpNode, leaves: tuple[Variable, ...], codes: Ints, column: Column
) -> Ints:
    """Which rows fail in a joint function, that is not in a function of one variable below."""
    if column.failed is None:
        return np.zeros(len(codes), dtype=np.int64)
    elsewhere = np.zeros(len(codes), dtype=bool)
    place = {leaf: number for number, leaf in enumerate(leaves)}
    stack: list[SOpNode] = [node]
    seen: set[SOpNode] = set()
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        if current is not node and current in lowering.made:
            continue  # it says for itself where it fails
        if current in lowering.columns:
            below, leaf = lowering.columns[current], lowering.known[current].leaves[0]
            if below.failed is not None and leaf in place:
                elsewhere |= below.failed[codes[:, place[leaf]]]
            continue
        if isinstance(current, Elementwise):
            stack.extend(current.operands)
    return (column.failed & ~elsewhere).astype(np.int64)


def check_agreements(lowering: Lowering, root: SOpNode) -> None:
    """Where selected values may differ, somebody has to notice: the readout itself, or neurons."""
    for variable in list(lowering.variables):
        if isinstance(variable, Read) and variable.checked and variable.node is not root:
            lowering.check_agreement(variable)
