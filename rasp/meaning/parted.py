"""Lemma: what selectors and heads compare can be looked at in parts that share nothing.

The score of a head is the sum over its comparisons, and a selector is made of comparisons.  Those
that have something in common, of a query or of a key, belong to one part, and all pairs of states
of a query and of a key are gone through part by part.  All that is kept of a pair is its case:
which comparisons of the selector hold, and which of the heads hit; these have their largest score
there, and elsewhere a gap less.  A head selects where all of its comparisons hit.  A query and a
key are in one case of each part; all combinations of cases are looked at, and no others can occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from rasp.graph.nodes import Constant, Select, SelectorNode, SOpNode
from rasp.meaning.factors import Factors
from rasp.meaning.orders import combined, selects_of
from rasp.meaning.selectors import is_the_mask, meets, spread, truth_of
from rasp.meaning.states import (
    Bools,
    Floats,
    Ints,
    TooManyError,
    UnprovedError,
    numbered,
    ordered,
    parts,
)
from rasp.meaning.stream import Numbers
from rasp.meaning.witness import Quantity

NEAR = 0.05
"""How far an ideal score may be off, in units of the gap."""

MAX_CASES = 1_000_000
MAX_MARKS = 20
"""So many comparisons are in one part at most."""

ROWS_COUNTED = 256
"""Queries whose pairs are counted at once: a list of all pairs would take eight bytes for each."""


@dataclass(frozen=True)
class Compared:
    """One comparison of a head: its products."""

    head: int
    columns: range
    uneven: bool


@dataclass(frozen=True, eq=False)
class Cases:
    """selected [case], by the selector; hit [case], by each head; off: how far the scores of each
    head are off."""

    selected: Bools
    hit: dict[int, Bools]
    off: dict[int, float]


@dataclass(frozen=True, eq=False)
class _Scores:
    """Of one comparison of a head [query kind, key kind]; met: which of these occur.  kinds: of the
    states of the part."""

    scores: Floats
    met: Bools
    kinds: tuple[Ints, Ints]
    off: float

    @cached_property
    def highest(self) -> float:
        return float(self.scores.max(where=self.met, initial=-np.inf))


@dataclass(frozen=True, eq=False)
class _Group:
    """What has something in common; read: what that may be."""

    read: frozenset[tuple[str, Quantity]]
    selects: list[Select]
    comparisons: list[Compared]


@dataclass(frozen=True, eq=False)
class _Part:
    """States of queries and keys, which of them meet, and what is compared."""

    meet: Bools
    truths: dict[Select, Bools]
    scores: dict[Compared, _Scores]


def selects_apart(factors: Factors, head: int, selector: SelectorNode) -> float:
    """How far the scores of a head are off that selects what the selector does.  Raises
    UnprovedError."""
    found = cases_of(factors, [head], selector)
    if (found.hit[head] != found.selected).any():
        raise UnprovedError("the scores do not select what the selector does")
    return found.off[head]


def cases_of(factors: Factors, heads: Sequence[int], selector: SelectorNode) -> Cases:
    """Raises UnprovedError where scores are neither the largest nor a gap less."""
    selects = [
        select
        for select in selects_of(selector)
        if not is_the_mask(select, causal=factors.space.causal)
    ]
    comparisons = [one for head in heads for one in comparisons_of(factors, head)]
    found = [
        _part_of(factors, group.selects, group.comparisons)
        for group in _grouped(factors, selects, comparisons)
    ]
    scores = {one: own for part in found for one, own in part.scores.items()}
    hits: dict[Compared, Bools] = {}
    off: dict[int, float] = {}
    for head in heads:
        own = {one: scores[one] for one in comparisons if one.head == head}
        bias = float(factors.tensors["b_K"][head][len(factors.heads[head].keys)])
        off[head] = _hits(own, bias, hits)
    cases = [_cases(part, hits) for part in found]
    size = prod(len(table) for table, _ in cases)
    if size > MAX_CASES:
        raise TooManyError(f"{size} cases of queries and keys")
    known: dict[Select | Compared, Bools] = {}
    places = np.indices([len(table) for table, _ in cases]).reshape(len(cases), size)
    for (table, names), place in zip(cases, places, strict=True):
        known |= {name: table[place, number] for number, name in enumerate(names)}
    truths: dict[SelectorNode, Bools] = {
        select: known.get(select, np.ones(size, dtype=bool)) for select in selects_of(selector)
    }
    every = np.ones(size, dtype=bool)
    hit = {head: every.copy() for head in heads}
    for one in comparisons:
        hit[one.head] &= known[one]
    return Cases(np.broadcast_to(combined(selector, truths), (size,)), hit, off)


def comparisons_of(factors: Factors, head: int) -> list[Compared]:
    """What the scores of a head are sums of.  Where keys are ranked, that is the last of them."""
    plan, first = factors.heads[head], 0
    uneven = plan.uneven if plan.best is None else len(plan.comparisons) - 1
    found = []
    for number, n_columns in enumerate(plan.comparisons):
        found.append(Compared(head, range(first, first + n_columns), number == uneven))
        first += n_columns
    return found


def _grouped(
    factors: Factors, selects: Sequence[Select], comparisons: Sequence[Compared]
) -> list[_Group]:
    """Those that read something in common, of a query or of a key, are together."""
    groups: list[_Group] = []
    for select in selects:
        groups = _with(groups, _Group(_read([select.query], [select.key]), [select], []))
    for one in comparisons:
        query, key = (
            factors.streams.quantities(
                factors.streams.read_by(factors.tensors[name][one.head][:, list(one.columns)])
            )
            for name in ("W_Q", "W_K")
        )
        groups = _with(groups, _Group(_read(query, key), [], [one]))
    return groups


def _with(groups: Sequence[_Group], new: _Group) -> list[_Group]:
    """Those that have something in common with a new one become one group."""
    apart = []
    for group in groups:
        if group.read.isdisjoint(new.read):
            apart.append(group)
        else:
            new = _Group(
                group.read | new.read,
                group.selects + new.selects,
                group.comparisons + new.comparisons,
            )
    return [*apart, new]


def _read(query: Iterable[Quantity], key: Iterable[Quantity]) -> frozenset[tuple[str, Quantity]]:
    """What is read of a query and of a key, down to what attention delivers."""
    return frozenset(
        (side, leaf)
        for side, quantities in (("query", query), ("key", key))
        for leaf in ordered(quantities, frozenset())
        if not parts(leaf) and not isinstance(leaf, Constant)
    )


def _part_of(factors: Factors, selects: Sequence[Select], comparisons: Sequence[Compared]) -> _Part:
    wanted = [(one.head, one.columns) for one in comparisons]
    asked: list[SOpNode] = list(dict.fromkeys(select.query for select in selects))
    keyed: list[SOpNode] = list(dict.fromkeys(select.key for select in selects))
    queries, q_factors = factors.pieces("Q", wanted, asked)
    keys, k_factors = factors.pieces("K", wanted, keyed)
    factors.space.spend(queries.size * keys.size * (len(selects) + len(comparisons) + 1))
    truths: dict[Select, Bools] = {}
    meet: Bools = np.ones((1, 1), dtype=bool)
    for select in selects:
        truth = truth_of(select, queries, keys)
        truths[select] = truth.chosen
        if truth.clash is not None:
            meet = meet & ~truth.clash
    meet = meet & meets(queries, keys, factors.space)
    scores = {
        one: _scores_of(factors, one.head, (query, key), meet)
        for one, query, key in zip(comparisons, q_factors, k_factors, strict=True)
    }
    return _Part(meet, truths, scores)


def _scores_of(
    factors: Factors, head: int, numbers: tuple[Numbers, Numbers], meet: Bools
) -> _Scores:
    (first_q, of_query), (first_k, of_key) = (
        numbered(list(own.values.T), len(own.values)) for own in numbers
    )
    queries, keys = (
        Numbers(own.values[first], own.off, own.size, own.n_terms)
        for own, first in zip(numbers, (first_q, first_k), strict=True)
    )
    scored = factors.scores(head, queries, keys, biased=False)
    met = np.ones(scored.scores.shape, dtype=bool)
    if not meet.all():
        met[:] = False
        rows, columns = np.nonzero(meet)
        met[of_query[rows], of_key[columns]] = True
    return _Scores(scored.scores, met, (of_query, of_key), scored.off)


def _hits(own: dict[Compared, _Scores], bias: float, hits: dict[Compared, Bools]) -> float:
    """Which kinds of a head's comparisons hit; how far its scores are off from 0 where all do, and
    from a gap below where one does not.

    Where one of them may have any score that is not below 0, the others miss by that much more.
    """
    total = bias + sum(scores.highest for scores in own.values())
    uneven = any(one.uneven for one in own)
    most = max(total, 0.0) if uneven else 0.0
    off = sum(scores.off for scores in own.values()) + (max(-total, 0.0) if uneven else abs(total))
    for one, scores in own.items():
        least = scores.highest - (most if one.uneven else 0.0)
        missed = least - 1.0 if one.uneven else scores.highest - 1.0 - most
        hits[one] = scores.scores >= least - NEAR
        lowest_hit = scores.scores.min(where=hits[one] & scores.met, initial=least)
        highest_miss = scores.scores.max(where=~hits[one] & scores.met, initial=missed)
        off += float(least - lowest_hit) + float(highest_miss - missed)
    if not off <= NEAR:
        raise UnprovedError("the scores of a comparison are neither the largest nor a gap less")
    return off


def _cases(part: _Part, hits: dict[Compared, Bools]) -> tuple[Bools, list[Select | Compared]]:
    """The cases [case, comparison] of pairs that meet, and what is compared."""
    names: list[Select | Compared] = [*part.truths, *part.scores]
    if len(names) > MAX_MARKS:
        raise TooManyError(f"{len(names)} comparisons are looked at together")
    code = np.zeros(part.meet.shape, dtype=np.uint8 if len(names) <= 8 else np.int32)
    for number, name in enumerate(names):
        if isinstance(name, Select):
            marks = part.truths[name]
        else:
            marks = spread(hits[name], *part.scores[name].kinds)
        code |= marks.astype(code.dtype) << number
    counts = np.zeros(1 << len(names), dtype=np.int64)
    everywhere = bool(part.meet.all())
    for start in range(0, len(code), ROWS_COUNTED):
        rows = slice(start, start + ROWS_COUNTED)
        found = code[rows] if everywhere else code[rows][part.meet[rows]]
        counts += np.bincount(found.reshape(-1), minlength=len(counts))
    there = np.flatnonzero(counts)
    return (there[:, None] >> np.arange(len(names))) & 1 == 1, names
