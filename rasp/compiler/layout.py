"""Where directions live: a dimension of the residual stream for each, reused when it is free again.

Dimension 0 says "beginning of sequence": 1 there, 0 elsewhere.

A direction is over when its last reader has run.  Whoever gets its dimension next needs it empty:
the last feed-forward sublayer before that (or the one that writes the new direction itself)
subtracts the old value, with one neuron, relu(x), or two, relu(x) and relu(-x), if it can be
negative.  Neurons are off at the beginning-of-sequence position, so there the old value stays and
is added to the new one, which is known when compiling and kept in `Layout.at_bos`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from types import MappingProxyType

import numpy as np

from rasp.compiler.blocks import END, Blocks, Direction, Feedforward, Form, Stage

EMPTYING = "emptying dimensions that are used again"
"""The label of the neurons that do so."""

NEXT_MEANING = "; then "
"""Between the labels of directions that have a dimension one after the other."""


@dataclass(frozen=True)
class Layout:
    """places: direction -> dimension; labels: what each dimension holds, in order of time; stages:
    of sublayers; cleanups: neurons that empty dimensions; before: what a direction's dimension held
    just before it; at_bos: what the dimension of each direction holds at the beginning-of-sequence
    position once it is written; last_read: the last stage that reads it.
    """

    places: Mapping[Direction, int]
    labels: tuple[str, ...]
    stages: tuple[Stage, ...]
    cleanups: tuple[Feedforward, ...]
    before: Mapping[Direction, Direction]
    at_bos: Mapping[Direction, float]
    last_read: Mapping[Direction, Stage]

    @property
    def d_model(self) -> int:
        return len(self.labels)

    @property
    def sublayers(self) -> str:
        return "".join("a" if stage[1] == 0 else "f" for stage in self.stages)


def lay_out(blocks: Blocks, n_rows: int = 0) -> Layout:
    """Sublayers in order, and a dimension for every direction; n_rows: of the embedding.

    With more dimensions all neurons are larger, with more neurons all dimensions: of the layouts in
    which none, some or all that can be used again are, that with the fewest parameters is taken.
    """
    found = (_laid_out(blocks, most) for most in range(3))
    return min(found, key=lambda layout: n_parameters(blocks, layout, n_rows))


def n_parameters(blocks: Blocks, layout: Layout, n_rows: int) -> int:
    """Of the whole model, but for biases of heads and of the unembedding."""
    numbers = n_rows + len(blocks.outputs)
    widths: dict[int, list[int]] = {}
    for head in blocks.heads:
        widths.setdefault(head.depth, []).append(max(len(head.pairs) + 1, len(head.values)))
    numbers += sum(4 * len(some) * max(some) for some in widths.values())
    groups = *blocks.feedforwards, *layout.cleanups
    n_neurons = sum(len(group.inputs) for group in groups)
    return layout.d_model * (numbers + 2 * n_neurons) + n_neurons


def _laid_out(blocks: Blocks, most: int) -> Layout:
    """most: neurons that may be taken to empty a dimension."""
    stages = tuple(
        sorted(
            {(head.depth, 0) for head in blocks.heads}
            | {feedforward.stage for feedforward in blocks.feedforwards}
        )
    )
    # Several heads may add to one direction.
    directions = list(dict.fromkeys(direction for direction, _ in blocks.written()))
    last_read = blocks.last_read
    free = _Free(last_read, most)
    places: dict[Direction, int] = {}
    held: list[list[Direction]] = [[]]  # by dimension
    before: dict[Direction, Direction] = {}
    at_bos: dict[Direction, float] = {}
    cleared: dict[Stage, list[Direction]] = {}
    for direction in sorted(directions, key=lambda direction: direction.born):
        stage = _clearing_stage(direction, stages)
        place = None if stage is None else free.taken(stage)
        if place is None or stage is None:
            place = len(held)
            at_bos[direction] = direction.at_bos
            held.append([])
        else:
            last = held[place][-1]
            cleared.setdefault(stage, []).append(last)
            at_bos[direction] = direction.at_bos + at_bos[last]
            before[direction] = last
        places[direction] = place
        held[place].append(direction)
        free.held(place, direction)
    labels = [NEXT_MEANING.join(direction.label for direction in entry) for entry in held[1:]]
    cleanups = tuple(_cleanup(stage, entry) for stage, entry in sorted(cleared.items()))
    return Layout(
        MappingProxyType(places),
        ("beginning of sequence", *labels),
        stages,
        cleanups,
        MappingProxyType(before),
        MappingProxyType(at_bos),
        last_read,
    )


def _clearing_stage(direction: Direction, stages: tuple[Stage, ...]) -> Stage | None:
    """The last feed-forward sublayer that can empty a dimension for the direction."""
    earlier = [stage for stage in stages if stage[1] > 0 and stage <= direction.born]
    return earlier[-1] if earlier else None


class _Free:
    """The dimensions whose last direction is over, as stage after stage goes by.

    most: neurons that may be taken to empty one.
    """

    def __init__(self, last_read: Mapping[Direction, Stage], most: int) -> None:
        self.last_read, self.most = last_read, most
        self.stage: Stage = (0, 0)
        self.in_use: list[tuple[int, Direction]] = []
        self.new: list[tuple[int, Direction]] = []  # these, and not looked at in this stage
        self.over: tuple[list[int], list[int]] = [], []  # heaps: emptied by one neuron, by two

    def held(self, place: int, direction: Direction) -> None:
        """From now on the dimension holds the direction."""
        if self.most:
            self.new.append((place, direction))

    def taken(self, stage: Stage) -> int | None:
        """The first dimension that the stage can empty, with as few neurons as any."""
        if stage > self.stage:
            self.stage, self.new, self.in_use = stage, self.in_use + self.new, []
        for place, direction in self.new:
            if self.last_read[direction] > stage or direction.born >= stage:
                self.in_use.append((place, direction))
            else:
                heappush(self.over[0 if direction.one_sided else 1], place)
        self.new = []
        for places in self.over[: self.most]:
            if places:
                return heappop(places)
        return None


def _cleanup(stage: Stage, directions: list[Direction]) -> Feedforward:
    """Neurons that subtract what the directions hold."""
    inputs: list[Form] = []
    outputs: list[tuple[Direction, list[float]]] = [(direction, []) for direction in directions]
    for number, direction in enumerate(directions):
        for sign in (1.0,) if direction.one_sided else (1.0, -1.0):
            inputs.append(Form(0.0, {direction: sign}))
            for other, (_, coefficients) in enumerate(outputs):
                coefficients.append(-sign if other == number else 0.0)
    n_neurons = len(inputs)
    assert stage < END
    return Feedforward(
        stage,
        EMPTYING,
        tuple(inputs),
        tuple((direction, np.array(coefficients)) for direction, coefficients in outputs),
        np.zeros(n_neurons, dtype=bool),
        np.full(n_neurons, np.inf),
    )
