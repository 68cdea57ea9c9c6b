"""Selectors over combinations of values: what is selected, how many keys, and which of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import (
    INDICES,
    Best,
    Constant,
    Elementwise,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.meaning.orders import Order, combined, order_of, selects_of
from rasp.meaning.ranks import ranks_of, unranked
from rasp.meaning.states import (
    Bools,
    Ints,
    Space,
    States,
    TooManyError,
    UnprovedError,
    codes_of,
    masks_of_kinds,
    numbered,
)
from rasp.meaning.witness import Quantity

MAX_PAIRS = 30_000_000
"""So many pairs of a query's and a key's values are compared at most."""

MAX_TRIPLES = 1e9
"""So many times a query is looked at with two keys."""

MAX_KEYS = 5_000
"""Up to so many combinations of values of a key, pairs of selected keys are looked at."""


def queries_of(selector: SelectorNode) -> list[SOpNode]:
    base, _ = unranked(selector)
    return list(dict.fromkeys(select.query for select in selects_of(base)))


def keys_of(selector: SelectorNode) -> list[SOpNode]:
    """What of a key says whether it is selected, and how good it is."""
    base, scores = unranked(selector)
    return list(dict.fromkeys([*(select.key for select in selects_of(base)), *scores]))


@dataclass(frozen=True, eq=False)
class Truth:
    """[query, key]: chosen, where the selector selects; clash, where values have no order."""

    chosen: Bools
    clash: Bools | None


def truth_of(selector: SelectorNode, query: States, key: States) -> Truth:
    """Every state of a query with every state of a key."""
    if query.size * key.size > MAX_PAIRS:
        raise TooManyError(f"{query.size} * {key.size} pairs of values of queries and keys")
    clash: Bools | None = None
    truths: dict[SelectorNode, Bools] = {}
    for select in selects_of(selector):
        k_codes, k_atoms = key.codes(select.key)
        q_codes, q_atoms = query.codes(select.query)
        k_used, k_codes = np.unique(k_codes, return_inverse=True)
        q_used, q_codes = np.unique(q_codes, return_inverse=True)
        pairs = (
            _atoms(k_atoms, np.tile(k_used, len(q_used))),
            _atoms(q_atoms, np.repeat(q_used, len(k_used))),
        )
        result = apply_column(COMPARISON_OPERATORS[select.comparison], (), pairs)
        shape = (len(q_used), len(k_used))
        chosen = np.broadcast_to(result.truth(), (shape[0] * shape[1],)).reshape(shape)
        places = q_codes.reshape(-1), k_codes.reshape(-1)
        truths[select] = _spread(chosen, *places)
        if result.faults is not None:
            fails = _spread((result.faults > 0).reshape(shape), *places)
            clash = fails if clash is None else clash | fails
    return Truth(combined(selector, truths), clash)


def _spread(table: Bools, rows: Ints, columns: Ints) -> Bools:
    """table[row, column] for all pairs of them."""
    return np.asarray(table[rows].take(columns, axis=1))


def _atoms(atoms: Sequence[object], codes: Ints) -> Column:
    return Column.of(list(atoms)).take(np.maximum(codes, 0))  # type: ignore[arg-type]


def meets(query: States, key: States, space: Space) -> Bools:
    """[query, key]: can both be in one input, and does the query see the key?"""
    size = space.max_len
    queries, of_query = _patterns(query.at_lengths(size))
    keys, of_key = _patterns(key.at_lengths(size))
    together = _spread(queries.astype(np.float32) @ keys.astype(np.float32).T > 0, of_query, of_key)
    if space.causal:
        last = size - 1 - np.argmax(query.at_indices(size)[:, ::-1], axis=1)
        first = np.argmax(key.at_indices(size), axis=1)
        together = together & (first[None, :] <= last[:, None])
    return together


def _patterns(rows: Bools) -> tuple[Bools, Ints]:
    """The different rows of a matrix, and which of them each is."""
    packed = np.ascontiguousarray(np.packbits(rows, axis=1))
    whole = packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)
    _, first, kind = np.unique(whole, return_index=True, return_inverse=True)
    return rows[first], kind.reshape(-1)


@dataclass(frozen=True, eq=False)
class Counts:
    """How many keys a selector selects [length, index]; 0 and 0 where there is no position."""

    low: Ints
    high: Ints

    def valid(self) -> Bools:
        size = len(self.low)
        return np.arange(size)[None, :] <= np.arange(size)[:, None]

    @property
    def never_empty(self) -> bool:
        return bool((self.low[self.valid()] > 0).all())

    @property
    def at_most_one(self) -> bool:
        return bool((self.high[self.valid()] <= 1).all())


class Facts:
    """What is proved of selectors and of quantities, each once."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.orders: dict[SelectorNode, Order | None] = {}
        self.counted: dict[SelectorNode, Counts] = {}
        self.different: dict[Quantity, bool] = {}
        self.permuted: dict[Quantity, bool] = {}

    def order(self, selector: SelectorNode) -> Order | None:
        if selector not in self.orders:
            try:
                self.orders[selector] = order_of(selector, causal=self.space.causal)
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
                return self._one_to_one(quantity) is not None
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
                return not self.space.causal and self.itself(selector) is False
            case Elementwise():
                found = self._one_to_one(quantity)
                assert found is not None
                leaf, states = found
                if not self.permutes(leaf) or states.length is None:
                    return False
                column = states.columns[quantity]
                if column.kind != "int":
                    return False
                return bool(((column.data >= 0) & (column.data <= states.length)).all())
        return False

    def _one_to_one(self, quantity: Quantity) -> tuple[Quantity, States] | None:
        """The quantity with different values that this one is a function of, one to one for every
        length; and all values of both."""
        from rasp.meaning.states import ordered, parts

        leaves = [q for q in ordered([quantity], frozenset()) if not parts(q)]
        leaves = [q for q in leaves if not isinstance(q, Constant)]
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
        pairs = np.unique(np.stack([lengths, same[values], sources]), axis=1)
        alone = np.unique(pairs[:2], axis=1)
        return states if alone.shape[1] == pairs.shape[1] else None

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
                else:
                    self.counted[selector] = self._counts(selector)
            except TooManyError:
                self.counted[selector] = self._crude_counts(selector)
        return self.counted[selector]

    def _best_counts(self, selector: Best) -> Counts:
        """Of the selected keys one at least is best; no two are, if no two scores are equal."""
        counts = self.counts(selector.selector)
        high = counts.high
        if (high > 1).any() and (self.differs(selector.score) or self.at_most_one(selector)):
            high = np.minimum(high, 1)
        return Counts(np.minimum(counts.low, 1), high)

    def _crude_counts(self, selector: SelectorNode) -> Counts:
        """None, to all keys that there are, or to one, if no query selects two."""
        size = self.space.max_len
        lengths = np.arange(1, size + 1)
        high = np.minimum(lengths[:, None], lengths[None, :] if self.space.causal else size)
        if self._told_apart(selector):
            high = np.minimum(high, 1)
        high = np.broadcast_to(high, (size, size))
        return Counts(np.zeros_like(high), high)

    def _counts(self, selector: SelectorNode) -> Counts:
        space, size = self.space, self.space.max_len
        query, key = space.states(queries_of(selector)), space.states(keys_of(selector))
        query = kinds_of(query, queries_of(selector), space)
        key = kinds_of(key, keys_of(selector), space)
        query_mask, key_mask = query.mask, key.mask
        chosen = truth_of(selector, query, key).chosen
        space.spend(query.size * key.size * (key_mask.shape[0] * key_mask.shape[1]))
        may, must = _by_position(chosen, key_mask, size)  # [length or 1, query, keys up to here]
        limit, least = self._limits(selector, chosen, key)
        low = np.zeros((size, size), dtype=np.int64)
        high = np.zeros_like(low)
        for n in range(size):
            here = np.broadcast_to(query_mask[n if len(query_mask) > 1 else 0], (size, query.size))[
                : n + 1
            ]  # [index, query]
            row = n if len(may) > 1 else 0
            last = np.arange(n + 1) if space.causal else np.full(n + 1, n)
            most = np.minimum(may[row][:, last].T, limit[None, :])
            some = must[row][:, last].T
            if least is not None:
                some = np.maximum(some, least[:, n][None, :])
            high[n, : n + 1] = np.where(here, most, 0).max(axis=1)
            low[n, : n + 1] = np.where(here, some, size + 1).min(axis=1)
        itself = self.itself(selector)
        keys = np.arange(size)[None, :] if space.causal else np.arange(size)[:, None]
        if itself is True:
            low = np.maximum(low, 1)
        elif itself is False:
            high = np.minimum(high, keys)
        return Counts(np.minimum(low, high), high)

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
            marks = np.zeros((key.size, len(atoms)), dtype=np.float32)
            marks[np.arange(key.size), codes] = 1.0
            limit = np.minimum(limit, (chosen.astype(np.float32) @ marks > 0).sum(axis=1))
            if keys_of(selector) == [node] and self.permutes(node) and not self.space.causal:
                missed = (~chosen).astype(np.float32) @ marks > 0
                always = np.zeros((len(chosen), size), dtype=np.int64)
                for code, atom in enumerate(atoms):
                    if type(atom) is int and 0 <= atom < size and marks[:, code].any():
                        always[:, atom] = ~missed[:, code]
                least = np.cumsum(always, axis=1)
        if (limit > 1).any() and self.at_most_one(selector):
            limit = np.minimum(limit, 1)
        return limit, least

    def at_most_one(self, selector: SelectorNode) -> bool:
        """Lemma: no query selects keys at two different positions."""
        base, scores = unranked(selector)
        if self._told_apart(base) or any(map(self.differs, scores)):
            return True
        try:
            return not self.pairs(selector, ()).bad.any()
        except UnprovedError:
            return False

    def _told_apart(self, selector: SelectorNode) -> bool:
        """Do keys that one query selects have the same value of something that tells positions
        apart?

        Of keys selected by `key == query and ...` the key is the same.  Where that is a count, and
        so is all that the counts of such positions depend on, these would be different.
        """
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
        for quantity in equal:
            if self.differs(quantity):
                return True
            if isinstance(quantity, SelectorWidth):
                order = self.order(quantity.selector)
                if order is not None and _counts_apart(order, equal, asked):
                    return True
        return False

    def _sources(self, quantity: Quantity, query: SOpNode) -> set[Quantity]:
        """What has to be equal at two positions of an input where the quantity equals the query's
        value."""
        from rasp.meaning.states import ordered, parts

        if not parts(quantity):
            return set()
        leaves = [q for q in ordered([quantity], frozenset()) if not parts(q)]
        moving = [q for q in leaves if not isinstance(q, Constant) and not self.space.is_length(q)]
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
        return Pairs(key, both & ~self.apart(key))

    def apart(self, key: States) -> Bools:
        """[state, state]: two different positions of an input are never in these two states."""
        never = np.zeros((key.size, key.size), dtype=bool)
        if key.index is not None:
            never |= key.index[:, None] == key.index[None, :]
        for quantity, column in key.columns.items():
            if isinstance(quantity, Constant):
                continue
            codes, _ = codes_of(column)
            equal = codes[:, None] == codes[None, :]
            if self.differs(quantity):
                never |= equal
            elif isinstance(quantity, SelectorWidth):
                order = self.order(quantity.selector)
                if order is not None and order.differs.any():
                    never |= equal & _counts_differ(order, key)
        return never


