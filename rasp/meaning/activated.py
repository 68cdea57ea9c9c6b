"""What neurons give for functions of many quantities, put together one quantity after the other.

As in `rasp.meaning.added_up`.  A neuron that has read all that it reads is what it gives, and one
that will not be active whatever it still reads is as good as any other such.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.certificate import worst
from rasp.meaning.added_up import Sums
from rasp.meaning.combined import Combined
from rasp.meaning.states import Floats, Ints, UnprovedError
from rasp.meaning.stream import grain_of
from rasp.meaning.witness import Multiple, Quantity


class Activations(Sums):
    """Combinations of values, and how far what neurons give for them is from what it should be.

    sums [row, neuron]: what neurons have read so far that have not read all; apart [row,
    direction]: what the others give, less what is meant by what is there; reach [neuron]: how
    active each is at most; grain: what all of these activations are multiples of; nearest: how near
    to an edge the input of a step is.
    """

    def __init__(
        self,
        combined: Combined,
        weights: Floats,
        written: Sequence[int],
        steps: Sequence[int],
        *,
        by_index: bool,
    ) -> None:
        """weights [neuron, direction]: of what neurons give to the directions that are written.
        steps: the first neuron of each step, its upper edge, which the one of the lower edge
        follows.  Raises UnprovedError."""
        super().__init__(combined, by_index=by_index)
        if combined.streams.of_few(written):
            raise UnprovedError("of a mean that is written not all values are listed")
        self.weights = weights
        n_neurons = len(combined.constants)
        self.apart: Floats = np.zeros((self.size, len(written)))
        self.reach: Floats = np.zeros(n_neurons)
        self.grain = 1.0
        self.nearest = np.inf
        self.is_upper, self.is_lower = np.zeros((2, n_neurons), dtype=bool)
        self.is_upper[list(steps)] = True
        self.is_lower[1:] = self.is_upper[:-1]
        quantities = combined.streams.witness.quantities
        self.meant: dict[Quantity, list[tuple[int, int, Floats]]] = {}
        self.multiples: dict[Quantity, list[tuple[int, Multiple]]] = {}
        for number, direction in enumerate(written):
            meaning = combined.streams.meaning(direction)
            self.apart[:, number] -= meaning.constant
            for multiple in meaning.multiples:
                of = self.multiples.setdefault(quantities[multiple.quantity], [])
                of.append((number, multiple))
            for place, numbers in combined.streams.tables_of(direction):
                self.meant.setdefault(quantities[place], []).append((number, place, numbers))

    def farthest(self, stop: frozenset[Quantity]) -> Floats:
        """How far what neurons give to each direction may be from its meaning.  Quantities are
        taken apart down to `stop`.  Raises UnprovedError."""
        read = [*self.meant, *self.multiples, *self.combined.quantities]
        self.over((), list(dict.fromkeys(read)), stop)
        self._activate(np.ones(len(self.summed), dtype=bool))  # where nothing is read, none is yet
        if np.isnan(self.apart).any():
            raise UnprovedError("the meaning of what is written lists not all values")
        return np.asarray(np.abs(self.apart).max(axis=0, initial=0.0))

    def begin(self, order: Sequence[Quantity]) -> None:
        """last [neuron]: the place of the last quantity that it reads; most [place, neuron]: how
        much at most it reads of quantities behind a place."""
        n_neurons = len(self.combined.constants)
        self.last = np.zeros(n_neurons, dtype=np.int64)
        self.most = np.zeros((len(order), n_neurons))
        behind = np.zeros(n_neurons)
        for place, quantity in reversed(list(enumerate(order))):
            self.most[place] = behind
            if (number := self.tables.get(quantity)) is not None:
                table = self.combined.tables[number][:-1]
                reads = (table != 0.0).any(axis=0)
                self.last = np.where(reads, np.maximum(self.last, place), self.last)
                behind = behind + table.max(axis=0)
        upper = np.flatnonzero(self.is_upper)  # both edges of a step are looked at together
        self.last[upper] = self.last[upper + 1] = np.maximum(self.last[upper], self.last[upper + 1])

    def read(self, place: int, quantity: Quantity) -> None:
        super().read(place, quantity)
        for column, number, numbers in self.meant.get(quantity, ()):
            rows = self.combined.streams.places(number, self.states)
            self.apart[:, column] -= numbers[rows]
        for column, multiple in self.multiples.get(quantity, ()):
            numbers = self.combined.streams.number(multiple.quantity, self.states)
            self.apart[:, column] -= multiple.factor * numbers
        self._activate(self.last[self.summed] <= place)
        never = np.where(self.is_upper | self.is_lower, -np.inf, -self.most[place])
        self.sums = np.maximum(self.sums, never[self.summed])

    def noted(self) -> list[Ints]:
        return [*super().noted(), *self.apart.T]

    def take(self, rows: Ints) -> None:
        super().take(rows)
        self.apart = self.apart[rows]

    def _activate(self, ready: Ints) -> None:
        """Neurons that have read all are what they give."""
        if not ready.any():
            return
        if np.isnan(self.sums).any():
            raise UnprovedError("the meaning of what is read lists not all values")
        own, inputs = self.summed[ready], self.sums[:, ready]
        active = np.maximum(inputs, 0.0)
        self._check_edges(own, inputs)
        self.reach[own] = active.max(axis=0, initial=0.0)
        self.grain = min(self.grain, grain_of(active))
        self.apart = self.apart + active @ self.weights[own]
        self.summed, self.sums = self.summed[~ready], self.sums[:, ~ready]

    def _check_edges(self, neurons: Ints, inputs: Floats) -> None:
        """No number is between the edges of a step; how near it comes to them is noted."""
        is_upper, is_lower = self.is_upper[neurons], self.is_lower[neurons]
        between = (inputs[:, is_upper] > 0.0) & (inputs[:, is_lower] < 0.0)
        if between.any():
            raise UnprovedError("a number lies on the edge of a step")
        edges = np.abs(inputs[:, is_upper | is_lower])
        self.nearest = -worst(-self.nearest, -float(edges.min(initial=np.inf)))
