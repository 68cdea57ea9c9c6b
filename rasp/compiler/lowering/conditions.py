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
from rasp.compiler.limits import CASES_OF_A_LEAF, MANY_SUMMED_ROWS, MOST_NODES_IN_STEPS
from rasp.compiler.lowering.cases import cases_of
from rasp.compiler.lowering.classes import size_of
from rasp.compiler.lowering.combine import is_open
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.operands import leaves_for
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.variables import Scalar, Variable
from rasp.graph.nodes import Elementwise, SOpNode

_CONNECTIVES = frozenset({"and", "or", "not"})


def leaves_after_conditions(
    lowering: Lowering, node: Elementwise, depth: int
) -> tuple[Variable, ...] | None:
    """What the function is of once conditions in it are computed; None if it has no few cases
    then."""
    attempt = lowering.child()
    parts = _parts(attempt, node, depth)
    if parts is None:
        return None
    found: dict[Variable, None] = {}
    for part, computed in parts:
        if computed:
            found[attempt.view(part).variable] = None
            attempt.stepped.add(part)
        else:
            found.update(dict.fromkeys(leaves_for(attempt, part, depth)))
    leaves = all_leaves(lowering.unit, tuple(found))
    cases = cases_of(attempt, node, leaves)
    if cases is None or len(cases) > CASES_OF_A_LEAF * len(leaves):
        return None
    lowering.adopt(attempt)
    return leaves


def _parts(lowering: Lowering, node: Elementwise, depth: int) -> list[tuple[SOpNode, bool]] | None:
    """Where to cut the expression, and whether what is below is computed; None if no condition is,
    or one is of too much."""
    parts: list[tuple[SOpNode, bool]] = []
    seen: set[SOpNode] = set()
    stack: list[SOpNode] = list(reversed(node.operands))
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        if len(seen) > MOST_NODES_IN_STEPS:
            return None
        if current in lowering.stepped or not is_open(lowering, current, depth):
            parts.append((current, False))
        elif _is_condition(lowering, current):
            parts.append((current, True))
        else:
            assert isinstance(current, Elementwise)
            if current.operator not in _CONNECTIVES | {"where"}:
                return None
            stack.extend(reversed(current.operands))
    return parts if any(computed for _, computed in parts) else None


def _is_condition(lowering: Lowering, node: SOpNode) -> bool:
    """Is it true or false, and a function of a table that is quickly looked at?"""
    if not is_truth(node):
        return False
    leaves = lowering.known[node].leaves
    if any(isinstance(leaf, Scalar) for leaf in leaves) and len(leaves) > 1:
        return False
    return size_of(lowering, node, leaves, MANY_SUMMED_ROWS) <= MANY_SUMMED_ROWS
