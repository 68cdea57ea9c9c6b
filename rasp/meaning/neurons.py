"""A feed-forward sublayer: do the neurons compute what their directions are said to hold?

Of every group all joint values of what it reads are gone through.  The edges of a step have to be
half a plateau away from the number that they read, since that is what the bounds of the rounding
allow it to be off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Neurons
from rasp.certificate.rounding import UNIT as UNITS
from rasp.graph.nodes import SOpNode
from rasp.meaning.chosen import corners_of
from rasp.meaning.combined import Combined, combined_of
from rasp.meaning.compared import bends
from rasp.meaning.either import is_choice
from rasp.meaning.linear import summed_in
from rasp.meaning.space import FEW_STATES
from rasp.meaning.states import (
    Floats,
    States,
    TooManyError,
    UnprovedError,
    WorkLimitError,
    describe,
)
from rasp.meaning.stream import (
    LARGEST_EXACT,
    MANTISSA,
    SLIGHTLY_MORE,
    TOLERANCE,
    UNIT,
    Numbers,
    Streams,
    grain_of,
)
from rasp.meaning.totals import by_sum
from rasp.meaning.witness import Disagreement, Quantity, Total

EDGE = 0.5
"""Half of a plateau: the input of a step is no nearer to its edges."""

NEAR_EDGE = 0.1
MAX_CELLS = 20_000_000


class Feedforward:
    """One feed-forward sublayer.  steps: how far the inputs of steps are off, for each group."""

    def __init__(
        self,
        tensors: dict[str, NDArray[Any]],
        groups: Sequence[Neurons],
        streams: Streams,
        dtype: str,
    ) -> None:
        self.unit = UNITS[dtype]
        self.tensors, self.groups, self.streams = tensors, groups, streams
        self.steps = [0.0] * len(groups)

    def check(self, born: Sequence[int]) -> dict[int, float]:
        """How far each direction is from its meaning.  Raises UnprovedError."""
        of_place = {self.streams.plan.directions[d].place: d for d in born}
        deviations: dict[int, float] = {}
        start = 0
        for number, group in enumerate(self.groups):
            if not group.empties:
                neurons = slice(start, start + group.n)
                places = np.flatnonzero(self.tensors["W_out"][neurons].any(axis=0))
                written = [of_place[int(place)] for place in places]
                try:
                    deviations |= self._group(number, neurons, written)
                except UnprovedError as error:
                    quantities = ", ".join(map(describe, self.streams.quantities(written)))
                    raise UnprovedError(f"{quantities or 'a direction'}: {error}") from None
            start += group.n
        return deviations

    def _group(self, number: int, neurons: slice, written: list[int]) -> dict[int, float]:
        streams = self.streams
        w_in = self.tensors["W_in"][:, neurons]
        read = streams.read_by(w_in)
        near = streams.quantities(read)
        wanted = streams.quantities(written)
        # Of a sum it is known on which side of 0 its mean is, if that is there, too.
        wanted += [q.aggregate for q in near if isinstance(q, Total) and self._has_few(q.aggregate)]
        if any(isinstance(quantity, Disagreement) for quantity in wanted):
            return self._disagreement(number, neurons, written, read)
        if streams.of_few(read):
            states = streams.space.states([*near, *wanted], near=near).succeeding()
            inputs = streams.numbers(
                w_in, self.tensors["b_in"][neurons], read, states, straight=True
            )
            bent = bends(states, streams.space.few, inputs.values)
            return self._by_rows(
                number, neurons, written, read, states, lambda _: inputs, bent=bent
            )
        for total in summed_in(wanted, streams.space):
            with suppress(UnprovedError):
                return self._by_sum(number, neurons, written, read, total)
        if not self.groups[number].steps and any(map(is_choice, wanted)) and self._are_many(near):
            corners = corners_of(streams, written, read)
            if corners is not None:
                states = corners.states
                inputs = streams.numbers(w_in, self.tensors["b_in"][neurons], read, states)
                if corners.is_straight(inputs.values):
                    with suppress(UnprovedError):  # not all of them may be possible
                        return self._by_rows(
                            number, neurons, written, read, states, lambda _: inputs
                        )
        combined: Combined | None = None
        if self._are_many(near):
            combined = combined_of(streams, w_in, self.tensors["b_in"][neurons], read)
        try:
            if combined is not None:
                combined = combined.in_kinds()
                near = combined.quantities
            states = streams.space.states([*near, *wanted], near=near)
        except TooManyError:
            near = streams.quantities(read)
            combined = combined_of(streams, w_in, self.tensors["b_in"][neurons], read)
            if combined is None:
                raise
            combined = combined.summed(wanted)
            near = combined.quantities
            states = streams.space.states([*near, *wanted], near=near)
        states = states.succeeding()

        def inputs_of(some: States) -> Numbers:
            if combined is not None:
                return combined.numbers(some)
            return streams.numbers(w_in, self.tensors["b_in"][neurons], read, some)

        block = max(1, MAX_CELLS // max(1, w_in.shape[1]))
        try:
            return self._by_rows(number, neurons, written, read, states, inputs_of, block)
        except WorkLimitError:
            raise
        except UnprovedError as error:
            # Not all of these states may be possible: of what attention delivers there are fewer.
            try:
                states = streams.space.taken_apart([*streams.quantities(read), *wanted])
            except UnprovedError:
                raise error from None
            combined = None
            return self._by_rows(
                number, neurons, written, read, states.succeeding(), inputs_of, block
            )

    def _by_sum(
        self, number: int, neurons: slice, written: list[int], read: list[int], total: Quantity
    ) -> dict[int, float]:
        matrix = self.tensors["W_in"][:, neurons], self.tensors["b_in"][neurons]
        wanted = self.streams.quantities(written)
        states, (inputs,) = by_sum(self.streams, [matrix], read, total, wanted)
        return self._by_rows(number, neurons, written, read, states, lambda _: inputs)

    def _by_rows(
        self,
        number: int,
        neurons: slice,
        written: list[int],
        read: list[int],
        states: States,
        inputs_of: Callable[[States], Numbers],
        block: int | None = None,
        bent: Floats | None = None,
    ) -> dict[int, float]:
        """All states, so many at a time; bent: how far neurons may be from something straight
        between them."""
        off = dict.fromkeys(written, 0.0)
        block = block or max(1, states.size)
        for first in range(0, states.size, block):
            some = states
            if block < states.size:
                some = states.take(np.arange(first, min(states.size, first + block)))
            for direction, one in self._rows(number, neurons, written, inputs_of(some), some, bent):
                off[direction] = max(off[direction], one)
        for direction in written:
            self.streams.settle(direction, read)
        return off

    def _has_few(self, mean: SOpNode) -> bool:
        """Are only ends of this mean listed?"""
        with suppress(UnprovedError):
            self.streams.space.domain(mean)
        return mean in self.streams.space.few

    def _are_many(self, quantities: Sequence[Quantity]) -> bool:
        """May their values have so many combinations that it is worth while to look at kinds?"""
        sizes = (float(len(self.streams.space.domain(quantity).values)) for quantity in quantities)
        return prod(sizes) > FEW_STATES

    def _rows(
        self,
        number: int,
        neurons: slice,
        written: list[int],
        inputs: Numbers,
        states: States,
        bent: Floats | None = None,
    ) -> list[tuple[int, float]]:
        streams, group = self.streams, self.groups[number]
        if np.isnan(inputs.values).any():
            raise UnprovedError("the meaning of what is read lists not all values")
        for first, last in group.steps:
            edges = inputs.values[:, first:last]
            upper, lower = edges[:, ::2], edges[:, 1::2]
            near = np.minimum(np.abs(upper), np.abs(lower))
            between = (upper > 0) & (lower < 0)
            if between.any():
                raise UnprovedError("a number lies on the edge of a step")
            short = float((EDGE - near).max(initial=0.0)) + float(inputs.off[first:last].max())
            if short > NEAR_EDGE:
                raise UnprovedError("a number lies close to the edge of a step")
            self.steps[number] = max(self.steps[number], short)
        active = np.maximum(inputs.values, 0.0)
        stored = self.unit * inputs.n_terms * inputs.size  # what rounding the weights can do
        for most, reach, allowed in zip(group.reach, _reach(active), stored, strict=False):
            if most is not None and reach > most * SLIGHTLY_MORE + allowed:
                raise UnprovedError("a neuron is more active than the plan says")
        paired = np.zeros(group.n, dtype=bool)
        for first, last in group.steps:
            paired[first:last] = True
        # Both edges of a step move alike.
        inherited = np.where(paired, 8 * UNIT * _reach(active), inputs.off)
        grain: float | None = None  # of all neurons: looked at once, and only where needed
        found = []
        w_out = self.tensors["W_out"][neurons].astype(np.float64)
        for direction in written:
            column = w_out[:, streams.plan.directions[direction].place]
            given = active @ column
            aim = streams.contents(direction, states, straight=bent is not None)
            if np.isnan(aim).any():
                raise UnprovedError("the meaning of what is written lists not all values")
            strength = np.abs(column)
            size = active @ strength
            sums = float(size.max(initial=0.0))
            exact = bool((inputs.off[strength > 0] == 0.0).all()) and sums < LARGEST_EXACT
            if exact:
                grain = grain_of(active) if grain is None else grain
                exact = max(sums, 1.0) < MANTISSA * grain * grain_of(column)
            rounding = (
                0.0
                if exact
                else float(inherited @ strength) + (2 * (len(column) + 4) * UNIT * sums)
            )
            off = float(np.abs(given - aim).max(initial=0.0))
            if bent is not None:
                off += 2 * float((bent @ strength).max(initial=0.0))
            largest = float(np.abs(aim).max(initial=0.0))
            if not off <= TOLERANCE * (1.0 + largest):
                raise UnprovedError("the neurons compute something else")
            found.append((direction, off + rounding))
        return found

    def _disagreement(
        self, number: int, neurons: slice, written: list[int], read: list[int]
    ) -> dict[int, float]:
        """0 where all selected keys carry the same, and at least 1 where they do not."""
        raise UnprovedError("the proof does not follow neurons that tell this")


def _reach(active: Floats) -> Floats:
    return np.asarray(active.max(axis=0, initial=0.0))
