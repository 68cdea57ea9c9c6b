"""Boolean combinations of comparisons: as disjoint conjunctions, or as conjunctions of choices.

The comparisons of a selector are grouped by the pair of variables they compare.  What is left is a
truth table with one axis for each pair, whose cells are classes of pairs of values that compare
alike.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, permutations
from math import prod

import numpy as np

from rasp.compiler.facts.contexts import Bools
from rasp.compiler.limits import (
    MAX_AXES,
    MAX_CELLS_LOOKED_AT,
    MAX_ORDERS_OF_AXES,
    MAX_TABLES,
    MAX_TRUTH_CELLS,
)
from rasp.compiler.linear import Categorical
from rasp.compiler.selection.axes import Axis
from rasp.compiler.selection.masks import completed
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import Group, Term
from rasp.deadline import look
from rasp.errors import CompileError
from rasp.graph.nodes import Best, Select, SelectorAnd, SelectorNode, SelectorNot, SelectorOr


@dataclass(frozen=True, eq=False)
class Combination:
    """axes: the pairs of variables that are compared; truth: [class, ...], one axis for each pair;
    position: the variable of the index; apart: what has to hold beside that.
    """

    axes: list[Axis]
    truth: Bools
    position: Categorical
    apart: tuple[Group, ...] = ()

    def group(self, axis: int, members: Bools) -> Group:
        """Is the pair of values of one of these classes?"""
        return self.axes[axis].group(members)

    def terms(self, *, narrow: bool = False) -> list[Term]:
        """The selector as a sum of disjoint terms, none if it is empty.

        narrow: indices need not keep a query from itself where something else does.
        """
        prices: dict[tuple[int, bytes], int] = {}

        def price(axis: int, members: Bools) -> int:
            """Dimensions of the scores of one side of a box."""
            key = axis, members.tobytes()
            if key not in prices:
                group = self.group(axis, members)
                prices[key] = 0 if group.relation.is_full else len(group.factor().pairs)
            return prices[key]

        chosen = _Splitting(price).disjoint(self.truth, tuple(range(self.truth.ndim)))
        conjunctions = [
            [self.group(axis, members) for axis, members in enumerate(term)] for term in chosen
        ]
        if narrow:
            conjunctions = list(map(self._but_oneself, conjunctions))
        return [
            Term(tuple(group for group in groups if not group.relation.is_full))
            for groups in ([*some, *self.apart] for some in conjunctions)
            if not any(group.relation.is_empty for group in groups)
        ]

    def _but_oneself(self, groups: list[Group]) -> list[Group]:
        """A conjunction in which indices need not tell positions from themselves, if something else
        does: no token is larger than itself."""
        apart = any(
            group.query is group.key is not self.position and not group.matrix.diagonal().any()
            for group in groups
        )
        if not apart:
            return groups
        found = []
        for group in groups:
            if group.masked and group.matrix.shape == (self.position.size,) * 2:
                matrix = completed(group.matrix | np.eye(self.position.size, dtype=bool))
                group = replace(group, relation=Relation(matrix)) if bool(matrix.all()) else group
            found.append(group)
        return found

    def clauses(self) -> list[list[Group]]:
        """The selector as a conjunction of choices: in each, one of the groups has to hold."""
        found = [[group] for group in self.apart]
        for box in _cover(~self.truth):
            groups = [self.group(axis, ~members) for axis, members in enumerate(box)]
            if not any(group.relation.is_full for group in groups):  # else it always holds
                found.append([group for group in groups if not group.relation.is_empty])
        return found


def combination(
    selector: SelectorNode,
    compare: Callable[[Select], Group],
    unit: Categorical,
    position: Categorical,
    known: MutableMapping[Hashable, Axis],
    apart: tuple[Group, ...] = (),
    *,
    causal: bool,
) -> Combination:
    """compare gives the group of a single comparison; `unit` is the variable of constants and
    `position` that of the index; known: pairs of variables, by what is compared of them, which
    selectors have in common; apart: what has to hold beside the selector."""
    nodes = parts_of(selector)
    atoms = {node: compare(node) for node in nodes if isinstance(node, Select)}
    axes: list[Axis] = []
    places: dict[Select, tuple[int, int]] = {}
    for query, key in _merge_constants(list(atoms.values()), unit):
        members = [node for node, group in atoms.items() if _covers(query, key, group, unit)]
        members = [node for node in members if node not in places]
        if not members:
            continue
        for place, node in enumerate(members):
            places[node] = len(axes), place
        groups = tuple(atoms[node] for node in members)
        name = query, key, groups
        if name not in known:
            masked = causal and query is key is position
            known[name] = Axis.of(query, key, [group.matrix for group in groups], masked=masked)
        axes.append(known[name])
    truth = _truth(nodes, places, [axis.patterns for axis in axes])
    return Combination(axes, truth, position, apart)


def parts_of(selector: SelectorNode) -> list[SelectorNode]:
    """The comparisons of a selector and what combines them, operands first.

    Selectors inside the compared s-ops do not belong to it.
    """
    order: list[SelectorNode] = []
    seen: set[SelectorNode] = set()
    stack: list[tuple[SelectorNode, bool]] = [(selector, False)]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready or isinstance(node, Select):
            seen.add(node)
            order.append(node)
            continue
        stack.append((node, True))
        assert not isinstance(node, Best)  # which the lowering refuses
        operands = (node.operand,) if isinstance(node, SelectorNot) else (node.left, node.right)
        stack.extend((operand, False) for operand in operands)
    return order


def _merge_constants(
    groups: Sequence[Group], unit: Categorical
) -> list[tuple[Categorical, Categorical]]:
    """The pairs of variables to keep: one that only filters keys or queries joins another pair."""
    pairs = list(dict.fromkeys((group.query, group.key) for group in groups))
    full = [pair for pair in pairs if unit not in pair]
    kept = list(full)
    for query, key in pairs:
        if (query, key) in full:
            continue
        joins = any(
            (query is unit or query is other_query) and (key is unit or key is other_key)
            for other_query, other_key in full
        )
        if not joins:
            kept.append((query, key))
    return kept


def _covers(query: Categorical, key: Categorical, group: Group, unit: Categorical) -> bool:
    return group.query in (query, unit) and group.key in (key, unit)


def _truth(
    nodes: Sequence[SelectorNode], places: dict[Select, tuple[int, int]], patterns: list[Bools]
) -> Bools:
    """The selector's value for every combination of classes, one axis for each pair."""
    n_axes = len(patterns)
    n_cells = prod(len(pattern) for pattern in patterns)
    if n_cells > MAX_TRUTH_CELLS or n_axes > MAX_AXES:
        raise CompileError(
            f"a selector compares {n_axes} pairs of s-ops, which have {n_cells:.3g} combinations",
            hint="a selector of fewer comparisons, or s-ops that join what it compares",
        )
    values: dict[object, Bools] = {}
    for node in nodes:
        look()
        match node:
            case Select():
                number, place = places[node]
                shape = [1] * n_axes
                shape[number] = len(patterns[number])
                values[node] = patterns[number][:, place].reshape(shape)
            case SelectorNot(operand=operand):
                values[node] = ~values[operand]
            case SelectorAnd(left=left, right=right):
                values[node] = values[left] & values[right]
            case SelectorOr(left=left, right=right):
                values[node] = values[left] | values[right]
    return np.broadcast_to(values[nodes[-1]], tuple(len(pattern) for pattern in patterns)).copy()


