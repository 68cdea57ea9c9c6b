"""Elementwise operations: what each is a function of, and its values where that is one variable."""

from __future__ import annotations

import numpy as np

from rasp.compiler.limits import CASES_OF_A_LEAF, MANY_SUMMED_ROWS, MAX_JOINT_ROWS
from rasp.compiler.lowering.by_difference import lower_by_difference
from rasp.compiler.lowering.cancelled import refuse_cancelled
from rasp.compiler.lowering.cases import cases_of
from rasp.compiler.lowering.chains import leaves_after_links
from rasp.compiler.lowering.classes import size_of
from rasp.compiler.lowering.combine import combined_leaves, lower_sum
from rasp.compiler.lowering.conditions import leaves_after_conditions
from rasp.compiler.lowering.evaluate import OfLeaf, Parts
from rasp.compiler.lowering.intervals import lower_large_sum, lower_with_intervals
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.noise import doubts_of
from rasp.compiler.lowering.operands import as_one, leaves_for
from rasp.compiler.lowering.pairs import step_in_pairs
from rasp.compiler.lowering.sides import lower_comparison
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.lowering.steps import leaves_in_steps
from rasp.compiler.lowering.sums import lower_product
from rasp.compiler.lowering.tallies import lower_tally
from rasp.compiler.lowering.zeros import with_negative
from rasp.compiler.variables import Categorical, Combined, Linear, Side, Variable
from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import Elementwise, SOpNode


def lower_elementwise(lowering: Lowering, node: Elementwise) -> Known:
    """What an operation is a function of: of what its operands are, or of fewer things than that,
    sums of numbers or values that are computed before."""
    refuse_cancelled(lowering, node)
    total = lower_product(lowering, node) or lower_comparison(lowering, node)
    total = total or lower_with_intervals(lowering, node) or lower_tally(lowering, node)
    if total is not None:
        return total
    depth = max(lowering.known[operand].depth for operand in node.operands)
    leaves = _leaves_of(lowering, node, depth)
    if len(leaves) > 2:
        many = size_of(lowering, node, leaves, MANY_SUMMED_ROWS) > MANY_SUMMED_ROWS
        if step_in_pairs(lowering, node, depth, many=many):
            leaves = _leaves_of(lowering, node, depth)
    if len(leaves) > 1 and size_of(lowering, node, leaves, MANY_SUMMED_ROWS) > MANY_SUMMED_ROWS:
        goes_on = any(isinstance(leaf, Combined) for leaf in leaves)
        total = lower_sum(lowering, node, depth, of_scalars=not goes_on)
        total = total or lower_large_sum(lowering, node, leaves, depth)
        if total is not None:
            return total
        attempt = lowering.child()
        sums = combined_leaves(attempt, node, depth)
        if sums is not None and lowering.size_of(sums) < lowering.size_of(leaves):
            lowering.adopt(attempt)
            leaves = all_leaves(lowering.unit, sums)
    if len(leaves) > 1 and size_of(lowering, node, leaves, MAX_JOINT_ROWS) > MAX_JOINT_ROWS:
        # No table has so many rows: what is a sum, or has few cases, needs none.
        total = lower_sum(lowering, node, depth, of_scalars=False)
        if total is not None:
            return total
        cases = cases_of(lowering, node, leaves)
        if cases is not None and len(cases) <= CASES_OF_A_LEAF * len(leaves):
            return Known(depth, leaves)
    after_links = leaves_after_links(lowering, node, leaves, depth)
    if after_links is not None:
        leaves = after_links
    if len(leaves) > 1:
        lowering.several.happened = True
    stepped = any(leaf.node in lowering.stepped for leaf in leaves)
    if len(leaves) > 1 and stepped and node not in lowering.chained:
        # What else it asks is as well computed beside what is computed before it.
        leaves = leaves_after_conditions(lowering, node, depth) or leaves
    if len(leaves) > 1 and size_of(lowering, node, leaves, MANY_SUMMED_ROWS) > MANY_SUMMED_ROWS:
        found = _without_table(lowering, node, leaves, depth)
        if found is not None:
            return found
    few = 0 if lowering.options.steps else MANY_SUMMED_ROWS
    if len(leaves) > 1 and size_of(lowering, node, leaves, few) > few:
        all_at_once = leaves
        leaves = leaves_in_steps(lowering, node, leaves, depth)
        if (
            size_of(lowering, node, leaves, MAX_JOINT_ROWS) > MAX_JOINT_ROWS
            and cases_of(lowering, node, all_at_once) is not None
        ):
            return Known(depth, all_at_once)
    unlisted = any(leaf.interval is not None for leaf in leaves)
    rows = size_of(lowering, node, leaves, MAX_JOINT_ROWS)
    if len(leaves) > 1 and rows > MAX_JOINT_ROWS and not unlisted:
        # Too many joint values for one function: one of its operands, computed before.
        leaves = all_leaves(
            lowering.unit, *(as_one(lowering, operand) for operand in node.operands)
        )
    if len(leaves) == 1 and isinstance(leaves[0], Categorical):
        _single(lowering, node, leaves[0])
    return Known(depth, leaves)


