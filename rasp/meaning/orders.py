"""Lemma: a selector that orders positions gives them different counts.

Let u and v be two positions.  If u selects every key that v does, and u or v besides, then it
selects more keys than v.  Whether a query selects a key depends, for the selectors that are looked
at here, only on how values at both compare (smaller, equal, larger) and on what is asked of each
alone.  Three positions compare in 13 ways with each other, so all cases can be gone through,
whatever the values are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from rasp.graph.balanced import is_never_nan
from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import (
    INDICES,
    Best,
    Constant,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SOpNode,
    children,
)
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.meaning.space import Space
from rasp.meaning.states import Bools, Ints, States, UnprovedError, codes_of
from rasp.meaning.witness import Quantity

MAX_CASES = 300_000

SIGNS = {
    "==": (False, True, False),
    "!=": (True, False, True),
    "<": (True, False, False),
    "<=": (True, True, False),
    ">": (False, False, True),
    ">=": (False, True, True),
}
"""Does a comparison hold where the key is smaller than, equal to, larger than the query?"""


def _triples() -> list[tuple[int, int, int]]:
    """How v compares with u, k with u and k with v: 0, 1, 2 for smaller, equal, larger."""
    found = dict.fromkeys(
        (1 + np.sign(v - u).item(), 1 + np.sign(k - u).item(), 1 + np.sign(k - v).item())
        for u, v, k in product(range(3), repeat=3)
    )
    return list(found)


TRIPLES = _triples()


@dataclass(frozen=True, eq=False)
class Order:
    """compared: the s-ops whose values at two positions are compared, the index among them.

    differs[sign of each, marks of u, marks of v]: are the counts of u and v certainly different?
    A sign says how v compares with u; marks number what is asked of a position alone.
    """

    compared: tuple[SOpNode, ...]
    marks: tuple[Select, ...]
    differs: Bools

    @property
    def everywhere(self) -> bool:
        """Are counts different at any two different positions?"""
        place = self.compared.index(INDICES)
        moved = np.moveaxis(self.differs, place, 0)
        return bool(moved[0].all() and moved[2].all())


def selects_of(selector: SelectorNode) -> list[Select]:
    """The comparisons that a selector is made of.  Raises UnprovedError where it chooses among the
    selected keys."""
    found: list[Select] = []
    seen: set[SelectorNode] = set()
    stack: list[SelectorNode] = [selector]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Select():
                found.append(node)
            case SelectorNot(operand=operand):
                stack.append(operand)
            case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
                stack += [right, left]
            case Best():
                raise UnprovedError("the best of the selected keys are part of another selector")
    return found


def combined(selector: SelectorNode, truths: dict[SelectorNode, Bools]) -> Bools:
    """The selector, where it is known what its comparisons say."""
    known = dict(truths)
    stack: list[tuple[SelectorNode, bool]] = [(selector, False)]
    while stack:
        node, ready = stack.pop()
        if node in known:
            continue
        if not ready:
            stack.append((node, True))
            stack.extend((child, False) for child in children(node) if child not in known)  # type: ignore[misc]
            continue
        match node:
            case SelectorNot(operand=operand):
                known[node] = ~known[operand]
            case SelectorAnd(left=left, right=right):
                known[node] = known[left] & known[right]
            case SelectorOr(left=left, right=right):
                known[node] = known[left] | known[right]
            case _:
                raise AssertionError(node)
    return known[selector]


def order_of(selector: SelectorNode, space: Space) -> Order | None:
    """What is known of the counts of a selector; None if it compares other things than the same
    s-op at both positions, or too many, or what may be nan."""
    compared: dict[SOpNode, None] = {INDICES: None}
    marks: list[Select] = []
    selects = selects_of(selector)
    for select in selects:
        if isinstance(select.key, Constant) or isinstance(select.query, Constant):
            marks.append(select)
        elif select.key is select.query:
            compared[select.key] = None
        else:
            return None
    n, m = len(compared), len(marks)
    if len(TRIPLES) ** n * 8**m > MAX_CASES:
        return None
    if not all(_is_ordered(node, space) for node in compared):
        return None
    cases = _Cases(tuple(compared), tuple(marks), selector, causal=space.causal)
    return Order(tuple(compared), tuple(marks), cases.differs())


def _is_ordered(node: SOpNode, space: Space) -> bool:
    """Is one of two of its values smaller, or are they equal?  A nan is not even itself."""
    return is_never_nan(node) or all(value == value for value in space.domain(node).values)


class _Cases:
    """All ways in which three positions compare."""

    def __init__(
        self,
        compared: tuple[SOpNode, ...],
        marks: tuple[Select, ...],
        selector: SelectorNode,
        *,
        causal: bool,
    ) -> None:
        self.compared, self.marks, self.selector, self.causal = compared, marks, selector, causal
        ways = [TRIPLES] * len(compared)
        rows = np.array(list(product(*ways)), dtype=np.int64)  # [case, compared, 3]
        n_marks = 2 ** len(marks)
        asked = np.array(list(product(range(n_marks), repeat=3)), dtype=np.int64)
        self.signs = np.repeat(rows, len(asked), axis=0)
        self.asked = np.tile(asked, (len(rows), 1))  # [case, (u, v, k)]

    def selects(self, signs: Ints, query: Ints, key: Ints) -> Bools:
        """signs [case, compared]: how the key compares with the query; the marks of both."""
        truths: dict[SelectorNode, Bools] = {}
        place = {node: number for number, node in enumerate(self.compared)}
        for select in selects_of(self.selector):
            if select in self.marks:
                side = query if isinstance(select.key, Constant) else key
                truths[select] = (side >> self.marks.index(select)) & 1 == 1
            else:
                truths[select] = np.array(SIGNS[select.comparison])[signs[:, place[select.key]]]
        found = combined(self.selector, truths)
        found = np.broadcast_to(found, (len(signs),))
        return found & (signs[:, place[INDICES]] <= 1) if self.causal else found

    def differs(self) -> Bools:
        v_u, k_u, k_v = np.moveaxis(self.signs, 2, 0)
        u, v, k = self.asked.T
        same = np.ones_like(v_u)
        covers = ~self.selects(k_v, v, k) | self.selects(k_u, u, k)
        more = (self.selects(same, u, u) & ~self.selects(2 - v_u, v, u)) | (
            self.selects(v_u, u, v) & ~self.selects(same, v, v)
        )
        n, m = len(self.compared), 2 ** len(self.marks)
        shape = (*[3] * n, m, m)
        where = (*v_u.T, u, v)
        larger = np.ones(shape, dtype=bool)
        np.logical_and.at(larger, where, covers & more)
        turned = larger[(slice(None, None, -1),) * n]
        return larger | np.swapaxes(turned, -1, -2)


def counts_apart(
    order: Order, equal: set[Quantity], asked: set[Select], different: SOpNode | None = None
) -> bool:
    """Are the counts of two positions different at which these are equal, and selected so?

    different: what is compared and not equal at them.
    """
    differs = order.differs
    where: list[slice | int] = []
    for node in order.compared:
        if node is different:
            where.append(slice(None, None, 2))  # smaller and larger
        else:
            where.append(1 if node in equal else slice(None))
    place = order.compared.index(INDICES)
    moved = np.moveaxis(differs.copy(), place, 0)
    moved[1] = True  # different positions have different indices
    differs = np.moveaxis(moved, 0, place)
    known = sum(
        1 << number
        for number, mark in enumerate(order.marks)
        if isinstance(mark.query, Constant) and mark in asked
    )
    n = differs.shape[-1]
    marks = np.flatnonzero((np.arange(n) & known) == known)
    chosen = differs[tuple(where)]
    return bool(chosen[..., marks[:, None], marks[None, :]].all())


def counts_differ(order: Order, key: States) -> Bools:
    """[state, state]: are the counts of positions in these states different, as far as is known?

    Of s-ops and of marks that the states do not tell all cases are possible.
    """
    known: dict[int, Ints] = {}  # axis -> how the states are to be looked up in it [state, state]
    for axis, node in enumerate(order.compared):
        column = key.columns.get(node)
        ranks = None if column is None else _ranks(column)
        if ranks is not None:
            known[axis] = 1 + np.sign(ranks[None, :] - ranks[:, None])
    n, m = len(order.compared), len(order.marks)
    differs = order.differs.reshape(*[3] * n, *[2] * (2 * m)).copy()  # the last mark first
    for number, mark in enumerate(order.marks):
        marked = _marked(mark, key)
        if marked is not None:
            axis = n + m - 1 - number
            known[axis], known[axis + m] = marked[:, None], marked[None, :]
    if INDICES in order.compared:
        # Different positions have different indices.
        moved = np.moveaxis(differs, order.compared.index(INDICES), 0)
        moved[1] = True
    least: Bools = np.asarray(
        differs.all(axis=tuple(axis for axis in range(differs.ndim) if axis not in known))
    )
    if not known:
        return np.full((key.size, key.size), bool(least))
    found = least[tuple(known[axis] for axis in sorted(known))]
    return np.broadcast_to(found, (key.size, key.size))


def _marked(mark: Select, key: States) -> Ints | None:
    """For each state, is a position in it marked?  None if the states do not tell."""
    asked, asked_of = mark.key, mark.query
    if isinstance(mark.key, Constant):
        asked, asked_of = mark.query, mark.key
    column = key.columns.get(asked)
    if column is None or not isinstance(asked_of, Constant):
        return None
    sides = [column, Column.of([asked_of.value])]
    if asked is mark.query:
        sides.reverse()
    result = apply_column(COMPARISON_OPERATORS[mark.comparison], (), sides)
    return np.broadcast_to(result.truth(), (key.size,)).astype(np.int64)


def _ranks(column: Column) -> Ints | None:
    """Numbers in the order of the values; None if they have none."""
    codes, atoms = codes_of(column)
    used = np.unique(codes)
    values = [atoms[code] for code in used.tolist() if code >= 0]
    if len({isinstance(value, str) for value in values}) != 1 or (codes < 0).any():
        return None
    ordered = {value: rank for rank, value in enumerate(sorted(set(values)))}
    of_code = np.zeros(len(atoms), dtype=np.int64)
    for code in used.tolist():
        of_code[code] = ordered[atoms[code]]
    return of_code[codes]