class _Splitting:
    """Truth tables as disjoint boxes: per box and axis, which classes belong to it.

    As few boxes as splitting along one axis after the other gives, and among those the ones with
    the narrowest scores.
    """

    def __init__(self, price: Callable[[int, Bools], int]) -> None:
        self.price = price
        self.known: dict[tuple[tuple[int, ...], bytes], list[list[Bools]]] = {}
        self.looked_at = 0

    def disjoint(self, truth: Bools, axes: tuple[int, ...]) -> list[list[Bools]]:
        """axes: the numbers by which `price` knows the axes of the table."""
        if not truth.any():
            return []
        key = axes, np.packbits(truth).tobytes()  # the shape is that of the axes
        if key not in self.known:
            sides = _sides(truth)
            is_box = int(truth.sum()) == prod(int(side.sum()) for side in sides)
            self.known[key] = [sides] if is_box else self._split(truth, axes)
        return self.known[key]

    @property
    def _has_done_enough(self) -> bool:
        return len(self.known) > MAX_TABLES or self.looked_at > MAX_CELLS_LOOKED_AT

    def _split(self, truth: Bools, axes: tuple[int, ...]) -> list[list[Bools]]:
        best: list[list[Bools]] | None = None
        best_price = (np.inf, np.inf)
        for place in range(truth.ndim):
            look()
            if best is not None and self._has_done_enough:
                break
            self.looked_at += truth.size
            moved = np.moveaxis(truth, place, 0)
            slices, inverse = np.unique(
                moved.reshape(moved.shape[0], -1), axis=0, return_inverse=True
            )
            if len(slices) == 1:
                continue
            rest_axes = axes[:place] + axes[place + 1 :]
            boxes: list[list[Bools]] = []
            for number, part in enumerate(slices):
                members = inverse.reshape(-1) == number
                for rest in self.disjoint(part.reshape(moved.shape[1:]), rest_axes):
                    boxes.append([*rest[:place], members, *rest[place:]])
            width = sum(
                self.price(axis, members)
                for entry in boxes
                for axis, members in zip(axes, entry, strict=True)
            )
            if (len(boxes), width) < best_price:
                best, best_price = boxes, (len(boxes), width)
        assert best is not None
        return best


def _sides(truth: Bools) -> list[Bools]:
    """For each axis the classes that are true anywhere."""
    places = range(truth.ndim)
    return [np.any(truth, axis=tuple(a for a in places if a != place)) for place in places]


def _cover(cells: Bools) -> list[list[Bools]]:
    """Boxes, as large as they can be, that make up the cells: per box and axis, which classes."""
    orders = list(islice(permutations(range(cells.ndim)), MAX_ORDERS_OF_AXES))
    rest = cells.copy()
    boxes: list[list[Bools]] = []
    while rest.any():
        look()
        start = tuple(int(place[0]) for place in np.nonzero(rest))
        candidates = [_grown(cells, start, order) for order in orders]
        best = max(candidates, key=lambda box: int(rest[np.ix_(*box)].sum()))
        rest[np.ix_(*best)] = False
        boxes.append(best)
    return boxes


def _grown(cells: Bools, start: tuple[int, ...], order: Sequence[int]) -> list[Bools]:
    """A box around a cell, grown along one axis after the other."""
    sides = [np.arange(size) == place for size, place in zip(cells.shape, start, strict=True)]
    for axis in order:
        moved = np.moveaxis(cells, axis, -1)
        others = [side for a, side in enumerate(sides) if a != axis]
        sides[axis] = moved[np.ix_(*others)].all(axis=tuple(range(len(others))))
    return sides
