"""What neurons and outputs read, as sums of numbers for the values of quantities.

Where the values of all quantities that are read have too many combinations, sums are looked at
before they are multiplied: what cancels in them does not count, and of what is left but the s-ops
that are computed only the sum matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.meaning.states import Floats, States, numbered
from rasp.meaning.stream import (
    COARSE,
    LARGEST_EXACT,
    Numbers,
    Streams,
    grain_of,
    is_grainy,
)
from rasp.meaning.witness import Joint, Quantity

LARGEST_TABLE = 2.0**30


@dataclass(frozen=True, eq=False)
class Combined:
    """What columns read: constants, and tables [value, column] of some quantities, by their place
    in the witness; joined: the numbers [value, column] of quantities that stand for others."""

    streams: Streams
    constants: Floats
    tables: dict[int, Floats]
    size: Floats
    n_terms: Floats
    joined: tuple[tuple[Joint, Floats], ...] = ()

    @property
    def quantities(self) -> list[Quantity]:
        found = [self.streams.witness.quantities[place] for place in self.tables]
        return [*found, *(joint for joint, _ in self.joined)]

    def numbers(self, states: States) -> Numbers:
        values = np.broadcast_to(self.constants, (states.size, len(self.constants))).copy()
        self.streams.space.spend(values.size * len(self.tables))
        for place, table in self.tables.items():
            values += table[self.streams.places(place, states)]
        for joint, numbers in self.joined:
            codes, atoms = states.codes(joint)
            values += numbers[np.array(atoms, dtype=np.int64)[codes]]
        return Numbers(values, np.zeros(len(self.constants)), self.size, self.n_terms)

    def summed(self, apart: Sequence[Quantity]) -> Combined:
        """With one quantity in place of all that are not listed here: the sum of their numbers."""
        kept: dict[int, Floats] = {}
        some: dict[int, Floats] = {}
        for place, table in self.tables.items():
            alone = self.streams.witness.quantities[place] in apart
            (kept if alone else some)[place] = table
        if not some or self.joined:
            return self
        of = tuple(self.streams.witness.quantities[place] for place in some)
        states = self.streams.space.states(of, near=of).succeeding()
        coded = [states.codes(quantity) for quantity in of]
        first, _ = numbered([codes for codes, _ in coded], states.size)
        states = states.take(first)
        sums = np.zeros((states.size, len(self.constants)))
        for place, table in some.items():
            sums += table[self.streams.places(place, states)]
        numbers, kinds = np.unique(sums, axis=0, return_inverse=True)
        rows = zip(
            *([atoms[c] for c in codes[first].tolist()] for codes, atoms in coded), strict=True
        )
        joint = Joint(of, tuple(rows), tuple(kinds.reshape(-1).tolist()))
        return replace(self, tables=kept, joined=((joint, numbers),))

    def in_kinds(self) -> Combined:
        """With quantities of whose values the columns tell only kinds apart as these kinds."""
        kept: dict[int, Floats] = {}
        joined = list(self.joined)
        for place, table in self.tables.items():
            quantity = self.streams.witness.quantities[place]
            states = self.streams.space.alone(quantity)
            numbers = table[self.streams.places(place, states)]
            distinct, kinds = np.unique(numbers, axis=0, return_inverse=True)
            if len(distinct) == len(numbers):
                kept[place] = table
                continue
            rows = tuple((value,) for value in self.streams.space.domain(quantity).values)
            joined.append((Joint((quantity,), rows, tuple(kinds.reshape(-1).tolist())), distinct))
        return replace(self, tables=kept, joined=tuple(joined))


def combined_of(
    streams: Streams, matrix: NDArray[Any], constants: NDArray[Any], directions: Sequence[int]
) -> Combined | None:
    """Columns of a matrix as sums of numbers for the values of quantities, without those that
    cancel; None if that is not exact, or of a mean not all values are listed."""
    if streams.of_few(directions):
        return None
    weights = np.asarray(matrix, dtype=np.float64)
    total = np.asarray(constants, dtype=np.float64).copy()
    tables: dict[int, Floats] = {}
    size = np.abs(total)
    n_terms = np.full(weights.shape[1], 4)
    for direction in directions:
        meaning = streams.meaning(direction)
        row = weights[streams.plan.directions[direction].place]
        if meaning.multiples or grain_of(row) < COARSE or not is_grainy(np.array(meaning.constant)):
            return None
        total += meaning.constant * row
        held = abs(meaning.constant)
        n_terms += row != 0.0
        for quantity, numbers in streams.tables_of(direction):
            if (
                not grain_of(numbers[:-1]) >= COARSE
                or not np.abs(numbers[:-1]).max(initial=0.0) < LARGEST_TABLE
            ):
                return None
            own = tables.setdefault(quantity, np.zeros((len(numbers), len(row))))
            own += numbers[:, None] * row[None, :]
            held += float(np.abs(numbers[:-1]).max(initial=0.0))
        size += held * np.abs(row)
    kept = {}
    for quantity, table in tables.items():
        if (table[:-1] != table[0]).any():
            kept[quantity] = table
        else:
            total += table[0]
    if not (size < LARGEST_EXACT).all() or not is_grainy(total).all():
        return None
    return Combined(streams, total, kept, size, n_terms)
