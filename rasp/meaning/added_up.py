"""Sums of numbers for the values of many quantities, put together one quantity after the other.

As in `rasp.meaning.folded`; what is read is added up on the way, so that of what is only read the
sum so far is all that is known of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.meaning.combined import Combined, combined_of
from rasp.meaning.folded import Fold
from rasp.meaning.states import Floats, Ints, States, TooManyError
from rasp.meaning.stream import Numbers, Streams
from rasp.meaning.witness import Quantity


class Sums(Fold):
    """Combinations of values, and what columns read for them.

    sums [row, column]: what has been read so far; summed: of which columns.
    """

    def __init__(self, combined: Combined, *, by_index: bool) -> None:
        assert not combined.joined
        super().__init__(combined.streams.space, by_index=by_index)
        self.combined = combined
        self.summed: Ints = np.arange(len(combined.constants))
        self.sums: Floats = np.repeat(combined.constants[None, :], self.size, axis=0)
        quantities = combined.streams.witness.quantities
        self.tables = {quantities[place]: place for place in combined.tables}

    def read(self, place: int, quantity: Quantity) -> None:
        if (number := self.tables.get(quantity)) is not None:
            rows = self.combined.streams.places(number, self.states)
            self.sums = self.sums + self.combined.tables[number][rows][:, self.summed]

    def noted(self) -> list[Ints]:
        return [*super().noted(), *self.sums.T]

    def take(self, rows: Ints) -> None:
        super().take(rows)
        self.sums = self.sums[rows]


def read_of_many(
    streams: Streams,
    matrix: NDArray[Any],
    constants: NDArray[Any],
    read: Sequence[int],
    wanted: Sequence[Quantity],
) -> tuple[States, Numbers]:
    """All combinations of the wanted quantities, and what columns read with them, where what is
    read has too many values to go through.  Raises UnprovedError."""
    combined = combined_of(streams, matrix, constants, read)
    if combined is None:
        raise TooManyError("there are too many values of what is read")
    with suppress(TooManyError):
        joint = combined.summed(wanted)
        near = joint.quantities
        states = streams.space.states([*near, *wanted], near=near).succeeding()
        return states, joint.numbers(states)
    fold = Sums(combined, by_index=True)
    states = fold.over(wanted, combined.quantities, frozenset())
    off = np.zeros(len(combined.constants))
    return states, Numbers(fold.sums, off, combined.size, combined.n_terms)
