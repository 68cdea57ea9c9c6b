"""Which values quantities can have, and which of them can meet at one position.

A `Domain` lists the values of one quantity, with a mask that says in which contexts each is
possible: at which index of an input of which length.  `States` lists combinations of values.  Both
may have too much, never too little: what is not listed happens on no input on which the program
does not fail.

Masks are arrays [length or 1, index or 1, value]: along an axis of size 1 nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.graph.columns import Column
from rasp.graph.columns.column import Failure
from rasp.graph.nodes import (
    Atom,
    Elementwise,
    atom_key,
)
from rasp.meaning.masks import EVERY, Ends, blocks, identity, joined_masks, taken
from rasp.meaning.witness import Beside, Disagreement, Joint, Quantity, Total

Bools: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[Any]

MAX_MASK = 30_000_000


class UnprovedError(Exception):
    """The proof does not get further.  The argument says why, in words."""


class WorkLimitError(UnprovedError):
    """So much was looked at that other ways to prove the same are not tried any more."""


class TooManyError(UnprovedError):
    """There are too many combinations to look at them all."""


@dataclass(frozen=True, eq=False)
class Domain:
    """values: distinct atoms; mask [length or 1, index or 1, value]."""

    values: tuple[Atom, ...]
    mask: Bools

    @property
    def column(self) -> Column:
        return Column.of(self.values)

    def numbers(self) -> Floats:
        """The values as numbers.  Raises UnprovedError for others."""
        if any(isinstance(value, (bool, str)) for value in self.values):
            raise UnprovedError("values that are no numbers are counted with")
        try:
            return np.array([float(value) for value in self.values])
        except OverflowError:
            raise UnprovedError("numbers are too large") from None


@dataclass(frozen=True, eq=False)
class States:
    """Combinations of values of `leaves`, one a row, and what is made of them.

    index, length: of each row, where it is known (lengths less 1); mask [length or 1, index or 1,
    row]; columns: of the quantities that are known, with failures where one cannot be computed;
    noted: what was found out about these rows, so that it is found out once.
    """

    columns: dict[Quantity, Column]
    mask: Bools
    index: Ints | None
    length: Ints | None
    size: int
    noted: dict[object, Any] = field(default_factory=dict)

    def codes(self, quantity: Quantity) -> tuple[Ints, list[Any]]:
        """`codes_of` the column of a quantity."""
        if quantity not in self.noted:
            self.noted[quantity] = codes_of(self.columns[quantity])
        codes, atoms = self.noted[quantity]
        return codes, atoms

    def succeeding(self) -> States:
        """The rows where nothing that is listed fails."""
        if "succeeding" not in self.noted:
            good = self.succeeded
            self.noted["succeeding"] = self if good.all() else self.take(np.flatnonzero(good))
        found = self.noted["succeeding"]
        assert isinstance(found, States)
        return found

    def take(self, rows: Ints) -> States:
        return States(
            {quantity: column.take(rows) for quantity, column in self.columns.items()},
            taken(self.mask, rows),
            None if self.index is None else self.index[rows],
            None if self.length is None else self.length[rows],
            len(rows),
        )

    @property
    def succeeded(self) -> Bools:
        """Where nothing that is listed fails."""
        good = np.ones(self.size, dtype=bool)
        for column in self.columns.values():
            if column.faults is not None:
                good &= column.faults == 0
        return good

    def in_longest(self, size: int) -> bool:
        """Are all of them possible in inputs of the largest length?"""
        if self.length is not None:
            return bool((self.length == size - 1).all())
        return bool(self.mask[-1].any(axis=0).all())

    def contexts(self, within: slice | None = None) -> tuple[Ints, Ints, Ints]:
        """All (length, index, row) that are possible, as far as the mask goes; 0 for what is not
        known.  within: those at some indices only."""
        lengths, indices, rows = np.nonzero(self._mask_within(within))
        if within is not None and self.index is not None:
            rows = np.flatnonzero(self._is_within(within))[rows]
        elif within is not None and self.mask.shape[1] > 1:
            indices = indices + within.start
        if self.length is not None:
            lengths = self.length[rows]
        if self.index is not None:
            indices = self.index[rows]
        return lengths, indices, rows

    def _is_within(self, indices: slice) -> Bools:
        assert self.index is not None
        return np.asarray((self.index >= indices.start) & (self.index < indices.stop))

    def _mask_within(self, indices: slice | None) -> Bools:
        """The mask of what is possible at some indices."""
        if indices is None:
            return self.mask
        if self.index is not None:
            return self.mask[:, :, self._is_within(indices)]
        return self.mask[:, indices] if self.mask.shape[1] > 1 else self.mask

    def at_lengths(self, size: int, rows: slice = EVERY) -> Bools:
        """[row, length]: can there be such a position in an input of that length?

        Where only indices are told apart, in one that is long enough to have one of these.
        """
        found = np.zeros((len(range(self.size)[rows]), size), dtype=bool)
        if self.length is not None:
            found[np.arange(len(found)), self.length[rows]] = True
        elif self.mask.shape[0] == 1 < self.mask.shape[1]:
            found[:] = np.logical_or.accumulate(self.mask[0][:, rows], axis=0).T
        else:
            found[:] = np.any(self.mask[:, :, rows], axis=1).T
        if self.index is not None:
            found &= np.arange(size)[None, :] >= self.index[rows, None]
        return found

    def at_indices(self, size: int, rows: slice = EVERY) -> Bools:
        """[row, index]: can there be such a position at that index?"""
        found = np.zeros((len(range(self.size)[rows]), size), dtype=bool)
        if self.index is not None:
            found[np.arange(len(found)), self.index[rows]] = True
        else:
            found[:] = np.any(self.mask[:, :, rows], axis=0).T
        if self.length is not None:
            found &= np.arange(size)[None, :] <= self.length[rows, None]
        return found

    def ends_at(self, at: Callable[[int, slice], Bools], size: int) -> Ends:
        """The first and the last length (or index) that there can be such a position at.

        at: `at_lengths` or `at_indices` of these states, of which a few rows are made at a time.
        """
        n_there, first, last = np.zeros((3, self.size), dtype=np.int64)
        for rows in blocks(self.size, size):
            found = at(size, rows)
            n_there[rows] = np.count_nonzero(found, axis=1)
            first[rows] = found.argmax(axis=1)
            last[rows] = size - 1 - found[:, ::-1].argmax(axis=1)
        return Ends(n_there, first, last)


def codes_of(column: Column) -> tuple[Ints, list[Any]]:
    """A number for each element, -1 where it fails, and the atoms they stand for.

    Every atom occurs, at an element that does not fail or in place of one that does.
    """
    found, atoms = column.without_failures().coded()  # these atoms need not all occur
    codes = np.broadcast_to(found, column.shape).astype(np.int64)
    there = np.zeros(len(atoms), dtype=bool)
    there[codes] = True
    used = np.flatnonzero(there)
    if len(used) < len(atoms):
        codes = (np.cumsum(there) - 1)[codes]
    if column.faults is not None:
        codes = np.where(column.faults > 0, -1, codes)
    return codes, [atoms[place] for place in used.tolist()]


def numbered(columns: Sequence[Ints], size: int) -> tuple[Ints, Ints]:
    """Rows of several columns of integers: the first row of each kind, and the kind of each row."""
    if not columns:
        return np.zeros(min(size, 1), dtype=np.int64), np.zeros(size, dtype=np.int64)
    kind, n_kinds = np.zeros(size, dtype=np.int64), 1
    for column in columns:
        codes, n_codes = _ranked(column)
        if n_codes > 1:
            kind, n_kinds = _ranked(codes if n_kinds == 1 else kind * n_codes + codes)
    first = np.full(n_kinds if size else 0, size)
    np.minimum.at(first, kind, np.arange(size))
    return first, kind


def _ranked(numbers: Ints) -> tuple[Ints, int]:
    """The rank of each number among those that occur, and how many do."""
    if numbers.dtype.kind == "i" and numbers.size:
        low, high = int(numbers.min()), int(numbers.max())
        if low == high:
            return np.zeros(numbers.size, dtype=np.int64), 1
        if high - low < 4 * numbers.size + 1000:  # no need to sort
            there = np.zeros(high - low + 1, dtype=bool)
            there[numbers - low] = True
            ranks = np.cumsum(there) - 1
            return ranks[numbers - low], int(ranks[-1]) + 1
    _, codes = np.unique(numbers, return_inverse=True)
    return codes.reshape(-1), int(codes.max(initial=-1)) + 1


def masks_of_kinds(states: States, kind: Ints, n_kinds: int, max_len: int) -> Bools:
    """The union of the contexts of rows of one kind [length or 1, index or 1, kind]."""
    n = max_len if states.length is not None else states.mask.shape[0]
    i = max_len if states.index is not None else states.mask.shape[1]
    while n * i * n_kinds > MAX_MASK and n * i > 1:
        n, i = (1, i) if n > 1 else (n, 1)
    if states.index is None and states.length is None and states.mask.shape[:2] == (n, i):
        return joined_masks(states.mask, kind, n_kinds)
    if n_kinds == max_len and n * i == max_len and bool(states.mask.all()):
        # Each index, or each length, is a kind.
        index, length = states.index, states.length
        if length is None and index is not None and np.array_equal(index, kind):
            return identity(max_len)[None]
        if index is None and length is not None and np.array_equal(length, kind):
            return identity(max_len)[:, None]
    mask = np.zeros((n, i, n_kinds), dtype=bool)
    lengths, indices, rows = states.contexts()
    mask[lengths if n > 1 else 0, indices if i > 1 else 0, kind[rows]] = True
    return mask


class Joints:
    """Lookup tables of the witness, by the values of what they are made of."""

    def __init__(self) -> None:
        self.tables: dict[Joint, dict[tuple[object, ...], int]] = {}

    def column(self, joint: Joint, operands: Sequence[Column]) -> Column:
        if not joint.rows or not joint.of:
            raise UnprovedError("nothing is said of what a direction holds")
        if joint not in self.tables:
            self.tables[joint] = {
                tuple(map(atom_key, row)): place for place, row in enumerate(joint.rows)
            }
        table = self.tables[joint]
        size = max((len(operand) for operand in operands), default=1)
        coded = [codes_of(operand) for operand in operands]
        first, kind = numbered([np.broadcast_to(c, (size,)) for c, _ in coded], size)
        rows = [
            [atom_key(atoms[code]) for code in np.broadcast_to(c, (size,))[first].tolist()]
            for c, atoms in coded
        ]
        places = [table.get(key, -1) for key in zip(*rows, strict=True)]
        found_at = np.array(places, dtype=np.int64)[kind]
        found = Column.of(joint.values).take(np.maximum(found_at, 0))
        missing = found_at < 0
        if missing.any():
            found = found.failing(missing, Failure("a table has no such row", "value"))
        return found.with_operand_failures(list(operands))


def parts(quantity: Quantity) -> tuple[Quantity, ...]:
    """What a quantity is a function of, position by position; nothing for what attention reads."""
    match quantity:
        case Elementwise(operands=operands):
            return operands
        case Joint(of=of):
            return of
    return ()


def ordered(quantities: Iterable[Quantity], stop: Container[Quantity]) -> list[Quantity]:
    """The quantities and what they are made of down to `stop`, parts first."""
    order: list[Quantity] = []
    done: set[Quantity] = set()
    for quantity in quantities:
        stack = [(quantity, False)]
        while stack:
            current, ready = stack.pop()
            if current in done:
                continue
            if ready:
                done.add(current)
                order.append(current)
                continue
            stack.append((current, True))
            if current not in stop:
                stack.extend((part, False) for part in reversed(parts(current)))
    return order


def describe(quantity: Quantity) -> str:
    """A quantity, in a few words."""
    from rasp.graph.text import to_text

    match quantity:
        case Joint(of=of):
            return f"a function of {', '.join(map(describe, of))}"
        case Disagreement(aggregate=node):
            return f"whether selected values differ in {describe(node)}"
        case Total(aggregate=node):
            return f"the sum in {describe(node)}"
        case Beside(aggregate=node):
            return f"a second number of {describe(node)}"
    text = to_text(quantity)
    return text if len(text) <= 80 else text[:77] + "..."
