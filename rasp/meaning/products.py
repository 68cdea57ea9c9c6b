"""Combinations of values: quantities taken apart, and values of what they are made of multiplied.

What acts alike is multiplied once; what cannot meet, by index and length, is left out.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Protocol

import numpy as np

from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import INDICES, Constant, Elementwise
from rasp.meaning.masks import EVERY, blocks, joined_masks, taken
from rasp.meaning.related import related
from rasp.meaning.states import (
    MAX_MASK,
    Bools,
    Domain,
    Ints,
    Joints,
    States,
    TooManyError,
    UnprovedError,
    codes_of,
    describe,
    numbered,
    ordered,
    parts,
)
from rasp.meaning.within import within_length
from rasp.meaning.witness import Joint, Quantity

MAX_STATES = 1_000_000
"""So many combinations of values are looked at, at most, for one sublayer's group."""


MOST_LEAVES = 60
"""So many quantities are multiplied at most: of two values each they have 10^18 combinations."""


class Domains(Protocol):
    """What is known of quantities, and what may be spent on them: a `rasp.meaning.space.Space`."""

    max_len: int
    causal: bool
    joints: Joints

    def domain(self, quantity: Quantity) -> Domain: ...
    def may_be(self, quantity: Quantity, column: Column) -> Bools: ...
    def may_meet(self, columns: dict[Quantity, Column], size: int) -> Bools: ...
    def is_length(self, quantity: Quantity) -> bool: ...
    def check_asked(self, quantity: Quantity) -> None: ...
    def spend(self, cells: float) -> None: ...


def opened(near: frozenset[Quantity], below: Container[Quantity]) -> frozenset[Quantity]:
    """Those of some quantities that are made of none of the others; and what the rest is made of
    beside them.  below: what is made of none of them."""
    inner: dict[Quantity, bool] = {}
    for quantity in ordered(near, below):
        inner[quantity] = quantity not in below and any(
            part in near or inner[part] for part in parts(quantity)
        )
    found: dict[Quantity, None] = {}
    seen: set[Quantity] = set()
    stack = list(near)
    while stack:
        quantity = stack.pop()
        if quantity in seen:
            continue
        seen.add(quantity)
        if inner[quantity]:
            stack.extend(parts(quantity))
        else:
            found[quantity] = None
    return frozenset(found)


def following(
    quantities: Sequence[Quantity], near: frozenset[Quantity], below: Container[Quantity]
) -> frozenset[Quantity]:
    """What some quantities are made of, or are, and is a function of others in `near`: to multiply
    its values with theirs would have it take all of them beside all of theirs.

    below: what is made of none in `near`.
    """
    known: set[Quantity] = set()
    found: set[Quantity] = set()
    for quantity in ordered(quantities, below):
        own = parts(quantity)
        if own and known.issuperset(own):
            found.add(quantity)
        if quantity in near or quantity in found or isinstance(quantity, Constant):
            known.add(quantity)
    return frozenset(found)


def check_leaves(number: int) -> None:
    if number > MOST_LEAVES:
        raise TooManyError(f"{number} quantities are taken together")


class Product:
    """Quantities taken apart, their leaves' values grouped where they act alike."""

    def __init__(self, space: Domains, order: list[Quantity], stop: frozenset[Quantity]) -> None:
        self.space, self.order, self.stop = space, order, stop
        self.factors: list[_Factor] = []

    @classmethod
    def of(cls, space: Domains, wanted: Sequence[Quantity], stop: frozenset[Quantity]) -> Product:
        stop = frozenset(q for q in stop if not isinstance(q, Constant))
        order = ordered(wanted, stop)
        found = cls(space, order, stop)
        ends = [q for q in order if (q in stop or not parts(q)) and not isinstance(q, Constant)]
        check_leaves(len(ends))
        leaves: dict[Quantity, frozenset[Quantity]] = {}
        for quantity in order:
            if isinstance(quantity, Constant):
                leaves[quantity] = frozenset()
            elif quantity in stop or not parts(quantity):
                leaves[quantity] = frozenset([quantity])
            else:
                leaves[quantity] = frozenset().union(*(leaves[part] for part in parts(quantity)))
        needed = {q for q in wanted if len(leaves[q]) == 1}
        for quantity in order:
            if len(leaves[quantity]) > 1:
                needed |= {part for part in parts(quantity) if len(leaves[part]) == 1}
        by_leaf: dict[Quantity, list[Quantity]] = {}
        for quantity in order:
            if quantity in needed:
                (leaf,) = leaves[quantity]
                by_leaf.setdefault(leaf, []).append(quantity)
        for leaf, cuts in by_leaf.items():
            below = [q for q in order if leaves[q] <= {leaf}]
            found.factors.append(_Factor.of(space, leaf, cuts, below))
        found.factors = _together(found.factors, space)
        return found

    @property
    def n_rows(self) -> float:
        return float(prod(len(factor.rows) for factor in self.factors))

    def states(self) -> States:
        space = self.space
        table = _Table.product(self.factors, space)
        columns = table.columns()
        size = len(table.codes)
        possible = np.ones(size, dtype=bool)
        for quantity in self.order:
            if quantity in columns or quantity in self.stop:
                continue
            if isinstance(quantity, Constant):
                columns[quantity] = Column.of([quantity.value]).take(np.zeros(size, dtype=int))
            elif parts(quantity) and all(part in columns for part in parts(quantity)):
                columns[quantity] = computed(space, quantity, columns)
                if self.stop:
                    possible &= space.may_be(quantity, columns[quantity])
        space.spend(size * len(columns))
        found = States(columns, table.mask, table.index, table.length, size)
        found = found if possible.all() else found.take(np.flatnonzero(possible))
        return found if space.causal else within_length(found, space.max_len)


