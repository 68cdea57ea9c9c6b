"""Comparisons of the index's digits -> groups of their own, where a selector asks for several.

`select(row, row, ==) and select(column, column, <)`, for functions of the index, is one matrix of
all pairs of indices, and takes about a product for each index.  Each of the two by itself has as
many products as there are rows, or columns, or fewer: scores of a conjunction may as well be added.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from rasp.compiler.limits import LEAST_ALIKE, LONG_INPUTS
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import ORDERS, Group
from rasp.graph import construct
from rasp.graph.nodes import Elementwise, Select, SelectorAnd, SelectorNode
from rasp.graph.walk import flat


def separate(lowering: Lowering, selector: SelectorNode) -> tuple[SelectorNode, tuple[Group, ...]]:
    """The rest of a selector, and comparisons of digits that are asked for beside it; without any,
    where fewer than two are, or where the index is compared in another way, too."""
    if lowering.contexts.max_len < LONG_INPUTS:
        return selector, ()
    parts = flat(selector, SelectorAnd)
    groups = {part: _of_digits(lowering, part) for part in parts if isinstance(part, Select)}
    found = {part: group for part, group in groups.items() if group is not None}
    if len(found) < 2:
        return selector, ()
    rest = [part for part in parts if part not in found]
    return reduce(construct.selector_and, rest) if rest else construct.FULL, tuple(found.values())


def _of_digits(lowering: Lowering, select: Select) -> Group | None:
    """A comparison of a function of the index with itself, by its kinds of values, if these are
    few."""
    if select.key is not select.query or not isinstance(select.key, Elementwise):
        return None
    if select not in lowering.by_digits:
        lowering.by_digits[select] = _by_kinds(lowering, select)
    return lowering.by_digits[select]


def _by_kinds(lowering: Lowering, select: Select) -> Group | None:
    if select.key not in lowering.columns and select.key not in lowering.made:
        return None
    view = lowering.view(select.key)
    column, position = view.column, lowering.position
    if view.variable is not position or column.failed is not None or column.kind != "int":
        return None
    values, kinds = np.unique(column.data, return_inverse=True)
    if len(values) * LEAST_ALIKE > position.size or len(column) != position.size:
        return None
    table = ORDERS[select.comparison](values[None, :], values[:, None])
    kinds = kinds.reshape(-1)
    return Group(position, position, Relation.of_kinds(np.asarray(table), kinds, kinds))
