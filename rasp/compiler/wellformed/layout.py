"""What a well-formed layout is: rules, each a sentence and a function that finds what breaks it.

A rule is given the blocks and the layout that was made for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeAlias

from rasp.compiler.blocks import Blocks, Direction
from rasp.compiler.layout import Layout

LaidOut: TypeAlias = tuple[Blocks, Layout]


def _placed(laid_out: LaidOut) -> Iterator[str]:
    blocks, layout = laid_out
    for direction, _ in blocks.written():
        if not 0 < layout.places.get(direction, 0) < layout.d_model:
            yield direction.label


def _in_order(laid_out: LaidOut) -> Iterator[str]:
    blocks, layout = laid_out
    heads = {(head.depth, 0) for head in blocks.heads}
    groups = {group.stage for group in blocks.feedforwards}
    if list(layout.stages) != sorted(heads | groups):
        yield layout.sublayers


def _one_after_the_other(layout: Layout) -> Iterator[tuple[Direction, Direction]]:
    """Directions that have a dimension, each with the next that has it."""
    held: dict[int, list[Direction]] = {}
    for direction, place in layout.places.items():
        held.setdefault(place, []).append(direction)
    for entry in held.values():
        yield from pairwise(sorted(entry, key=lambda direction: direction.born))


def _free(laid_out: LaidOut) -> Iterator[str]:
    _, layout = laid_out
    for last, following in _one_after_the_other(layout):
        if layout.last_read[last] > following.born or last.born >= following.born:
            yield f"{last.label}, when {following.label} is written"


def _emptied(laid_out: LaidOut) -> Iterator[str]:
    _, layout = laid_out
    emptied = {
        direction: group.stage for group in layout.cleanups for direction, _ in group.outputs
    }
    for last, following in _one_after_the_other(layout):
        stage = emptied.pop(last, None)
        if stage is None or not max(last.born, layout.last_read[last]) <= stage <= following.born:
            yield last.label
    yield from (direction.label for direction in emptied)


def _by_neurons(laid_out: LaidOut) -> Iterator[str]:
    _, layout = laid_out
    for group in layout.cleanups:
        if group.stage not in layout.stages or group.stage[1] == 0:
            yield f"{group.stage}"


def _known_before(laid_out: LaidOut) -> Iterator[str]:
    _, layout = laid_out
    following = {after: last for last, after in _one_after_the_other(layout)}
    for direction in layout.places:
        if layout.before.get(direction) is not following.get(direction):
            yield direction.label


def _at_bos(laid_out: LaidOut) -> Iterator[str]:
    _, layout = laid_out
    for direction in layout.places:
        before = layout.before.get(direction)
        rest = 0.0 if before is None else layout.at_bos[before]
        if layout.at_bos[direction] != direction.at_bos + rest:
            yield direction.label


def _named(laid_out: LaidOut) -> Iterator[str]:
    _, layout = laid_out
    used = Counter(layout.places.values())
    yield from (layout.labels[place] for place in range(1, layout.d_model) if not used[place])


RULES = {
    "a direction that is written has a dimension, and not that of the beginning": _placed,
    "sublayers are in order of time, and are those that blocks have": _in_order,
    "a dimension is used again when its direction is over": _free,
    "a dimension is emptied once before it is used again, and no other is": _emptied,
    "dimensions are emptied by feed-forward sublayers that there are": _by_neurons,
    "it is known what a dimension held before": _known_before,
    "what was held at the beginning of sequence stays there": _at_bos,
    "a dimension holds something": _named,
}
