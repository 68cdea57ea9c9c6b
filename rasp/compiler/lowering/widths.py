"""Widths, lowered: how many keys a selector selects, as a number and what is known about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Contexts, Ints
from rasp.compiler.facts.domains import Domain, restrict
from rasp.compiler.limits import MOST_NAMED_PARTS
from rasp.compiler.lowering.compared import combination_of
from rasp.compiler.lowering.depths import attention_depth
from rasp.compiler.lowering.excluded import counted_terms
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.matrices import between
from rasp.compiler.selection.combinations import parts_of
from rasp.compiler.selection.orders import distinct_counts
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import Categorical, Length, View, Width
from rasp.graph.columns import Column
from rasp.graph.nodes import SelectorNode, SelectorWidth


def lower_width(lowering: Lowering, node: SelectorWidth) -> Known:
    terms, limits = counted_terms(lowering, node)
    size = lowering.contexts.max_len
    fixed = limits.by_index
    if fixed is not None:
        return lowering.view_as(node, _view_of(fixed, lowering.position, lowering.unit))
    label = lowering.text(node)
    depth = attention_depth(terms)
    if 1 < len(terms) <= MOST_NAMED_PARTS:
        terms = _named(lowering, node.selector, terms)
    if len(terms) == 1 and terms[0].selects_all:
        domain = count_domain(limits, lowering.contexts)
        return lowering.add(node, Length(node=node, label=label, depth=depth, possible=domain))
    distinct = distinct_counts(
        terms, lowering.position, lowering.unit, causal=lowering.contexts.causal
    )
    permutation = distinct is not None and distinct.permutation
    if permutation:
        limits = limits.below(np.arange(size)[:, None])
    domain = count_domain(limits, lowering.contexts)
    width = Width(
        node=node,
        label=label,
        depth=depth,
        possible=domain,
        multiplicity=None if distinct is None else np.ones(len(domain), dtype=np.int64),
        within=None if distinct is None or distinct.everywhere else distinct,
        permutation=permutation,
        terms=tuple(terms),
        bounds=limits,
        weight=float(2 ** int(np.ceil(np.log2(size + 1)))),
    )
    return lowering.add(node, width)


def _named(lowering: Lowering, selector: SelectorNode, terms: Sequence[Term]) -> list[Term]:
    """The terms, each with the name of the part of the selector that selects just the same."""
    names: dict[tuple[object, ...], str] = {}
    for part in parts_of(selector)[:MOST_NAMED_PARTS]:
        found = combination_of(lowering, part).terms()
        if len(found) == 1:
            names[found[0].key()] = lowering.text(part)  # the largest part, being the last
    return [replace(term, name=names.get(term.key(), "")) for term in terms]


def _view_of(counts: Ints, position: Categorical, unit: Categorical) -> View:
    return View(position if len(counts) > 1 else unit, Column.of(counts.tolist()))


def count_domain(limits: Bounds, contexts: Contexts) -> Domain:
    size = contexts.max_len
    granularity, rows = limits.pairs
    values = np.arange(size + 1)
    if granularity == "in" and len(rows) * len(values) > 60_000_000:
        low = np.where(contexts.valid(), rows[:, 0], size).reshape(size, size).min(axis=1)
        high = np.where(contexts.valid(), rows[:, 1], 0).reshape(size, size).max(axis=1)
        granularity, rows = "n", np.stack([low, high], axis=-1)
    values = values[rows[:, 0].min() : rows[:, 1].max() + 1]
    mask = between(values, rows[:, 0], rows[:, 1])
    return restrict(values.tolist(), contexts, granularity, mask)
