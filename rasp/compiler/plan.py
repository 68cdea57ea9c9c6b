"""Blocks and layout -> the plan of the proof, which the certificate checks on the weights."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rasp.certificate import plan
from rasp.compiler.blocks import Blocks, Direction, Feedforward, Head, Stage
from rasp.compiler.facts.contexts import Bools
from rasp.compiler.layout import Layout
from rasp.compiler.limits import REACH_DIGITS


def plan_of(
    blocks: Blocks, layout: Layout, output: str, fit: float, sharpness: int | None
) -> plan.Plan:
    """output: what the columns of the value show, in words; fit: how far fitted functions are off,
    relative to their size; sharpness: how large the gap between scores is."""
    number = {stage: place for place, stage in enumerate(layout.stages, 1)}
    cleared: dict[Direction, int] = {}
    for group in layout.cleanups:
        for direction, _ in group.outputs:
            cleared[direction] = number[group.stage]
    families: dict[object, int] = {}
    directions = []
    for direction, place in sorted(
        layout.places.items(), key=lambda entry: (entry[0].born, entry[1])
    ):
        family = direction.family
        directions.append(
            plan.Direction(
                place,
                number.get(direction.born, 0),
                cleared.get(direction, 0),
                direction.bound,
                direction.dyadic,
                direction.nonnegative,
                None if family is None else families.setdefault(family, len(families)),
            )
        )
    sublayers = tuple(_sublayer(blocks, layout, stage) for stage in layout.stages)
    return plan.Plan(tuple(directions), sublayers, output, fit, sharpness)


def _sublayer(blocks: Blocks, layout: Layout, stage: Stage) -> plan.Sublayer:
    if stage[1] == 0:
        return tuple(_head(head) for head in blocks.heads if head.depth == stage[0])
    groups = [group for group in blocks.feedforwards if group.stage == stage]
    cleanups = [group for group in layout.cleanups if group.stage == stage]
    return (
        *(_neurons(group) for group in groups),
        *(plan.Neurons(len(group.inputs), empties=True) for group in cleanups),
    )


def _head(head: Head) -> plan.Head:
    return plan.Head(
        head.bos_weight,
        head.single,
        tuple(_rounded_up(query.largest) for query, _ in head.pairs),
        tuple(_rounded_up(key.largest) for _, key in head.pairs),
        tuple(_rounded_up(value.form.largest) for value in head.values),
        tuple(value.agrees for value in head.values),
        head.comparisons,
        head.best,
        head.uneven,
    )


def _neurons(group: Feedforward) -> plan.Neurons:
    reach = tuple(_rounded_up(float(reach)) for reach in group.reach)
    return plan.Neurons(len(group.inputs), False, _ranges(group.paired), reach)


def _rounded_up(number: float) -> float | None:
    """A little more, with few digits; None for infinity."""
    if not np.isfinite(number) or number > 1e100:
        return None
    if float(f"{number:.{REACH_DIGITS}g}") == number:
        return number
    return float(f"{number * (1 + 10.0 ** (1 - REACH_DIGITS)):.{REACH_DIGITS}g}")


def _ranges(chosen: Bools) -> tuple[tuple[int, int], ...]:
    """Where it is true, as ranges."""
    edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0)).tolist()
    return tuple(pairwise(edges))[::2]
