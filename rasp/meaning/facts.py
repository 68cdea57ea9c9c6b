"""What is proved of selectors and of quantities: counts, permutations, keys that agree."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from rasp.deadline import look
from rasp.graph.columns import apply_column
from rasp.graph.disjunctions import alternatives
from rasp.graph.nodes import (
    INDICES,
    Best,
    Constant,
    Elementwise,
    Select,
    SelectorNode,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.meaning.alone import is_only_one, leaves_many
from rasp.meaning.counts import Counts, by_position, over_queries, places_of, some_and_every
from rasp.meaning.injections import reads_apart
from rasp.meaning.linear import has_integers, moving_in
from rasp.meaning.masks import blocks
from rasp.meaning.orders import Order, combined, counts_apart, order_of, selects_of
from rasp.meaning.pairs import Pairs, apart
from rasp.meaning.ranks import ranks_of, unranked
from rasp.meaning.selectors import conjuncts, keys_of, kinds_of, meets, queries_of, truth_of
from rasp.meaning.sides import asks_of_many, compares_places, counted_by_side, selects_nothing
from rasp.meaning.space import Space
from rasp.meaning.states import (
    Bools,
    Ints,
    States,
    TooManyError,
    UnprovedError,
    codes_of,
    numbered,
    parts,
)
from rasp.meaning.witness import Quantity

MAX_COUNTED = 1e8
"""For so many lengths, values of queries and indices keys are counted; a third for each pair of
values of a query and a key."""

MAX_STATES_COUNTED = 1_000_000
"""So many pairs of states are looked at before something coarser is tried."""

MAX_TRIPLES = 1e9
"""So many times a query is looked at with two keys."""

MAX_KEYS = 5_000
"""Up to so many combinations of values of a key, pairs of selected keys are looked at."""


class Facts:
    """What is proved of selectors and of quantities, each once."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.orders: dict[SelectorNode, Order | None] = {}
        self.counted: dict[SelectorNode, Counts] = {}
        self.different: dict[Quantity, bool] = {}
        self.permuted: dict[Quantity, bool] = {}
        self.single: dict[SelectorNode, bool] = {}

    def order(self, selector: SelectorNode) -> Order | None:
        if selector not in self.orders:
            try:
                self.orders[selector] = order_of(selector, self.space)
            except UnprovedError:
                self.orders[selector] = None
        return self.orders[selector]

    # -- quantities whose values differ from position to position

    def differs(self, quantity: Quantity) -> bool:
        """Are its values at different positions of an input always different?"""
        if quantity not in self.different:
            self.different[quantity] = False  # while it is looked at
            self.different[quantity] = self._differs(quantity)
        return self.different[quantity]

    def _differs(self, quantity: Quantity) -> bool:
        match quantity:
            case SelectorWidth(selector=selector):
                order = self.order(selector)
                return order is not None and order.everywhere
            case Elementwise():
                return self._is_moved(quantity) or self._one_to_one(quantity) is not None
        return quantity is INDICES

    def permutes(self, quantity: Quantity) -> bool:
        """Are its values in an input of length n always 0, 1, ..., n - 1, each once?"""
        if quantity not in self.permuted:
            self.permuted[quantity] = False
            self.permuted[quantity] = self._permutes(quantity)
        return self.permuted[quantity]

    def _permutes(self, quantity: Quantity) -> bool:
        if quantity is INDICES:
            return True
        if not self.differs(quantity):
            return False
        match quantity:
            case SelectorWidth(selector=selector):
                # n different numbers, all from 0 to n - 1.
                return self.itself(selector) is False
            case Elementwise():
                if self.space.is_below_length(quantity):
                    return True  # n different integers, all from 0 to n - 1
                found = self._one_to_one(quantity)
                if found is None:
                    return False
                _, states = found  # n different numbers once more
                if states.length is None:
                    return False
                column = states.columns[quantity]
                if column.kind != "int":
                    return False
                return bool(((column.data >= 0) & (column.data <= states.length)).all())
        return False

    def _is_moved(self, quantity: Quantity) -> bool:
        """Is it a multiple of integers that differ, and something that length alone decides?"""
        moving = moving_in(quantity, self.space)
        if len(moving) != 1 or moving == [quantity] or not self.differs(moving[0]):
            return False
        return has_integers(moving[0], self.space)

    def _one_to_one(self, quantity: Quantity) -> tuple[Quantity, States] | None:
        """The quantity with different values that this one is a function of, one to one for every
        length; and all values of both."""
        leaves = self.space.few_leaves(quantity, 2)  # something that moves, and the length
        moving = [leaf for leaf in leaves if not self.space.is_length(leaf)]
        if len(moving) != 1 or not self.differs(moving[0]):
            return None
        states = self._tells(quantity, moving[0], leaves)
        return None if states is None else (moving[0], states)

    def _tells(
        self, quantity: Quantity, source: Quantity, leaves: Sequence[Quantity]
    ) -> States | None:
        """All values of both, if the source is a function of the quantity in inputs of one
        length."""
        states = self.space.states([quantity, source, *leaves])
        if not states.succeeded.all():
            return None
        lengths = np.zeros(states.size, dtype=np.int64) if states.length is None else states.length
        values, sources = (codes_of(states.columns[q])[0] for q in (quantity, source))
        # Equal values of different types compare as equal.
        _, atoms = codes_of(states.columns[quantity])
        first: dict[object, int] = {}
        same = np.array([first.setdefault(atom, place) for place, atom in enumerate(atoms)])
        values = same[values]
        kinds, _ = numbered([lengths, values, sources], states.size)
        alone, _ = numbered([lengths, values], states.size)
        return states if len(kinds) == len(alone) else None

    def itself(self, selector: SelectorNode) -> bool | None:
        """Does every position select itself, or none?  None if that depends."""
        nodes = [*keys_of(selector), *queries_of(selector)]
        states = self.space.states(nodes)
        rows = np.flatnonzero(states.succeeded)
        truths: dict[SelectorNode, Bools] = {}
        for select in selects_of(selector):
            pair = (states.columns[select.key].take(rows), states.columns[select.query].take(rows))
            result = apply_column(COMPARISON_OPERATORS[select.comparison], (), pair)
            truths[select] = np.broadcast_to(result.truth(), (len(rows),))
        found = combined(selector, truths)
        if found.all():
            return True
        return None if found.any() else False

    # -- counts

    def counts(self, selector: SelectorNode) -> Counts:
        if selector not in self.counted:
            try:
                if isinstance(selector, Best):
                    self.counted[selector] = self._best_counts(selector)
                elif self._matched(selector):
                    self.counted[selector] = Counts.all_the_same(1, 1)
                else:
                    self.counted[selector] = self._counts(selector)
            except TooManyError:
                self.counted[selector] = self._crude_counts(selector)
        return self.counted[selector]

    def _matched(self, selector: SelectorNode) -> bool:
        """Lemma: keys are 0, 1, ..., n - 1 in some order, and each query is one of these, so that
        it has one key that equals it."""
        match selector:
            case Select(key=key, query=query, comparison="==") if not self.space.causal:
                with suppress(UnprovedError):
                    there = self.permutes(query) or self.space.is_below_length(query)
                    return self.permutes(key) and there
        return False

    def _best_counts(self, selector: Best) -> Counts:
        """Of the selected keys one at least is best; no two are, if no two scores are equal."""
        if self.differs(selector.score) and asks_of_many(unranked(selector)[0], self.space):
            return Counts.all_the_same(0, 1)
        counts = self.counts(selector.selector)
        high = counts.high
        if (high > 1).any() and (self.differs(selector.score) or self.at_most_one(selector)):
            high = np.minimum(high, 1)
        return Counts(np.minimum(counts.low, 1), high)

    def _crude_counts(self, selector: SelectorNode) -> Counts:
        """None, to all keys that there are, or to one, if no query selects two."""
        numbers = np.arange(1, self.space.max_len + 1)
        high = numbers[None, :] if self.space.causal else numbers[:, None]
        if self._told_apart(selector):
            high = np.ones((1, 1), dtype=np.int64)
        return Counts(np.zeros_like(high), high)

    def _counts(self, selector: SelectorNode) -> Counts:
        space, size = self.space, self.space.max_len
        query, key = space.states(queries_of(selector)), space.states(keys_of(selector))
        if query.size * key.size > MAX_STATES_COUNTED:
            if selects_nothing(selector, space, self.counts):
                return Counts.all_the_same(0, 0)
            if max(query.size, key.size) > size and self._told_apart(selector):
                return self._crude_counts(selector)
            if any(map(compares_places, selects_of(unranked(selector)[0]))):
                return self._counts_by_side(selector)
        query = kinds_of(query, queries_of(selector), space)
        key = kinds_of(key, keys_of(selector), space)
        n_counted = max(float(key.mask.shape[0]) * query.size * size, query.size * key.size / 3)
        if n_counted > MAX_COUNTED:
            raise TooManyError(f"{query.size} values of queries, counted at {size} indices")
        space.spend(query.size * key.size * key.mask.shape[0])
        found: tuple[Ints, Ints] | None = None
        places = places_of(key.mask, size)
        for rows in blocks(query.size, max(key.size, size) * key.mask.shape[0]):
            look()
            some = query.take(np.arange(query.size)[rows])
            chosen = truth_of(selector, some, key).chosen
            bounds = by_position(chosen, key.mask, size, places)
            limit, least = self._limits(selector, chosen, key)
            found = over_queries(some.mask, bounds, limit, least, causal=space.causal, others=found)
        assert found is not None
        low, high = found
        itself = self.itself(selector)
        keys = np.arange(size)[None, :] if space.causal else np.arange(size)[:, None]
        if itself is True:
            low = np.maximum(low, 1)
        elif itself is False:
            high = np.minimum(high, keys)
        return Counts.of(np.minimum(low, high), high)

    def _counts_by_side(self, selector: SelectorNode) -> Counts:
        counts = counted_by_side(selector, self.space, itself=self.itself(selector))
        sides = alternatives(selector)
        if counts.most > 1 and self.at_most_one(selector):
            limit = 1
        elif counts.most > len(sides) and all(map(self._told_apart, sides)):
            limit = len(sides)
        else:
            return counts
        return Counts(np.minimum(counts.low, limit), np.minimum(counts.high, limit))

    def _limits(
        self, selector: SelectorNode, chosen: Bools, key: States
    ) -> tuple[Ints, Ints | None]:
        """For each query the largest number of keys, by quantities that have each value once; and
        the smallest in an input of each length [query, length], if one has all values."""
        size = self.space.max_len
        limit = np.full(len(chosen), size)
        least: Ints | None = None
        for node in keys_of(selector):
            if isinstance(node, Constant) or not self.differs(node):
                continue
            codes, atoms = codes_of(key.columns[node])
            some, every = some_and_every(chosen, codes, len(atoms))
            limit = np.minimum(limit, np.count_nonzero(some, axis=1))
            if keys_of(selector) == [node] and self.permutes(node) and not self.space.causal:
                always = np.zeros((len(chosen), size), dtype=bool)
                for code, atom in enumerate(atoms):
                    if type(atom) is int and 0 <= atom < size:
                        always[:, atom] = every[:, code]
                least = np.cumsum(always, axis=1, dtype=np.int32)
        if (limit > 1).any() and self.at_most_one(selector):
            limit = np.minimum(limit, 1)
        sides = alternatives(selector)  # of keys that one of these selects there is one at most
        if (limit > len(sides)).any() and all(map(self._told_apart, sides)):
            limit = np.minimum(limit, len(sides))
        return limit, least

    def at_most_one(self, selector: SelectorNode) -> bool:
        """Lemma: no query selects keys at two different positions."""
        if selector not in self.single:
            self.single[selector] = self._at_most_one(selector)
        return self.single[selector]

    def _at_most_one(self, selector: SelectorNode) -> bool:
        base, scores = unranked(selector)
        if is_only_one(base, causal=self.space.causal):
            return True
        if leaves_many(base):
            return False
        if self._told_apart(base) or any(map(self.differs, scores)):
            return True
        try:
            return not self.pairs(selector, ()).bad.any()
        except UnprovedError:
            return False

    def _told_apart(self, selector: SelectorNode) -> bool:
        """Do keys that one query selects have the same value of something that tells positions
        apart?

        Where that is a count, and so is all that the counts of such positions depend on, these
        would be different.
        """
        equal, asked = self.alike(selector)
        if reads_apart(selector, self) or any(map(self.differs, equal)):
            return True
        for quantity in equal:
            if isinstance(quantity, SelectorWidth):
                order = self.order(quantity.selector)
                if order is not None and counts_apart(order, equal, asked):
                    return True
        return False

    def alike(self, selector: SelectorNode) -> tuple[set[Quantity], set[Select]]:
        """What has the same value at all keys that one query selects, and what is asked of each of
        them: of keys selected by `key == query and ...` the key is the same."""
        equal: set[Quantity] = set()
        asked: set[Select] = set()
        for part in conjuncts(unranked(selector)[0]):
            if not isinstance(part, Select):
                continue
            if part.comparison == "==":
                equal.add(part.key)
                equal |= self._sources(part.key, part.query)
            if isinstance(part.query, Constant):
                asked.add(part)
        return equal, asked

    def _sources(self, quantity: Quantity, query: SOpNode) -> set[Quantity]:
        """What has to be equal at two positions of an input where the quantity equals the query's
        value."""
        if not parts(quantity):
            return set()
        leaves = self.space.few_leaves(quantity, 2)
        moving = [leaf for leaf in leaves if not self.space.is_length(leaf)]
        if len(moving) != 1:
            return set()
        try:
            if self._tells(quantity, moving[0], leaves) is not None:
                return set(moving)
            if isinstance(query, Constant) and self._alone(quantity, moving[0], leaves, query):
                return set(moving)
        except UnprovedError:
            pass
        return set()

    def _alone(
        self, quantity: Quantity, source: Quantity, leaves: Sequence[Quantity], query: Constant
    ) -> bool:
        """In inputs of one length, has the quantity this value for one value of the source only?"""
        states = self.space.states([quantity, source, *leaves])
        codes, atoms = codes_of(states.columns[quantity])
        equal = [code for code, atom in enumerate(atoms) if atom == query.value]
        states = states.take(np.flatnonzero(np.isin(codes, equal)))
        if not states.succeeded.all():
            return False
        sources, _ = codes_of(states.columns[source])
        if states.length is None:
            return len(np.unique(sources)) <= 1
        pairs = np.unique(np.stack([states.length, sources]), axis=1)
        return int(pairs.shape[1]) == len(np.unique(pairs[0]))

    def pairs(self, selector: SelectorNode, carried: Sequence[Quantity]) -> Pairs:
        """Which states of keys a query may select at two positions."""
        space = self.space
        base, scores = unranked(selector)
        wanted: list[Quantity] = [*keys_of(selector), *carried]
        query, key = space.states(queries_of(selector)), space.states(wanted)
        query = kinds_of(query, queries_of(selector), space)
        key = key.succeeding()
        if key.size > MAX_KEYS:
            raise UnprovedError(f"{key.size} combinations of values of keys")
        if float(key.size) ** 2 * query.size > MAX_TRIPLES:
            raise TooManyError(f"{key.size} * {key.size} pairs of keys, for {query.size} queries")
        seen = truth_of(base, query, key).chosen & meets(query, key, space)
        space.spend(key.size * key.size * query.size)
        ones = seen.astype(np.float32)
        both: Bools = ones.T @ ones > 0
        if scores:
            ranks = ranks_of(scores, key)
            both &= ranks[:, None] == ranks[None, :]
        return Pairs(key, both & ~apart(key, self.differs, self.order))
