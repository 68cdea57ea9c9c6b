"""A plan and inputs of one length -> a result or a fault for each input.

Values are columns with the axes [input, position].  An axis along which nothing varies has length
1, so that constants, `indices` and `length` cost nothing, however many inputs there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from rasp.graph.columns import Column, Failure, apply_column
from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
    Tokens,
    children,
)
from rasp.graph.operators import same
from rasp.graph.sequences import sequence_type
from rasp.interpreter.aggregates import aggregate, fetch, width
from rasp.interpreter.faults import (
    MAX_VALUES_SHOWN,
    AggregateFault,
    BestFault,
    ComparisonFault,
    ElementwiseFault,
    Fault,
    FetchFault,
    TypeFault,
)
from rasp.interpreter.plan import Plan
from rasp.interpreter.selectors import Selectors, unordered, unscorable


def evaluate_batch(plan: Plan, inputs: list[list[Atom]], causal: bool) -> list[Any]:
    """For each input a list of values, a list of rows, or a Fault.  All inputs have one length."""
    batch = Batch(inputs, causal, plan.deferred)
    for node, released in zip(plan.order, plan.released, strict=True):
        batch.evaluate(node)
        if len(batch.faults) == len(inputs):
            break
        for unread in released:
            batch.release(unread)
    return batch.results(plan.root)


def extreme_widths(
    plan: Plan, widths: Sequence[SOpNode], inputs: list[list[Atom]], causal: bool
) -> tuple[NDArray[np.int64], list[int]]:
    """The smallest and the largest width among the positions, [width, input, 2], and who fails.

    What is made of something that failed on an input has some value there.
    """
    batch = Batch(inputs, causal, plan.deferred)
    for node, released in zip(plan.order, plan.released, strict=True):
        batch.evaluate(node)
        for unread in released:
            batch.release(unread)
    shape = (batch.n_inputs, batch.length)
    counts = np.stack([batch.values[width].broadcast_to(shape).data for width in widths])
    return np.stack([counts.min(axis=2), counts.max(axis=2)], axis=2), sorted(batch.faults)


def evaluate_all(
    order: Sequence[Node], tokens: list[Atom], causal: bool, deferred: Collection[Node]
) -> dict[SOpNode, list[Atom]]:
    """The values of all s-ops on one input.  order: operands before what they are operands of.

    What fails has no values, nor has what is made of it; but where a deferred one fails, that
    concerns only those who select the position.
    """
    batch = Batch([tokens], causal, deferred)
    failed: set[Node] = set()
    for node in order:
        if failed.isdisjoint(children(node)):
            batch.evaluate(node)
        if batch.faults or not failed.isdisjoint(children(node)):
            failed.add(node)
            batch.faults.clear()
    found: dict[SOpNode, list[Atom]] = {}
    for node, column in batch.values.items():
        if node not in failed and not (column.faults is not None and column.faults.any()):
            found[node] = column.broadcast_to((1, len(tokens))).tolist()[0]
    return found


class Batch:
    """What is known of each node so far, and of each input that has failed why.

    deferred: the nodes whose columns keep their failures, for those who select them.
    """

    def __init__(
        self, inputs: list[list[Atom]], causal: bool, deferred: Collection[Node] = ()
    ) -> None:
        self.n_inputs, self.length = len(inputs), len(inputs[0])
        self.causal = causal
        self.deferred = deferred
        self.inputs = inputs
        self.values: dict[SOpNode, Column] = {}
        self.selectors = Selectors(self.n_inputs, self.length, causal=causal)
        self.faults: dict[int, Fault] = {}

    def evaluate(self, node: Node) -> None:
        match node:
            case Tokens():
                tokens = Column.of([token for sequence in self.inputs for token in sequence])
                self.values[node] = tokens.reshape(self.n_inputs, self.length)
            case Indices():
                self.values[node] = Column(np.arange(self.length)[None, :])
            case Constant(value=value):
                self.values[node] = Column.constant(value, (1, 1))
            case Elementwise():
                self._elementwise(node)
            case Aggregate():
                self._aggregate(node)
            case SelectorWidth():
                self.values[node] = width(node, self.selectors)
            case Select():
                self._select(node)
            case SelectorNot() | SelectorAnd() | SelectorOr():
                pass  # computed by its readers
            case Best():
                self._best(node)
            case Fetch():
                self._fetch(node)
            case _:
                assert_never(node)

    def release(self, node: Node) -> None:
        if isinstance(node, SELECTOR_TYPES):
            self.selectors.release(node)
        else:
            del self.values[node]

    def _elementwise(self, node: Elementwise) -> None:
        operands = [self.values[operand] for operand in node.operands]
        column = apply_column(node.operator, node.parameters, operands, node)
        if node in self.deferred:
            self.values[node] = column
            return
        self.values[node] = column.without_failures()
        for number, position in self._newly_failed(column.failed):
            failure = _failure_at(column, number, position)
            values = tuple(_at(operand, number, position) for operand in operands)
            self.faults[number] = ElementwiseFault(node, position, failure.message, values)

    def _aggregate(self, node: Aggregate) -> None:
        values = self.values[node.value]
        column = aggregate(node, values, self.selectors)
        self.values[node] = column.without_failures()
        for number, position in self._newly_failed(column.failed):
            row = self.selectors.row(node.selector, number, position)
            selected = np.flatnonzero(row)[: MAX_VALUES_SHOWN + 1].tolist()
            shown = tuple((key, _at(values, number, key)) for key in selected)
            message = _failure_at(column, number, position).message
            self.faults[number] = AggregateFault(node, position, message, shown)

    def _select(self, node: Select) -> None:
        key, query = self.values[node.key], self.values[node.query]
        self.selectors.add(node, key, query)
        failed = unordered(node.comparison, key, query, causal=self.causal)
        for number, position in self._newly_failed(failed):
            value = _at(query, number, position)
            keys = [(place, _at(key, number, place)) for place in range(self.length)]
            clash = next(
                pair for pair in keys if isinstance(pair[1], str) != isinstance(value, str)
            )
            self.faults[number] = ComparisonFault(node, position, value, *clash)

    def _best(self, node: Best) -> None:
        score = self.values[node.score]
        self.selectors.add_scores(node, score)
        failed = unscorable(score, self.selectors.blocks(node.selector))
        for number, position in self._newly_failed(failed):
            row = self.selectors.row(node.selector, number, position)
            keys = np.flatnonzero(row).tolist()
            scores = [(key, score.at(number, key)) for key in keys]
            failures = [(key, value) for key, value in scores if isinstance(value, Failure)]
            if failures:
                self.faults[number] = self._deferred_fault(number, *failures[0], query=position)
                continue
            atoms = [(key, _at(score, number, key)) for key in keys]
            other = next(p for p in atoms if isinstance(p[1], str) != isinstance(atoms[0][1], str))
            self.faults[number] = BestFault(node, position, atoms[0], other)

    def _deferred_fault(
        self, number: int, position: int, failure: Failure, query: int | None = None
    ) -> Fault:
        node = failure.node
        assert isinstance(node, Elementwise)
        columns = [self.values[operand].without_failures() for operand in node.operands]
        values = tuple(_at(column, number, position) for column in columns)
        return ElementwiseFault(node, position, failure.message, values, query)

    def _fetch(self, node: Fetch) -> None:
        values = self.values[node.value]
        column = fetch(node, values, self.selectors)
        self.values[node] = column.without_failures()
        for number, position in self._newly_failed(column.failed):
            row = self.selectors.row(node.selector, number, position)
            pairs = [(key, _at(values, number, key)) for key in np.flatnonzero(row).tolist()]
            others = [pair for pair in pairs if not same(pair[1], pairs[0][1])]
            selected = (pairs[0], others[0]) if others else ()
            message = _failure_at(column, number, position).message
            sample = _at(values, number, position)
            self.faults[number] = FetchFault(node, position, message, selected, sample)

    def _newly_failed(self, failed: np.ndarray[Any, Any] | None) -> list[tuple[int, int]]:
        """The inputs that fail here and have not before, each with its first such position."""
        if failed is None or not failed.any():
            return []
        rows = np.broadcast_to(failed, (self.n_inputs, failed.shape[1]))
        numbers = np.flatnonzero(rows.any(axis=1)).tolist()
        return [(n, int(rows[n].argmax())) for n in numbers if n not in self.faults]

    def results(self, root: Node) -> list[Any]:
        if len(self.faults) == self.n_inputs:
            return [self.faults[number] for number in range(self.n_inputs)]
        found = self._matrices(root) if isinstance(root, SELECTOR_TYPES) else self._sequences(root)
        for number, fault in self.faults.items():
            found[number] = fault
        return found

    def _sequences(self, root: SOpNode) -> list[Any]:
        column = self.values[root].broadcast_to((self.n_inputs, self.length))
        sequences = column.tolist()
        if column.table is not None and not all(isinstance(atom, str) for atom in column.table):
            for number, values in enumerate(sequences):
                if sequence_type(values) is None:
                    sequences[number] = TypeFault(root, values)
        return sequences

    def _matrices(self, root: SelectorNode) -> list[Any]:
        matrices: list[Any] = [[] for _ in range(self.n_inputs)]
        for queries, rows in self.selectors.blocks(root):
            shape = (self.n_inputs, queries.stop - queries.start, self.length)
            for matrix, block in zip(matrices, np.broadcast_to(rows, shape), strict=True):
                matrix.extend(block.tolist())
        return matrices


def _at(column: Column, number: int, position: int) -> Atom:
    """A value of a column without failures."""
    value = column.at(number, position)
    assert not isinstance(value, Failure)
    return value


def _failure_at(column: Column, number: int, position: int) -> Failure:
    failure = column.at(number, position)
    assert isinstance(failure, Failure)
    return failure
