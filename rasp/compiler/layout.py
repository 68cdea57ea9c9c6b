"""Where directions live: a dimension of the residual stream for each, reused when it is free again.

Dimension 0 says "beginning of sequence": 1 there, 0 elsewhere.

A direction is over when its last reader has run.  Whoever gets its dimension next needs it empty:
the last feed-forward sublayer before that (or the one that writes the new direction itself)
subtracts the old value, with one neuron, relu(x), or two, relu(x) and relu(-x), if it can be
negative.  Neurons are off at the beginning-of-sequence position, so there the old value stays and
is added to the new one, which is known when compiling and kept in `Direction.at_bos`.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    just before it."""

    places: dict[Direction, int]
    labels: tuple[str, ...]
    stages: tuple[Stage, ...]
    cleanups: tuple[Feedforward, ...]
    before: dict[Direction, Direction]

    @property
    def d_model(self) -> int:
        return len(self.labels)

    @property
    def sublayers(self) -> str:
        return "".join("a" if stage[1] == 0 else "f" for stage in self.stages)


def lay_out(blocks: Blocks) -> Layout:
    """Sublayers in order, and a dimension for every direction; settles `at_bos` of each."""
    stages = tuple(
        sorted(
            {(head.depth, 0) for head in blocks.heads}
            | {feedforward.stage for feedforward in blocks.feedforwards}
        )
    )
    written = [column.direction for column in blocks.embeddings]
    written += [value.direction for head in blocks.heads for value in head.values]
    written += [d for feedforward in blocks.feedforwards for d, _ in feedforward.outputs]
    directions = list(dict.fromkeys(written))  # several heads may add to one direction
    pays = _neurons_a_dimension_pays_for(blocks, len(directions))
    places: dict[Direction, int] = {}
    held: list[list[Direction]] = [[]]  # by dimension
    before: dict[Direction, Direction] = {}
    cleared: dict[Stage, list[Direction]] = {}
    for direction in sorted(directions, key=lambda direction: direction.born):
        stage = _clearing_stage(direction, stages)
        place = None if stage is None else _free(held, stage, pays)
        if place is None or stage is None:
            places[direction] = len(held)
            held.append([direction])
            continue
        last = held[place][-1]
        cleared.setdefault(stage, []).append(last)
        direction.at_bos += last.at_bos
        before[direction] = last
        places[direction] = place
        held[place].append(direction)
    labels = [NEXT_MEANING.join(direction.label for direction in entry) for entry in held[1:]]
    cleanups = tuple(_cleanup(stage, entry) for stage, entry in sorted(cleared.items()))
    return Layout(places, ("beginning of sequence", *labels), stages, cleanups, before)


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


def _free(held: list[list[Direction]], stage: Stage, pays: float) -> int | None:
    """A dimension whose last direction is over by then, and worth emptying."""
    best: int | None = None
    for place, entry in enumerate(held):
        if not entry or entry[-1].dies > stage or entry[-1].born >= stage:
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
        inputs,
        [(direction, np.array(coefficients)) for direction, coefficients in outputs],
        np.zeros(n_neurons, dtype=bool),
        np.full(n_neurons, np.inf),
    )
