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


def lay_out(blocks: Blocks) -> Layout:
    """Sublayers in order, and a dimension for every direction."""
    stages = tuple(
        sorted(
            {(head.depth, 0) for head in blocks.heads}
            | {feedforward.stage for feedforward in blocks.feedforwards}
        )
    )
    # Several heads may add to one direction.
    directions = list(dict.fromkeys(direction for direction, _ in blocks.written()))
    last_read = blocks.last_read
    pays = _neurons_a_dimension_pays_for(blocks, len(directions))
    places: dict[Direction, int] = {}
    held: list[list[Direction]] = [[]]  # by dimension
    before: dict[Direction, Direction] = {}
    at_bos: dict[Direction, float] = {}
    cleared: dict[Stage, list[Direction]] = {}
    for direction in sorted(directions, key=lambda direction: direction.born):
        stage = _clearing_stage(direction, stages)
        place = None if stage is None else _free(held, last_read, stage, pays)
        if place is None or stage is None:
            places[direction] = len(held)
            at_bos[direction] = direction.at_bos
            held.append([direction])
            continue
        last = held[place][-1]
        cleared.setdefault(stage, []).append(last)
        at_bos[direction] = direction.at_bos + at_bos[last]
        before[direction] = last
        places[direction] = place
        held[place].append(direction)
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


def _neurons_a_dimension_pays_for(blocks: Blocks, d_model: int) -> float:
    """How many neurons cost as many parameters as one dimension more."""
    numbers = float(len(blocks.outputs))
    for depth in {head.depth for head in blocks.heads}:
        heads = [head for head in blocks.heads if head.depth == depth]
        d_head = max(max(len(head.pairs) + 1, len(head.values)) for head in heads)
        numbers += 4 * len(heads) * d_head
    numbers += 2 * sum(len(group.inputs) for group in blocks.feedforwards)
    return numbers / (2 * d_model + 1)


def _clearing_stage(direction: Direction, stages: tuple[Stage, ...]) -> Stage | None:
    """The last feed-forward sublayer that can empty a dimension for the direction."""
    earlier = [stage for stage in stages if stage[1] > 0 and stage <= direction.born]
    return earlier[-1] if earlier else None


def _free(
    held: list[list[Direction]], last_read: Mapping[Direction, Stage], stage: Stage, pays: float
) -> int | None:
    """A dimension whose last direction is over by then, and worth emptying."""
    best: int | None = None
    for place, entry in enumerate(held):
        if not entry or last_read[entry[-1]] > stage or entry[-1].born >= stage:
            continue
        neurons = 1 if entry[-1].one_sided else 2
        if neurons < pays and (
            best is None or (entry[-1].one_sided and not held[best][-1].one_sided)
        ):
            best = place
    return best


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
