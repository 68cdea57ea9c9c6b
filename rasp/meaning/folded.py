"""Combinations of values of many quantities, put together one quantity after the other.

Of twenty flags there are a million combinations.  But whether one of them is set is known of some
of them before the next one is looked at: all combinations that agree in that are one from there on.
So values are multiplied one quantity at a time, what nothing asks for any more is forgotten, and
what is the same then is kept once.  It is what variable elimination does in graphical models
(Dechter 1999, "Bucket elimination").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from rasp.graph.columns import Column
from rasp.graph.nodes import Constant
from rasp.meaning.products import computed
from rasp.meaning.space import Space
from rasp.meaning.states import (
    Bools,
    Ints,
    States,
    TooManyError,
    UnprovedError,
    codes_of,
    describe,
    numbered,
    ordered,
    parts,
)
from rasp.meaning.witness import Quantity

MAX_FOLDED = 10_000_000
"""Numbers, of all rows and columns, that are kept of what is put together so far."""


class Fold:
    """Combinations of values, as far as they are put together.

    columns: of what is asked for later; index [row]: where that is, if values that are possible at
    different indices only are not put together.
    """

    def __init__(self, space: Space, *, by_index: bool) -> None:
        self.space, self.by_index = space, by_index
        self.columns: dict[Quantity, Column] = {}
        self.index: Ints = np.arange(space.max_len if by_index else 1)

    @property
    def size(self) -> int:
        return len(self.index)

    @property
    def states(self) -> States:
        index = self.index if self.by_index else None
        return States(self.columns, np.ones((1, 1, self.size), dtype=bool), index, None, self.size)

    def over(
        self, wanted: Sequence[Quantity], read: Sequence[Quantity], stop: Collection[Quantity]
    ) -> States:
        """All combinations of values of the wanted quantities and of what is made of those read.

        Quantities are taken apart down to `stop`, or else to what attention delivers.  Lengths are
        not told apart, so there may be too many combinations, never too few.  Raises
        UnprovedError.
        """
        order = _highest_first([*wanted, *read], stop)
        alone = _functions_of_one(order, stop)
        asked = {*wanted, *read}
        last = {quantity: place for place, quantity in enumerate(order)}
        for place, quantity in enumerate(order):
            if quantity not in alone:
                asked.update(parts(quantity))
                last |= dict.fromkeys(parts(quantity), place)
        gone: list[list[Quantity]] = [[] for _ in order]
        for quantity in asked.difference(wanted):
            gone[last[quantity]].append(quantity)
        self.begin(order)
        for place, quantity in enumerate(order):
            if quantity in asked and quantity not in self.columns:
                leaf = alone.get(quantity)
                if leaf is None:
                    self.columns[quantity] = _computed(
                        self.space, quantity, self.columns, self.size
                    )
                else:
                    self._multiply(leaf, [q for q in order if alone.get(q) is leaf], asked)
                self._succeed()
            self.read(place, quantity)
            self._forget(gone[place])
        return self.states

    # -- what is noted of each row beside the columns

    def begin(self, order: Sequence[Quantity]) -> None:
        """Before the first quantity of these."""

    def read(self, place: int, quantity: Quantity) -> None:
        """A quantity is there, the one at this place."""

    def noted(self) -> list[Ints]:
        """Columns of numbers in which rows have to agree to be the same."""
        return [self.index]

    def take(self, rows: Ints) -> None:
        self.index = self.index[rows]
        self.columns = {quantity: column.take(rows) for quantity, column in self.columns.items()}

    # -- steps

    def _multiply(
        self, leaf: Quantity, functions: Sequence[Quantity], asked: Collection[Quantity]
    ) -> None:
        """All rows with each value of what is asked for of a leaf: of the functions of it alone."""
        domain = self.space.domain(leaf)
        n_values, size = len(domain.values), self.size
        if not n_values:
            raise UnprovedError(f"{describe(leaf)} has no value")
        columns = {leaf: domain.column}
        for quantity in functions:
            constants = [part for part in parts(quantity) if isinstance(part, Constant)]
            for own in (*constants, quantity):
                if own not in columns:
                    columns[own] = _computed(self.space, own, columns, n_values)
        columns = {quantity: columns[quantity] for quantity in functions if quantity in asked}
        at: Bools = np.ones((1, n_values), dtype=bool)  # [index or 1, value]
        if self.by_index:
            at = np.any(domain.mask, axis=0)
        of_value = [codes_of(column)[0] for column in columns.values()]
        first, _ = numbered([*of_value, *at], n_values)
        n_columns = len(self.noted()) + len(self.columns) + len(columns)
        if size * len(first) * n_columns > MAX_FOLDED:
            raise TooManyError(f"{size} * {len(first)} combinations of values are put together")
        self.space.spend(size * len(first) * n_columns)
        row, value = np.repeat(np.arange(size), len(first)), np.tile(first, size)
        there = at[np.minimum(self.index[row], len(at) - 1), value]
        row, value = row[there], value[there]
        self.take(row)
        self.columns |= {quantity: column.take(value) for quantity, column in columns.items()}

    def _succeed(self) -> None:
        """Without rows where something fails."""
        good = self.states.succeeded
        if not good.all():
            self.take(np.flatnonzero(good))

    def _forget(self, quantities: Collection[Quantity]) -> None:
        """Rows that agree in all else become one."""
        for quantity in quantities:
            del self.columns[quantity]
        if quantities:
            codes = [codes_of(column)[0] for column in self.columns.values()]
            first, _ = numbered([*codes, *self.noted()], self.size)
            if len(first) < self.size:
                self.take(first)


def _computed(
    space: Space, quantity: Quantity, columns: Mapping[Quantity, Column], size: int
) -> Column:
    if isinstance(quantity, Constant):
        return Column.of([quantity.value]).broadcast_to((size,))
    return computed(space, quantity, dict(columns)).broadcast_to((size,))


def _highest_first(quantities: Sequence[Quantity], stop: Collection[Quantity]) -> list[Quantity]:
    """The quantities and what they are made of, parts first, and of several parts the one that is
    put together in most steps: what else is needed there is not kept for so long."""
    heights: dict[Quantity, int] = {}
    for quantity in ordered(quantities, stop):
        below = () if quantity in stop else parts(quantity)
        heights[quantity] = 1 + max((heights[part] for part in below), default=0)
    order: dict[Quantity, None] = {}
    stack = [(quantity, False) for quantity in reversed(quantities)]
    while stack:
        quantity, is_ready = stack.pop()
        if quantity in order:
            continue
        if is_ready:
            order[quantity] = None
            continue
        stack.append((quantity, True))
        if quantity not in stop:
            in_turn = sorted(parts(quantity), key=heights.__getitem__)
            stack.extend((part, False) for part in in_turn)
    return list(order)


def _functions_of_one(
    order: Sequence[Quantity], stop: Collection[Quantity]
) -> dict[Quantity, Quantity]:
    """Leaves, and functions of one leaf alone: of which."""
    found: dict[Quantity, Quantity] = {}
    for quantity in order:
        if isinstance(quantity, Constant):
            continue
        leaves = {found.get(q) for q in parts(quantity) if not isinstance(q, Constant)}
        if quantity in stop or not parts(quantity):
            found[quantity] = quantity
        elif len(leaves) == 1 and (leaf := leaves.pop()) is not None:
            found[quantity] = leaf
    return found
