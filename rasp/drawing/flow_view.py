"""What is known of an input: a row for each s-op and a head for each selector below the root."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rasp.drawing.flow import FAILED, UNKNOWN, Cell, Head, Result, Row
from rasp.drawing.text import cell, expression, label
from rasp.errors import RaspRuntimeError
from rasp.graph.construct import tokens as conversion
from rasp.graph.nodes import (
    TOKENS,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
    children,
)
from rasp.graph.operators import show
from rasp.graph.origins import Origins
from rasp.visible import visible

if TYPE_CHECKING:
    from rasp.interpreter.steps import Step

MAX_PARTS = 6
"""How many named parts of a selector are spelt out."""


def are_strings(tokens: Iterable[Atom]) -> bool:
    return all(isinstance(token, str) for token in tokens)


class View:
    """What is known of an input: rows and heads of any node below the root."""

    def __init__(
        self,
        tokens: list[Atom],
        found: dict[Node, Step],
        origins: Origins,
        *,
        landmarks: Iterable[Node] = (),
    ) -> None:
        """landmarks: the nodes that have a row of their own, children before parents."""
        self._found = found
        self._origins = origins
        self._n = len(tokens)
        self._numbers = {node: number for number, node in enumerate(landmarks, start=1)}
        self.tokens = Row("tokens", "", tuple(Cell(cell(t), show(t)) for t in tokens))
        self.all_strings = are_strings(tokens)

    @property
    def error(self) -> RaspRuntimeError | None:
        """Of the first step that fails.  That intermediate values have no common type is none."""
        errors = [step.error for step in self._found.values() if step.error is not None]
        return errors[0] if errors else None

    def is_input(self, node: Node) -> bool:
        """Whether a node has the very tokens of the input as its values."""
        return node is TOKENS or (self.all_strings and node is conversion("str"))

    def _said(self, node: Node) -> tuple[str, str]:
        """The name of a node and its expression, or its expression alone."""
        text = expression(node, self._origins)
        name = self._origins.name(node)
        return (text, "") if name in (None, text) else (visible(str(name)), text)

    def row(self, node: SOpNode, *, is_output: bool = False) -> Row:
        if self.is_input(node) and not is_output:
            return self.tokens
        shown, text = self._said(node)
        return Row(
            shown,
            text,
            self._cells(node),
            self._numbers.get(node, 0),
            self._reads(node),
        )

    def _reads(self, node: SOpNode) -> tuple[int, ...]:
        """The rows below an elementwise result, through what is part of its expression."""
        if not isinstance(node, Elementwise):
            return ()
        found: dict[int, None] = {}
        seen: set[Node] = set()
        stack: list[Node] = list(reversed(node.operands))
        while stack:
            part = stack.pop()
            if part in seen:
                continue
            seen.add(part)
            if self.is_input(part):
                found[0] = None
            elif part in self._numbers:
                found[self._numbers[part]] = None
            else:
                stack.extend(reversed(children(part)))
        return tuple(found)

    def _cells(self, node: SOpNode) -> tuple[Cell, ...]:
        step = self._found.get(node)
        if step is None:
            return (UNKNOWN,) * self._n
        empty: frozenset[int] = frozenset()
        if isinstance(node, (Aggregate, Fetch)):
            rows = self._found[node.selector].values
            empty = frozenset(i for i, row in enumerate(rows) if not any(row))
        return tuple(
            FAILED
            if i in step.failed
            else Cell(cell(value), show(value), "default" if i in empty else "value")
            for i, value in enumerate(step.values)
        )

    def head(
        self,
        selector: SelectorNode,
        numbers: tuple[int, ...],
        users: Sequence[Aggregate | Fetch | SelectorWidth],
    ) -> Head:
        parts = parts_of(selector)
        comparisons = [part for part in parts if isinstance(part, Select)]
        scores = [part.score for part in parts if isinstance(part, Best)]
        shown, text = self._said(selector)
        step = self._found.get(selector)
        return Head(
            numbers,
            shown,
            text,
            self._parts(selector),
            self.tokens,
            self._rows([*(comparison.key for comparison in comparisons), *scores]),
            self._rows(comparison.query for comparison in comparisons),
            self._rows(user.value for user in users if isinstance(user, (Aggregate, Fetch))),
            None if step is None else tuple(map(tuple, step.values)),
            frozenset() if step is None else step.failed,
            tuple(map(self._result, users)),
        )

    def _rows(self, nodes: Iterable[SOpNode]) -> tuple[Row, ...]:
        """A row for each node once; constants are seen in the expressions."""
        different = {node: None for node in nodes if not isinstance(node, Constant)}
        return tuple(dict.fromkeys(map(self.row, different)))

    def _parts(self, selector: SelectorNode) -> tuple[str, ...]:
        parts = [
            f"{label(node, self._origins)} = {expression(node, self._origins)}"
            for node in parts_of(selector)
            if node is not selector and self._origins.name(node) is not None
        ]
        more = len(parts) - MAX_PARTS
        return (*parts[:MAX_PARTS], *([f"... and {more} more"] if more > 0 else []))

    def _result(self, user: Aggregate | Fetch | SelectorWidth) -> Result:
        row = self.row(user)
        if self._origins.name(user) is None:
            word = _WORDS[type(user)]
            row = replace(row, name=word, expression=row.expression or row.name)
        if isinstance(user, SelectorWidth):
            return Result(row, None, "")
        some = any(c.state == "default" for c in row.cells)
        of = show(user.value.value) if isinstance(user.value, Constant) else None
        return Result(row, of or self.row(user.value).name, show(user.default or 0) if some else "")


_WORDS = {Aggregate: "mean", Fetch: "fetched", SelectorWidth: "width"}
"""What a result of attention is called that has no name."""


def parts_of(selector: SelectorNode) -> list[SelectorNode]:
    """The selectors that a selector is a combination of, parts first, itself last."""
    order: dict[SelectorNode, None] = {}
    stack = [(selector, False)]
    while stack:
        node, expanded = stack.pop()
        if node in order:
            continue
        if expanded or isinstance(node, Select):
            order[node] = None
            continue
        stack.append((node, True))
        stack.extend((part, False) for part in reversed(_selectors_in(node)))
    return list(order)


def _selectors_in(node: SelectorNot | SelectorAnd | SelectorOr | Best) -> tuple[SelectorNode, ...]:
    match node:
        case SelectorNot(operand=selector) | Best(selector=selector):
            return (selector,)
        case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
            return left, right