def computed(space: Domains, quantity: Quantity, columns: dict[Quantity, Column]) -> Column:
    """A function of quantities that are known."""
    space.check_asked(quantity)
    operands = [columns[part] for part in parts(quantity)]
    if isinstance(quantity, Joint):
        return space.joints.column(quantity, operands)
    assert isinstance(quantity, Elementwise)
    return apply_column(quantity.operator, quantity.parameters, operands)


@dataclass(frozen=True, eq=False)
class _Factor:
    """One leaf.  columns: of functions of it, by the leaf's values; rows: a value of each kind;
    mask: of the kinds; pins: the kinds are values of the index ("i") or the length ("n")."""

    columns: dict[Quantity, Column]
    rows: Ints
    mask: Bools
    pins: str

    @classmethod
    def of(
        cls,
        space: Domains,
        leaf: Quantity,
        cuts: list[Quantity],
        below: list[Quantity],
    ) -> _Factor:
        domain = space.domain(leaf)
        if not domain.values:
            raise UnprovedError(f"{describe(leaf)} has no value")
        columns: dict[Quantity, Column] = {leaf: domain.column}
        for quantity in below:
            if quantity in columns:
                continue
            if isinstance(quantity, Constant):
                columns[quantity] = Column.of([quantity.value])
            else:
                columns[quantity] = computed(space, quantity, columns)
        n_values = len(domain.values)
        kept = {cut: columns[cut].broadcast_to((n_values,)) for cut in cuts}
        pins = "i" if leaf is INDICES else "n" if space.is_length(leaf) else ""
        if leaf in kept:
            return cls(kept, np.arange(n_values), domain.mask, pins)
        first, kind = numbered([codes_of(column)[0] for column in kept.values()], n_values)
        if len(first) == n_values:
            return cls(kept, np.arange(n_values), domain.mask, pins)
        return cls(kept, first, joined_masks(domain.mask, kind, len(first)), "")


@dataclass(frozen=True, eq=False)
class _Table:
    """Combinations of rows of factors, as far as they are multiplied."""

    factors: tuple[_Factor, ...]
    codes: Ints  # [row, factor]
    mask: Bools
    index: Ints | None
    length: Ints | None

    @classmethod
    def empty(cls, max_len: int) -> _Table:
        return cls((), np.zeros((1, 0), dtype=np.int64), np.ones((1, 1, 1), dtype=bool), None, None)

    @classmethod
    def product(cls, factors: Sequence[_Factor], space: Domains) -> _Table:
        """All rows of factors that can meet."""
        table = cls.empty(space.max_len)
        for factor in sorted(factors, key=lambda factor: (not factor.pins, len(factor.rows))):
            table = table.times(factor, space).meeting(space)
        return table

    def columns(self) -> dict[Quantity, Column]:
        """The values of all cuts, row by row."""
        columns: dict[Quantity, Column] = {}
        for number, factor in enumerate(self.factors):
            for cut, column in factor.columns.items():
                columns[cut] = column.take(factor.rows[self.codes[:, number]])
        return columns

    def meeting(self, space: Domains) -> _Table:
        """Without rows of which it is known that they cannot be: before others are multiplied with
        a mean and a count of keys, only those are left that go together."""
        possible = space.may_meet(self.columns(), len(self.codes))
        if possible.all():
            return self
        rows = np.flatnonzero(possible)
        index, length = (None if c is None else c[rows] for c in (self.index, self.length))
        mask = self.mask[:, :, rows] if self.mask.shape[2] == len(self.codes) else self.mask
        return replace(self, codes=self.codes[rows], mask=mask, index=index, length=length)

    def times(self, factor: _Factor, space: Domains) -> _Table:
        n_rows, n_values = len(self.codes), len(factor.rows)
        if n_rows * n_values > 8 * MAX_STATES:
            raise TooManyError(f"there are more than {n_rows * n_values} combinations of values")
        own = factor.mask if not factor.pins else np.ones((1, 1, n_values), dtype=bool)
        # Lower the resolution, rather than giving up: a mask may have too much.
        n, i = max(self.mask.shape[0], own.shape[0]), max(self.mask.shape[1], own.shape[1])
        if self.length is not None or factor.pins == "n":
            n = 1
        if self.index is not None or factor.pins == "i":
            i = 1
        before, mine = self.mask, own
        if n * i * n_rows * n_values > MAX_MASK and i > 1:
            before, mine, i = _without(before, 1), _without(mine, 1), 1
        if n * i * n_rows * n_values > MAX_MASK and n > 1:
            before, mine, n = _without(before, 0), _without(mine, 0), 1
        space.spend(n * i * n_rows * n_values / 8)
        some = replace(self, mask=before), replace(factor, mask=mine)
        found, size = [], 0
        for rows in list(blocks(n_rows, n * i * n_values)) or [EVERY]:
            found.append(_multiplied(*some, np.arange(n_rows)[rows], space.max_len))
            size += len(found[-1].codes)
            if size > MAX_STATES:
                raise TooManyError(f"there are more than {MAX_STATES} combinations of values")
        return found[0] if len(found) == 1 else _Table.joined(found)

    @classmethod
    def joined(cls, tables: Sequence[_Table]) -> _Table:
        """Rows of tables of the same factors, one table after the other."""
        first = tables[0]
        return cls(
            first.factors,
            np.concatenate([table.codes for table in tables]),
            np.concatenate([table.mask for table in tables], axis=2),
            _one_after_another([table.index for table in tables]),
            _one_after_another([table.length for table in tables]),
        )


