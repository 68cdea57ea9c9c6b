"""What well-formed blocks are: rules, each a sentence and a function that finds what breaks it.

The stages keep these rules; tests ask after each compilation whether they did.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

from rasp.compiler.blocks import END, Blocks, Direction, Form, Stage

Rule: TypeAlias = Callable[[Blocks], Iterator[str]]


def verify_blocks(blocks: Blocks) -> None:
    """Raises AssertionError with the rule that is broken, and by what."""
    for sentence, rule in RULES.items():
        for broken in rule(blocks):
            raise AssertionError(f"{sentence}: {broken}")


def _written(blocks: Blocks) -> Iterator[tuple[Direction, Stage]]:
    """All directions, with the stage that writes them."""
    yield from ((column.direction, (0, 0)) for column in blocks.embeddings)
    for head in blocks.heads:
        yield from ((value.direction, (head.depth, 0)) for value in head.values)
    for group in blocks.feedforwards:
        yield from ((direction, group.stage) for direction, _ in group.outputs)


def _read(blocks: Blocks) -> Iterator[tuple[Form, Stage]]:
    """All forms, with the stage that reads them."""
    for head in blocks.heads:
        for pair in head.pairs:
            yield from ((form, (head.depth, 0)) for form in pair)
        yield from ((value.form, (head.depth, 0)) for value in head.values)
    for group in blocks.feedforwards:
        yield from ((form, group.stage) for form in group.inputs)
    yield from ((form, END) for form in blocks.outputs)


def _once(blocks: Blocks) -> Iterator[str]:
    counts = Counter(id(direction) for direction, _ in _written(blocks))
    yield from (d.label for d, _ in _written(blocks) if counts[id(d)] > 1)


def _born(blocks: Blocks) -> Iterator[str]:
    yield from (d.label for d, stage in _written(blocks) if d.born != stage)


def _there(blocks: Blocks) -> Iterator[str]:
    written = {id(direction) for direction, _ in _written(blocks)}
    for form, _ in _read(blocks):
        yield from (direction.label for direction in form.terms if id(direction) not in written)


def _in_order(blocks: Blocks) -> Iterator[str]:
    for form, stage in _read(blocks):
        yield from (d.label for d in form.terms if not d.born < stage <= d.dies)


def _finite(blocks: Blocks) -> Iterator[str]:
    for form, stage in _read(blocks):
        if not all(map(math.isfinite, (form.constant, *form.terms.values()))):
            yield f"a form that is read at {stage}"


def _grouped(blocks: Blocks) -> Iterator[str]:
    yield from (head.label for head in blocks.heads if sum(head.comparisons) != len(head.pairs))


def _of_each_neuron(blocks: Blocks) -> Iterator[str]:
    for group in blocks.feedforwards:
        sizes = {len(group.paired), len(group.reach), *(len(c) for _, c in group.outputs)}
        if sizes != {len(group.inputs)}:
            yield group.label


RULES: dict[str, Rule] = {
    "a direction is written once": _once,
    "a direction is born where it is written": _born,
    "what is read is written": _there,
    "what is read is read after it is written, and before it dies": _in_order,
    "coefficients are finite": _finite,
    "the pairs of a head belong to its comparisons": _grouped,
    "a group has a coefficient, a reach and a kind for each neuron": _of_each_neuron,
}
