"""A node and one short input -> its value in plain Python, without NumPy.

What is typed in the REPL, and most of what is tried on a word, is so small that to import NumPy
would take a hundred times as long.  The values are those of `batch`, which says why an input fails:
here a failure is only noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, assert_never

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
)
from rasp.graph.operators import COMPARISON_OPERATORS, OperationError, apply, fetched, mean
from rasp.graph.sequences import sequence_type

Rows: TypeAlias = list[list[bool]]
"""What a selector selects [query, key]."""

MAX_CELLS = 2**14
"""How many values are computed in this way, a selector's pairs of positions counted each: about
what takes NumPy a millisecond, and this a few."""


def is_small(order: Sequence[Node], length: int) -> bool:
    """Whether all that is in this order is little work on an input of this length."""
    per_node = (length**2 if isinstance(node, SELECTOR_TYPES) else length for node in order)
    return sum(per_node) <= MAX_CELLS


def small_value(order: Sequence[Node], tokens: Sequence[Atom], causal: bool) -> Any:
    """What the last of the nodes has on one input: atoms [position] or rows of bools [query, key].

    order: children before parents.  None if anything fails, or may fail by what `best` does not
    look at.
    """
    try:
        value = _Small(tokens, causal).value(order)
    except OperationError:
        return None
    if not isinstance(order[-1], SELECTOR_TYPES) and sequence_type(value) is None:
        return None
    return value


class _Small:
    """The values of all nodes so far."""

    def __init__(self, tokens: Sequence[Atom], causal: bool) -> None:
        self._tokens = tokens
        self._causal = causal
        self._positions = range(len(tokens))
        self._atoms: dict[SOpNode, list[Atom]] = {}
        self._rows: dict[SelectorNode, Rows] = {}

    def value(self, order: Sequence[Node]) -> Any:
        """Raises OperationError."""
        for node in order:
            if isinstance(node, SELECTOR_TYPES):
                self._rows[node] = self._selected(node)
            else:
                self._atoms[node] = self._computed(node)
        root = order[-1]
        return self._seen(root) if isinstance(root, SELECTOR_TYPES) else self._atoms[root]

    def _computed(self, node: SOpNode) -> list[Atom]:
        match node:
            case Tokens():
                return list(self._tokens)
            case Indices():
                return list(self._positions)
            case Constant(value=atom):
                return [atom] * len(self._tokens)
            case Elementwise(operator=operator, operands=operands, parameters=parameters):
                columns = (self._atoms[operand] for operand in operands)
                return [apply(operator, parameters, *atoms) for atoms in zip(*columns, strict=True)]
            case Aggregate(selector=selector, value=value, default=default):
                chosen = self._chosen(selector, value)
                return [mean(atoms) if atoms else default for atoms in chosen]
            case Fetch(selector=selector, value=value, default=otherwise):
                return [fetched(atoms, otherwise) for atoms in self._chosen(selector, value)]
            case SelectorWidth(selector=selector):
                return [sum(row) for row in self._seen(selector)]
        assert_never(node)

    def _selected(self, node: SelectorNode) -> Rows:
        match node:
            case Select(key=key, query=query, comparison=comparison):
                return self._compared(COMPARISON_OPERATORS[comparison], key, query)
            case SelectorNot(operand=operand):
                return [[not cell for cell in row] for row in self._rows[operand]]
            case SelectorAnd(left=left, right=right):
                return self._both(left, right, lambda a, b: a and b)
            case SelectorOr(left=left, right=right):
                return self._both(left, right, lambda a, b: a or b)
            case Best(selector=selector, score=score):
                scores = self._atoms[score]
                return [_unbeaten(row, scores) for row in self._seen(selector)]
        assert_never(node)

    def _compared(self, operator: str, key: SOpNode, query: SOpNode) -> Rows:
        """In causal mode keys that come later are not looked at: they may have no order."""
        return [
            [
                (not self._causal or place <= position)
                and bool(apply(operator, (), atom, self._atoms[query][position]))
                for place, atom in enumerate(self._atoms[key])
            ]
            for position in self._positions
        ]

    def _both(self, left: SelectorNode, right: SelectorNode, combine: Any) -> Rows:
        pairs = zip(self._rows[left], self._rows[right], strict=True)
        return [list(map(combine, one, other)) for one, other in pairs]

    def _seen(self, selector: SelectorNode) -> Rows:
        """The rows, less the keys that come after the query if causal."""
        rows = self._rows[selector]
        if not self._causal:
            return rows
        return [
            [cell and place <= position for place, cell in enumerate(row)]
            for position, row in enumerate(rows)
        ]

    def _chosen(self, selector: SelectorNode, value: SOpNode) -> list[list[Atom]]:
        """The values that each query selects."""
        atoms = self._atoms[value]
        return [
            [atom for atom, cell in zip(atoms, row, strict=True) if cell]
            for row in self._seen(selector)
        ]


def _unbeaten(row: list[bool], scores: list[Atom]) -> list[bool]:
    """Which of the selected keys no other selected one beats; a nan is never beaten, beats none.

    Raises OperationError where strings and numbers meet.
    """
    selected = [score for score, cell in zip(scores, row, strict=True) if cell]
    for score in selected[1:]:
        apply("less", (), selected[0], score)
    known = [score for score in selected if score == score]
    largest = max(known, default=None)  # all strings, or all numbers
    return [
        cell and (score != score or score == largest)
        for score, cell in zip(scores, row, strict=True)
    ]
