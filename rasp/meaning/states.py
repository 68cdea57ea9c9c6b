"""Which values quantities can have, and which of them can meet at one position.

A `Domain` lists the values of one quantity, with a mask that says in which contexts each is
possible: at which index of an input of which length.  `States` lists combinations of values.  Both
may have too much, never too little: what is not listed happens on no input on which the program
does not fail.

Masks are arrays [length or 1, index or 1, value]: along an axis of size 1 nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.graph.columns import Column, apply_column
from rasp.graph.columns.column import Failure
from rasp.graph.construct import constant
from rasp.graph.nodes import (
    INDICES,
    TOKENS,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    SelectorNode,
    SelectorWidth,
    Tokens,
    atom_key,
    children,
)
from rasp.meaning.witness import Beside, Disagreement, Joint, Quantity, Total, made_of

Bools: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[Any]

MAX_STATES = 1_000_000
"""So many combinations of values are looked at, at most, for one sublayer's group."""

FEW_STATES = 60_000
"""Up to so many, quantities are taken apart down to what attention delivers."""

MAX_MASK = 30_000_000
MAX_VALUES = 60_000


class UnprovedError(Exception):
    """The proof does not get further.  The argument says why, in words."""


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
            self.mask[:, :, rows],
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

    def contexts(self) -> tuple[Ints, Ints, Ints]:
        """All (length, index, row) that are possible, as far as the mask goes; 0 for what is not
        known."""
        lengths, indices, rows = np.nonzero(self.mask)
        if self.length is not None:
            lengths = self.length[rows]
        if self.index is not None:
            indices = self.index[rows]
        return lengths, indices, rows

    def at_lengths(self, size: int) -> Bools:
        """[row, length]: can there be such a position in an input of that length?"""
        found = np.zeros((self.size, size), dtype=bool)
        if self.length is not None:
            found[np.arange(self.size), self.length] = True
        else:
            found[:] = np.any(self.mask, axis=1).T
        if self.index is not None:
            found &= np.arange(size)[None, :] >= self.index[:, None]
        return found

    def at_indices(self, size: int) -> Bools:
        """[row, index]: can there be such a position at that index?"""
        found = np.zeros((self.size, size), dtype=bool)
        if self.index is not None:
            found[np.arange(self.size), self.index] = True
        else:
            found[:] = np.any(self.mask, axis=0).T
        if self.length is not None:
            found &= np.arange(size)[None, :] <= self.length[:, None]
        return found


def codes_of(column: Column) -> tuple[Ints, list[Any]]:
    """A number for each element, -1 where it fails, and the atoms they stand for.

    Every atom occurs, at an element that does not fail or in place of one that does.
    """
    found, atoms = column.without_failures().coded()  # these atoms need not all occur
    used, codes = np.unique(np.broadcast_to(found, column.shape), return_inverse=True)
    codes = codes.reshape(column.shape).astype(np.int64)
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


def joined_masks(mask: Bools, kind: Ints, n_kinds: int) -> Bools:
    """The union of the masks of rows of one kind."""
    order = np.argsort(kind, kind="stable")
    starts = np.searchsorted(kind[order], np.arange(n_kinds))
    return np.asarray(np.logical_or.reduceat(mask[:, :, order], starts, axis=2))


def masks_of_kinds(states: States, kind: Ints, n_kinds: int, max_len: int) -> Bools:
    """The union of the contexts of rows of one kind [length or 1, index or 1, kind]."""
    n = max_len if states.length is not None else states.mask.shape[0]
    i = max_len if states.index is not None else states.mask.shape[1]
    while n * i * n_kinds > MAX_MASK and n * i > 1:
        n, i = (1, i) if n > 1 else (n, 1)
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
        places = []
        for row in first.tolist():
            key = tuple(
                atom_key(atoms[int(np.broadcast_to(c, (size,))[row])]) for c, atoms in coded
            )
            places.append(table.get(key, -1))
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


def ordered(quantities: Iterable[Quantity], stop: frozenset[Quantity]) -> list[Quantity]:
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


