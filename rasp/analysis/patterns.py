"""A selector -> what it selects at each length, as far as that does not depend on the tokens.

`Pattern.bounds` gives two matrices for a length: the pairs that are selected in every input of that
length, and those that are selected in some input at all, as far as the selector's structure tells.
A comparison that depends on tokens may hold or not; one of positions and length alone is computed;
`and`, `or` and `not` combine the two, and `best` takes away what cannot be the best of a query.
For a selector without tokens both are the selector itself.

Comparisons of linear forms (`indices`, `length - 1 - indices`, `2 * indices + 1`) also have the
inequalities for `rasp.analysis.linear`, which decide questions for all lengths.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from rasp.analysis.linear import Row
from rasp.errors import RaspRuntimeError
from rasp.graph.construct import FULL
from rasp.graph.derived import LENGTH
from rasp.graph.nodes import (
    INDICES,
    SELECTOR_TYPES,
    TOKENS,
    Best,
    Constant,
    Elementwise,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    children,
)
from rasp.graph.walk import topological

Pairs: TypeAlias = NDArray[np.bool_]
"""[query | 1, key | 1]"""

MAX_CONSTANT = 2**20
MAX_DENOMINATOR = 2**10


@dataclass(frozen=True, slots=True)
class Linear:
    """index * (the position) + length * n + constant, exactly, in integers and in floats."""

    index: Fraction
    length: Fraction
    constant: Fraction

    def __add__(self, other: Linear) -> Linear:
        return Linear(
            self.index + other.index, self.length + other.length, self.constant + other.constant
        )

    def times(self, factor: Fraction) -> Linear:
        return Linear(self.index * factor, self.length * factor, self.constant * factor)

    @property
    def parts(self) -> tuple[Fraction, Fraction, Fraction]:
        return self.index, self.length, self.constant

    @property
    def denominator(self) -> int:
        return lcm(*(part.denominator for part in self.parts))

    @property
    def is_small(self) -> bool:
        """Denominators are powers of 2, so that floats hold such numbers exactly."""
        size = max(abs(part) for part in self.parts)
        below = self.denominator
        return size <= MAX_CONSTANT and below <= MAX_DENOMINATOR and not below & (below - 1)


def linear_forms(order: list[Node]) -> dict[Node, Linear]:
    """Those nodes that are linear in position and length; children come before parents."""
    found: dict[Node, Linear] = {}
    for node in order:
        form = _linear(node, found)
        if form is not None and form.is_small:
            found[node] = form
    return found


def _linear(node: Node, found: dict[Node, Linear]) -> Linear | None:
    zero = Fraction(0)
    if node is INDICES:
        return Linear(Fraction(1), zero, zero)
    if node is LENGTH or (isinstance(node, SelectorWidth) and node.selector is FULL):
        return Linear(zero, Fraction(1), zero)
    if isinstance(node, Constant):
        return Linear(zero, zero, _fraction(node)) if _is_finite(node) else None
    if not isinstance(node, Elementwise) or any(part not in found for part in node.operands):
        return None
    left, *others = (found[part] for part in node.operands)
    right = others[0] if others else left
    match node.operator:
        case "add":
            return left + right
        case "subtract":
            return left + right.times(Fraction(-1))
        case "negate":
            return left.times(Fraction(-1))
        case "plus":
            return left
        case "round":
            return left if left.denominator == 1 else None
        case "multiply":
            return _product(left, right)
        case "divide" if not right.index and not right.length and right.constant:
            return left.times(1 / right.constant)
    return None


def _is_finite(node: Constant) -> bool:
    value = node.value
    return isinstance(value, (int, float)) and abs(value) <= MAX_CONSTANT


def _fraction(node: Constant) -> Fraction:
    return Fraction(node.value)


def _product(left: Linear, right: Linear) -> Linear | None:
    for factor, form in ((left, right), (right, left)):
        if not factor.index and not factor.length:
            return form.times(factor.constant)
    return None


class Pattern:
    """What is known of a selector before there is an input."""

    def __init__(self, selector: SelectorNode) -> None:
        order = topological([selector])
        self.selector = selector
        self._selectors = [node for node in order if isinstance(node, SELECTOR_TYPES)]
        self._forms = linear_forms(order)
        with_tokens: set[Node] = set()
        for node in order:
            if node is TOKENS or any(child in with_tokens for child in children(node)):
                with_tokens.add(node)
        self._with_tokens = with_tokens
        comparisons = [node for node in self._selectors if isinstance(node, Select)]
        self.is_exact = selector not in with_tokens
        """Whether it is the same for all inputs of one length."""
        has_best = any(isinstance(node, Best) for node in self._selectors)
        self.is_linear = not has_best and all(map(self._is_linear, comparisons))
        """Whether `bounds` is all that `rows` decide, and exact."""
        linear = [node for node in comparisons if self._is_linear(node)]
        self.rows = tuple(row for node in linear for row in self._rows(node))
        parts = [self._forms[side] for node in linear for side in (node.key, node.query)]
        self.scale = max((int(abs(form.constant)) + 1 for form in parts), default=1)
        self.periods = tuple(
            dict.fromkeys(
                int(abs(part * form.denominator))
                for form in parts
                for part in (form.index, form.length, Fraction(1))
                if part
            )
        )

    def __len__(self) -> int:
        """How many matrices `bounds` computes."""
        return len(self._selectors)

    def _is_linear(self, node: Select) -> bool:
        return node.key in self._forms and node.query in self._forms

    def _rows(self, node: Select) -> list[Row]:
        """key - query and its negation, with both sides of equality."""
        key, query = self._forms[node.key], self._forms[node.query]
        scale = lcm(key.denominator, query.denominator)
        difference = Row.of(
            j=int(key.index * scale),
            i=int(-query.index * scale),
            n=int((key.length - query.length) * scale),
            constant=int((key.constant - query.constant) * scale),
        )
        return [
            difference,
            difference.plus(-1),
            difference.negated(),
            difference.negated(-1),
        ]

    def bounds(self, length: int, *, only_linear: bool = False) -> tuple[Pairs, Pairs]:
        """Selected in every input of the length; selected in some, as far as can be told.

        only_linear: of comparisons that are not linear nothing is assumed, so that what holds of
        the result is decided by `rows`.
        """
        found: dict[Node, tuple[Pairs, Pairs]] = {}
        for node in self._selectors:
            match node:
                case Select():
                    found[node] = self._comparison(node, length, only_linear)
                case SelectorNot(operand=operand):
                    lower, upper = found[operand]
                    found[node] = ~upper, ~lower
                case SelectorAnd(left=left, right=right):
                    found[node] = (
                        found[left][0] & found[right][0],
                        found[left][1] & found[right][1],
                    )
                case SelectorOr(left=left, right=right):
                    found[node] = (
                        found[left][0] | found[right][0],
                        found[left][1] | found[right][1],
                    )
                case Best():
                    found[node] = self._best(node, *found[node.selector], length, only_linear)
                case _:
                    assert_never(node)
        lower, upper = found[self.selector]
        shape = (length, length)
        return np.broadcast_to(lower, shape), np.broadcast_to(upper, shape)

    def _best(
        self, node: Best, lower: Pairs, upper: Pairs, length: int, only_linear: bool
    ) -> tuple[Pairs, Pairs]:
        """What `best` selects, of what is selected always and of what is selected sometimes."""
        shape = (length, length)
        lower, upper = np.broadcast_to(lower, shape), np.broadcast_to(upper, shape)
        if only_linear:  # which key is best is decided by all of them, not by a pair alone
            return np.zeros((1, 1), np.bool_), upper
        if node not in self._with_tokens:
            matrix = _evaluated(node, length)
            if matrix is not None:
                return matrix, matrix
        scores = self._scores(node, length)
        if scores is None:
            return lower & (upper.sum(axis=1, keepdims=True) == 1), upper
        highest_sure, highest = (
            np.where(pairs, scores, -np.inf).max(axis=1, keepdims=True) for pairs in (lower, upper)
        )
        return lower & (scores >= highest), upper & (scores >= highest_sure)

    def most(self, length: int) -> int:
        """How many pairs are selected in an input of the length, at most."""
        per_query = self.bounds(length)[1].sum(axis=1)
        if isinstance(self.selector, Best):
            scores = self._scores(self.selector, length)
            if scores is not None and len(np.unique(scores)) == length:
                per_query = np.minimum(per_query, 1)
        return int(per_query.sum())

    def _scores(self, node: Best, length: int) -> NDArray[np.float64] | None:
        """The score of each position, if it is a number that does not depend on tokens."""
        from rasp.interpreter import evaluate

        if node.score in self._with_tokens:
            return None
        try:
            scores = evaluate(node.score, [[0] * length])[0]
        except RaspRuntimeError:
            return None
        exact = all(not isinstance(score, str) and abs(score) <= 2**53 for score in scores)
        return np.array(scores, np.float64) if exact else None

    def _comparison(self, node: Select, length: int, only_linear: bool) -> tuple[Pairs, Pairs]:
        if self._is_linear(node):
            pairs = self._compared(node, length)
            return pairs, pairs
        if node not in self._with_tokens and not only_linear:
            matrix = _evaluated(node, length)
            if matrix is not None:
                return matrix, matrix
        return np.zeros((1, 1), np.bool_), np.ones((1, 1), np.bool_)

    def _compared(self, node: Select, length: int) -> Pairs:
        key, query = self._forms[node.key], self._forms[node.query]
        scale = lcm(key.denominator, query.denominator)
        places = np.arange(length)
        keys = _values(key, scale, places, length)[None, :]
        queries = _values(query, scale, places, length)[:, None]
        match node.comparison:
            case "==":
                return np.asarray(keys == queries)
            case "!=":
                return np.asarray(keys != queries)
            case "<":
                return np.asarray(keys < queries)
            case "<=":
                return np.asarray(keys <= queries)
            case ">":
                return np.asarray(keys > queries)
            case _:
                return np.asarray(keys >= queries)


def _values(form: Linear, scale: int, places: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """The form at each position, times scale [position]"""
    offset = int((form.length * length + form.constant) * scale)
    return np.asarray(int(form.index * scale) * places + offset)


def _evaluated(node: Select | Best, length: int) -> Pairs | None:
    """A selector that does not depend on tokens; None where it fails."""
    from rasp.interpreter import evaluate

    try:
        return np.array(evaluate(node, [[0] * length])[0], np.bool_)
    except RaspRuntimeError:
        return None
