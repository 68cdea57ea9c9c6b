"""The scores of heads: do they select what selectors do?

The scores of all pairs of a query's and a key's values that can meet are computed in the stream as
it is meant.  A selected key has to have the largest score, at least 0, and all others at least one
gap less.  Where that are too many pairs, the comparisons of a conjunction are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Head
from rasp.graph.nodes import INDICES, Select, SelectorNode, SOpNode
from rasp.meaning.attended import Attended
from rasp.meaning.ranks import ranks_of, short_of_ranks, unranked
from rasp.meaning.selectors import MAX_PAIRS, conjuncts, keys_of, meets, queries_of, truth_of
from rasp.meaning.states import (
    Bools,
    Floats,
    Ints,
    States,
    TooManyError,
    UnprovedError,
    WorkLimitError,
    masks_of_kinds,
    numbered,
)
from rasp.meaning.stream import SLIGHTLY_MORE, UNIT, Numbers, Streams, check_listed
from rasp.meaning.witness import Quantity

MANY_PAIRS = 1_000_000
"""Of scores that are sums of those of several comparisons, more are looked at one by one."""

NEAR = 0.05
"""How far an ideal score may be off, in units of the gap."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores [query, key] of one head, and how far they may be off."""

    scores: Floats
    off: float


@dataclass(frozen=True)
class Compared:
    """The lowest and the highest score of what a comparison selects, and the highest of what it
    misses; off: how far they may be off."""

    lowest: float
    highest: float
    missed: float
    off: float


def _summed(parts: Sequence[Compared], bias: float, uneven: int | None) -> float:
    """How far the sums of the scores are from selecting what all comparisons do.

    uneven: the comparison of which selected keys may have any score that is not below 0.
    """
    total = bias + sum(part.highest for part in parts)
    off = sum(part.off for part in parts)
    most = 0.0  # the largest score of what is selected
    if uneven is None:
        off += abs(total)
    else:
        most = max(total, 0.0)
        own = parts[uneven]
        off += max(0.0, own.highest - own.lowest - total)
        off += max(0.0, own.missed - own.highest + total + 1.0)
    for number, part in enumerate(parts):
        if number != uneven:
            off += part.highest - part.lowest
            off += max(0.0, part.missed - part.highest + most + 1.0)
    return off