def _together(factors: list[_Factor], space: Domains) -> list[_Factor]:
    """The factors, those that are about the same keys multiplied with each other."""
    groups = related([list(factor.columns) for factor in factors])
    found = [f for n, f in enumerate(factors) if all(n not in group for group in groups)]
    for group in groups:
        own = [factors[number] for number in group]
        pinned = any(factor.pins for factor in own)
        if pinned or prod(len(factor.rows) for factor in own) > MAX_STATES:
            found += own
            continue
        table = _Table.product(own, space)
        found.append(_Factor(table.columns(), np.arange(len(table.codes)), table.mask, ""))
    return found


def _one_after_another(columns: Sequence[Ints | None]) -> Ints | None:
    known = [column for column in columns if column is not None]
    return np.concatenate(known) if known else None


def _multiplied(table: _Table, factor: _Factor, rows: Ints, max_len: int) -> _Table:
    """Some rows of a table with all values of a factor, as far as they can meet."""
    n_values = len(factor.rows)
    row, value = np.repeat(rows, n_values), np.tile(np.arange(n_values), len(rows))
    index = None if table.index is None else table.index[row]
    length = None if table.length is None else table.length[row]
    if factor.pins == "i":
        index = value
    elif factor.pins == "n":
        length = value
    mask = _both(
        _picked(table.mask, row, length, index), _picked(factor.mask, value, length, index)
    )
    if index is not None and mask.shape[0] > 1:
        mask = mask & (np.arange(max_len)[:, None, None] >= index[None, None, :])
    if length is not None and mask.shape[1] > 1:
        mask = mask & (np.arange(max_len)[None, :, None] <= length[None, None, :])
    possible: Bools = np.any(mask, axis=(0, 1))
    if index is not None and length is not None:
        possible = possible & (index <= length)
    there = np.flatnonzero(possible)
    return _Table(
        (*table.factors, factor),
        np.column_stack([table.codes[row[there]], value[there]]),
        taken(mask, there),
        None if index is None else index[there],
        None if length is None else length[there],
    )


def _without(mask: Bools, axis: int) -> Bools:
    return np.asarray(np.any(mask, axis=axis, keepdims=True))


def _picked(mask: Bools, rows: Ints, length: Ints | None, index: Ints | None) -> Bools:
    """The mask of rows; along an axis that is known only what belongs to it."""
    n, i = mask.shape[:2]
    if length is not None and n > 1 and index is not None and i > 1:
        return mask[length, index, rows][None, None, :]
    if length is not None and n > 1:
        return np.asarray(mask[length, :, rows].T[None])
    if index is not None and i > 1:
        return np.asarray(mask[:, index, rows][:, None, :])
    return taken(mask, rows)


def _both(one: Bools, other: Bools) -> Bools:
    """Where both are possible; one of them itself, if the other leaves out nothing."""
    for mask, rest in ((one, other), (other, one)):
        if mask.shape[:2] == (1, 1) and bool(mask.all()):
            return rest
    return one & other