def _without_table(
    lowering: Lowering, node: Elementwise, leaves: tuple[Variable, ...], depth: int
) -> Known | None:
    """What is better without the table of its joint values, and has no few cases: a chain of
    conditions; a comparison or a choice of numbers, of nothing that is at one position only."""
    cases = cases_of(lowering, node, leaves)
    if cases is not None and len(cases) <= CASES_OF_A_LEAF * len(leaves):
        return None
    after = leaves_after_conditions(lowering, node, depth)
    if after is not None:
        return Known(depth, after)
    counted = [leaf.multiplicity for leaf in leaves if leaf.multiplicity is not None]
    once = any(bool((multiplicity <= 1).all()) for multiplicity in counted)
    if once and size_of(lowering, node, leaves, MAX_JOINT_ROWS) <= MAX_JOINT_ROWS:
        return None
    return lower_by_difference(lowering, node, depth)


def _leaves_of(lowering: Lowering, node: Elementwise, depth: int) -> tuple[Variable, ...]:
    """What its operands are functions of."""
    plain = all_leaves(
        lowering.unit, *(lowering.known[operand].leaves for operand in node.operands)
    )
    if len(plain) == 1 and isinstance(plain[0], Side):
        return plain
    operands = (leaves_for(lowering, operand, depth) for operand in node.operands)
    return all_leaves(lowering.unit, *operands)


def _single(lowering: Lowering, node: Elementwise, variable: Categorical) -> None:
    """The column of a function of one variable, and where it fails."""
    operands = [_column_over(lowering, operand, variable) for operand in node.operands]
    column = apply_column(node.operator, node.parameters, operands, node)
    if column.failed is not None and node not in lowering.deferred:
        fails = column.failed.copy()
        for operand in operands:
            if operand.failed is not None:
                fails &= ~operand.failed
        if bool(fails.any()):
            flag = Linear.feature(variable, fails.astype(float))
            lowering.check_failing(node, flag, column.take(np.flatnonzero(fails)))
    if variable.blurred or variable.untyped:
        of_leaves = {
            below: _of_leaf(lowering, below, operand, variable)
            for below, operand in zip(node.operands, operands, strict=True)
        }
        columns = dict(zip(node.operands, operands, strict=True)) | {node: column}
        doubts = doubts_of(lowering, node, [variable], lambda: Parts(columns, of_leaves))
        if variable.blurred:
            lowering.offs[node] = np.broadcast_to(doubts.by_row, (variable.size,))
        if variable.untyped and not doubts.untyped:
            lowering.told.add(node)
        column = with_negative(column, doubts.zeros)
    lowering.columns[node] = column


def _of_leaf(lowering: Lowering, node: SOpNode, column: Column, variable: Categorical) -> OfLeaf:
    """An operand as a function of the variable; constants are what they are."""
    leaf = lowering.view(node).variable
    codes = np.arange(variable.size) if len(column) > 1 else np.zeros(1, dtype=np.int64)
    is_told = node in lowering.told and not variable.blurred
    return OfLeaf(leaf if leaf is variable and not is_told else lowering.unit, column, codes)


def _column_over(lowering: Lowering, node: SOpNode, variable: Categorical) -> Column:
    """An s-op that is a function of this variable, or constant."""
    view = lowering.view(node)
    if view.variable is lowering.unit and variable is not lowering.unit:
        return view.column.take(np.zeros(variable.size, dtype=np.int64))
    assert view.variable is variable
    return view.column
