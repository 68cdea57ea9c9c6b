"""The labels of a compiled model -> the expressions of the program that they name.

Labels are names and expressions as the compiler writes them, with places lost; the graph and the
program text have them.  A label that several nodes have is given all their places.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rasp import interpreter
from rasp.compiled.specification import Specification
from rasp.compiler.simplify import simplify
from rasp.errors import RaspError
from rasp.explorer.data import Expression, Selection
from rasp.graph.construct import is_sop
from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Atom,
    Fetch,
    Node,
    SelectorNode,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.operators import show
from rasp.graph.origins import Origins
from rasp.graph.text import to_text, without_part
from rasp.graph.walk import topological
from rasp.visible import visible

LONGEST_EXPRESSION = 240


class Meanings:
    """The expressions of one program, and its selectors on one input."""

    def __init__(
        self, specification: Specification, sequence: Sequence[Atom], *, causal: bool
    ) -> None:
        self._specification = specification
        self._sequence = sequence
        self._causal = causal
        self.origins = _origins(specification)
        root = specification.node
        self._nodes = topological([root, simplify(root, self.origins)])
        self._by_name: dict[str, list[Node]] = {}
        for node in self._nodes:
            if (name := self.origins.name(node)) is not None:
                self._by_name.setdefault(name, []).append(node)

    def of_root(self) -> tuple[Expression, ...]:
        """The s-op that the model computes."""
        return (self._expression(self._specification.node),)

    def of_node(self, node: Node) -> tuple[Expression, ...]:
        """An s-op of the program."""
        return (self._expression(node),)

    def of(self, label: str) -> tuple[Expression, ...]:
        """What the label names; nothing, where the program has nothing of this name."""
        return _distinct([self._expression(node) for node in self._nodes_of(label)])

    def selections(self, label: str) -> tuple[Selection, ...]:
        """The selectors that heads with this label are for.

        Those of the aggregates and widths that the label names; where it names something that is
        made of them (a sum is one head), of the nearest ones below.
        """
        found: dict[SelectorNode, None] = {}
        if not self._exactly(label):
            parts = self._exactly(without_part(label)[1])
            found = {part: None for part in parts if isinstance(part, SELECTOR_TYPES)}
        for node in () if found else self._nodes_of(label):
            found |= dict.fromkeys(_nearest_selectors(node))
        selections: dict[Expression, Selection] = {}
        for selector in found:
            expression = self._expression(selector)
            selections.setdefault(expression, Selection(expression, self._matrix(selector)))
        return tuple(selections.values())

    def _nodes_of(self, label: str) -> list[Node]:
        """A head that has a part of a selector is labelled "what (part)"."""
        return self._exactly(label) or self._exactly(without_part(label)[0])

    def _exactly(self, label: str) -> list[Node]:
        return self._by_name.get(label) or self._by_text.get(label, [])

    @cached_property
    def _by_text(self) -> dict[str, list[Node]]:
        """Nodes without a name, by their expressions."""
        found: dict[str, list[Node]] = {}
        for node in self._nodes:
            if self.origins.name(node) is None:
                found.setdefault(to_text(node, self.origins), []).append(node)
        return found

    def _expression(self, node: Node) -> Expression:
        text = to_text(node, self.origins, limit=LONGEST_EXPRESSION)
        name, span = self.origins.name(node) or "", self.origins.span(node)
        values = self._values(node)
        if span is None:
            return Expression(text, name, values=values)
        source = self._specification.source
        here = source is not None and span.source.text == source.text
        return Expression(
            text=text,
            name=name,
            place=str(span),
            line=span.line,
            start=span.start if here else None,
            end=span.end if here else None,
            excerpt=span.source.line(span.line),
            values=values,
        )

    def _values(self, node: Node) -> tuple[str, ...]:
        if not is_sop(node):
            return ()
        (outcome,) = interpreter.outcomes(node, [self._sequence], causal=self._causal)
        return () if isinstance(outcome, RaspError) else tuple(map(readable, outcome))

    def _matrix(self, selector: SelectorNode) -> NDArray[np.bool_] | None:
        """[query, key], None where the selector fails on the input."""
        (outcome,) = interpreter.outcomes(selector, [self._sequence], causal=self._causal)
        return None if isinstance(outcome, RaspError) else np.array(outcome, dtype=bool)


def readable(value: Atom) -> str:
    """The atom as a program would write it, characters that cannot be seen by their codes."""
    return visible(show(value))


def _origins(specification: Specification) -> Origins:
    """Places and names of the s-op's nodes, from the program text if they are not kept."""
    from rasp.program import loads
    from rasp.sop import SOp

    if specification.origins is not None:
        return specification.origins
    source, name = specification.source, specification.name
    if source is None or name is None:
        return Origins()
    try:
        value = loads(source.text, name=source.name)[name]
    except RaspError:
        return Origins()  # a program in several files, which are not here
    # A text that gives another s-op says nothing about this one; `rasp verify` reports it.
    same = isinstance(value, SOp) and value.node is specification.node
    return value.origins if same else Origins()


def _nearest_selectors(node: Node) -> list[SelectorNode]:
    """The selectors of the aggregates and widths nearest below the node."""
    match node:
        case Aggregate(selector=selector) | Fetch(selector=selector):
            return [selector]
        case SelectorWidth(selector=selector):
            return [selector]
    found: dict[SelectorNode, None] = {}
    seen: set[SOpNode] = set()
    pending = list(getattr(node, "operands", ()))
    while pending:
        operand = pending.pop()
        if operand in seen:
            continue
        seen.add(operand)
        match operand:
            case (
                Aggregate(selector=selector)
                | Fetch(selector=selector)
                | SelectorWidth(selector=selector)
            ):
                found[selector] = None
            case _:
                pending.extend(getattr(operand, "operands", ()))
    return list(found)


def _distinct(expressions: list[Expression]) -> tuple[Expression, ...]:
    """One of each place; the rewritten form of a node has the place of the written one."""
    by_place: dict[str, Expression] = {}
    for expression in expressions:
        by_place.setdefault(expression.place or expression.text, expression)
    return tuple(by_place.values())