@dataclass(frozen=True, eq=False)
class Pairs:
    """bad [state, state]: a query may select keys in these two states at different positions."""

    key: States
    bad: Bools

    def agree_on(self, quantity: Quantity) -> bool:
        """Do all keys that a query selects carry the same value?"""
        codes, _ = codes_of(self.key.columns[quantity])
        differ: Bools = codes[:, None] != codes[None, :]
        return not bool(np.any(self.bad & differ))


def conjuncts(selector: SelectorNode) -> list[SelectorNode]:
    """The selectors all of which have to select."""
    found: list[SelectorNode] = []
    stack = [selector]
    while stack:
        node = stack.pop()
        if isinstance(node, SelectorAnd):
            stack += [node.right, node.left]
        else:
            found.append(node)
    return found


def _counts_apart(order: Order, equal: set[Quantity], asked: set[Select]) -> bool:
    """Are the counts of two positions different at which these are equal, and selected so?"""
    differs = order.differs
    where: list[slice | int] = []
    for node in order.compared:
        where.append(1 if node in equal else slice(None))
    place = order.compared.index(INDICES)
    moved = np.moveaxis(differs.copy(), place, 0)
    moved[1] = True  # different positions have different indices
    differs = np.moveaxis(moved, 0, place)
    known = sum(
        1 << number
        for number, mark in enumerate(order.marks)
        if isinstance(mark.query, Constant) and mark in asked
    )
    n = differs.shape[-1]
    marks = np.flatnonzero((np.arange(n) & known) == known)
    chosen = differs[tuple(where)]
    return bool(chosen[..., marks[:, None], marks[None, :]].all())