class Space:
    """Domains of quantities, each found once.

    values_of: domains of what attention delivers, by `rasp.meaning.attended`.
    """

    def __init__(self, tokens: Sequence[Atom], max_len: int, *, causal: bool) -> None:
        self.max_len, self.causal = max_len, causal
        self.tokens = tuple(tokens)
        self.unit: Quantity = constant(1)
        self.joints = Joints()
        self.domains: dict[Quantity, Domain | UnprovedError] = {}
        self.depths: dict[Quantity | SelectorNode, int] = {}
        self.keys: dict[Quantity, frozenset[object]] = {}
        self.single: dict[Quantity, States] = {}
        self.listed: dict[object, States | UnprovedError] = {}
        self.effort = 0.0
        self.most = float("inf")

    def spend(self, cells: float) -> None:
        """Raises UnprovedError once all work together is more than is allowed."""
        self.effort += cells
        if self.effort > self.most:
            raise UnprovedError("the work limit is reached")

    # -- domains

    def domain(self, quantity: Quantity) -> Domain:
        """Raises UnprovedError where its values are not known, or too many."""
        for current in ordered([quantity], frozenset(self.domains)):
            if current not in self.domains:
                try:
                    self.domains[current] = self._domain(current)
                except UnprovedError as error:
                    self.domains[current] = error
        found = self.domains[quantity]
        if isinstance(found, UnprovedError):
            raise UnprovedError(str(found))
        return found

    def _domain(self, quantity: Quantity) -> Domain:
        size = self.max_len
        match quantity:
            case Tokens():
                return Domain(self.tokens, np.ones((1, 1, len(self.tokens)), dtype=bool))
            case Indices():
                return Domain(tuple(range(size)), np.eye(size, dtype=bool)[None])
            case Constant(value=value):
                return Domain((value,), np.ones((1, 1, 1), dtype=bool))
            case Aggregate() | Fetch() | SelectorWidth() | Disagreement() | Total() | Beside():
                return self.attended(quantity)
            case _:
                return self._computed(quantity)

    def may_be(self, quantity: Quantity, column: Column) -> Bools:
        """Where a quantity fails, or has one of its values, as far as these are known by now.

        What parts of it are is listed one by one, also where these never meet.
        """
        domain = self.domains.get(quantity)
        if domain is None or isinstance(domain, UnprovedError):
            return np.ones(len(column), dtype=bool)
        if quantity not in self.keys:
            self.keys[quantity] = frozenset(map(atom_key, domain.values))
        codes, atoms = codes_of(column)
        known = np.array([atom_key(atom) in self.keys[quantity] for atom in atoms] or [True])
        return np.asarray((codes < 0) | known[np.maximum(codes, 0)])

    def attended(self, quantity: Quantity) -> Domain:
        """What attention delivers: see `rasp.meaning.attended`."""
        raise NotImplementedError

    def is_length(self, quantity: Quantity) -> bool:
        """Is it the length of the input?"""
        raise NotImplementedError

    def _computed(self, quantity: Quantity) -> Domain:
        states = self.states([quantity])
        column = states.columns[quantity]
        rows = np.flatnonzero(states.succeeded)
        if not len(rows):
            return Domain((), np.zeros((1, 1, 0), dtype=bool))
        states = states.take(rows)
        codes, atoms = codes_of(column.take(rows))
        used, codes = np.unique(codes, return_inverse=True)
        codes = codes.reshape(-1)
        if len(used) > MAX_VALUES:
            raise UnprovedError(f"{describe(quantity)} has {len(used)} values")
        mask = masks_of_kinds(states, codes, len(used), self.max_len)
        return Domain(tuple(atoms[code] for code in used.tolist()), mask)

    # -- combinations

    def alone(self, quantity: Quantity) -> States:
        """All values of one quantity."""
        if quantity not in self.single:
            domain = self.domain(quantity)
            self.single[quantity] = States(
                {quantity: domain.column}, domain.mask, None, None, len(domain.values)
            )
        return self.single[quantity]

    def states(self, quantities: Sequence[Quantity], near: Iterable[Quantity] = ()) -> States:
        """All combinations of values of these quantities that can meet.

        They are taken apart down to what attention delivers, if that is not too many combinations;
        otherwise down to those in `near`, or to what they are made of.  Raises UnprovedError.
        """
        wanted = list(dict.fromkeys(quantities))
        key = tuple(wanted), frozenset(near)
        found = self.listed.get(key)
        if found is None:
            try:
                found = self._states(wanted, key[1])
            except UnprovedError as error:
                found = error
            if isinstance(found, UnprovedError) or found.size <= FEW_STATES:
                self.listed[key] = found
        if isinstance(found, UnprovedError):
            raise type(found)(str(found))
        return found

    def _states(self, wanted: list[Quantity], near: frozenset[Quantity]) -> States:
        stops: list[frozenset[Quantity]] = [frozenset()]
        lower = self._lower(wanted)
        stops.append(lower | _opened(near))
        stops.append(lower | near)
        stops.append(near)
        stops.append(frozenset(part for q in wanted for part in (parts(q) or (q,))) | near)
        if len(wanted) > 1:
            stops.append(frozenset(wanted) - {TOKENS, INDICES} | near)
        best: _Product | None = None
        for stop in dict.fromkeys(stops):
            try:
                found = _Product.of(self, wanted, stop)
            except UnprovedError as error:
                reason = error
                continue
            if best is None or found.n_rows < best.n_rows:
                best = found
            if found.n_rows <= FEW_STATES:
                break
        if best is None:
            raise reason
        return best.states()

    def _lower(self, wanted: Sequence[Quantity]) -> frozenset[Quantity]:
        """What is there before the last attention below a quantity has run, and is computed with
        afterwards."""
        found = set()
        for quantity in ordered(wanted, frozenset()):
            depth = self.depth(quantity)
            found |= {part for part in parts(quantity) if 0 < self.depth(part) < depth}
        return frozenset(found)

    def depth(self, quantity: Quantity) -> int:
        """How many attentions come one after the other below it."""
        stack: list[Quantity | SelectorNode] = [quantity]
        while stack:
            current = stack[-1]
            if current in self.depths:
                stack.pop()
                continue
            if isinstance(current, (Joint, Disagreement, Total, Beside)):
                below: tuple[Any, ...] = made_of(current)
            else:
                below = children(current)
            waiting = [child for child in below if child not in self.depths]
            if waiting:
                stack += waiting
                continue
            reads = isinstance(current, (Aggregate, Fetch, SelectorWidth))
            self.depths[current] = reads + max((self.depths[c] for c in below), default=0)
        return self.depths[quantity]


