"""The scores of heads: do they select what selectors do?

The scores of all pairs of a query's and a key's values that can meet are computed in the stream as
it is meant.  A selected key has to have the largest score, at least 0, and all others at least one
gap less.  Where that are many pairs, they are looked at in parts (`rasp.meaning.parted`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Head, worst
from rasp.graph.nodes import INDICES, SelectorNode, SOpNode
from rasp.meaning import factors
from rasp.meaning.concave import selects_place
from rasp.meaning.conjoined import selects_all
from rasp.meaning.factors import Factors, Scored
from rasp.meaning.masks import blocks
from rasp.meaning.parted import NEAR, comparisons_of, selects_apart
from rasp.meaning.ranks import ranks_of, short_of_ranks, unranked
from rasp.meaning.selectors import MAX_PAIRS, Meets, Truths, has_many_parts, keys_of, queries_of
from rasp.meaning.states import Bools, Ints, States, TooManyError, UnprovedError, WorkLimitError
from rasp.meaning.stream import Streams
from rasp.meaning.witness import Quantity


class Scoring(Factors):
    """off: how far the scores of each head are off, in gaps.

    A head that carries nothing is not looked at: nothing rests on what it selects.
    """

    def __init__(
        self,
        tensors: dict[str, NDArray[Any]],
        heads: Sequence[Head],
        streams: Streams,
        scale: float,
    ) -> None:
        super().__init__(tensors, heads, streams, scale)
        self.off = [0.0] * len(heads)
        self.selections: dict[object, tuple[States, Bools]] = {}
        self.settled: set[tuple[int, SelectorNode]] = set()

    def selection(
        self, head: int, selector: SelectorNode, query: States, key: States, scored: Scored
    ) -> Bools:
        """[key]: which are selected by some query, once it is proved that the scores say so.

        Where the best of the selected keys are read, all that may be among them.
        """
        base, scores = self._ranked(head, selector)
        truths, met = Truths.of(base, query, key), Meets.of(query, key, self.space)
        never_empty = self.space.facts.counts(selector).never_empty
        surely = self._surely_there(base, query, key)
        ranks = ranks_of(scores, key) if scores else None
        some = np.zeros(key.size, dtype=bool)
        for rows in blocks(query.size, key.size):
            truth, meet = truths.at(rows), met.at(rows)
            if truth.clash is not None:
                meet &= ~truth.clash  # the program fails
            chosen, missed = truth.chosen & meet, meet & ~truth.chosen
            empty: Bools = np.zeros(len(chosen), dtype=bool)
            if not never_empty:
                empty = ~is_there(surely, rows, chosen)
            self.separates(head, scored, rows, chosen, missed, empty, ranks)
            some |= chosen.any(axis=0)
        return some

    def _ranked(self, head: int, selector: SelectorNode) -> tuple[SelectorNode, list[SOpNode]]:
        """A selector without what ranks it, and that; nothing, where there is nothing to rank."""
        base, scores = unranked(selector)
        return base, [] if self._is_alone(head, base) else scores

    def _is_alone(self, head: int, selector: SelectorNode) -> bool:
        """Does a head not rank the keys that are selected, of which there is one at most?"""
        return self.heads[head].best is None and self.space.facts.at_most_one(selector)

    def separates(
        self,
        head: int,
        scored: Scored,
        rows: slice | Ints,
        chosen: Bools,
        missed: Bools,
        empty: Bools | bool,
        ranks: Ints | None = None,
    ) -> None:
        """Selected keys have the largest score, by a whole gap; BOS is in between.

        rows: the queries that are looked at; chosen, missed [query, key].  empty [query]: may it be
        that none of the keys that a query would select is there?  ranks: of keys, if only the best
        of the selected ones are to be read.
        """
        scores = scored.at(rows)
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
        off = worst(off, float((above - lowest)[some].max(initial=0.0)))
        off = worst(off, float((others - above + 1.0)[some].max(initial=0.0)))
        alone = ~some | empty | weighed
        off = worst(off, float((others + 1.0)[alone].max(initial=0.0)))
        off += scored.off
        if not off <= NEAR:
            raise UnprovedError("the scores do not select what the selector does")
        self.off[head] = worst(self.off[head], off)

    def _surely_there(
        self, selector: SelectorNode, query: States, key: States
    ) -> tuple[Ints, Ints]:
        """Numbers of keys [key], and up to which number [query] keys are certainly there; -1 where
        that is known of none.

        Of the index, and of whatever is 0 to n - 1 in some order, every value below n is there.
        Under a causal mask the keys up to the query's index are seen.
        """
        numbers, up_to = np.zeros(key.size, dtype=np.int64), np.full(query.size, -1)
        compared = keys_of(selector)
        causal, size = self.space.causal, self.space.max_len
        if len(compared) == 1 and (
            compared[0] is INDICES or (not causal and self.space.facts.permutes(compared[0]))
        ):
            codes, atoms = key.codes(compared[0])
            numbers = np.array([int(atom) for atom in atoms])[codes]
            ends = query.ends_at(query.at_indices if causal else query.at_lengths, size)
            up_to = np.where(ends.some, ends.first, -1)
        return numbers, up_to

    def planned(self, head: int, selector: SelectorNode, agrees: bool) -> None:
        """The plan's words on how many keys are selected, and that these agree."""
        head_plan = self.heads[head]
        facts = self.space.facts
        single = facts.counts(selector).at_most_one
        if head_plan.single and not single:
            raise UnprovedError("it is not proved that at most one key is selected")
        if any(head_plan.agrees) and not (agrees or single):
            raise UnprovedError("it is not proved that selected keys carry the same")

    def seen(
        self, head: int, selector: SelectorNode, carried: Sequence[Quantity]
    ) -> tuple[States, Bools]:
        """The states of keys, and which of them are selected by some query, once it is proved that
        the head selects what the selector does."""
        wanted = head, selector, *carried
        if wanted not in self.selections:
            queries, q_factors = self.states("Q", [head], queries_of(selector))
            keys, k_factors = self.states("K", [head], [*keys_of(selector), *carried])
            scored = self.scores(head, q_factors[head], k_factors[head])
            self.selections[wanted] = keys, self.selection(head, selector, queries, keys, scored)
        return self.selections[wanted]

    def selected(self, head: int, selector: SelectorNode) -> None:
        """Raises UnprovedError if the head does not select what the selector does."""
        if (head, selector) in self.settled:
            return
        try:
            self._selected(head, selector)
        except WorkLimitError:
            raise
        except UnprovedError as error:
            # Not all of these states may be possible: of what attention delivers there are fewer.
            self.folds = True
            try:
                self._at_once(head, selector, MAX_PAIRS)
            except UnprovedError:
                raise error from None
            finally:
                self.folds = False
        self.settled.add((head, selector))

    def _selected(self, head: int, selector: SelectorNode) -> None:
        if has_many_parts(selector):
            try:
                self.off[head] = worst(self.off[head], selects_all(self, head, selector))
                return
            except WorkLimitError:
                raise
            except UnprovedError:
                pass
        try:
            self._at_once(head, selector, factors.MANY_PAIRS)
        except WorkLimitError:
            raise
        except UnprovedError as error:
            with suppress(UnprovedError):
                self._place(head, selector)
                return
            if not isinstance(error, TooManyError):
                raise
            self._of_many(head, selector)

    def _place(self, head: int, selector: SelectorNode) -> None:
        off = selects_place(self, head, selector)
        if not off <= NEAR:
            raise UnprovedError("the scores do not select the key at a place")
        self.off[head] = worst(self.off[head], off)

    def _of_many(self, head: int, selector: SelectorNode) -> None:
        try:
            off = self._in_parts(head, selector)
        except WorkLimitError:
            raise
        except UnprovedError as error:
            try:
                self._at_once(head, selector, MAX_PAIRS)
            except TooManyError:
                raise error from None
        else:
            self.off[head] = worst(self.off[head], off)

    def _in_parts(self, head: int, selector: SelectorNode) -> float:
        base, scores = self._ranked(head, selector)
        if self.heads[head].best is not None and not scores:
            raise UnprovedError("only the best of the keys are read that are selected")
        if not scores:
            return selects(self, head, base)
        off = selects_apart(self, head, base)
        off += self._ranking(head, comparisons_of(self, head)[-1].columns, scores)
        if not off <= NEAR:
            raise UnprovedError("the scores do not rank the keys that are selected")
        return off

    def _ranking(self, head: int, columns: range, scores: Sequence[SOpNode]) -> float:
        """How far scores are off from being the same for every query, and a whole gap more for a
        better key."""
        if self.heads[head].weight is not None:
            raise UnprovedError("the beginning has a weight beside keys that are ranked")
        _, q_factors = self.states("Q", [head], [], columns)
        keys, k_factors = self.states("K", [head], scores, columns)
        scored = self.scores(head, q_factors[head], k_factors[head], biased=False)
        off, ranks = 0.0, ranks_of(scores, keys)
        highest, lowest = np.full((2, keys.size), [[-np.inf], [np.inf]])
        for rows in blocks(len(scored.queries), keys.size):
            found = scored.at(rows)  # [query, key]
            off = worst(off, short_of_ranks(found, np.ones_like(found, bool), ranks))
            highest = np.maximum(highest, found.max(axis=0))
            lowest = np.minimum(lowest, found.min(axis=0))
        off = worst(off, float((highest - lowest).max(initial=0.0)))
        return off + scored.off

    def _at_once(self, head: int, selector: SelectorNode, most: int) -> None:
        queries, q_factors = self.states("Q", [head], queries_of(selector))
        keys, k_factors = self.states("K", [head], keys_of(selector))
        scored = self.scores(head, q_factors[head], k_factors[head], most=most)
        self.selection(head, selector, queries, keys, scored)


def selects(factors: Factors, head: int, selector: SelectorNode) -> float:
    """How far the scores of a head are off that selects what the selector does, part by part.
    Raises UnprovedError."""
    try:
        return selects_all(factors, head, selector)
    except WorkLimitError:
        raise
    except UnprovedError:
        return selects_apart(factors, head, selector)


def is_there(surely: tuple[Ints, Ints], rows: slice, chosen: Bools) -> Bools:
    """For which of these queries [query] is one of the selected keys certainly there?"""
    numbers, up_to = surely
    beyond = 1 + int(max(numbers.max(initial=0), up_to.max(initial=0)))
    least = np.where(chosen, numbers[None, :], beyond).min(axis=1, initial=beyond)
    return np.asarray(least <= up_to[rows])