def _counts_differ(order: Order, key: States) -> Bools:
    """[state, state]: are the counts of positions in these states different, as far as is known?

    Of s-ops that the states do not tell all cases are possible.
    """
    known: list[tuple[int, Ints]] = []
    for axis, node in enumerate(order.compared):
        column = key.columns.get(node)
        ranks = None if column is None else _ranks(column)
        if ranks is not None:
            known.append((axis, 1 + np.sign(ranks[None, :] - ranks[:, None])))
    axes = tuple(axis for axis in range(order.differs.ndim) if axis not in {a for a, _ in known})
    if INDICES in order.compared:
        place = order.compared.index(INDICES)
        differs = order.differs.copy()
        # Different positions have different indices.
        moved = np.moveaxis(differs, place, 0)
        moved[1] = True
    else:
        differs = order.differs
    least: Bools = np.asarray(differs.all(axis=axes))
    if not known:
        return np.full((key.size, key.size), bool(least))
    return np.asarray(least[tuple(signs for _, signs in known)])


def _ranks(column: Column) -> Ints | None:
    """Numbers in the order of the values; None if they have none."""
    codes, atoms = codes_of(column)
    used = np.unique(codes)
    values = [atoms[code] for code in used.tolist() if code >= 0]
    if len({isinstance(value, str) for value in values}) != 1 or (codes < 0).any():
        return None
    ordered = {value: rank for rank, value in enumerate(sorted(set(values)))}
    of_code = np.zeros(len(atoms), dtype=np.int64)
    for code in used.tolist():
        of_code[code] = ordered[atoms[code]]
    return of_code[codes]