def _opened(near: frozenset[Quantity]) -> frozenset[Quantity]:
    """Those of some quantities that are made of none of the others; and what the rest is made of
    beside them."""
    inner: dict[Quantity, bool] = {}
    for quantity in ordered(near, frozenset()):
        inner[quantity] = any(part in near or inner[part] for part in parts(quantity))
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


class _Product:
    """Quantities taken apart, their leaves' values grouped where they act alike."""

    def __init__(self, space: Space, order: list[Quantity], stop: frozenset[Quantity]) -> None:
        self.space, self.order, self.stop = space, order, stop
        self.factors: list[_Factor] = []

    @classmethod
    def of(cls, space: Space, wanted: Sequence[Quantity], stop: frozenset[Quantity]) -> _Product:
        stop = frozenset(q for q in stop if not isinstance(q, Constant))
        order = ordered(wanted, stop)
        found = cls(space, order, stop)
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
        return found

    @property
    def n_rows(self) -> float:
        return float(prod(len(factor.rows) for factor in self.factors))

    def states(self) -> States:
        space = self.space
        table = _Table.empty(space.max_len)
        for factor in sorted(self.factors, key=lambda factor: (not factor.pins, len(factor.rows))):
            table = table.times(factor, space)
        columns: dict[Quantity, Column] = {}
        for number, factor in enumerate(table.factors):
            for cut, column in factor.columns.items():
                columns[cut] = column.take(factor.rows[table.codes[:, number]])
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
        return found if possible.all() else found.take(np.flatnonzero(possible))


def computed(space: Space, quantity: Quantity, columns: dict[Quantity, Column]) -> Column:
    """A function of quantities that are known."""
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
        space: Space,
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

    def times(self, factor: _Factor, space: Space) -> _Table:
        n_rows, n_values = len(self.codes), len(factor.rows)
        if n_rows * n_values > 8 * MAX_STATES:
            raise TooManyError(f"there are more than {n_rows * n_values} combinations of values")
        row = np.repeat(np.arange(n_rows), n_values)
        value = np.tile(np.arange(n_values), n_rows)
        index = None if self.index is None else self.index[row]
        length = None if self.length is None else self.length[row]
        if factor.pins == "i":
            index = value
        elif factor.pins == "n":
            length = value
        own = factor.mask if not factor.pins else np.ones((1, 1, n_values), dtype=bool)
        # Lower the resolution, rather than giving up: a mask may have too much.
        n, i = max(self.mask.shape[0], own.shape[0]), max(self.mask.shape[1], own.shape[1])
        if length is not None:
            n = 1
        if index is not None:
            i = 1
        before, mine = self.mask, own
        if n * i * len(row) > MAX_MASK and i > 1:
            before, mine, i = _without(before, 1), _without(mine, 1), 1
        if n * i * len(row) > MAX_MASK and n > 1:
            before, mine, n = _without(before, 0), _without(mine, 0), 1
        mask = _picked(before, row, length, index) & _picked(mine, value, length, index)
        size = space.max_len
        if index is not None and mask.shape[0] > 1:
            mask = mask & (np.arange(size)[:, None, None] >= index[None, None, :])
        if length is not None and mask.shape[1] > 1:
            mask = mask & (np.arange(size)[None, :, None] <= length[None, None, :])
        possible: Bools = np.any(mask, axis=(0, 1))
        if index is not None and length is not None:
            possible = possible & (index <= length)
        space.spend(mask.size / 8)
        rows = np.flatnonzero(possible)
        if len(rows) > MAX_STATES:
            raise TooManyError(f"there are {len(rows)} combinations of values")
        return _Table(
            (*self.factors, factor),
            np.column_stack([self.codes[row[rows]], value[rows]]),
            mask[:, :, rows],
            None if index is None else index[rows],
            None if length is None else length[rows],
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
    return np.asarray(mask[:, :, rows])
