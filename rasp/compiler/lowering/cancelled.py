"""Differences of means that selectors compare, which are refused before long work.

The place of a token that may be there several times, `aggregate(select(tokens, "=", ==), indices)`,
is a mean.  Of two such means 16/3 - 7/3 is 2.9999999999999996 and no position, while 4 - 1 is one:
what is compared is a function of both means and not of their difference, and each pair of them is
told apart.  Sums of means have no such cases, and functions that need not be exact have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from rasp.compiler.limits import MOST_CANCELLED
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.variables import Mean
from rasp.errors import CompileError
from rasp.graph.nodes import Aggregate, Constant, Elementwise, Select, SOpNode
from rasp.graph.walk import topological

_ARITHMETIC = frozenset({"add", "subtract", "negate", "multiply", "divide"})


def differences_compared(root: SOpNode) -> Mapping[SOpNode, tuple[SOpNode, ...]]:
    """What selectors compare with something else than a constant and is computed of several
    aggregates, one of them taken from something; and what it is computed of."""
    found: dict[SOpNode, tuple[SOpNode, ...]] = {}
    for select in topological([root]):
        if not isinstance(select, Select):
            continue
        for side, other in ((select.query, select.key), (select.key, select.query)):
            if not isinstance(side, Elementwise) or isinstance(other, Constant):
                continue
            parts, subtracts = _parts(side)
            if subtracts and sum(isinstance(part, Aggregate) for part in parts) > 1:
                found[side] = parts
    return found


def _parts(side: Elementwise) -> tuple[tuple[SOpNode, ...], bool]:
    """What is added up and multiplied, but for constants; and whether something is subtracted."""
    parts: dict[SOpNode, None] = {}
    subtracts = False
    seen: set[SOpNode] = set()
    stack: list[SOpNode] = [side]
    while stack:
        node = stack.pop()
        if node in seen or isinstance(node, Constant):
            continue
        seen.add(node)
        if isinstance(node, Elementwise) and node.operator in _ARITHMETIC:
            subtracts |= node.operator in ("subtract", "negate")
            stack.extend(reversed(node.operands))
        else:
            parts[node] = None
    return tuple(parts), subtracts


def refuse_cancelled(lowering: Lowering, node: Elementwise) -> None:
    """Raise CompileError, with the place, for a difference of means of too many pairs."""
    parts = lowering.differences.get(node, ())
    leaves = dict.fromkeys(leaf for part in parts for leaf in lowering.known[part].leaves)
    means = [leaf for leaf in leaves if isinstance(leaf, Mean) and not leaf.placed]
    rows = prod(leaf.possible.size for leaf in leaves)
    if len(means) < 2 or rows <= MOST_CANCELLED:
        return
    labels = " and ".join(mean.label for mean in means)
    raise CompileError(
        f"{lowering.text(node)} is compared to the last bit, and differences of means have other"
        f" last bits than their values: {labels} would be told apart in {rows:.3g} combinations",
        labels=lowering.labels(node),
        hint="if one position is meant, say so: aggregate(first(select(..)), indices), or"
        ' select_from_first(tokens, "=") in place of select(tokens, "=", ==)',
    )
