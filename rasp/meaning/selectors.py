"""Selectors over combinations of values: which states of keys does each state of a query select?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import (
    INDICES,
    Atom,
    Select,
    SelectorAnd,
    SelectorNode,
    SOpNode,
)
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.meaning.masks import CELLS_AT_ONCE, EVERY, blocks, is_in_turn
from rasp.meaning.orders import combined, selects_of
from rasp.meaning.ranks import unranked
from rasp.meaning.space import Space
from rasp.meaning.states import (
    Bools,
    Ints,
    States,
    TooManyError,
    UnprovedError,
    codes_of,
    masks_of_kinds,
    numbered,
)
from rasp.meaning.witness import Quantity

LARGEST = 2**53

_COMPARED: dict[str, Callable[[Ints, Ints], Bools]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
"""How a key compares with a query."""

MAX_PAIRS = 30_000_000
"""So many pairs of a query's and a key's values are compared at most."""


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


Table: TypeAlias = Callable[[slice], Bools]
"""Some queries -> [query, key], so that a list of all pairs is never made."""


@dataclass(frozen=True, eq=False)
class Truths:
    """A selector on every state of a query with every state of a key, a few queries at a time.

    tables: what each comparison says; clashes: where values have no order.
    """

    selector: SelectorNode
    tables: dict[Select, Table]
    clashes: list[Table]
    shape: tuple[int, int]

    @classmethod
    def of(cls, selector: SelectorNode, query: States, key: States) -> Truths:
        if query.size * key.size > MAX_PAIRS:
            raise TooManyError(f"{query.size} * {key.size} pairs of values of queries and keys")
        tables: dict[Select, Table] = {}
        clashes: list[Table] = []
        for select in selects_of(selector):
            k_codes, k_atoms = key.codes(select.key)
            q_codes, q_atoms = query.codes(select.query)
            k_codes, q_codes = np.maximum(k_codes, 0), np.maximum(q_codes, 0)
            keys, queries = _small_integers(k_atoms), _small_integers(q_atoms)
            if keys is not None and queries is not None:
                tables[select] = _comparing(select.comparison, queries[q_codes], keys[k_codes])
                continue
            pairs = (
                Column.of(k_atoms).take(np.tile(np.arange(len(k_atoms)), len(q_atoms))),
                Column.of(q_atoms).take(np.repeat(np.arange(len(q_atoms)), len(k_atoms))),
            )
            result = apply_column(COMPARISON_OPERATORS[select.comparison], (), pairs)
            shape = (len(q_atoms), len(k_atoms))
            chosen = np.broadcast_to(result.truth(), (shape[0] * shape[1],)).reshape(shape)
            tables[select] = spread(chosen, q_codes, k_codes)
            if result.faults is not None:
                clashes.append(spread((result.faults > 0).reshape(shape), q_codes, k_codes))
        return cls(selector, tables, clashes, (query.size, key.size))

    def at(self, rows: slice) -> Truth:
        """[query, key] for some of the queries."""
        truths: dict[SelectorNode, Bools] = {
            select: table(rows) for select, table in self.tables.items()
        }
        clash: Bools | None = None
        for table in self.clashes:
            clash = table(rows) if clash is None else clash | table(rows)
        return Truth(combined(self.selector, truths), clash)


def truth_of(selector: SelectorNode, query: States, key: States) -> Truth:
    """Every state of a query with every state of a key."""
    return Truths.of(selector, query, key).at(EVERY)


def spread(table: Bools, rows: Ints, columns: Ints) -> Table:
    """table[row, column] for all pairs of them."""
    by_row = len(table) <= CELLS_AT_ONCE // max(1, len(columns))
    if is_in_turn(columns, table.shape[1]):
        wide = table
    elif by_row:  # to copy whole rows takes less than to pick cells
        wide = table.take(columns, axis=1)
    else:
        return lambda some: np.asarray(table[rows[some]].take(columns, axis=1))
    return lambda some: np.asarray(wide[rows[some]])


def _small_integers(atoms: list[Atom]) -> Ints | None:
    """Integers that floats hold, too, in as few bytes as they take; None for other values."""
    if any(type(atom) is not int or abs(atom) > LARGEST for atom in atoms):
        return None
    numbers = np.array(atoms, dtype=np.int64)
    small = bool((np.abs(numbers) < np.iinfo(np.int16).max).all())
    return numbers.astype(np.int16) if small else numbers


def _comparing(comparison: str, queries: Ints, keys: Ints) -> Table:
    compare = _COMPARED[comparison]
    return lambda some: compare(keys[None, :], queries[some, None])


@dataclass(frozen=True, eq=False)
class Meets:
    """[query, key]: can both be in one input, and does the query see the key?

    tables: conditions, all of which have to hold.
    """

    tables: list[Table]
    shape: tuple[int, int]

    @classmethod
    def of(cls, query: States, key: States, space: Space) -> Meets:
        size, tables = space.max_len, []
        if not (query.in_longest(size) and key.in_longest(size)):
            tables = _in_one_input(query, key, size)
        if space.causal:
            last = query.ends_at(query.at_indices, size).last
            first = key.ends_at(key.at_indices, size).first
            tables += _unless_all("<=", last, first)
        return cls(tables, (query.size, key.size))

    @property
    def everywhere(self) -> bool:
        return not self.tables

    def shape_of(self, rows: slice) -> tuple[int, int]:
        """How many queries and keys there are in some of the queries."""
        return len(range(self.shape[0])[rows]), self.shape[1]

    def at(self, rows: slice) -> Bools:
        """[query, key] for some of the queries."""
        found = np.ones(self.shape_of(rows), dtype=bool)
        for table in self.tables:
            found &= table(rows)
        return found


def _in_one_input(query: States, key: States, size: int) -> list[Table]:
    """Is there a length at which both are possible?"""
    of_query, of_key = (states.ends_at(states.at_lengths, size) for states in (query, key))
    if of_query.are_filled and of_key.are_filled:  # then two intervals of lengths have to meet
        starts = _unless_all("<=", of_query.last, of_key.first)
        return starts + _unless_all(">=", of_query.first, of_key.last)
    queries, query_kind = _patterns(query, size)
    keys, key_kind = _patterns(key, size)
    met = queries.astype(np.float32) @ keys.astype(np.float32).T > 0
    return [] if bool(met.all()) else [spread(met, query_kind, key_kind)]


def _unless_all(comparison: str, queries: Ints, keys: Ints) -> list[Table]:
    """The comparison of a number of the key with one of the query, if it does not always hold."""
    if len(queries) == 0 or len(keys) == 0:
        return []
    ends = (keys.max(), queries.min()) if comparison == "<=" else (keys.min(), queries.max())
    if bool(_COMPARED[comparison](*ends)):
        return []
    return [_comparing(comparison, queries.astype(np.int32), keys.astype(np.int32))]


def meets(query: States, key: States, space: Space) -> Bools:
    """`Meets` for all pairs."""
    return Meets.of(query, key, space).at(EVERY)


def _patterns(states: States, size: int) -> tuple[Bools, Ints]:
    """The different sets of lengths [pattern, length] that states are possible at, and which of
    them is that of each state."""
    packed = np.zeros((states.size, -(-size // 8)), dtype=np.uint8)
    for rows in blocks(states.size, size):
        packed[rows] = np.packbits(states.at_lengths(size, rows), axis=1)
    whole = packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)
    _, first, kind = np.unique(whole, return_index=True, return_inverse=True)
    patterns = np.unpackbits(packed[first], axis=1, count=size).view(bool)
    return patterns, kind.reshape(-1)


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


MANY_PARTS = 4
"""Of a selector of so many parts all states together are many; it is looked at part by part
first."""


def has_many_parts(selector: SelectorNode) -> bool:
    return len(conjuncts(selector)) >= MANY_PARTS


def kinds_of(states: States, nodes: Sequence[Quantity], space: Space) -> States:
    """One row for all rows that are the same as far as these go, possible where any of them is."""
    states = states.succeeding()
    if not states.size:
        raise UnprovedError("no values of a comparison are known")
    first, kind = numbered([codes_of(states.columns[node])[0] for node in nodes], states.size)
    mask = masks_of_kinds(states, kind, len(first), space.max_len)
    columns = {quantity: column.take(first) for quantity, column in states.columns.items()}
    return States({node: columns[node] for node in nodes}, mask, None, None, len(first))


def is_the_mask(selector: SelectorNode, *, causal: bool) -> bool:
    """Does it select all that a query of a causal model sees, and so takes no scores?"""
    match selector:
        case Select(key=key, query=query, comparison="<="):
            return causal and key is query is INDICES
    return False
