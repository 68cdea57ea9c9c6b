"""A feed-forward sublayer: do the neurons compute what their directions are said to hold?

Of every group all joint values of what it reads are gone through.  The edges of a step have to be
half a plateau away from the number that they read, since that is what the bounds of the rounding
allow it to be off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Neurons, worst
from rasp.certificate.rounding import UNIT as UNITS
from rasp.graph.nodes import SOpNode
from rasp.meaning.activated import Activations
from rasp.meaning.chosen import corners_of
from rasp.meaning.combined import Combined, combined_of
from rasp.meaning.compared import bends
from rasp.meaning.either import is_choice
from rasp.meaning.linear import summed_in
from rasp.meaning.space import FEW_STATES
from rasp.meaning.states import (
    Floats,
    States,
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


@dataclass(frozen=True)
class _Group:
    """Neurons that compute something together: their number in the plan, where they are, which
    directions they write and read, and what is meant by those and wanted for these."""

    number: int
    neurons: slice
    written: list[int]
    read: list[int]
    near: list[Quantity]
    wanted: list[Quantity]


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
        reason: UnprovedError | None = None
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
        own = _Group(number, neurons, written, read, near, wanted)
        nothing: frozenset[Quantity] = frozenset()
        ways: list[Callable[[_Group], dict[int, float]]] = []
        for by_index in (False, True):
            for stop in (nothing, frozenset(near)):
                ways.append(partial(self._folded, stop=stop, by_index=by_index))
        ways.insert(1 if self._are_many(near) else 0, self._at_once)
        for way in (*ways, self._summed, self._apart):
            try:
                return way(own)
            except WorkLimitError:
                raise
            except UnprovedError as error:
                reason = reason or error
        raise reason or AssertionError

    def _at_once(self, group: _Group) -> dict[int, float]:
        """All combinations of what is read; where that is much, of kinds of it."""
        combined: Combined | None = None
        near = group.near
        if self._are_many(near):
            combined = self._combined(group)
        if combined is not None:
            combined = combined.in_kinds()
            near = combined.quantities
        states = self.streams.space.states([*near, *group.wanted], near=near)
        return self._of_states(group, states, combined)

    def _summed(self, group: _Group) -> dict[int, float]:
        """The same, with the sum of what is only read in place of all of it."""
        combined = self._combined(group)
        if combined is None:
            raise UnprovedError("what is read is no sum of exact numbers")
        combined = combined.summed(group.wanted)
        near = combined.quantities
        states = self.streams.space.states([*near, *group.wanted], near=near)
        return self._of_states(group, states, combined)

    def _apart(self, group: _Group) -> dict[int, float]:
        """All combinations of what attention delivers: fewer may be possible than of what is made
        of it."""
        space = self.streams.space
        return self._of_states(group, space.taken_apart([*group.near, *group.wanted]), None)

    def _of_states(
        self, group: _Group, states: States, combined: Combined | None
    ) -> dict[int, float]:
        w_in, b_in = self._inputs(group)

        def inputs_of(some: States) -> Numbers:
            if combined is not None:
                return combined.numbers(some)
            return self.streams.numbers(w_in, b_in, group.read, some)

        number, neurons, written, read = group.number, group.neurons, group.written, group.read
        block = max(1, MAX_CELLS // max(1, w_in.shape[1]))
        return self._by_rows(number, neurons, written, read, states.succeeding(), inputs_of, block)

    def _inputs(self, group: _Group) -> tuple[NDArray[Any], NDArray[Any]]:
        return self.tensors["W_in"][:, group.neurons], self.tensors["b_in"][group.neurons]

    def _combined(self, group: _Group) -> Combined | None:
        return combined_of(self.streams, *self._inputs(group), group.read)

    def _by_sum(
        self, number: int, neurons: slice, written: list[int], read: list[int], total: Quantity
    ) -> dict[int, float]:
        matrix = self.tensors["W_in"][:, neurons], self.tensors["b_in"][neurons]
        wanted = self.streams.quantities(written)
        states, (inputs,) = by_sum(self.streams, [matrix], read, total, wanted)
        return self._by_rows(number, neurons, written, read, states, lambda _: inputs)

    def _folded(
        self, group: _Group, *, stop: frozenset[Quantity], by_index: bool
    ) -> dict[int, float]:
        """What is read is put together one quantity after the other."""
        streams, combined, planned = self.streams, self._combined(group), self.groups[group.number]
        if combined is None:
            raise UnprovedError("what is read is no sum of exact numbers")
        places = [streams.plan.directions[direction].place for direction in group.written]
        weights = self.tensors["W_out"][group.neurons].astype(np.float64)[:, places]
        edges = [edge for first, last in planned.steps for edge in range(first, last)]
        fold = Activations(combined, weights, group.written, edges[::2], by_index=by_index)
        missed = fold.farthest(stop)
        self._check_reach(group.number, fold.reach, combined.size, combined.n_terms)
        self._near_edges(group.number, EDGE - fold.nearest)
        inherited = np.zeros(len(weights))
        inherited[edges] = 8 * UNIT * fold.reach[edges]
        strength = np.abs(weights)
        sums = fold.reach @ strength
        found: dict[int, float] = {}
        for place, direction in enumerate(group.written):
            found[direction] = off = float(missed[place])
            _check_missed(off, 0.0)
            if not _is_exact(float(sums[place]), fold.grain, weights[:, place]):
                found[direction] += _rounding(len(weights), float(sums[place]))
                found[direction] += float(inherited @ strength[:, place])
        for direction in group.written:
            streams.settle(direction, group.read)
        return found

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
                off[direction] = worst(off[direction], one)
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
            self._near_edges(number, short)
        active = np.maximum(inputs.values, 0.0)
        self._check_reach(number, _reach(active), inputs.size, inputs.n_terms)
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
            bend = 0.0 if bent is None else float((bent @ np.abs(column)).max(initial=0.0))
            off = _missed(given, aim, 2 * bend)
            strength = np.abs(column)
            size = active @ strength
            sums = float(size.max(initial=0.0))
            exact = bool((inputs.off[strength > 0] == 0.0).all())
            if exact:
                grain = grain_of(active) if grain is None else grain
                exact = _is_exact(sums, grain, column)
            rounding = 0.0
            if not exact:
                rounding = float(inherited @ strength) + _rounding(len(column), sums)
            found.append((direction, off + rounding))
        return found

    def _near_edges(self, number: int, short: float) -> None:
        """Note how much nearer to an edge than half a plateau inputs of steps come."""
        if not short <= NEAR_EDGE:
            raise UnprovedError("a number lies close to the edge of a step")
        self.steps[number] = worst(self.steps[number], short)

    def _check_reach(self, number: int, reach: Floats, size: Floats, n_terms: Floats) -> None:
        """No neuron is more active than the plan says, but for what rounding the weights can do."""
        stored = self.unit * n_terms * size
        for most, found, allowed in zip(self.groups[number].reach, reach, stored, strict=False):
            if most is not None and not found <= most * SLIGHTLY_MORE + allowed:
                raise UnprovedError("a neuron is more active than the plan says")

    def _disagreement(
        self, number: int, neurons: slice, written: list[int], read: list[int]
    ) -> dict[int, float]:
        """0 where all selected keys carry the same, and at least 1 where they do not."""
        raise UnprovedError("the proof does not follow neurons that tell this")


def _reach(active: Floats) -> Floats:
    return np.asarray(active.max(axis=0, initial=0.0))


def _missed(given: Floats, aim: Floats, bend: float = 0.0) -> float:
    """How far what neurons give is from what it should be.  bend: how much farther it may be."""
    if np.isnan(aim).any():
        raise UnprovedError("the meaning of what is written lists not all values")
    off = float(np.abs(given - aim).max(initial=0.0)) + bend
    _check_missed(off, float(np.abs(aim).max(initial=0.0)))
    return off


def _check_missed(off: float, largest: float) -> None:
    """off: how far what neurons give is from what it should be, which is that large."""
    if not off <= TOLERANCE * (1.0 + largest) < inf:
        raise UnprovedError("the neurons compute something else")


def _is_exact(sums: float, grain: float, column: Floats) -> bool:
    """Are sums of products of such activations with the weights of a column exact?"""
    return sums < LARGEST_EXACT and max(sums, 1.0) < MANTISSA * grain * grain_of(column)


def _rounding(n_neurons: int, sums: float) -> float:
    return 2 * (n_neurons + 4) * UNIT * sums