class Scoring:
    """The heads of one sublayer.  off: how far the scores of each are off, in gaps; scale: how
    large a gap is.

    A head that carries nothing is not looked at: nothing rests on what it selects.
    """

    def __init__(
        self,
        tensors: dict[str, NDArray[Any]],
        heads: Sequence[Head],
        streams: Streams,
        scale: float,
    ) -> None:
        self.tensors, self.heads, self.streams = tensors, heads, streams
        self.space: Attended = streams.space
        self.scale = scale
        self.off = [0.0] * len(heads)
        # What is asked for again by the next direction of the same head.
        self.listed: dict[object, tuple[States, dict[int, Numbers]]] = {}
        self.selections: dict[object, Bools | None] = {}

    def states(
        self,
        name: str,
        heads: Iterable[int],
        extra: Sequence[Quantity],
        columns: range | None = None,
    ) -> tuple[States, dict[int, Numbers]]:
        """All states of queries (or keys) of heads, and the factors of their scores.

        States that act alike are one.  columns: the factors, if not all of a head.
        """
        key = name, tuple(heads), tuple(extra), columns
        if key not in self.listed:
            self.listed[key] = self._listed(name, key[1], extra, columns)
        return self.listed[key]

    def _listed(
        self, name: str, heads: Sequence[int], extra: Sequence[Quantity], columns: range | None
    ) -> tuple[States, dict[int, Numbers]]:
        directions: dict[int, list[int]] = {}
        for head in heads:
            some = columns if columns is not None else range(len(self.heads[head].keys))
            directions[head] = self.streams.read_by(self.tensors[f"W_{name}"][head][:, list(some)])
        every = list(dict.fromkeys(d for some in directions.values() for d in some))
        near = self.streams.quantities(every)
        states = self.space.states([*near, *extra], near=near).succeeding()
        if not states.size:
            raise UnprovedError("no values of a query or a key are known")
        alike = [*self.streams.kinds(every, states), *(states.codes(q)[0] for q in extra)]
        first, kind = numbered(alike, states.size)
        some = states.take(first)
        factors = {
            head: self._factors(name, head, own, some, columns) for head, own in directions.items()
        }
        # Of what a query reads, only the factors of its scores matter.
        alike = [column for found in factors.values() for column in found.values.T]
        again, of_kind = numbered([*alike, *(some.codes(q)[0] for q in extra)], some.size)
        if 2 * len(again) < some.size:
            first, kind, near = first[again], of_kind[kind], []
            factors = {
                head: replace(found, values=found.values[again]) for head, found in factors.items()
            }
        known = {q: states.columns[q].take(first) for q in [*near, *extra]}
        if len(first) == states.size:
            states = states.take(first)
        else:
            mask = masks_of_kinds(states, kind, len(first), self.space.max_len)
            states = States({}, mask, None, None, len(first))
        return replace(states, columns=known), factors

    def _factors(
        self, name: str, head: int, directions: list[int], states: States, columns: range | None
    ) -> Numbers:
        some = list(columns if columns is not None else range(len(self.heads[head].keys)))
        by = self.scale if name == "Q" else 1.0
        matrix = self.tensors[f"W_{name}"][head][:, some].astype(np.float64) / by
        constants = self.tensors[f"b_{name}"][head][some].astype(np.float64) / by
        found = self.streams.numbers(matrix, constants, directions, states)
        check_listed(found.values, np.ones(states.size, dtype=bool), "a score")
        planned = self.heads[head].queries if name == "Q" else self.heads[head].keys
        check_largest([planned[column] for column in some], found)
        return found

    def scores(
        self, head: int, queries: Numbers, keys: Numbers, *, biased: bool = True, split: bool = True
    ) -> Scored:
        n_pairs = len(self.heads[head].keys)
        bias = float(self.tensors["b_K"][head][n_pairs]) if biased else 0.0
        n_cells = len(queries.values) * len(keys.values)
        several = biased and split and len(self.heads[head].comparisons) > 1
        if n_cells > (MANY_PAIRS if several else MAX_PAIRS):
            raise TooManyError(f"{len(queries.values)} * {len(keys.values)} scores")
        self.space.spend(queries.values.size * len(keys.values))
        scores = queries.values @ keys.values.T + bias
        most_q = np.abs(queries.values).max(axis=0, initial=0.0) + queries.off
        most_k = np.abs(keys.values).max(axis=0, initial=0.0) + keys.off
        size = float(most_q @ most_k) + abs(bias)
        off = float(most_q @ keys.off + queries.off @ most_k)
        whole = all(
            (array * 2**10 == np.round(array * 2**10)).all()
            for array in (queries.values, keys.values, np.array([bias]))
        )
        if not whole or size >= 2**31 or off > 0.0:
            off += 2 * (n_pairs + 4) * UNIT * size
        return Scored(scores, off)

    def selection(
        self, head: int, selector: SelectorNode, query: States, key: States, scored: Scored
    ) -> Bools:
        """[query, key]: what is selected, once it is proved that the scores say so.

        Where the best of the selected keys are read, all that may be among them.
        """
        base, scores = unranked(selector)
        truth = truth_of(base, query, key)
        meet = meets(query, key, self.space)
        if truth.clash is not None:
            meet &= ~truth.clash  # the program fails
        chosen = truth.chosen & meet
        empty = not self.space.facts.counts(selector).never_empty
        ranks = ranks_of(scores, key) if scores else None
        self.separates(head, scored, chosen, meet & ~truth.chosen, empty, ranks)
        return chosen

    def separates(
        self,
        head: int,
        scored: Scored,
        chosen: Bools,
        missed: Bools,
        empty: bool,
        ranks: Ints | None = None,
    ) -> None:
        """Selected keys have the largest score, by a whole gap; BOS is in between.

        ranks: of keys, if only the best of the selected ones are to be read.
        """
        scores = scored.scores
        highest = np.where(chosen, scores, -np.inf).max(axis=1, initial=-np.inf)
        lowest = np.where(chosen, scores, np.inf).min(axis=1, initial=np.inf)
        others = np.where(missed, scores, -np.inf).max(axis=1, initial=-np.inf)
        some = chosen.any(axis=1)
        weighed = self.heads[head].weight is not None
        if weighed and ranks is not None:
            raise UnprovedError("the beginning has a weight beside keys that are ranked")
        above = np.where(some & (not weighed), np.maximum(lowest, 0.0), 0.0)
        uneven = self.heads[head].uneven is not None  # whichever of the selected is read
        if uneven and ranks is None:
            above = np.zeros_like(above)
            off = float((others + 1.0).max(initial=0.0))
        elif ranks is None:
            off = float((highest - above)[some].max(initial=0.0))
        else:
            off = short_of_ranks(scores, chosen, ranks)
        off = max(off, float((above - lowest)[some].max(initial=0.0)))
        off = max(off, float((others - above + 1.0)[some].max(initial=0.0)))
        if empty or weighed or not some.all():
            off = max(off, float((others + 1.0).max(initial=0.0)))
        off += scored.off
        if not off <= NEAR:
            raise UnprovedError("the scores do not select what the selector does")
        self.off[head] = max(self.off[head], off)

    def planned(self, head: int, selector: SelectorNode, agrees: bool) -> None:
        """The plan's words on how many keys are selected, and that these agree."""
        head_plan = self.heads[head]
        facts = self.space.facts
        single = facts.counts(selector).at_most_one
        if head_plan.single and not single:
            raise UnprovedError("it is not proved that at most one key is selected")
        if any(head_plan.agrees) and not (agrees or single):
            raise UnprovedError("it is not proved that selected keys carry the same")

    def seen(self, head: int, selector: SelectorNode, carried: Sequence[Quantity]) -> Bools | None:
        """Which states of keys are selected by some query, once it is proved that the head selects
        what the selector does; None if these are not looked at one by one."""
        key = head, selector, *carried
        if key not in self.selections:
            self.selections[key] = self._seen(head, selector, carried)
        return self.selections[key]

    def _seen(self, head: int, selector: SelectorNode, carried: Sequence[Quantity]) -> Bools | None:
        try:
            queries, q_factors = self.states("Q", [head], queries_of(selector))
            keys, k_factors = self.states("K", [head], carried)
            scored = self.scores(head, q_factors[head], k_factors[head])
            chosen = self.selection(head, selector, queries, keys, scored)
        except TooManyError:
            self._one_by_one(head, selector)
            return None
        return np.asarray(chosen.any(axis=0))

    def selected(self, head: int, selector: SelectorNode) -> None:
        try:
            self._at_once(head, selector)
        except TooManyError:
            self._one_by_one(head, selector)

    def _one_by_one(self, head: int, selector: SelectorNode) -> None:
        """A conjunction, part by part: where each comparison of the head has its highest score for
        what its parts select, and a gap less for all else, so has the sum of them for the whole."""
        plan = self.heads[head]
        base, scores = unranked(selector)
        left, ranking = conjuncts(base), None
        total, first = float(self.tensors["b_K"][head][len(plan.keys)]), 0
        parts: list[Compared] = []
        for number, n_columns in enumerate(plan.comparisons):
            columns, uneven = range(first, first + n_columns), number == plan.uneven
            first += n_columns
            found: Compared | None = None
            for chosen in (*combinations(left, 1), *combinations(left, 2)):
                try:
                    found = self._comparison(head, columns, chosen, uneven)
                except WorkLimitError:
                    raise
                except UnprovedError:
                    continue
                left = [part for part in left if part not in chosen]
                break
            if found is None and scores and ranking is None and plan.uneven is None:
                found, ranking = self._ranking(head, columns, scores), number
            if found is None:
                raise UnprovedError("a comparison of the head is none of the selector")
            parts.append(found)
        left = [part for part in left if not self._is_the_mask(part)]
        off = _summed(parts, total, plan.uneven if ranking is None else ranking)
        if left or (scores and ranking is None) or not off <= NEAR:
            raise UnprovedError("the scores do not select what the selector does")
        self.off[head] = max(self.off[head], off)

    def _ranking(self, head: int, columns: range, scores: Sequence[SOpNode]) -> Compared:
        """What ranks the keys: the same for every query, and a whole gap more for a better key."""
        if self.heads[head].weight is not None:
            raise UnprovedError("the beginning has a weight beside keys that are ranked")
        _, q_factors = self.states("Q", [head], [], columns)
        keys, k_factors = self.states("K", [head], scores, columns)
        scored = self.scores(head, q_factors[head], k_factors[head], biased=False)
        found = scored.scores  # [query, key]
        off = max(0.0, short_of_ranks(found, np.ones_like(found, bool), ranks_of(scores, keys)))
        off = max(off, float((found.max(axis=0) - found.min(axis=0)).max(initial=0.0)))
        return Compared(float(found.min()), float(found.max()), -np.inf, off + scored.off)

    def _comparison(
        self, head: int, columns: range, chosen: Sequence[SelectorNode], uneven: bool
    ) -> Compared:
        """The scores of what is selected, and of what is not."""
        asked = list(dict.fromkeys(node for part in chosen for node in queries_of(part)))
        keyed = list(dict.fromkeys(node for part in chosen for node in keys_of(part)))
        queries, q_factors = self.states("Q", [head], asked, columns)
        keys, k_factors = self.states("K", [head], keyed, columns)
        scored = self.scores(head, q_factors[head], k_factors[head], biased=False)
        meet = meets(queries, keys, self.space)
        truth = np.ones(meet.shape, dtype=bool)
        for part in chosen:
            own = truth_of(part, queries, keys)
            truth &= own.chosen
            if own.clash is not None:
                meet &= ~own.clash
        seen = meet & truth
        if not seen.any():
            raise UnprovedError("nothing is selected by a comparison")
        found = Compared(
            float(scored.scores[seen].min()),
            float(scored.scores[seen].max()),
            float(scored.scores[meet & ~truth].max(initial=-np.inf)),
            scored.off,
        )
        apart = found.lowest if uneven else found.highest
        if not found.missed - apart + 1.0 <= NEAR:
            raise UnprovedError("the scores do not select what the comparison does")
        if not uneven and not found.highest - found.lowest <= NEAR:
            raise UnprovedError("the scores do not select what the comparison does")
        return found

    def _is_the_mask(self, part: SelectorNode) -> bool:
        """Does it select all that a query of a causal model sees, and so takes no scores?"""
        match part:
            case Select(key=key, query=query, comparison="<="):
                return self.space.causal and key is query is INDICES
        return False

    def _at_once(self, head: int, selector: SelectorNode) -> None:
        queries, q_factors = self.states("Q", [head], queries_of(selector))
        keys, k_factors = self.states("K", [head], keys_of(selector))
        scored = self.scores(head, q_factors[head], k_factors[head])
        self.selection(head, selector, queries, keys, scored)


def check_largest(planned: Sequence[float | None], found: Numbers) -> None:
    with np.errstate(invalid="ignore"):
        largest = np.nanmax(np.abs(found.values), axis=0, initial=0.0)
    for most, size in zip(planned, largest.tolist(), strict=True):
        if most is not None and size > most * SLIGHTLY_MORE:
            raise UnprovedError("a number is larger than the plan says")
