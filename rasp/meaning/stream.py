"""The residual stream as it is meant: what each direction holds for combinations of values.

Numbers here are float64.  Beside each sum stands how far it may be off: what rounding can do to
it, or nothing where all of its parts are multiples of 2^-20 and small, so that every operation is
exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Plan
from rasp.graph.construct import is_sop
from rasp.graph.nodes import SOpNode, atom_key
from rasp.graph.walk import topological
from rasp.meaning.attended import Attended
from rasp.meaning.states import Bools, Floats, States, UnprovedError, codes_of
from rasp.meaning.witness import Meaning, Quantity, Witness, made_of

UNIT = 2.0**-53
GRAIN = 2.0**-20
LARGEST_EXACT = 2.0**31
LARGEST_HELD = 2.0**20
"""A mean s / m, with m below 2^12, that is rounded to a multiple of GRAIN below this is one."""

BOS_PLACE = 0
NOTHING = -1


@dataclass(frozen=True, eq=False)
class Numbers:
    """values [row, column]; how far each column may be off; the sum of its largest terms, and how
    many there are."""

    values: Floats
    off: Floats
    size: Floats
    n_terms: Floats


class Streams:
    """Directions in the dimensions of the residual stream, sublayer by sublayer.

    held: the number of the direction in each dimension, NOTHING where there is none; bos: what is
    there at the beginning of the sequence; below: the s-ops that must not fail for a direction to
    hold what it should; means: of a direction in which a head delivers a mean, those that must not
    for the head to select and carry what it should.
    """

    def __init__(self, space: Attended, plan: Plan, witness: Witness, d_model: int) -> None:
        if len(witness.directions) != len(plan.directions):
            raise UnprovedError("not every direction has a meaning")
        self.space, self.plan, self.witness = space, plan, witness
        self.held = np.full(d_model, NOTHING)
        self.bos = np.zeros(d_model)
        self.bos[BOS_PLACE] = 1.0
        self.tables: dict[tuple[int, tuple[float, ...]], dict[object, float]] = {}
        self.below: dict[int, frozenset[SOpNode]] = {}
        self.means: dict[int, frozenset[SOpNode]] = {}

    def advance(self, sublayer: int) -> list[int]:
        """Directions that this sublayer writes are there from now on; their numbers."""
        born = []
        for number, direction in enumerate(self.plan.directions):
            here = self.held[direction.place] == number
            if here and sublayer and direction.cleared == sublayer:
                self.held[direction.place] = NOTHING
        for number, direction in enumerate(self.plan.directions):
            if direction.born == sublayer:
                self.held[direction.place] = number
                born.append(number)
        return born

    def meaning(self, direction: int) -> Meaning:
        return self.witness.directions[direction]

    def quantities(self, directions: Iterable[int]) -> list[Quantity]:
        """What some directions speak of."""
        found: dict[Quantity, None] = {}
        for direction in directions:
            meaning = self.meaning(direction)
            for place in (
                *(term.quantity for term in meaning.terms),
                *(multiple.quantity for multiple in meaning.multiples),
            ):
                found[self.witness.quantities[place]] = None
        return list(found)

    def read_by(self, matrix: NDArray[Any]) -> list[int]:
        """The directions that the columns of a matrix [d_model, column] read."""
        places = np.flatnonzero(matrix.any(axis=1))
        places = places[places != BOS_PLACE]
        held = self.held[places]
        if (held == NOTHING).any():
            raise UnprovedError("a dimension is read where it holds nothing")
        return [int(number) for number in held]

    # -- numbers

    def contents(self, direction: int, states: States) -> Floats:
        """What a direction holds in each state; nan where the witness does not say."""
        meaning = self.meaning(direction)
        total = np.full(states.size, meaning.constant)
        for term in meaning.terms:
            column = states.columns[self.witness.quantities[term.quantity]]
            codes, atoms = codes_of(column)
            table = self._table(term.quantity, term.numbers)
            numbers = np.array([_looked_up(table, atom) for atom in atoms] or [np.nan])
            total = total + np.where(codes < 0, np.nan, numbers[np.maximum(codes, 0)])
        for multiple in meaning.multiples:
            column = states.columns[self.witness.quantities[multiple.quantity]]
            codes, atoms = codes_of(column)
            numbers = np.array([_number(atom) for atom in atoms] or [np.nan])
            read = np.where(codes < 0, np.nan, numbers[np.maximum(codes, 0)])
            total = total + multiple.factor * read
        return total

    def _table(self, quantity: int, numbers: tuple[float, ...]) -> dict[object, float]:
        key = quantity, numbers
        if key not in self.tables:
            values = self.witness.values[quantity]
            if len(values) != len(numbers):
                raise UnprovedError("a table of the witness has another number of entries")
            table: dict[object, float] = {}
            for atom, number in zip(values, numbers, strict=True):
                if type(atom) in (int, float):
                    # For numbers of the other type, if these have no entry of their own.
                    table.setdefault(("equal", atom), number)
            table |= {atom_key(a): number for a, number in zip(values, numbers, strict=True)}
            self.tables[key] = table
        return self.tables[key]

    def numbers(
        self,
        matrix: NDArray[Any],
        constants: NDArray[Any],
        directions: Sequence[int],
        states: States,
    ) -> Numbers:
        """Columns of a matrix [d_model, column], read in each state."""
        weights = np.asarray(matrix, dtype=np.float64)
        constants = np.asarray(constants, dtype=np.float64)
        held = np.stack(
            [self.contents(direction, states) for direction in directions]
            or [np.zeros(states.size)],
            axis=1,
        )
        places = [self.plan.directions[direction].place for direction in directions]
        used = weights[places] if places else np.zeros((1, weights.shape[1]))
        self.space.spend(held.shape[0] * used.size)
        with np.errstate(all="ignore"):
            values = held @ used + constants
            largest = np.nan_to_num(np.abs(held), nan=0.0).max(axis=0, initial=0.0)
            size = largest @ np.abs(used) + np.abs(constants)
        n_terms = np.count_nonzero(used, axis=0) + 4
        exact = (
            _grainy(held).all()
            & _grainy(used).all(axis=0)
            & _grainy(constants)
            & (size < LARGEST_EXACT)
            & (largest < LARGEST_HELD).all()
        )
        return Numbers(values, np.where(exact, 0.0, 2 * n_terms * UNIT * size), size, n_terms)

    # -- what must not fail

    def needs(
        self, directions: Iterable[int], extra: Iterable[Quantity] = ()
    ) -> frozenset[SOpNode]:
        """The s-ops that have to succeed for these directions to hold what they should."""
        found: frozenset[SOpNode] = below(extra)
        for direction in directions:
            found |= self.below[direction]
        return found

    def settle(self, direction: int, read: Iterable[int], extra: Iterable[Quantity] = ()) -> None:
        """A direction holds what it should, if what is read for it does."""
        quantities = self.quantities([direction])
        self.below[direction] = self.needs(read, [*quantities, *extra])


def below(quantities: Iterable[Quantity]) -> frozenset[SOpNode]:
    """All s-ops below some quantities, and they themselves."""
    roots: list[SOpNode] = []
    stack = list(quantities)
    while stack:
        quantity = stack.pop()
        if is_sop(quantity):
            roots.append(quantity)
        else:
            stack.extend(made_of(quantity))
    return frozenset(topological(roots))  # type: ignore[arg-type]


def _number(atom: Any) -> float:
    if type(atom) in (int, float, bool):
        try:
            number = float(atom)
        except OverflowError:
            return float("nan")
        if number == atom:
            return number
    return float("nan")  # no number, or one that no float is


def _looked_up(table: dict[object, float], atom: Any) -> float:
    found = table.get(atom_key(atom))
    if found is None and type(atom) in (int, float):
        found = table.get(("equal", atom))
    return float("nan") if found is None else found


def _grainy(numbers: Floats) -> Bools:
    scaled = numbers / GRAIN
    return np.asarray((scaled == np.round(scaled)) | np.isnan(numbers))


def check_listed(numbers: Floats, rows: Bools, what: str) -> None:
    """Raises UnprovedError where the witness gives no number for a value that is possible."""
    if np.isnan(numbers[rows]).any():
        raise UnprovedError(f"{what}: the meaning of what is read lists not all values")
