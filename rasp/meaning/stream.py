"""The residual stream as it is meant: what each direction holds for combinations of values.

Numbers here are float64.  Beside each sum stands how far it may be off: what rounding can do to
it, or nothing where all of its parts are multiples of 2^-20 and small, so that every operation is
exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Plan
from rasp.graph.nodes import atom_key
from rasp.meaning.attended import Attended
from rasp.meaning.cones import Cones
from rasp.meaning.states import Bools, Floats, Ints, States, UnprovedError
from rasp.meaning.witness import Meaning, Quantity, Witness

UNIT = 2.0**-53
GRAIN = 2.0**-20
COARSE = 2.0**-8
MANTISSA = 2.0**53
LARGEST_EXACT = 2.0**31
LARGEST_HELD = 2.0**20
"""A mean s / m, with m below 2^12, that is rounded to a multiple of GRAIN below this is one."""

TOLERANCE = 1e-3
"""How far an ideal number may be from what it should be, relative to its size, for the proof to go
on.  How far it is is handed on to the bounds of the rounding, which decide whether it is too
far."""

SLIGHTLY_MORE = 1 + 1e-6
"""So much larger than planned, a number may be, for its weights are rounded when they are stored;
the bounds of the rounding have room for it."""

CANCELLED = 1e-9
"""How much of what a direction holds may be lost where its parts are added, relative to its size:
of parts that cancel, sums in another order would be others."""

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
    there at the beginning of the sequence; rough: how far the sum that a direction holds may be
    rounded; below: the s-ops that must not fail for a direction to hold what it should, as bits of
    `cones`; means: of a direction in which a head delivers a mean, those that must not for the head
    to select and carry what it should.
    """

    def __init__(self, space: Attended, plan: Plan, witness: Witness, d_model: int) -> None:
        if len(witness.directions) != len(plan.directions):
            raise UnprovedError("not every direction has a meaning")
        self.space, self.plan, self.witness = space, plan, witness
        self.held = np.full(d_model, NOTHING)
        self.bos = np.zeros(d_model)
        self.bos[BOS_PLACE] = 1.0
        self.rough: dict[int, float] = {}
        self.tables: dict[int, list[tuple[int, Floats]]] = {}
        self.listed: dict[int, dict[object, int]] = {}
        self.cones = Cones()
        self.below: dict[int, int] = {}
        self.means: dict[int, int] = {}

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

    def contents(self, direction: int, states: States, *, straight: bool = False) -> Floats:
        """What a direction holds in each state; nan where the witness does not say."""
        return self.held_by([direction], states, straight=straight)[:, 0]

    def held_by(
        self, directions: Sequence[int], states: States, *, straight: bool = False
    ) -> Floats:
        """What directions hold [state, direction]; nan where the witness does not say.

        straight: whoever asks knows that between two states in which all is the same but a mean of
        which only ends are listed (`rasp.meaning.compared`) it is on a straight line.
        """
        if not straight and self.of_few(directions):
            raise UnprovedError("of a mean that is read not all values are listed")
        total = np.empty((states.size, len(directions)))
        for number, direction in enumerate(directions):
            meaning = self.meaning(direction)
            held: Any = meaning.constant
            for place, numbers in self.tables_of(direction):
                held = held + numbers[self.places(place, states)]
            for multiple in meaning.multiples:
                held = held + multiple.factor * self.number(multiple.quantity, states)
            total[:, number] = held
        return total

    def round_sum(self, direction: int, states: States) -> None:
        """Note how far what a direction holds in these states may be rounded.

        Raises UnprovedError where its parts are so much larger that they cancel.
        """
        meaning = self.meaning(direction)
        parts = [np.array([meaning.constant])]
        parts += [numbers[:-1] for _, numbers in self.tables_of(direction)]
        sizes = [float(np.abs(part).max(initial=0.0)) for part in parts]
        grains = [grain_of(part) for part in parts]
        for multiple in meaning.multiples:
            factor, read = np.array([multiple.factor]), self.number(multiple.quantity, states)
            sizes.append(abs(multiple.factor) * float(np.abs(read).max(initial=0.0)))
            grains.append(grain_of(factor) * grain_of(read))
        few = self.of_few([direction])
        size = sum(sizes)
        held = np.abs(self.contents(direction, states, straight=few)).max(initial=0.0)
        exact = max(size, 1.0) < MANTISSA * min(grains) and not few
        if np.count_nonzero(sizes) <= 1 or exact:
            return  # nothing is added, or nothing is rounded
        self.round_parts(direction, sizes, float(held))

    def round_up(self, direction: int, held: Floats) -> None:
        """Note how far what a direction holds is below 0, where the plan says that it is not.

        Raises UnprovedError where it is no rest of what cancels.
        """
        below = -float(held.min(initial=0.0))
        if below <= 0.0:
            return
        if below <= CANCELLED * float(np.abs(held).max(initial=0.0)) < inf:
            self.rough[direction] = self.rough.get(direction, 0.0) + below
        else:
            raise UnprovedError("a direction holds numbers below 0")

    def round_parts(self, direction: int, sizes: Sequence[float], held: float) -> None:
        """The same of parts that are so large, and of what they add up to at most."""
        self.rough[direction] = 2 * len(sizes) * UNIT * sum(sizes)
        if not self.rough[direction] <= CANCELLED * (1.0 + held) < inf:
            raise UnprovedError("what a direction holds is a small rest of large numbers")

    def of_few(self, directions: Iterable[int]) -> bool:
        """Do some hold something of a mean of which only ends are listed?"""
        return any(quantity in self.space.few for quantity in self.quantities(directions))

    def kinds(self, directions: Sequence[int], states: States) -> list[Ints]:
        """Numbers for each state: where all are the same, so is what these directions hold."""
        grouped: dict[int, list[Floats]] = {}
        found: list[Ints] = []
        for direction in directions:
            tables = self.tables_of(direction)
            if len(tables) == 1 and not self.meaning(direction).multiples:
                grouped.setdefault(tables[0][0], []).append(tables[0][1])
            else:
                found.append(self.contents(direction, states))
        for quantity, some in grouped.items():
            _, kind = np.unique(np.stack(some, axis=1), axis=0, return_inverse=True)
            found.append(kind.reshape(-1)[self.places(quantity, states)])
        return found

    def tables_of(self, direction: int) -> list[tuple[int, Floats]]:
        """For each term its quantity and its numbers, and nan for what is not listed."""
        if direction not in self.tables:
            found = []
            for term in self.meaning(direction).terms:
                if len(self.witness.values[term.quantity]) != len(term.numbers):
                    raise UnprovedError("a table of the witness has another number of entries")
                found.append((term.quantity, np.array([*term.numbers, np.nan])))
            self.tables[direction] = found
        return self.tables[direction]

    def places(self, quantity: int, states: States) -> Ints:
        """For each state the place of the quantity's value among those the witness lists; -1 where
        it is not there, or fails."""
        key = "places", quantity
        if key not in states.noted:
            codes, atoms = states.codes(self.witness.quantities[quantity])
            listed = self._listed(quantity)
            places = np.array([_looked_up(listed, atom) for atom in atoms] or [-1], dtype=np.int64)
            states.noted[key] = np.where(codes < 0, -1, places[np.maximum(codes, 0)])
        return np.asarray(states.noted[key])

    def _listed(self, quantity: int) -> dict[object, int]:
        """The place of each value that the witness lists."""
        if quantity not in self.listed:
            table: dict[object, int] = {}
            for place, atom in enumerate(self.witness.values[quantity]):
                if type(atom) in (int, float):
                    # For numbers of the other type, if these have no entry of their own.
                    table.setdefault(("equal", atom), place)
                table[atom_key(atom)] = place
            self.listed[quantity] = table
        return self.listed[quantity]

    def number(self, quantity: int, states: States) -> Floats:
        """The quantity as a number in each state; nan where it is none, or fails."""
        key = "read", quantity
        if key not in states.noted:
            codes, atoms = states.codes(self.witness.quantities[quantity])
            numbers = np.array([number_of(atom) for atom in atoms] or [np.nan])
            states.noted[key] = np.where(codes < 0, np.nan, numbers[np.maximum(codes, 0)])
        return np.asarray(states.noted[key])

    def numbers(
        self,
        matrix: NDArray[Any],
        constants: NDArray[Any],
        directions: Sequence[int],
        states: States,
        *,
        straight: bool = False,
    ) -> Numbers:
        """Columns of a matrix [d_model, column], read in each state; straight: see `held_by`."""
        weights = np.asarray(matrix, dtype=np.float64)
        constants = np.asarray(constants, dtype=np.float64)
        held = np.zeros((states.size, 1))
        if directions:
            held = self.held_by(directions, states, straight=straight)
        places = [self.plan.directions[direction].place for direction in directions]
        used = weights[places] if places else np.zeros((1, weights.shape[1]))
        self.space.spend(held.shape[0] * used.size)
        with np.errstate(all="ignore"):
            values = held @ used + constants
            largest = np.nan_to_num(np.abs(held), nan=0.0).max(axis=0, initial=0.0)
            size = largest @ np.abs(used) + np.abs(constants)
        n_terms = np.count_nonzero(used, axis=0) + 4
        fine = grain_of(held) * np.array([grain_of(column) for column in used.T])
        exact = (fine > 0) & is_grainy(constants) & (np.maximum(size, 1.0) < MANTISSA * fine)
        exact &= (size < LARGEST_EXACT) & (largest < LARGEST_HELD).all()
        exact &= not self.of_few(directions)  # what is between is a fraction
        off = np.where(exact, 0.0, 2 * n_terms * UNIT * size)
        rough = [self.rough.get(direction, 0.0) for direction in directions] or [0.0]
        return Numbers(values, off + rough @ np.abs(used), size, n_terms)

    # -- what must not fail

    def needs(self, directions: Iterable[int], extra: Iterable[Quantity] = ()) -> int:
        """The s-ops that have to succeed for these directions to hold what they should, as bits of
        `cones`."""
        found = self.cones.below(extra)
        for direction in directions:
            found |= self.below[direction]
        return found

    def settle(self, direction: int, read: Iterable[int], extra: Iterable[Quantity] = ()) -> None:
        """A direction holds what it should, if what is read for it does."""
        quantities = self.quantities([direction])
        self.below[direction] = self.needs(read, [*quantities, *extra])


