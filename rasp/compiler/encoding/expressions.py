"""What a function was written as, on the rows of its table: the values of its parts, and their own
tables.

The range `max(a, b, c, d) - min(a, b, c, d)` is a function of four digits, and so are its largest
and its smallest; of each such part the table is made of that of the whole, without its other rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.rows import distinct_rows
from rasp.compiler.limits import LARGE_INTEGERS
from rasp.compiler.lowering.additive import sums_of
from rasp.compiler.lowering.evaluate import OfLeaf, parts_of
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.synthesis import Table
from rasp.compiler.variables import Combined, Linear, Side, Variable
from rasp.graph.columns import Column
from rasp.graph.nodes import Elementwise, SOpNode

Sums = Callable[[SOpNode, tuple[Variable, ...]], list[Linear]]
"""A part, and what it is a function of -> sums of these that it computes on its way."""


@dataclass(frozen=True, eq=False)
class Expression:
    """root: the s-op; table: the rows; columns: for each part its values on all rows that there
    ever were, and places: which of these the table's are; ends: parts that are functions of one
    leaf, or constant, and are not looked into; sums: as above.
    """

    root: SOpNode
    table: Table
    columns: Mapping[SOpNode, Column]
    places: Ints
    ends: Mapping[SOpNode, OfLeaf]
    sums: Sums

    def leaves_of(self, part: SOpNode) -> tuple[Variable, ...]:
        """What the part is made of, in the order of the table."""
        there = made_of(part, self.ends)
        return tuple(leaf for leaf in self.table.leaves if leaf in there)

    def values(self, part: SOpNode) -> Column:
        """The part on every row."""
        column = self.columns[part]
        places = self.places if len(column) > 1 else np.zeros(len(self.places), dtype=np.int64)
        return column.take(places)

    def numbers(self, part: SOpNode) -> Floats | None:
        """The part on every row, if it is a number that floats tell apart."""
        return self.of_column(self.values(part))

    def of_column(self, column: Column) -> Floats | None:
        """Values on every row as such numbers."""
        failed = column.failed is not None and bool(column.failed.any())
        if failed or not column.is_numeric:
            return None
        numbers = column.data.astype(np.float64)
        fits = np.isfinite(numbers).all() and np.abs(numbers).max(initial=0.0) <= LARGE_INTEGERS
        return np.broadcast_to(numbers, (len(self.places),)) if fits else None

    def alone(self, part: SOpNode, numbers: Floats) -> Expression:
        """The part as a function of its own leaves, with these numbers as what is asked of it."""
        table = self.table
        leaves = self.leaves_of(part)
        at = [table.leaves.index(leaf) for leaf in leaves]
        first = distinct_rows([*table.codes[:, at].T], len(table.codes))
        targets = numbers[first]
        _, outcomes = np.unique(targets, return_inverse=True)
        codes = table.codes[first][:, at]
        own = Table(leaves, codes, targets[:, None], outcomes.reshape(-1), table.readings)
        return Expression(part, own, self.columns, self.places[first], self.ends, self.sums)


def made_of(part: SOpNode, ends: Mapping[SOpNode, OfLeaf]) -> set[Variable]:
    """The leaves that are met on the way down to parts that are functions of one."""
    there: set[Variable] = set()
    seen: set[SOpNode] = set()
    stack = [part]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in ends:
            there.add(ends[node].leaf)
        else:
            assert isinstance(node, Elementwise)
            stack += node.operands
    return there


def expression_of(encoding: Encoding, root: SOpNode | None, table: Table) -> Expression | None:
    """The s-op on the rows of the table; None if it is no operation on several things, or if these
    are numbers of which not all is known."""
    if (
        not isinstance(root, Elementwise)
        or len(table.leaves) < 2
        or any(
            isinstance(leaf, Side) or leaf.blurred or leaf.untyped or leaf.interval is not None
            for leaf in table.leaves
        )
    ):
        return None
    lowered = encoding.lowered
    if not is_of(lowered, root, table.leaves):
        return None
    codes = dict(zip(table.leaves, table.codes.T, strict=True))
    parts = parts_of(lowered, root, codes, len(table.codes))
    ends = parts.of_leaves

    def sums(part: SOpNode, leaves: tuple[Variable, ...]) -> list[Linear]:
        return [] if part in ends else sums_of(lowered, part, leaves, table.readings)

    return Expression(root, table, parts.columns, np.arange(len(table.codes)), ends, sums)


def is_of(lowered: Lowered, root: SOpNode, leaves: tuple[Variable, ...]) -> bool:
    """Is the s-op a function of these leaves?  A function may be of fewer leaves than its parts:
    those that it does not depend on are left out."""
    seen: set[SOpNode] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        made, known = lowered.made.get(node), lowered.known.get(node)
        if made is not None and made.variable in (*leaves, lowered.unit):
            continue
        leaf = None if known is None else known.leaves[0]
        if leaf is not None and node in lowered.columns and leaf in (*leaves, lowered.unit):
            continue
        if leaf is not None and leaf in leaves and (leaf.node is node or node in lowered.multiples):
            continue
        is_leaf = leaf is not None and leaf.node is node and not isinstance(leaf, Combined)
        if is_leaf or not isinstance(node, Elementwise):
            return False
        stack += node.operands
    return True
