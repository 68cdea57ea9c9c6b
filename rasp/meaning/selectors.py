"""Selectors over combinations of values: which states of keys does each state of a query select?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


def truth_of(selector: SelectorNode, query: States, key: States) -> Truth:
    """Every state of a query with every state of a key."""
    if query.size * key.size > MAX_PAIRS:
        raise TooManyError(f"{query.size} * {key.size} pairs of values of queries and keys")
    clash: Bools | None = None
    truths: dict[SelectorNode, Bools] = {}
    for select in selects_of(selector):
        k_codes, k_atoms = key.codes(select.key)
        q_codes, q_atoms = query.codes(select.query)
        k_codes, q_codes = np.maximum(k_codes, 0), np.maximum(q_codes, 0)
        table = _of_integers(select.comparison, q_atoms, k_atoms)
        if table is not None:
            truths[select] = spread(table, q_codes, k_codes)
            continue
        pairs = (
            Column.of(k_atoms).take(np.tile(np.arange(len(k_atoms)), len(q_atoms))),
            Column.of(q_atoms).take(np.repeat(np.arange(len(q_atoms)), len(k_atoms))),
        )
        result = apply_column(COMPARISON_OPERATORS[select.comparison], (), pairs)
        shape = (len(q_atoms), len(k_atoms))
        chosen = np.broadcast_to(result.truth(), (shape[0] * shape[1],)).reshape(shape)
        truths[select] = spread(chosen, q_codes, k_codes)
        if result.faults is not None:
            fails = spread((result.faults > 0).reshape(shape), q_codes, k_codes)
            clash = fails if clash is None else clash | fails
    return Truth(combined(selector, truths), clash)


def spread(table: Bools, rows: Ints, columns: Ints) -> Bools:
    """table[row, column] for all pairs of them."""
    return np.asarray(table[rows].take(columns, axis=1))


def _of_integers(comparison: str, query: list[Atom], key: list[Atom]) -> Bools | None:
    """[query, key]: how small integers compare; None for other values."""
    if any(type(atom) is not int or abs(atom) > LARGEST for atom in (*query, *key)):
        return None
    return _COMPARED[comparison](np.array(key)[None, :], np.array(query)[:, None])


def meets(query: States, key: States, space: Space) -> Bools:
    """[query, key]: can both be in one input, and does the query see the key?"""
    size = space.max_len
    of_queries, of_keys = query.at_lengths(size), key.at_lengths(size)
    if of_queries[:, -1].all() and of_keys[:, -1].all():  # in the longest inputs all are possible
        together: Bools = np.ones((query.size, key.size), dtype=bool)
    else:
        queries, of_query = _patterns(of_queries)
        keys, of_key = _patterns(of_keys)
        met = queries.astype(np.float32) @ keys.astype(np.float32).T > 0
        together = spread(met, of_query, of_key)
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
