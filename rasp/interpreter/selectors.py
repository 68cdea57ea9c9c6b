"""Selectors on a batch of inputs: boolean matrices, a block of query positions at a time.

A matrix has the axes [input, query, key].  An axis along which nothing varies has length 1: the
full selector is one boolean, a comparison with a constant query is one row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from rasp.graph.columns import Column
from rasp.graph.nodes import (
    Atom,
    Best,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
)
from rasp.interpreter.compare import COMPARE
from rasp.interpreter.plan import BLOCK_CELLS

Matrix: TypeAlias = NDArray[np.bool_]

MATRIX_BYTES = 2**27
"""How much of whole matrices is kept for further readers; beyond that they are computed again."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A `Select` on a batch: numbers that compare as the values of its key and query do."""

    compare: Callable[..., Matrix]
    keys: NDArray[Any]  # [input | 1, key | 1]
    queries: NDArray[Any]  # [input | 1, query | 1]

    @classmethod
    def of(cls, comparison: str, key: Column, query: Column, cells: int) -> Comparison:
        """cells: how many comparisons there will be; for many it pays to make the numbers small."""
        keys, queries = _comparable(key, query)
        if cells > 2**16:
            keys, queries = _small(keys, queries)
        return cls(COMPARE[comparison], keys, queries)

    def rows(self, start: int, stop: int) -> Matrix:
        """[input | 1, query | 1, key | 1]"""
        queries = self.queries if self.queries.shape[1] == 1 else self.queries[:, start:stop]
        return self.compare(self.keys[:, None, :], queries[:, :, None])


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of a `Best` on a batch, by rank: the same for equal ones, 0 for nan."""

    ranks: NDArray[Any]  # [input | 1, key | 1]

    @classmethod
    def of(cls, column: Column) -> Scores:
        codes, table = column.without_failures().coded()
        order = _ranks(list(table))
        ranks = np.where(np.isnan(order), 0, order + 1)[codes]
        return cls(ranks.astype(np.min_scalar_type(int(ranks.max(initial=0)))))

    def best(self, rows: Matrix) -> Matrix:
        """Which of the selected keys [input | 1, query | 1, key] no other selected one beats.

        A nan is never beaten, and beats none.
        """
        ranks = self.ranks[:, None, :]
        largest = np.where(rows, ranks, 0).max(axis=2, keepdims=True)
        unbeaten: Matrix = rows & ((ranks == largest) | (ranks == 0))
        return unbeaten


class Selectors:
    """The selectors of one batch: comparisons as they are added, matrices on demand."""

    def __init__(self, n_inputs: int, length: int, *, causal: bool) -> None:
        self._n_inputs = n_inputs
        self._length = length
        self._causal = causal
        self._comparisons: dict[Select, Comparison] = {}
        self._scores: dict[Best, Scores] = {}
        self._kept: dict[SelectorNode, Matrix] = {}
        self._kept_bytes = 0

    def add(self, node: Select, key: Column, query: Column) -> None:
        cells = self._n_inputs * self._length**2
        self._comparisons[node] = Comparison.of(node.comparison, key, query, cells)

    def add_scores(self, node: Best, score: Column) -> None:
        self._scores[node] = Scores.of(score)

    def release(self, node: SelectorNode) -> None:
        """Nobody reads the selector any more."""
        matrix = self._kept.pop(node, None)
        self._kept_bytes -= 0 if matrix is None else matrix.nbytes
        if isinstance(node, Select):
            del self._comparisons[node]
        elif isinstance(node, Best):
            del self._scores[node]

    def blocks(self, selector: SelectorNode) -> Iterator[tuple[slice, Matrix]]:
        """Query positions and their rows [input | 1, query | 1, key], until all positions are done.

        Where all rows are equal there is one block, with one row.
        """
        order = self._composites(selector)
        cells_per_row = self._n_inputs * self._length * _most_alive(order)
        step = max(2, BLOCK_CELLS // cells_per_row)
        for start in range(0, self._length, step):
            stop = min(start + step, self._length)
            leaf = partial(self._leaf, start=start, stop=stop)
            keep = partial(self._keep, start=start, stop=stop)
            combine = partial(self._combined, start=start, stop=stop)
            rows = self._seen(_computed(selector, order, leaf, combine, keep), start, stop)
            if rows.shape[1] == 1 and stop - start > 1:
                yield slice(0, self._length), rows
                return
            yield slice(start, stop), rows

    def row(self, selector: SelectorNode, number: int, query: int) -> NDArray[np.bool_]:
        """What one query position of one input selects [key]"""
        order = self._composites(selector)

        def leaf(node: SelectorNode) -> Matrix:
            matrix = self._leaf(node, query, query + 1)
            return matrix if len(matrix) == 1 else matrix[number : number + 1]

        def combine(node: SelectorNode, operands: list[Matrix]) -> Matrix:
            matrix = self._combined(node, operands, query, query + 1)
            return matrix if len(matrix) == 1 else matrix[number : number + 1]

        rows = _computed(selector, order, leaf, combine)
        selected: Matrix = self._seen(rows, query, query + 1)[0, 0]
        return selected

    def _seen(self, rows: Matrix, start: int, stop: int) -> Matrix:
        """The rows with their keys written out, less those that come after the query if causal."""
        written: Matrix = np.broadcast_to(rows, (*rows.shape[:2], self._length))
        if not self._causal:
            return written
        positions = np.arange(self._length)
        return written & (positions[None, :] <= positions[start:stop, None])

    def _combined(
        self, node: SelectorNode, operands: list[Matrix], start: int, stop: int
    ) -> Matrix:
        match node:
            case SelectorNot():
                return ~operands[0]
            case SelectorAnd():
                return operands[0] & operands[1]
            case SelectorOr():
                return operands[0] | operands[1]
            case Best():
                return self._scores[node].best(self._seen(operands[0], start, stop))
        raise AssertionError(node)

    def _leaf(self, node: SelectorNode, start: int, stop: int) -> Matrix:
        """A comparison, or a combination that is kept."""
        kept = self._kept.get(node)
        if kept is not None:
            return kept if kept.shape[1] == 1 else kept[:, start:stop]
        assert isinstance(node, Select)
        return self._keep(node, self._comparisons[node].rows(start, stop), start, stop)

    def _keep(self, node: SelectorNode, matrix: Matrix, start: int, stop: int) -> Matrix:
        """The matrix of all inputs, kept if it is whole and there is room."""
        if stop - start == self._length and self._kept_bytes + matrix.nbytes <= MATRIX_BYTES:
            self._kept[node] = matrix
            self._kept_bytes += matrix.nbytes
        return matrix

    def _composites(self, selector: SelectorNode) -> list[SelectorNode]:
        """The combinations that the selector is made of, parts first; none that is kept."""
        order: list[SelectorNode] = []
        done: set[SelectorNode] = set()
        stack = [(selector, False)]
        while stack:
            node, expanded = stack.pop()
            if node in done or isinstance(node, Select) or node in self._kept:
                continue
            if expanded:
                done.add(node)
                order.append(node)
            else:
                stack.append((node, True))
                stack.extend((part, False) for part in reversed(_parts(node)))
        return order


def _parts(node: SelectorNode) -> tuple[SelectorNode, ...]:
    match node:
        case Select():
            return ()
        case SelectorNot(operand=operand):
            return (operand,)
        case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
            return left, right
        case Best(selector=selector):
            return (selector,)
    assert_never(node)


def _computed(
    selector: SelectorNode,
    order: list[SelectorNode],
    leaf: Callable[[SelectorNode], Matrix],
    combine: Callable[[SelectorNode, list[Matrix]], Matrix],
    keep: Callable[[SelectorNode, Matrix], Matrix] = lambda node, matrix: matrix,
) -> Matrix:
    """The selector, from the combinations that it is made of, in order, and from leaves."""
    if not order:
        return leaf(selector)
    computed: dict[SelectorNode, Matrix] = {}
    readers = Counter(part for node in order for part in _parts(node))
    for node in order:
        parts = _parts(node)
        operands = [computed[part] if part in computed else leaf(part) for part in parts]
        computed[node] = keep(node, combine(node, operands))
        for part in parts:
            readers[part] -= 1
            if not readers[part]:
                computed.pop(part, None)
    return computed[selector]


def _most_alive(order: list[SelectorNode]) -> int:
    """How many matrices are alive at one time, at most, when these are computed in order."""
    readers = Counter(part for node in order for part in _parts(node))
    composite = set(order)
    alive = most = 1
    for node in order:
        alive += 1
        most = max(most, alive)
        for part in _parts(node):
            readers[part] -= 1
            if not readers[part] and part in composite:
                alive -= 1
    return most


# -- values without an order


def unordered(comparison: str, key: Column, query: Column, *, causal: bool) -> Matrix | None:
    """The queries that meet a key without an order, a string a number [input | 1, query | 1].

    None if there cannot be any.
    """
    if comparison in ("==", "!=") or (key.is_numeric and query.is_numeric):
        return None
    key_texts, query_texts = _texts(key), _texts(query)
    if causal:
        length = max(key_texts.shape[1], query_texts.shape[1])
        key_texts = np.broadcast_to(key_texts, (len(key_texts), length))
        some_text = np.logical_or.accumulate(key_texts, axis=1)
        some_other = np.logical_or.accumulate(~key_texts, axis=1)
    else:
        some_text = np.logical_or.reduce(key_texts, axis=1, keepdims=True)
        some_other = np.logical_or.reduce(~key_texts, axis=1, keepdims=True)
    clash: Matrix = np.where(query_texts, some_other, some_text)
    return clash if clash.any() else None


def unscorable(score: Column, blocks: Iterator[tuple[slice, Matrix]]) -> Matrix | None:
    """The queries that select a key whose score fails, or both strings and numbers [input, query].

    blocks: of what `best` chooses from.  None if there cannot be any.
    """
    failed: Matrix = np.zeros((1, 1), np.bool_) if score.failed is None else score.failed
    texts: Matrix = _texts(score.without_failures()) & ~failed
    others: Matrix = ~texts & ~failed
    if not failed.any() and (not texts.any() or not others.any()):
        return None
    found: list[Matrix] = []
    for queries, rows in blocks:
        some = [(rows & keys[:, None, :]).any(axis=2) for keys in (failed, texts, others)]
        wrong = np.asarray(some[0] | (some[1] & some[2]))
        found.append(np.broadcast_to(wrong, (len(wrong), queries.stop - queries.start)))
    n_inputs = max(map(len, found))
    return np.concatenate([np.broadcast_to(f, (n_inputs, f.shape[1])) for f in found], axis=1)


def _texts(column: Column) -> Matrix:
    """Which elements are strings."""
    if column.table is None:
        return np.zeros((1, 1), np.bool_)
    texts: Matrix = np.array([isinstance(atom, str) for atom in column.table], np.bool_)
    return np.take(texts, column.data)


# -- numbers that compare as values do


def _comparable(key: Column, query: Column) -> tuple[NDArray[Any], NDArray[Any]]:
    """Arrays whose elements compare (==, <, ...) as those of the columns.

    Where strings are compared with others by order, which fails, anything may come.
    """
    if key.is_numeric and query.is_numeric:
        return key.data, query.data
    (key_codes, key_table), (query_codes, query_table) = key.coded(), query.coded()
    ranks = _ranks([*key_table, *query_table])
    return ranks[: len(key_table)][key_codes], ranks[len(key_table) :][query_codes]


def _ranks(atoms: list[Atom]) -> NDArray[np.float64]:
    """Numbers below strings, equal atoms alike, and nan for nan, which equals nothing."""
    numbers = sorted({atom for atom in atoms if not isinstance(atom, str) and atom == atom})
    strings = sorted({atom for atom in atoms if isinstance(atom, str)})
    rank = {atom: place for place, atom in enumerate([*numbers, *strings])}
    return np.array([rank.get(atom, np.nan) for atom in atoms], np.float64)


def _small(keys: NDArray[Any], queries: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The same order in the smallest type that can hold it."""
    everything = np.concatenate([keys.ravel(), queries.ravel()])
    if everything.dtype.kind == "f" and np.isnan(everything).any():
        return keys, queries
    distinct, codes = np.unique(everything, return_inverse=True)
    small = codes.ravel().astype(np.min_scalar_type(distinct.size))
    return small[: keys.size].reshape(keys.shape), small[keys.size :].reshape(queries.shape)
