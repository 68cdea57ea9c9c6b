"""An expression -> which values of its leaves it does not tell apart.

`"seen" if before == "was" else kind` asks of `before` only whether it is "was": of 28 values that
it may have, two are enough to know the function.  A table lists the first value of each such class
and no others, so that its size follows what the expression asks and not the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from rasp.compiler.facts.contexts import Ints
from rasp.compiler.facts.domains import AnyDomain, Domain, joint_size
from rasp.compiler.facts.rows import number_rows
from rasp.compiler.lowering.state import Knowledge, Lowering
from rasp.compiler.variables import Categorical, Unit, Variable
from rasp.graph.columns import Column
from rasp.graph.nodes import Elementwise, SOpNode

Alike = Mapping[Variable, Ints]
"""For a leaf, and each of its values, the first value that is in all that is asked the same."""

NONE_ALIKE: Alike = MappingProxyType({})


def classes_of(knowledge: Knowledge, node: SOpNode, leaves: Sequence[Variable]) -> Alike:
    """The leaves some of whose values are alike for the s-op.

    Leaves whose values are known to be at few positions are none of these: how many positions a
    value of the s-op can be at is found from all of theirs.
    """
    counted = {leaf for leaf in leaves if leaf.multiplicity is not None}
    for leaf in tuple(counted):
        if leaf.within is not None:
            counted.update(leaf.within.variables)
    asked: dict[Variable, list[Ints]] = {
        leaf: []
        for leaf in leaves
        if isinstance(leaf, Categorical) and not isinstance(leaf, Unit) and leaf.is_listed
        if leaf not in counted
        if not leaf.blurred and not leaf.untyped
    }
    for leaf, column in _asked(knowledge, node, frozenset(leaves)):
        if column is None:
            asked.pop(leaf, None)
        elif leaf in asked:
            asked[leaf] += _told_apart(column, leaf.size)
    found: dict[Variable, Ints] = {}
    for leaf, columns in asked.items():
        numbers = number_rows(columns, leaf.size)
        first = np.unique(numbers, return_index=True)[1]
        if len(first) < leaf.size:
            found[leaf] = first[numbers]
    return found


def _asked(
    knowledge: Knowledge, node: SOpNode, leaves: frozenset[Variable]
) -> Iterator[tuple[Variable, Column | None]]:
    """The largest parts of the s-op that are functions of one leaf, as `evaluate` finds them: each
    with its values, None for the leaf itself or where it is not known what is asked."""
    seen: set[SOpNode] = set()
    stack = [node]
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        known = knowledge.known.get(current)
        leaf = None if known is None else known.leaves[0]
        made = knowledge.made.get(current)
        if made is not None and (made.variable in leaves or made.variable is knowledge.unit):
            yield made.variable, made.column
        elif current in knowledge.columns and (leaf in leaves or leaf is knowledge.unit):
            assert leaf is not None
            yield leaf, knowledge.columns[current]
        elif leaf is not None and leaf.node is current and leaf in leaves:
            yield leaf, None
        elif current in knowledge.multiples and leaf in leaves:
            assert leaf is not None
            yield leaf, None
        elif isinstance(current, Elementwise):
            stack.extend(current.operands)


def _told_apart(column: Column, size: int) -> list[Ints]:
    """Numbers that are the same where the values are, types and failures included."""
    codes, _ = column.coded()
    columns = [np.broadcast_to(np.asarray(codes, dtype=np.int64), (size,))]
    if column.faults is not None:
        columns.append(np.broadcast_to(column.faults.astype(np.int64), (size,)))
        columns[0] = np.where(columns[1] > 0, 0, columns[0])
    return columns


def domains_of(leaves: Sequence[Variable], alike: Alike) -> list[AnyDomain]:
    """What the leaves can be, where only the first of alike values is listed."""
    return [
        _of_first(leaf.domain, alike[leaf]) if leaf in alike else leaf.possible for leaf in leaves
    ]


def _of_first(domain: Domain, first: Ints) -> Domain:
    """The domain of classes of values, each called by its first one."""
    order = np.argsort(first, kind="stable")
    starts = np.flatnonzero(np.diff(first[order], prepend=-1))
    values = tuple(domain.values[place] for place in first[order[starts]].tolist())
    mask = np.logical_or.reduceat(domain.mask[:, order], starts, axis=1)
    return Domain(values, domain.contexts, domain.granularity, mask)


def only(alike: Alike, leaves: Sequence[Variable]) -> Alike:
    """What is said of some of the leaves."""
    return MappingProxyType({leaf: alike[leaf] for leaf in leaves if leaf in alike})


def firsts(alike: Ints) -> Ints:
    """The values that are the first of their class, in the order in which `domains_of` has them."""
    return np.unique(alike)


def size_of(
    lowering: Lowering, node: SOpNode, leaves: tuple[Variable, ...], enough: float
) -> float:
    """About how many joint values of its leaves the s-op is a function of, if they are more than
    enough: those that it does not tell apart count once."""
    size = lowering.size_of(leaves)
    if size <= enough:
        return size
    alike = classes_of(lowering, node, leaves)
    return joint_size(domains_of(leaves, alike), lowering.contexts) if alike else size