def kinds_of(states: States, nodes: Sequence[Quantity], space: Space) -> States:
    """One row for all rows that are the same as far as these go, possible where any of them is."""
    states = states.succeeding()
    if not states.size:
        raise UnprovedError("no values of a comparison are known")
    first, kind = numbered([codes_of(states.columns[node])[0] for node in nodes], states.size)
    mask = masks_of_kinds(states, kind, len(first), space.max_len)
    columns = {quantity: column.take(first) for quantity, column in states.columns.items()}
    return States({node: columns[node] for node in nodes}, mask, None, None, len(first))


def _by_position(chosen: Bools, mask: Bools, size: int) -> tuple[Ints, Ints]:
    """How many keys may be selected, and must be, among the keys up to each index.

    chosen [query, key state]; mask [length or 1, index or 1, key state] -> [length or 1, query,
    index].
    """
    started = _by_start(chosen, mask, size)
    if started is not None:
        return started
    may, must = [], []
    yes, no = chosen.astype(np.float32), (~chosen).astype(np.float32)
    for at_length in mask:
        there = at_length.astype(np.float32)  # [index or 1, key state]
        possible = yes @ there.T > 0  # [query, index or 1]
        certain = ~(no @ there.T > 0)
        shape = (len(chosen), size)
        may.append(np.cumsum(np.broadcast_to(possible, shape), axis=1))
        must.append(np.cumsum(np.broadcast_to(certain, shape), axis=1))
    return np.stack(may), np.stack(must)


def _by_start(chosen: Bools, mask: Bools, size: int) -> tuple[Ints, Ints] | None:
    """The same, in one go for all lengths, if a key state that is possible at an index of an input
    is so in all longer ones; None if that is not so."""
    n_lengths, n_indices, _ = mask.shape
    start = np.where(mask[-1], np.argmax(mask, axis=0), n_lengths)  # [index or 1, key state]
    if n_lengths == 1 or not np.array_equal(
        mask, start[None] <= np.arange(n_lengths)[:, None, None]
    ):
        return None
    first_yes = np.full((len(chosen), n_indices), n_lengths)
    first_no = np.full((len(chosen), n_indices), n_lengths)
    for index in range(n_indices):
        there = np.flatnonzero(start[index] < n_lengths)
        since, here = start[index, there], chosen[:, there]
        first_yes[:, index] = np.where(here, since, n_lengths).min(axis=1, initial=n_lengths)
        first_no[:, index] = np.where(here, n_lengths, since).min(axis=1, initial=n_lengths)
    lengths = np.arange(n_lengths)[:, None, None]
    shape = (n_lengths, len(chosen), size)
    return (
        np.cumsum(np.broadcast_to(first_yes <= lengths, shape), axis=2, dtype=np.int32),
        np.cumsum(np.broadcast_to(first_no > lengths, shape), axis=2, dtype=np.int32),
    )
