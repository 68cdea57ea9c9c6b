"""What well-formed blocks are: rules, each a sentence and a function that finds what breaks it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from rasp.compiler.blocks import Blocks


def _by_one_stage(blocks: Blocks) -> Iterator[str]:
    stages: dict[int, object] = {}
    for direction, stage in blocks.written():
        if stages.setdefault(id(direction), stage) != stage:
            yield direction.label


def _once(blocks: Blocks) -> Iterator[str]:
    """Several heads may add to one direction; nothing else may."""
    heads = {id(value.direction) for head in blocks.heads for value in head.values}
    counts = Counter(id(direction) for direction, _ in blocks.written())
    for direction, _ in blocks.written():
        if counts[id(direction)] > 1 and id(direction) not in heads:
            yield direction.label


def _born(blocks: Blocks) -> Iterator[str]:
    yield from (direction.label for direction, stage in blocks.written() if direction.born != stage)


def _there(blocks: Blocks) -> Iterator[str]:
    written = {id(direction) for direction, _ in blocks.written()}
    for form, _ in blocks.read():
        yield from (direction.label for direction in form.terms if id(direction) not in written)


def _in_order(blocks: Blocks) -> Iterator[str]:
    for form, stage in blocks.read():
        yield from (direction.label for direction in form.terms if not direction.born < stage)


def _finite(blocks: Blocks) -> Iterator[str]:
    for form, stage in blocks.read():
        if not all(map(math.isfinite, (form.constant, *form.terms.values()))):
            yield f"a form that is read at {stage}"


def _grouped(blocks: Blocks) -> Iterator[str]:
    yield from (head.label for head in blocks.heads if sum(head.comparisons) != len(head.pairs))


def _of_each_neuron(blocks: Blocks) -> Iterator[str]:
    for group in blocks.feedforwards:
        sizes = {len(group.paired), len(group.reach), *(len(c) for _, c in group.outputs)}
        if sizes != {len(group.inputs)}:
            yield group.label


RULES = {
    "a direction is written by one stage": _by_one_stage,
    "a direction is written once, or by several heads": _once,
    "a direction is born where it is written": _born,
    "what is read is written": _there,
    "what is read is read after it is written": _in_order,
    "coefficients are finite": _finite,
    "the pairs of a head belong to its comparisons": _grouped,
    "a group has a coefficient, a reach and a kind for each neuron": _of_each_neuron,
}
