"""Lemma: what selectors and heads compare can be looked at in parts that share nothing.

The score of a head is the sum over its comparisons, and a selector is made of comparisons.  Those
that have something in common, of a query or of a key, belong to one part, and all pairs of states
of a query and of a key are gone through part by part.  All that is kept of a pair is its case:
which comparisons of the selector hold, and which of the heads hit; these have their largest score
there, and elsewhere a gap less.  A head selects where all of its comparisons hit.  A query and a
key are in one case of each part; all combinations of cases are looked at, and no others can occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from rasp.certificate import worst
from rasp.graph.nodes import Constant, Select, SelectorNode, SOpNode
from rasp.meaning.factors import Factors, Scored
from rasp.meaning.masks import blocks, is_in_turn
from rasp.meaning.orders import combined, selects_of
from rasp.meaning.selectors import Meets, Table, Truths, is_the_mask, spread
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

FEW_KINDS = 1 << 20
"""Of so many pairs of kinds a table is made; of more, a few rows whenever they are looked at."""


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


class _Scores:
    """Of one comparison of a head: the scores of kinds of queries and of keys, of those pairs of
    states that meet.  scored: of the kinds; kinds: of the states."""

    def __init__(self, scored: Scored, kinds: tuple[Ints, Ints], meets: Meets) -> None:
        self.scored, self.kinds, self.meets = scored, kinds, meets
        self.off = scored.off
        self.around: dict[float, tuple[float, float]] = {}

    @cached_property
    def highest(self) -> float:
        found = (float(s.max(where=m, initial=-np.inf)) for s, m in self._met())
        return worst(-np.inf, *found)

    def beside(self, least: float) -> tuple[float, float]:
        """The lowest score that is not below `least`, and the highest that is."""
        if least not in self.around:
            lowest, highest = np.inf, -np.inf
            for scores, met in self._met():
                hit = scores >= least
                lowest = -worst(-lowest, -float(scores.min(where=hit & met, initial=np.inf)))
                highest = worst(highest, float(scores.max(where=~hit & met, initial=-np.inf)))
            self.around[least] = lowest, highest
        return self.around[least]

    def hits(self, least: float) -> Table:
        """[query, key]: is the score not below `least`?

        A score is computed again, and may be rounded in another way: no two are that close.
        """
        of_query, of_key = self.kinds
        if self._are_few:
            return spread(self.scored.scores >= least, of_query, of_key)
        if is_in_turn(of_key, len(self.scored.keys)):
            return lambda rows: self.scored.at(of_query[rows]) >= least
        return lambda rows: (self.scored.at(of_query[rows]) >= least).take(of_key, axis=1)

    @property
    def _are_few(self) -> bool:
        return len(self.scored.queries) * len(self.scored.keys) <= FEW_KINDS

    def _met(self) -> Iterator[tuple[Floats, Bools]]:
        """Scores [query kind, key kind], and which of these pairs occur; of a few kinds of queries,
        or of a few queries, at a time."""
        n_kinds, n_keys = len(self.scored.queries), len(self.scored.keys)
        if self.meets.everywhere:
            for rows in blocks(n_kinds, n_keys):
                yield self.scored.at(rows), np.ones((1, 1), dtype=bool)
            return
        of_query, of_key = self.kinds
        occur = np.zeros((n_kinds, n_keys) if self._are_few else (0, n_keys), dtype=bool)
        for rows in blocks(*self.meets.shape):
            met = _by_kind(self.meets.at(rows), of_key, axis=1)[1]
            if self._are_few:
                some, own = _by_kind(met, of_query[rows], axis=0)
                occur[some] |= own
            else:
                yield self.scored.at(of_query[rows]), met
        if self._are_few:
            yield self.scored.scores, occur


def _by_kind(met: Bools, kinds: Ints, axis: int) -> tuple[Ints, Bools]:
    """The kinds that there are, and whether anything of a kind meets, along an axis of kinds."""
    if is_in_turn(kinds, len(kinds)):
        return kinds, met
    order = np.argsort(kinds, kind="stable")
    some, starts = np.unique(kinds[order], return_index=True)
    return some, np.asarray(np.logical_or.reduceat(met.take(order, axis=axis), starts, axis=axis))


@dataclass(frozen=True, eq=False)
class _Group:
    """What has something in common; read: what that may be."""

    read: frozenset[tuple[str, Quantity]]
    selects: list[Select]
    comparisons: list[Compared]


@dataclass(frozen=True, eq=False)
class _Part:
    """All pairs of states of a query and of a key, and what is compared: comparisons of the
    selector, and those of heads.  meets: where no comparison fails."""

    meets: Meets
    truths: dict[Select, Table]
    scores: list[_Scores]
    cases: dict[tuple[float, ...], Bools] = field(default_factory=dict)


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
    groups = _grouped(factors, selects, comparisons)
    for group in groups:
        _refuse_many(len(group.selects) + len(group.comparisons))
    found = [_part_of(factors, group.selects, group.comparisons) for group in groups]
    scores = {
        one: own
        for group, part in zip(groups, found, strict=True)
        for one, own in zip(group.comparisons, part.scores, strict=True)
    }
    hits: dict[Compared, float] = {}
    off: dict[int, float] = {}
    for head in heads:
        own = {one: scores[one] for one in comparisons if one.head == head}
        bias = float(factors.tensors["b_K"][head][len(factors.heads[head].keys)])
        off[head] = _hits(own, bias, hits)
    cases: list[tuple[Bools, list[Select | Compared]]] = []
    for group, part in zip(groups, found, strict=True):
        table = _cases(part, [hits[one] for one in group.comparisons])
        cases.append((table, [*part.truths, *group.comparisons]))
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
    same = tuple(selects), *((name, factors.content(name, *w)) for w in wanted for name in "QK")
    if same in factors.parts:  # heads of one sublayer often compare the same
        part = factors.parts[same]
        assert isinstance(part, _Part)
        return part
    asked: list[SOpNode] = list(dict.fromkeys(select.query for select in selects))
    keyed: list[SOpNode] = list(dict.fromkeys(select.key for select in selects))
    queries, q_factors = factors.pieces("Q", wanted, asked)
    keys, k_factors = factors.pieces("K", wanted, keyed)
    factors.space.spend(queries.size * keys.size * (len(selects) + len(comparisons) + 1))
    truths = [Truths.of(select, queries, keys) for select in selects]
    meeting = Meets.of(queries, keys, factors.space)
    fails = [_not(table) for truth in truths for table in truth.clashes]
    meeting = replace(meeting, tables=meeting.tables + fails)
    scores = [
        _scores_of(factors, one.head, (query, key), meeting)
        for one, query, key in zip(comparisons, q_factors, k_factors, strict=True)
    ]
    part = factors.parts[same] = _Part(
        meeting,
        {select: table for truth in truths for select, table in truth.tables.items()},
        scores,
    )
    return part


def _scores_of(
    factors: Factors, head: int, numbers: tuple[Numbers, Numbers], meeting: Meets
) -> _Scores:
    (first_q, of_query), (first_k, of_key) = (
        numbered(list(own.values.T), len(own.values)) for own in numbers
    )
    queries, keys = (
        Numbers(own.values[first], own.off, own.size, own.n_terms)
        for own, first in zip(numbers, (first_q, first_k), strict=True)
    )
    scored = factors.scores(head, queries, keys, biased=False)
    return _Scores(scored, (of_query, of_key), meeting)


def _hits(own: dict[Compared, _Scores], bias: float, hits: dict[Compared, float]) -> float:
    """From which score on a head's comparisons hit; how far its scores are off from 0 where all do,
    and from a gap below where one does not.

    Where one of them may have any score that is not below 0, the others miss by that much more.
    """
    total = bias + sum(scores.highest for scores in own.values())
    uneven = any(one.uneven for one in own)
    most = worst(total, 0.0) if uneven else 0.0
    off = sum(scores.off for scores in own.values()) + (
        worst(-total, 0.0) if uneven else abs(total)
    )
    for one, scores in own.items():
        least = scores.highest - (most if one.uneven else 0.0)
        missed = least - 1.0 if one.uneven else scores.highest - 1.0 - most
        hits[one] = least - NEAR
        lowest_hit, highest_miss = scores.beside(hits[one])
        off += worst(least - lowest_hit, 0.0) + worst(highest_miss - missed, 0.0)
    if not off <= NEAR:
        raise UnprovedError("the scores of a comparison are neither the largest nor a gap less")
    return off


def _refuse_many(n_names: int) -> None:
    if n_names > MAX_MARKS:
        raise TooManyError(f"{n_names} comparisons are looked at together")


def _cases(part: _Part, hits: Sequence[float]) -> Bools:
    """The cases [case, comparison] of pairs that meet.

    hits: from which score on each of the heads' comparisons hits.
    """
    n_names = len(part.truths) + len(part.scores)
    key = tuple(hits)
    if key not in part.cases:
        marks = [*part.truths.values()]
        marks += [own.hits(least) for own, least in zip(part.scores, hits, strict=True)]
        there = np.flatnonzero(_counted(part, marks))
        part.cases[key] = (there[:, None] >> np.arange(n_names)) & 1 == 1
    return part.cases[key]


def _counted(part: _Part, marks: Sequence[Table]) -> Ints:
    """How many pairs that meet have each combination of marks: the first is worth 1, the next 2."""
    tables = [*marks] if part.meets.everywhere else [*marks, _not(part.meets.at)]
    counts = np.zeros(1 << len(tables), dtype=np.int64)
    kind: type[np.integer[Any]] = np.uint8 if len(tables) <= 8 else np.int32
    for rows in blocks(*part.meets.shape):
        code = np.zeros(part.meets.shape_of(rows), dtype=kind)
        for number, table in enumerate(tables):
            code |= table(rows).astype(kind) << kind(number)
        counts += np.bincount(code.reshape(-1), minlength=len(counts))
    return counts[: 1 << len(marks)]


def _not(table: Table) -> Table:
    return lambda rows: ~table(rows)
