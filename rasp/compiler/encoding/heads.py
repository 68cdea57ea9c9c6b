"""Attention heads: what a read, a mean, a sum or a count asks of its queries, keys and values.

Variables that read with the same scores share a head, so heads are plans until all that they
deliver is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp.compiler.blocks import Direction, Form, Head, HeadValue
from rasp.compiler.encoding.bases import Held
from rasp.compiler.encoding.features import (
    describe,
    direction_of,
    family_of,
    largest_reading,
    number_of,
)
from rasp.compiler.encoding.plans import Encoding, HeadPlan
from rasp.compiler.limits import (
    FAITHFUL_PRODUCTS,
    LONG_SUM_LOG_WEIGHT,
    LONGEST_SUMS,
    MOST_PRODUCTS,
    SUM_LOG_WEIGHT,
)
from rasp.compiler.selection.digits import narrowed
from rasp.compiler.selection.selectors import SHARE, Purpose, Scores, Term
from rasp.compiler.selection.shared import Shared
from rasp.compiler.variables import Address, Length, Linear, Mean, Read, Scalar, Sum, Tally, Width
from rasp.errors import CompileError
from rasp.graph.text import with_part


def head_of(
    encoding: Encoding,
    term: Term,
    depth: int,
    bos_weight: float | None,
    label: str,
    purpose: Purpose = SHARE,
    *,
    address: bool = False,
) -> HeadPlan:
    """The head of a term; address: for nothing but a count, from the table of positions."""
    if term.products is not None and term.products.relative:
        purpose = replace(purpose, single=True)
    scores = term.scores(purpose)
    key = (term.key(), depth, bos_weight, scores.uneven)
    if key not in encoding.heads:
        comparisons = _comparisons(term, scores)
        pairs = [pair for _, some in comparisons for pair in some]
        if len(pairs) > MOST_PRODUCTS:
            raise _too_wide(encoding, label, len(pairs))
        exact = not purpose.single and scores.uneven is None
        for query_form, key_form in pairs:
            encoding.bases.demand(query_form, exact=exact)
            encoding.bases.demand(key_form, exact=exact)
        encoding.scored.append((term, purpose))
        encoding.heads[key] = HeadPlan(
            depth,
            label,
            pairs,
            tuple(len(some) for _, some in comparisons),
            sum(bias for bias, _ in comparisons),
            bos_weight,
            purpose.single,
            None if term.rank is None else float(term.rank.largest),
            None if scores.uneven is None else scores.comparisons.index(scores.uneven),
            address,
        )
    head = encoding.heads[key]
    head.address = head.address and address  # of all that share it
    return head


def _too_wide(encoding: Encoding, label: str, n_products: int) -> CompileError:
    causal = encoding.lowered.contexts.causal
    mask = "" if causal else "; or a causal model (--causal), whose mask leaves out later keys"
    return CompileError(
        f"{label} takes a head of {n_products:,} products, one for about each value that is"
        " compared",
        hint=f"a smaller max_len or vocabulary{mask}",
    )


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
    for one in scores.comparisons:
        if isinstance(one, Shared):
            found.append((0.0, list(one.pairs)))
            continue
        group, factors = term.groups[one], scores.forms[one]
        pairs = [
            (
                Linear(1.0) if query is None else Linear.feature(group.query, query),
                Linear(1.0) if key is None else Linear.feature(group.key, key),
            )
            for query, key in factors.pairs
        ]
        found.append((factors.bias, pairs))
    return found


def build_read(encoding: Encoding, read: Read) -> None:
    """The features of the value that selected keys carry, a number each for the head."""
    basis = encoding.bases.choose(read)
    if not basis:
        encoding.bases.held[read] = []
        return
    faithful = 0 if read.single else _faithful(encoding)
    agrees = not (read.checked or read.averaged)
    purpose = Purpose(read.single, agrees, faithful)
    is_address = isinstance(read, Address)
    head = head_of(encoding, read.term, read.depth, None, read.label, purpose, address=is_address)
    held: list[Held] = []
    for feature in basis:
        at_bos = float(feature[read.default_code]) if read.default_code >= 0 else 0.0
        direction = direction_of(
            describe(read, feature),
            (read.depth, 0),
            feature,
            at_bos=at_bos,
            family=family_of(read, basis),
        )
        carried = np.where(read.codes >= 0, feature[np.maximum(read.codes, 0)], 0.0)
        value = Linear.feature(read.value, carried)
        encoding.bases.demand(value, exact=read in encoding.bases.exact)
        head.values.append((value, at_bos, direction, 1.0, agrees))
        held.append(Held(feature, Linear(), direction))
    encoding.bases.held[read] = held
    encoding.deliver(read, (read.depth, 0), len(held))


def build_scalar(encoding: Encoding, scalar: Mean | Sum | Length | Width | Tally) -> None:
    """What attention delivers as one number."""
    stage = (scalar.depth, 0)
    match scalar:
        case Mean():
            head = head_of(encoding, scalar.term, scalar.depth, None, scalar.label)
            value = number_of(scalar)
            at_bos = 0.0 if scalar.default is None else float(scalar.default)
            _read_scalar(encoding, scalar, head, value, at_bos)
        case Sum():
            _add_up(
                encoding,
                scalar,
                [scalar.term],
                number_of(scalar),
                largest_reading(scalar, encoding.readings),
            )
        case Length():
            head = head_of(encoding, Term(()), scalar.depth, None, scalar.label)
            position = encoding.lowered.position
            indices = np.arange(position.size, dtype=np.float64)
            _read_scalar(encoding, scalar, head, Linear.feature(position, indices), 0.0)
        case Width() if not encoding.readings.is_linear(scalar):
            head = head_of(encoding, scalar.terms[0], scalar.depth, scalar.weight, scalar.label)
            _read_scalar(encoding, scalar, head, Linear(), 1.0)
        case Tally():
            _tally(encoding, scalar)
        case Width():
            most = float(scalar.bounds.high.max())
            _add_up(encoding, scalar, scalar.terms, Linear(1.0), most)
    encoding.deliver(scalar, stage, len(encoding.bases.readings[scalar].terms))


def _add_up(
    encoding: Encoding,
    scalar: Sum | Width,
    terms: Sequence[Term],
    value: Linear,
    bound: float,
) -> None:
    """What keys carry, added up over disjoint terms, the widest order of each digit by digit."""
    counts_many = isinstance(scalar, Width) and encoding.lowered.contexts.max_len >= LONGEST_SUMS
    exact = counts_many or scalar.interval is not None  # the next integer is near, relative to it
    gain = float(np.exp(LONG_SUM_LOG_WEIGHT if exact else SUM_LOG_WEIGHT))
    direction = Direction(scalar.label, (scalar.depth, 0), bound=bound)
    encoding.bases.demand(value)
    for term in terms:
        for part in narrowed(term, encoding.options.n_digits):
            label = with_part(scalar.label, part.name)
            head = head_of(encoding, part, scalar.depth, gain, label)
            head.values.append((value, 0.0, direction, gain, False))
    encoding.bases.readings[scalar] = Form(0.0, {direction: 1.0})


def _tally(encoding: Encoding, tally: Tally) -> None:
    """A head for each term, which reads its amount if it selects any key."""
    bound = sum(map(abs, tally.amounts))
    direction = Direction(tally.label, (tally.depth, 0), bound=bound)
    purpose = Purpose(agree=True, faithful=_faithful(encoding))
    for number, (term, amount) in enumerate(zip(tally.terms, tally.amounts, strict=True), 1):
        label = with_part(tally.label, f"{number} of {len(tally.terms)}")
        head = head_of(encoding, term, tally.depth, None, label, purpose)
        head.values.append((Linear(amount), 0.0, direction, 1.0, True))
    encoding.bases.readings[tally] = Form(tally.otherwise, {direction: 1.0})


def _faithful(encoding: Encoding) -> int:
    """Orders of so many products are scored in full, where any selected key would do."""
    return 0 if encoding.options.sums else FAITHFUL_PRODUCTS


def _read_scalar(
    encoding: Encoding,
    scalar: Scalar,
    head: HeadPlan,
    value: Linear,
    at_bos: float,
) -> None:
    bound = max(largest_reading(scalar, encoding.readings), abs(at_bos))
    direction = Direction(scalar.label, (scalar.depth, 0), at_bos=at_bos, bound=bound)
    encoding.bases.demand(value)
    head.values.append((value, at_bos, direction, 1.0, False))
    encoding.bases.readings[scalar] = Form(0.0, {direction: 1.0})


def written_head(encoding: Encoding, plan: HeadPlan) -> Head:
    """The head, with the directions that it reads."""
    form = encoding.bases.form
    return Head(
        plan.depth,
        plan.label,
        tuple((form(query), form(key)) for query, key in plan.pairs),
        plan.comparisons,
        plan.bias,
        plan.bos_weight,
        plan.single,
        tuple(
            HeadValue(form(linear), at_bos, direction, gain, agrees)
            for linear, at_bos, direction, gain, agrees in plan.values
        ),
        best=plan.best,
        uneven=plan.uneven,
        address=plan.address,
    )