def number_of(atom: Any) -> float:
    """The float that it is, also of a truth value; nan if it is none."""
    if type(atom) in (int, float, bool):
        try:
            number = float(atom)
        except OverflowError:
            return float("nan")
        if number == atom:
            return number
    return float("nan")


def _looked_up(table: dict[object, int], atom: Any) -> int:
    found = table.get(atom_key(atom))
    if found is None and type(atom) in (int, float):
        found = table.get(("equal", atom))
    return -1 if found is None else found


def grain_of(numbers: Floats) -> float:
    """A power of two that all of them are multiples of, 0 if none is known.  Sums of products of
    such numbers are exact below 2^53 times both grains."""
    for grain in (1.0, COARSE, GRAIN):
        scaled = numbers / grain
        if ((scaled == np.rint(scaled)) | np.isnan(scaled)).all():
            return grain
    return 0.0


def is_grainy(numbers: Floats) -> Bools:
    scaled = numbers / GRAIN
    return np.asarray((scaled == np.round(scaled)) | np.isnan(numbers))


def check_listed(numbers: Floats, rows: Bools, what: str) -> None:
    """Raises UnprovedError where the witness gives no number for a value that is possible."""
    if np.isnan(numbers[rows]).any():
        raise UnprovedError(f"{what}: the meaning of what is read lists not all values")
