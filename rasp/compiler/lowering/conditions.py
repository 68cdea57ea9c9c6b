"""A chain of conditions on several things each, computed after its conditions.

    x = "w1" if a == 1 and b == 0 else x;
    x = "w2" if b == 1 and c == 0 else x;
    ...

What each condition says is a truth value of few things; which of seventeen is the last that holds
has eighteen cases.  Of the seventeen at once there are as many cases as ways in which they fail to
hold, and as a table more joint values than anybody would list.  So the conditions are computed
before, and the chain is a function of them.
"""

from __future__ import annotations

from rasp.compiler.facts.kinds import is_truth
from rasp.compiler.limits import CASES_OF_A_LEAF, FEW_CHOSEN_ROWS, MANY_SUMMED_ROWS
from rasp.compiler.lowering.cases import cases_of
from rasp.compiler.lowering.classes import size_of
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.steps import cut, leaves_after
from rasp.compiler.variables import Scalar, Variable
from rasp.graph.nodes import Elementwise, SOpNode

_CHAINED = frozenset({"and", "or", "not", "where"})


def leaves_after_conditions(
    lowering: Lowering, node: Elementwise, depth: int
) -> tuple[Variable, ...] | None:
    """What the function is of once conditions in it are computed; None if it has no few cases then,
    and many joint values or only one condition.

    `c if difference <= 0 else pc + 3` is read as a sum of what is chosen: nothing else is gained by
    a condition of its own.
    """
    attempt = lowering.child()
    parts = cut(attempt, node, depth, computed=_is_condition, opened=is_chained)
    if parts is None:
        return None
    leaves = leaves_after(attempt, parts, depth)
    n_conditions = sum(is_truth(part) for part, _ in parts)
    if n_conditions < 2 or attempt.size_of(leaves) > FEW_CHOSEN_ROWS:
        cases = cases_of(attempt, node, leaves)
        if cases is None or len(cases) > CASES_OF_A_LEAF * len(leaves):
            return None
    lowering.adopt(attempt)
    return leaves


def is_chained(node: Elementwise) -> bool:
    """Is it a choice, or made of conditions?"""
    return node.operator in _CHAINED


def _is_condition(lowering: Lowering, node: SOpNode) -> bool:
    """Is it true or false, and a function of a table that is quickly looked at?"""
    if not is_truth(node):
        return False
    leaves = lowering.known[node].leaves
    chained = isinstance(node, Elementwise) and is_chained(node)
    if chained and any(leaf.node in lowering.stepped for leaf in leaves):
        return False  # beside conditions that are computed already, what is left of it is
    if any(isinstance(leaf, Scalar) for leaf in leaves) and len(leaves) > 1:
        return False
    if isinstance(node, Elementwise) and chained and _is_of_comparisons(lowering, node):
        return False
    return size_of(lowering, node, leaves, MANY_SUMMED_ROWS) <= MANY_SUMMED_ROWS


def _is_of_comparisons(lowering: Lowering, node: Elementwise) -> bool:
    """Is each operand a function of several things, but of fewer than all are together?

    `index > plus and index < equals` has no one layer of few neurons, and each comparison has two.
    """
    whole = len(lowering.known[node].leaves)
    return all(1 < len(lowering.known[operand].leaves) < whole for operand in node.operands)
