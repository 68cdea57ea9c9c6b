"""Selectors -> numbers: equal for selectors that select the same however they are written.

Recognised are the order and nesting of `and` and `or`, repetition, `not` anywhere (`not (a < b)` is
`a >= b`), parts that select everything or nothing, and `best` of equal selectors by one score.
Whether two s-ops are equal is not asked: the graph knows (equal nodes are one node).
"""

from __future__ import annotations

from collections.abc import Iterable

from rasp.graph.construct import EMPTY, FULL
from rasp.graph.nodes import (
    Best,
    Constant,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
)

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

MAX_TERMS = 64
"""Longer conjunctions and disjunctions are compared as they are nested, which takes linear time."""


class CanonicalSelectors:
    """Numbers for selectors, and for their negations, which `not` swaps."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self._terms: dict[int, tuple[str, frozenset[int]]] = {}
        self._found: dict[SelectorNode, tuple[int, int]] = {}
        self.add(FULL)
        self.add(EMPTY)
        self._full, self._empty = self._found[FULL][0], self._found[EMPTY][0]

    def __getitem__(self, node: SelectorNode) -> int:
        return self._found[node][0]

    def add(self, node: SelectorNode) -> None:
        """Parts are added before wholes."""
        match node:
            case Select(comparison=comparison):
                # FULL and EMPTY compare the same constants, and so are opposites.
                pair = (
                    self._comparison(node, comparison),
                    self._comparison(node, _OPPOSITE[comparison]),
                )
            case SelectorNot(operand=operand):
                positive, negative = self._found[operand]
                pair = negative, positive
            case SelectorAnd(left=left, right=right):
                (a, not_a), (b, not_b) = self._found[left], self._found[right]
                pair = self._combination("and", a, b), self._combination("or", not_a, not_b)
            case SelectorOr(left=left, right=right):
                (a, not_a), (b, not_b) = self._found[left], self._found[right]
                pair = self._combination("or", a, b), self._combination("and", not_a, not_b)
            case Best(selector=selector, score=Constant()):  # which is never beaten
                pair = self._found[selector]
            case Best(selector=selector, score=score):
                chosen = self._found[selector][0]
                pair = self._number(("best", chosen, score)), self._number(("not", chosen, score))
        self._found[node] = pair

    def add_all(self, nodes: Iterable[SelectorNode]) -> None:
        for node in nodes:
            self.add(node)

    def _comparison(self, node: Select, comparison: str) -> int:
        return self._number((node.key, node.query, comparison))

    def _combination(self, operator: str, *parts: int) -> int:
        neutral, absorbing = (
            (self._full, self._empty) if operator == "and" else (self._empty, self._full)
        )
        terms: set[int] = set()
        for part in parts:
            kind, below = self._terms.get(part, ("", frozenset()))
            terms.update(below if kind == operator and len(below) < MAX_TERMS else {part})
        if absorbing in terms:
            return absorbing
        terms.discard(neutral)
        if len(terms) < 2:
            return terms.pop() if terms else neutral
        number = self._number((operator, frozenset(terms)))
        self._terms[number] = operator, frozenset(terms)
        return number

    def _number(self, key: object) -> int:
        return self._numbers.setdefault(key, len(self._numbers))
