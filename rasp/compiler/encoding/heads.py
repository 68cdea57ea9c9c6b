"""Attention heads: what a read, a mean, a sum or a count asks of its queries, keys and values.

Variables that read with the same scores share a head, so heads are plans until all that they
deliver is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from rasp.compiler.account import alternatives as alternatives_of
from rasp.compiler.blocks import Direction, Form, Head, HeadValue
from rasp.compiler.encoding.bases import Held
from rasp.compiler.encoding.features import (
    describe,
    direction_of,
    family_of,
    largest_reading,
    number_of,
)
from rasp.compiler.selection.digits import narrowed
from rasp.compiler.selection.selectors import FAITHFUL_PRODUCTS, SHARE, Purpose, Scores, Term
from rasp.compiler.variables import Length, Linear, Mean, Read, Scalar, Sum, Width
from rasp.graph.text import with_part

if TYPE_CHECKING:
    from rasp.compiler.encoding.encodings import Encoder

SUM_LOG_WEIGHT = 27.0
"""Logarithm of the weight of the beginning-of-sequence position in a head that adds up."""


@dataclass
class HeadPlan:
    """A `Head` in linear functions of features; values: as in `HeadValue`."""

    depth: int
    label: str
    pairs: list[tuple[Linear, Linear]]
    comparisons: tuple[int, ...]
    bias: float
    bos_weight: float | None
    single: bool
    best: float | None = None
    uneven: int | None = None
    values: list[tuple[Linear, float, Direction, float, bool]] = field(default_factory=list)


def head_of(
    encoder: Encoder,
    term: Term,
    depth: int,
    bos_weight: float | None,
    label: str,
    purpose: Purpose = SHARE,
) -> HeadPlan:
    """The head of a term."""
    if term.products is not None and term.products.relative:
        purpose = replace(purpose, single=True)
    scores = term.scores(purpose)
    key = (term.key(), depth, bos_weight, scores.uneven)
    if key not in encoder.heads:
        comparisons = _comparisons(term, scores)
        pairs = [pair for _, some in comparisons for pair in some]
        exact = not purpose.single and scores.uneven is None
        for query_form, key_form in pairs:
            encoder.bases.demand(query_form, exact=exact)
            encoder.bases.demand(key_form, exact=exact)
        encoder.scores.append(alternatives_of.of_head(term, purpose))
        encoder.heads[key] = HeadPlan(
            depth,
            label,
            pairs,
            tuple(len(some) for _, some in comparisons),
            sum(bias for bias, _ in comparisons),
            bos_weight,
            purpose.single,
            None if term.rank is None else float(term.rank.largest),
            scores.uneven,
        )
    return encoder.heads[key]


def _comparisons(term: Term, scores: Scores) -> list[tuple[float, list[tuple[Linear, Linear]]]]:
    """For each comparison the products that its scores are the sum of, and a bias.

    Where selected keys are ranked, what misses a selected one misses it by more than all ranks.
    """
    found = _selecting(term, scores)
    if term.rank is None:
        return found
    gap = float(term.rank.largest + 1)
    wider = [
        (bias * gap, [(query.scaled(gap), key) for query, key in some]) for bias, some in found
    ]
    return [*wider, (0.0, [(Linear(1.0), term.rank.key)])]


def _selecting(term: Term, scores: Scores) -> list[tuple[float, list[tuple[Linear, Linear]]]]:
    if term.products is not None:
        return [(term.products.bias, list(term.products.pairs))]
    found = []
    for group, factors in zip(term.groups, scores.forms, strict=True):
        pairs = [
            (
                Linear(1.0) if query is None else Linear.feature(group.query, query),
                Linear(1.0) if key is None else Linear.feature(group.key, key),
            )
            for query, key in factors.pairs
        ]
        found.append((factors.bias, pairs))
    return found


def build_read(encoder: Encoder, read: Read) -> None:
    """The features of the value that selected keys carry, a number each for the head."""
    basis = encoder.bases.choose(read)
    if not basis:
        encoder.bases.held[read] = []
        return
    faithful = 0 if encoder.options.sums or read.single else FAITHFUL_PRODUCTS
    purpose = Purpose(read.single, not read.checked, faithful)
    head = head_of(encoder, read.term, read.depth, None, read.label, purpose)
    held: list[Held] = []
    for feature in basis:
        at_bos = float(feature[read.default_code]) if read.default_code >= 0 else 0.0
        direction = direction_of(describe(read, feature), (read.depth, 0), feature)
        direction.at_bos = at_bos
        direction.family = family_of(read, basis)
        carried = np.where(read.codes >= 0, feature[np.maximum(read.codes, 0)], 0.0)
        value = Linear.feature(read.value, carried)
        encoder.bases.demand(value, exact=read in encoder.bases.exact)
        head.values.append((value, at_bos, direction, 1.0, not (read.checked or read.averaged)))
        held.append(Held(feature, Linear(), direction))
    encoder.bases.held[read] = held
    encoder.chose(read, len(held), 0, (read.depth, 0))


def build_scalar(encoder: Encoder, scalar: Mean | Sum | Length | Width) -> None:
    """What attention delivers as one number."""
    stage = (scalar.depth, 0)
    match scalar:
        case Mean():
            head = head_of(encoder, scalar.term, scalar.depth, None, scalar.label)
            value = number_of(scalar)
            at_bos = 0.0 if scalar.default is None else float(scalar.default)
            _read_scalar(encoder, scalar, head, value, at_bos)
        case Sum():
            weight = float(np.exp(SUM_LOG_WEIGHT))
            head = head_of(encoder, scalar.term, scalar.depth, weight, scalar.label)
            _read_scalar(encoder, scalar, head, number_of(scalar), 0.0, weight)
        case Length():
            head = head_of(encoder, Term(()), scalar.depth, None, scalar.label)
            position = encoder.lowering.position
            indices = np.arange(position.size, dtype=np.float64)
            _read_scalar(encoder, scalar, head, Linear.feature(position, indices), 0.0)
        case Width() if not scalar.linear:
            head = head_of(encoder, scalar.terms[0], scalar.depth, scalar.weight, scalar.label)
            _read_scalar(encoder, scalar, head, Linear(), 1.0)
        case Width():
            gain = float(np.exp(SUM_LOG_WEIGHT))
            direction = Direction(scalar.label, stage)
            direction.bound = float(scalar.bounds.high.max())
            for term in scalar.terms:
                for part in narrowed(term, encoder.options.n_digits):
                    label = with_part(scalar.label, part.name)
                    head = head_of(encoder, part, scalar.depth, gain, label)
                    head.values.append((Linear(1.0), 0.0, direction, gain, False))
            encoder.bases.readings[scalar] = Form(0.0, {direction: 1.0})
    encoder.chose(scalar, len(encoder.bases.readings[scalar].terms), 0, stage)


def _read_scalar(
    encoder: Encoder,
    scalar: Scalar,
    head: HeadPlan,
    value: Linear,
    at_bos: float,
    gain: float = 1.0,
) -> None:
    direction = Direction(scalar.label, (scalar.depth, 0), at_bos=at_bos)
    direction.bound = max(largest_reading(scalar), abs(at_bos))
    encoder.bases.demand(value)
    head.values.append((value, at_bos, direction, gain, False))
    encoder.bases.readings[scalar] = Form(0.0, {direction: 1.0})


def written_head(encoder: Encoder, plan: HeadPlan) -> Head:
    """The head, with the directions that it reads."""
    stage = (plan.depth, 0)
    head = Head(
        plan.depth,
        plan.label,
        [(encoder.bases.form(query), encoder.bases.form(key)) for query, key in plan.pairs],
        plan.comparisons,
        plan.bias,
        plan.bos_weight,
        plan.single,
        best=plan.best,
        uneven=plan.uneven,
    )
    for query, key in head.pairs:
        query.read_at(stage)
        key.read_at(stage)
    for linear, at_bos, direction, gain, agrees in plan.values:
        form = encoder.bases.form(linear)
        form.read_at(stage)
        head.values.append(HeadValue(form, at_bos, direction, gain, agrees))
    return head
