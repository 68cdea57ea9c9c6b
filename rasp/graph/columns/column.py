"""Atoms in bulk: a NumPy array, and beside it what an array alone cannot say.

A column stands for an array of atoms of any shape.  Shapes broadcast as in NumPy: a constant is a
column of shape ``(1,)``, which combines with all others.  The elements are held in one of these
forms:

    bool, int, float   `data` is bool, int64 or float64
    number             `data` is float64; `tags` says of each element whether it is a bool, an int
                       or a float (an aggregate is often 0 here and 0.5 there)
    coded              `data` are codes into `table`, the distinct atoms: strings, big integers,
                       mixtures of strings and others

Integers are held in arrays only while they are smaller than `EXACT` (2**53) in absolute value, so
that every number in an array is exact as a float64, and ints and floats combine exactly.

Elements may have failed: `faults` holds 0 for a value and k for `failures[k - 1]`.  What `data`
holds at a failed element is arbitrary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.graph.nodes import Atom, Node, atom_key
from rasp.graph.operators import Category

EXACT = 2**53

BOOL, INT, FLOAT = 0, 1, 2
"""Tags, ordered so that arithmetic on two numbers gives the larger tag, and at least INT."""

_UNIFORM_TAG = {"b": BOOL, "i": INT, "f": FLOAT}
_DTYPE: dict[int, Any] = {BOOL: np.bool_, INT: np.int64, FLOAT: np.float64}

Kind: TypeAlias = Literal["bool", "int", "float", "number", "coded"]

_UNIFORM_KIND: dict[str, Kind] = {"b": "bool", "i": "int", "f": "float"}


@dataclass(frozen=True, slots=True)
class Failure:
    """An element that could not be computed: why, in which way, and (if known) at which node."""

    message: str
    category: Category
    node: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """An array of atoms and failures; see the module for its forms.  Columns are never modified."""

    data: NDArray[Any]
    tags: NDArray[np.uint8] | None = None
    table: tuple[Atom, ...] | None = None
    faults: NDArray[np.int64] | None = None
    failures: tuple[Failure, ...] = ()

    # -- making columns

    @classmethod
    def of(cls, values: Sequence[Atom | Failure]) -> Column:
        """A column with one axis."""
        kinds = set(map(type, values))
        if Failure in kinds:
            return cls._of_partial(values)
        return _of_atoms(values, kinds)  # type: ignore[arg-type]

    @classmethod
    def _of_partial(cls, values: Sequence[Atom | Failure]) -> Column:
        numbers: dict[Failure, int] = {}
        faults = np.zeros(len(values), np.int64)
        for place, value in enumerate(values):
            if isinstance(value, Failure):
                faults[place] = numbers.setdefault(value, len(numbers) + 1)
        atoms = [value for value in values if not isinstance(value, Failure)]
        # A failed element repeats another one, so that it does not change the form of the column.
        filler = atoms[0] if atoms else 0
        column = cls.of([filler if isinstance(value, Failure) else value for value in values])
        return replace(column, faults=faults, failures=tuple(numbers))

    @classmethod
    def constant(cls, value: Atom | Failure, shape: tuple[int, ...] = (1,)) -> Column:
        """The same element everywhere in the shape, without memory for more than one."""
        return cls.of([value]).broadcast_to(shape)

    @classmethod
    def numbers(cls, data: NDArray[Any], tags: NDArray[np.uint8]) -> Column:
        """Floats with tags as a column: of one type if all tags agree.  Ints must be exact."""
        low, high = (int(tags.min()), int(tags.max())) if tags.size else (FLOAT, FLOAT)
        if low == high:
            return cls(data.astype(_DTYPE[low], copy=False))
        return cls(np.where(tags < FLOAT, data + 0.0, data), tags)  # no int is -0.0

    # -- looking at columns

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def size(self) -> int:
        return self.data.size

    def __len__(self) -> int:
        return len(self.data)

    @property
    def kind(self) -> Kind:
        if self.table is not None:
            return "coded"
        if self.tags is not None:
            return "number"
        return _UNIFORM_KIND[self.data.dtype.kind]

    @property
    def is_numeric(self) -> bool:
        """Whether `data` are the numbers themselves (bools included), not codes."""
        return self.table is None

    @property
    def tag(self) -> int | NDArray[np.uint8]:
        """The tags of a numeric column, one for all where it has only one type."""
        return _UNIFORM_TAG[self.data.dtype.kind] if self.tags is None else self.tags

    @property
    def failed(self) -> NDArray[np.bool_] | None:
        """Which elements failed; None if none can have."""
        return None if self.faults is None else self.faults > 0

    def at(self, *index: int) -> Atom | Failure:
        """One element.  An axis of length 1 has the same element at every index."""

        def there(array: NDArray[Any]) -> Any:
            return array[tuple(i if n > 1 else 0 for i, n in zip(index, array.shape, strict=True))]

        if self.faults is not None and there(self.faults):
            return self.failures[int(there(self.faults)) - 1]
        if self.table is not None:
            return self.table[int(there(self.data))]
        value: Atom = there(self.data).item()
        return value if self.tags is None else _typed(value, int(there(self.tags)))

    def tolist(self) -> list[Any]:
        """The values, nested as the shape is.  No element may have failed."""
        if self.table is not None:
            # Filled one by one: np.array would look into the strings.
            atoms = np.empty(len(self.table), object)
            atoms[:] = self.table
            return list(atoms[self.data].tolist())
        if self.tags is None:
            return list(self.data.tolist())
        objects = self.data.astype(object)
        for tag in (BOOL, INT):
            here = np.broadcast_to(self.tags == tag, self.shape)
            objects[here] = self.data[here].astype(_DTYPE[tag]).astype(object)
        return list(objects.tolist())

    def elements(self) -> list[Atom | Failure]:
        """Values and failures of a column with one axis."""
        values: list[Atom | Failure] = self.tolist()
        if self.faults is not None:
            for place in np.flatnonzero(self.faults).tolist():
                values[place] = self.failures[int(self.faults[place]) - 1]
        return values

    def truth(self) -> NDArray[np.bool_]:
        """The truth of each value, as Python has it."""
        if self.table is None:
            return self.data.astype(np.bool_, copy=False)
        truths: NDArray[np.bool_] = np.fromiter(map(bool, self.table), np.bool_, len(self.table))
        return np.take(truths, self.data)

    # -- other columns from this one

    def moved(self, move: Callable[[NDArray[Any]], NDArray[Any]]) -> Column:
        """The same elements at other places; `move` is applied to each array of the column."""
        return Column(
            move(self.data),
            None if self.tags is None else move(self.tags),
            self.table,
            None if self.faults is None else move(self.faults),
            self.failures,
        )

    def take(self, places: NDArray[Any]) -> Column:
        """The elements at these places of a column with one axis, in the shape of `places`."""
        return self.moved(lambda array: array[places])

    def reshape(self, *shape: int) -> Column:
        return self.moved(lambda array: array.reshape(shape))

    def broadcast_to(self, shape: tuple[int, ...]) -> Column:
        return self.moved(lambda array: np.broadcast_to(array, shape))

    def without_failures(self) -> Column:
        """The same column, with an arbitrary value wherever an element failed."""
        return self if self.faults is None else Column(self.data, self.tags, self.table)

    def with_operand_failures(self, operands: Sequence[Column]) -> Column:
        """This column, failing also where an operand does: first operands first, own ones last."""
        if all(operand.faults is None for operand in operands):
            return self
        shape = np.broadcast_shapes(self.shape, *(operand.shape for operand in operands))
        faults = np.zeros(shape, np.int64)
        renumbered, failures = _with_one_list([*operands, self])
        for further in renumbered:
            faults = np.where(faults > 0, faults, further)
        whole = self.without_failures().broadcast_to(shape)
        return replace(whole, faults=faults, failures=failures)

    def failing(self, here: NDArray[np.bool_], failure: Failure) -> Column:
        """This column, which has no failures yet, failing at these places."""
        return replace(self, faults=here.astype(np.int64), failures=(failure,))

    def coded(self) -> tuple[NDArray[Any], Sequence[Atom]]:
        """Codes and the distinct atoms they stand for (not all of which need occur)."""
        if self.table is not None:
            return self.data, self.table
        if self.tags is not None:
            codes, values = _distinct_floats(self.data)
            pairs, places = distinct_codes(codes * 3 + self.tags, 3 * len(values))
            return places, [_typed(values[pair // 3], pair % 3) for pair in pairs.tolist()]
        if self.data.dtype.kind == "b":
            return self.data.astype(np.intp), (False, True)
        if self.data.dtype.kind == "i":
            return _distinct_integers(self.data)
        return _distinct_floats(self.data)


def choose(condition: NDArray[np.bool_], yes: Column, no: Column) -> Column:
    """The elements of `yes` where the condition holds, of `no` elsewhere."""
    shape = np.broadcast_shapes(condition.shape, yes.shape, no.shape)
    if condition.all():
        return yes.broadcast_to(shape)
    if not condition.any():
        return no.broadcast_to(shape)
    chosen = _choose_values(condition, yes, no)
    if yes.faults is None and no.faults is None:
        return chosen
    sides = []
    for column, here in ((yes, condition), (no, ~condition)):
        faults = 0 if column.faults is None else column.faults
        sides.append(replace(column, faults=np.where(here, faults, 0)))
    return chosen.with_operand_failures(sides)


def _choose_values(condition: NDArray[np.bool_], yes: Column, no: Column) -> Column:
    if yes.is_numeric and no.is_numeric:
        data = np.where(condition, yes.data, no.data)
        if yes.tags is None and no.tags is None and yes.data.dtype == no.data.dtype:
            return Column(data)
        tags = np.where(condition, yes.tag, no.tag).astype(np.uint8)
        return Column.numbers(data.astype(np.float64, copy=False), tags)
    (yes_codes, no_codes), table = _with_one_table([yes, no])
    return Column(np.where(condition, yes_codes, no_codes), table=table)


def concatenate(columns: Sequence[Column], axis: int = 0) -> Column:
    """The elements of several columns, one after the other.

    All have the same number of axes, and the same length along every axis but one.
    """
    if len(columns) == 1:
        return columns[0]
    values = _concatenate_values(columns, axis)
    if all(column.faults is None for column in columns):
        return values
    faults, failures = _with_one_list(columns)
    return replace(values, faults=np.concatenate(faults, axis=axis), failures=failures)


def _concatenate_values(columns: Sequence[Column], axis: int) -> Column:
    if not all(column.is_numeric for column in columns):
        codes, table = _with_one_table(columns)
        return Column(np.concatenate(codes, axis=axis), table=table)
    data = np.concatenate([column.data for column in columns], axis=axis)
    if all(c.tags is None and c.data.dtype == columns[0].data.dtype for c in columns):
        return Column(data)
    tags = [np.broadcast_to(np.asarray(c.tag, np.uint8), c.shape) for c in columns]
    return Column.numbers(data.astype(np.float64, copy=False), np.concatenate(tags, axis=axis))


def _with_one_list(
    columns: Sequence[Column],
) -> tuple[list[NDArray[np.int64]], tuple[Failure, ...]]:
    """The faults of all columns by their numbers in one list of failures."""
    numbers: dict[Failure, int] = {}
    renumbered = []
    for column in columns:
        number = [numbers.setdefault(failure, len(numbers) + 1) for failure in column.failures]
        faults = np.zeros(column.shape, np.int64) if column.faults is None else column.faults
        renumbered.append(np.array([0, *number], np.int64)[faults])
    return renumbered, tuple(numbers)


def _with_one_table(columns: Sequence[Column]) -> tuple[list[NDArray[Any]], tuple[Atom, ...]]:
    """Codes of all columns into one table."""
    numbers: dict[object, int] = {}
    union: list[Atom] = []
    codes = []
    for own_codes, own_table in (column.coded() for column in columns):
        renumbered = np.empty(len(own_table), np.intp)
        for place, atom in enumerate(own_table):
            renumbered[place] = number = numbers.setdefault(atom_key(atom), len(union))
            if number == len(union):
                union.append(atom)
        codes.append(renumbered[own_codes])
    return codes, tuple(union)


def _of_atoms(values: Sequence[Atom], kinds: set[type]) -> Column:
    if len(kinds) <= 1 and kinds <= {bool}:
        return Column(np.array(values, np.bool_))
    if kinds == {float}:
        return Column(np.array(values, np.float64))
    if str not in kinds and all(-EXACT < value < EXACT for value in values if type(value) is int):
        if kinds == {int}:
            return Column(np.array(values, np.int64))
        tag = {bool: BOOL, int: INT, float: FLOAT}
        tags = np.array([tag[type(value)] for value in values], np.uint8)
        return Column.numbers(np.array(values, np.float64), tags)
    if kinds == {str}:
        table = tuple(dict.fromkeys(values))
        numbers: dict[Any, int] = {atom: number for number, atom in enumerate(table)}
        return Column(np.array([numbers[v] for v in values], np.intp), table=table)
    keyed = {atom_key(value): value for value in values}
    numbers = {key: number for number, key in enumerate(keyed)}
    codes = np.array([numbers[atom_key(value)] for value in values], np.intp)
    return Column(codes, table=tuple(keyed.values()))


def _typed(value: Atom, tag: int) -> Atom:
    """A number held as a float, in its own type."""
    if tag == FLOAT:
        return float(value)
    return bool(value) if tag == BOOL else int(value)


def distinct_codes(codes: NDArray[Any], bound: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The codes (all below `bound`) that occur, ascending, and the place of each element's code."""
    if bound > 4 * codes.size + 1000:
        seen, places = np.unique(codes, return_inverse=True)
        return seen, places.reshape(codes.shape)
    occurs = np.zeros(bound, np.bool_)
    occurs[codes] = True
    seen = np.flatnonzero(occurs)
    place = np.empty(bound, np.intp)
    place[seen] = np.arange(seen.size)
    return seen, place[codes]


def _distinct_integers(data: NDArray[np.int64]) -> tuple[NDArray[Any], Sequence[Atom]]:
    if data.size:
        low, high = int(data.min()), int(data.max())
        if high - low < 2 * data.size + 1000:
            return data - low, range(low, high + 1)
    distinct, codes = np.unique(data, return_inverse=True)
    return codes.reshape(data.shape), distinct.tolist()


def _distinct_floats(data: NDArray[np.float64]) -> tuple[NDArray[Any], list[float]]:
    """0.0 and -0.0 are two atoms, every nan is one."""
    regular = np.where(np.isnan(data), np.nan, data)
    distinct, codes = np.unique(regular.view(np.int64), return_inverse=True)
    return codes.reshape(data.shape), distinct.view(np.float64).tolist()
