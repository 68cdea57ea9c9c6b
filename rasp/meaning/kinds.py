"""Combinations of values of what directions hold, put together one quantity after the other.

As in `rasp.meaning.folded`.  Of a quantity that is only read, such as the token in a dimension that
says of each whether it is a digit, only kinds are told apart: values for which the same is read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.graph.columns import Column
from rasp.meaning.folded import Fold
from rasp.meaning.states import Floats, Ints, States
from rasp.meaning.stream import Streams
from rasp.meaning.witness import Quantity


class Kinds(Fold):
    """Combinations of values for which directions hold different numbers, index by index.

    kinds [row]: of each quantity that is only read; values: one of the values of that kind.
    """

    def __init__(self, streams: Streams, directions: Sequence[int]) -> None:
        super().__init__(streams.space, by_index=True)
        self.streams, self.directions = streams, directions
        self.tables: dict[int, list[Floats]] = {}
        beside: list[int] = []
        for direction in directions:
            tables = streams.tables_of(direction)
            if len(tables) == 1 and not streams.meaning(direction).multiples:
                self.tables.setdefault(tables[0][0], []).append(tables[0][1])
            else:
                beside.append(direction)
        self.beside = streams.quantities(beside)
        self.values: dict[Quantity, Column] = {}
        self.kinds: dict[Quantity, Ints] = {}

    def with_all(self, wanted: Sequence[Quantity]) -> States:
        """With all values of the wanted quantities.  Raises UnprovedError."""
        apart = list(dict.fromkeys([*self.beside, *wanted]))
        quantities = self.streams.witness.quantities
        self.places = {quantities[place]: place for place in self.tables}
        self.places = {q: place for q, place in self.places.items() if q not in apart}
        found = self.over(apart, list(self.places), frozenset())
        found.columns.update(self.values)
        return found

    def read(self, place: int, quantity: Quantity) -> None:
        if quantity in self.places and quantity not in self.kinds:
            number = self.places[quantity]
            numbers = np.stack(self.tables[number], axis=1)
            _, kinds = np.unique(numbers, axis=0, return_inverse=True)
            self.kinds[quantity] = kinds.reshape(-1)[self.streams.places(number, self.states)]
            self.values[quantity] = self.columns[quantity]

    def noted(self) -> list[Ints]:
        return [*super().noted(), *self.kinds.values()]

    def take(self, rows: Ints) -> None:
        super().take(rows)
        self.kinds = {quantity: kinds[rows] for quantity, kinds in self.kinds.items()}
        self.values = {quantity: column.take(rows) for quantity, column in self.values.items()}
