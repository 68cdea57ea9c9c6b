"""A chain of updates of few states, computed some links at a time.

    for k in range(60) { state = (state + indicator(tokens[k] == "a")) % 3; }

is a function of sixty things, and each more doubles the number of their joint values.  But what
the first five leave behind is one of three states.  So that is computed before, and the chain goes
on from there: as many sublayers as there are such steps, each of them small.

A link is a remainder, a choice, a lookup or a comparison that depends on the state.  A chain of
choices by something else, as `x = candidate if candidate > token else x`, has few cases, or is put
in pairs.
"""

from __future__ import annotations

from rasp.compiler.limits import (
    CASES_OF_A_LEAF,
    FEW_CHAINED_ROWS,
    LONG_CHAIN,
    MOST_STATES,
)
from rasp.compiler.lowering.cases import cases_of
from rasp.compiler.lowering.classes import size_of
from rasp.compiler.lowering.combine import is_open
from rasp.compiler.lowering.evaluate import table_of
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.operands import leaves_for
from rasp.compiler.lowering.sameness import numbered
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.steps import Parts, cut, leaves_after
from rasp.compiler.variables import Categorical, Variable
from rasp.graph.balanced import chosen_of
from rasp.graph.nodes import Constant, Elementwise, Node, SOpNode, children
from rasp.graph.walk import topological

_COMPARED = frozenset({"equal", "not_equal"})
_OF_FEW = frozenset({"modulo", "index_dict", "index_list", "index_string"})


def long_chains(root: SOpNode) -> frozenset[SOpNode]:
    """The operations of long chains of updates, those in front of the first link included."""
    order = topological([root])
    links: dict[Node, int] = {}
    for node in order:
        links[node] = _links_of(node, links) if isinstance(node, Elementwise) else 0
    longest = dict(links)  # of the chains that go on with it
    for node in reversed(order):
        for child in children(node) if isinstance(node, Elementwise) else ():
            if isinstance(child, Elementwise):
                longest[child] = max(longest[child], longest[node])
    return frozenset(
        node
        for node in order
        if isinstance(node, Elementwise) and links[node] and longest[node] >= LONG_CHAIN
    )


def _links_of(node: Elementwise, below: dict[Node, int]) -> int:
    """How many updates there are, each of a state that the one before left behind."""
    most = max((below[operand] for operand in node.operands), default=0)
    if not _is_link(node):
        return most
    asked = node.operands if node.operator in _COMPARED else node.operands[:1]
    return max(most, 1 + max(below[operand] for operand in asked))


def _is_link(node: Elementwise) -> bool:
    """The larger of two things is no link: there are better ways to find the largest of many."""
    match node:
        case Elementwise(operator=operator) if operator in _OF_FEW:
            return True
        case Elementwise(operator="where"):
            chosen = chosen_of(node)
            return chosen is None or any(isinstance(side, Constant) for side in chosen[1:])
        case Elementwise(operator=operator, operands=operands) if operator in _COMPARED:
            return not any(isinstance(side, Constant) for side in operands)
    return False


def leaves_after_links(
    lowering: Lowering, node: Elementwise, leaves: tuple[Variable, ...], depth: int
) -> tuple[Variable, ...] | None:
    """What the function is of once the links before it are computed; None if it is no chain, or
    so short that all of it is computed at once."""
    if node not in lowering.chained or len(leaves) < 2:
        return None
    now = _leaves_now(lowering, node, depth)
    shorter = now if lowering.size_of(now) < lowering.size_of(leaves) else None
    return _after_more_links(lowering, node, shorter or leaves, depth) or shorter


def _leaves_now(lowering: Lowering, node: Elementwise, depth: int) -> tuple[Variable, ...]:
    """What the function is of, with the states that are computed by now; when its operands were
    looked at, some of these were not yet."""
    found: dict[Variable, None] = {}
    stack: list[SOpNode] = list(node.operands)
    seen: set[SOpNode] = set()
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        if current not in lowering.stepped and is_open(lowering, current, depth):
            assert isinstance(current, Elementwise)
            stack += current.operands
        else:
            found.update(dict.fromkeys(leaves_for(lowering, current, depth)))
    return all_leaves(lowering.unit, tuple(found))


def _after_more_links(
    lowering: Lowering, node: Elementwise, leaves: tuple[Variable, ...], depth: int
) -> tuple[Variable, ...] | None:
    """And once some more links are computed."""
    if not all(isinstance(leaf, Categorical) for leaf in leaves):
        return None
    if size_of(lowering, node, leaves, FEW_CHAINED_ROWS) <= FEW_CHAINED_ROWS:
        return None
    cases = cases_of(lowering, node, leaves)
    if cases is not None and len(cases) <= CASES_OF_A_LEAF * len(leaves):
        return None
    attempt = lowering.child()
    parts = cut(attempt, node, depth, computed=_is_state, opened=lambda inner: True)
    if parts is None:
        return None
    after = leaves_after(attempt, _states_alone(lowering, parts, depth), depth)
    if 2 * lowering.size_of(after) > lowering.size_of(leaves):
        return None
    lowering.adopt(attempt)
    return after


def _is_state(lowering: Lowering, node: SOpNode) -> bool:
    """Is it a link, one of few values, after things that are quickly looked at?"""
    if not isinstance(node, Elementwise) or not _is_link(node):
        return False
    leaves = lowering.known[node].leaves
    if len(leaves) < 2 or not all(isinstance(leaf, Categorical) for leaf in leaves):
        return False
    if size_of(lowering, node, leaves, FEW_CHAINED_ROWS) > FEW_CHAINED_ROWS:
        return False
    _, column = table_of(lowering, node, leaves)
    _, states = numbered(column)
    return len(states) <= MOST_STATES


def _states_alone(lowering: Lowering, parts: Parts, depth: int) -> Parts:
    """Without what is a function of other parts that are computed: the next state, which is one of
    the state, takes no neurons of its own."""
    kept = dict(parts)
    for part, computed in parts:
        if computed and _is_of(lowering, part, kept, depth):
            del kept[part]
    return list(kept.items())


def _is_of(lowering: Lowering, part: SOpNode, kept: dict[SOpNode, bool], depth: int) -> bool:
    """Is it a function of others that are computed?"""
    assert isinstance(part, Elementwise)
    stack = list(part.operands)
    seen: set[SOpNode] = set()
    while stack:
        current = stack.pop()
        if current in seen or isinstance(current, Constant) or kept.get(current):
            continue
        seen.add(current)
        if not isinstance(current, Elementwise) or not is_open(lowering, current, depth):
            return False
        stack += current.operands
    return True
