"""Heads that add up: the sum of a number over the selected keys, or the count of these.

The beginning of the sequence has a weight so large that what a head delivers is the sum of what the
keys carry that it selects.  Several heads may share the work: their sums are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from rasp.certificate import worst
from rasp.graph.nodes import SelectorNode, SOpNode
from rasp.meaning.carried import Carried, allowed, largest_of, numbers_of, values_of
from rasp.meaning.factors import MANY_PAIRS
from rasp.meaning.masks import EVERY
from rasp.meaning.parted import cases_of
from rasp.meaning.scores import Scoring, selects
from rasp.meaning.selectors import has_many_parts, keys_of, meets, queries_of, truth_of
from rasp.meaning.states import States, TooManyError, UnprovedError, WorkLimitError
from rasp.meaning.stream import Streams, check_listed
from rasp.meaning.witness import Quantity


def factor_of(streams: Streams, direction: int) -> float:
    """The direction is a multiple of what it speaks of: which?"""
    meaning = streams.meaning(direction)
    if meaning.constant == 0.0 and not meaning.terms and len(meaning.multiples) == 1:
        return meaning.multiples[0].factor
    raise UnprovedError("a sum is held as something else than a multiple of it")


def added(
    scoring: Scoring,
    direction: int,
    quantity: Quantity,
    selector: SelectorNode,
    value: SOpNode | None,
    carried: Sequence[Carried],
) -> float:
    """How far what all heads together add up may be from the sum over the selected keys."""
    read = {entry: scoring.streams.read_by(entry.values[0]) for entry in carried}
    near = scoring.streams.quantities(d for some in read.values() for d in some)
    extra: list[Quantity] = near if value is None else [*near, value]
    for entry in carried:
        plan = scoring.heads[entry.head]
        if plan.weight is None or entry.gain == 1.0 or entry.at_bos != 0.0:
            raise UnprovedError("a head that does not add up is added")
        if plan.single or any(plan.agrees):
            raise UnprovedError("the plan says that a sum is a single value")
    factor = factor_of(scoring.streams, direction)
    heads = list(dict.fromkeys(entry.head for entry in carried))
    in_parts = partial(_in_parts, scoring, selector, value, carried, read, near, factor)
    if len(heads) == 1 and has_many_parts(selector):
        try:
            return in_parts()
        except WorkLimitError:
            raise
        except UnprovedError:
            pass  # all at once, if they are few
    try:
        queries, q_factors = scoring.states("Q", heads, queries_of(selector))
        keys, k_factors = scoring.states("K", heads, [*keys_of(selector), *extra])
    except TooManyError:
        return in_parts()
    if queries.size * keys.size > MANY_PAIRS:
        return in_parts()
    truth = truth_of(selector, queries, keys)
    meet = meets(queries, keys, scoring.space)
    if truth.clash is not None:
        meet &= ~truth.clash
    total = np.zeros(meet.shape)
    off = 0.0
    for entry in carried:
        head = entry.head
        scored = scoring.scores(head, q_factors[head], k_factors[head])
        chosen = meet & (scored.scores > -0.5)
        scoring.separates(head, scored, EVERY, chosen, meet & ~chosen, True)
        numbers = values_of(scoring, entry, read[entry], keys)
        values = np.where(chosen.any(axis=0), numbers.values[:, 0], 0.0)
        check_listed(values, np.ones(len(values), dtype=bool), "what keys carry")
        total += np.where(chosen, values[None, :], 0.0)
        off += float(numbers.off[0])
    each = np.ones(keys.size) if value is None else numbers_of(keys, value)
    aim = np.where(truth.chosen, factor * each[None, :], 0.0)
    if np.isnan(aim[meet]).any():
        raise UnprovedError("what is added up is no number")
    off += largest_of(np.abs(total - aim)[meet])
    size = abs(factor) * largest_of(np.abs(each[~np.isnan(each)]))
    return allowed(off, size) * scoring.space.max_len


def _in_parts(
    scoring: Scoring,
    selector: SelectorNode,
    value: SOpNode | None,
    carried: Sequence[Carried],
    read: dict[Carried, list[int]],
    near: Sequence[Quantity],
    factor: float,
) -> float:
    """The same where each head carries what is to be summed, whatever it selects: then every key
    that the selector selects is selected by one head, and no other key by any."""
    wanted = [*near] if value is None else [*near, value]
    keys: States = scoring.space.states(wanted or [scoring.space.unit], near=near).succeeding()
    each = np.ones(keys.size) if value is None else numbers_of(keys, value)
    off = 0.0
    for entry in carried:
        numbers = values_of(scoring, entry, read[entry], keys)
        off += largest_of(np.abs(numbers.values[:, 0] - factor * each)) + float(numbers.off[0])
    if len(carried) == 1:
        (entry,) = carried
        alone = selects(scoring, entry.head, selector)
        scoring.off[entry.head] = worst(scoring.off[entry.head], alone)
        return allowed(off, abs(factor) * largest_of(np.abs(each))) * scoring.space.max_len
    cases = cases_of(scoring, [entry.head for entry in carried], selector)
    times = np.sum([cases.hit[entry.head] for entry in carried], axis=0)
    if (times != cases.selected).any():
        raise UnprovedError("what heads add up is not what the selector selects")
    for head, own in cases.off.items():
        scoring.off[head] = worst(scoring.off[head], own)
    return allowed(off, abs(factor) * largest_of(np.abs(each))) * scoring.space.max_len
