"""An s-op and an input -> the flow of the computation: layer by layer, what each head and each
elementwise operation has at every position.

The layers are those of the theory (`rasp.analysis`), every operation in the layer of its depth.
A head that computes a width is one matrix here, although the theory counts two heads for it: one
that looks at position 0 besides what is selected, one that looks at it only if it is.

Elementwise results are shown where they have a name, where attention reads them, or where several
others do; the rest is part of the expressions that use it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from rasp.drawing.limits import (
    MAX_CELLS,
    MAX_FLOW_ROWS,
    MAX_FLOW_TOKENS,
    MAX_MATRIX_TOKENS,
    require,
)
from rasp.drawing.naming import distinct
from rasp.drawing.text import cell, expression, input_text, label, visible, width
from rasp.errors import RaspRuntimeError
from rasp.graph.construct import tokens as conversion
from rasp.graph.nodes import (
    SELECTOR_TYPES,
    TOKENS,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Indices,
    Node,
    Select,
    SelectorNode,
    SelectorNot,
    SelectorWidth,
    SOpNode,
    children,
)
from rasp.graph.operators import show
from rasp.graph.origins import Origins
from rasp.graph.sequences import as_sequence
from rasp.graph.walk import topological

if TYPE_CHECKING:
    from rasp.analysis import Analysis
    from rasp.interpreter.steps import Step

State: TypeAlias = Literal["value", "default", "failed", "unknown"]

MAX_PARTS = 6
"""How many named parts of a selector are spelt out."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value at a position.  text: in short; full: as a program would write it."""

    text: str
    full: str
    state: State = "value"


FAILED = Cell("✗", "fails here", "failed")
UNKNOWN = Cell("?", "not computed", "unknown")


@dataclass(frozen=True, slots=True)
class Row:
    """An s-op at every position.

    expression: what it is, where its name does not say so; number: one of its own within the
    drawing; reads: the numbers of the rows that its expression is of.
    """

    name: str
    expression: str
    cells: tuple[Cell, ...]
    number: int = 0
    reads: tuple[int, ...] = ()

    def equation(self, room: int) -> str:
        """The expression; of what has no name, if its own expression is longer than the room."""
        return self.expression or (self.name if width(self.name) > room else "")


@dataclass(frozen=True, slots=True)
class Result:
    """What a head gives: `of` is what it averages, None where it counts what is selected.

    default: the value where nothing is selected, "" if there is no such position.
    """

    row: Row
    of: str | None
    default: str


@dataclass(frozen=True, slots=True)
class Head:
    """A selector on the input, and what is aggregated with it.

    numbers: those of the account's heads of the layer, from 1; none for a selector on its own.
    parts: definitions of the named selectors that it is made of; selected: a row for each query
    position, None if it fails or depends on what does; failed: query positions at which it fails.
    """

    numbers: tuple[int, ...]
    name: str
    expression: str
    parts: tuple[str, ...]
    tokens: Row
    keys: tuple[Row, ...]
    queries: tuple[Row, ...]
    values: tuple[Row, ...]
    selected: tuple[tuple[bool, ...], ...] | None
    failed: frozenset[int]
    results: tuple[Result, ...]

    @property
    def heading(self) -> str:
        if not self.numbers:
            return self.name
        first, last = self.numbers[0], self.numbers[-1]
        if first == last:
            return f"head {first}: {self.name}"
        consecutive = last - first + 1 == len(self.numbers)
        numbers = f"{first}-{last}" if consecutive else ", ".join(map(str, self.numbers))
        return f"heads {numbers}: {self.name}"


@dataclass(frozen=True, slots=True)
class Layer:
    """rows: elementwise results.  Layer 0 is what there is before any attention."""

    number: int
    n_heads: int
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """name: of the s-op; input: as text; error: why it fails on the input, if it does."""

    name: str
    input: str
    tokens: Row
    layers: tuple[Layer, ...]
    output: Row
    error: RaspRuntimeError | None

    @property
    def n_heads(self) -> int:
        return sum(layer.n_heads for layer in self.layers)

    @property
    def title(self) -> str:
        return f"{self.name} on {self.input}"


def flow(
    node: SOpNode,
    value: Sequence[Atom],
    *,
    name: str | None = None,
    causal: bool = False,
    origins: Origins | None = None,
) -> Flow:
    """The flow of an s-op on an input.

    Raises RaspTypeError for what is no input, RaspLimitError for what is too large to be read.
    """
    from rasp.analysis import analyze
    from rasp.interpreter.steps import steps

    tokens = as_sequence(value)
    require(len(tokens), MAX_FLOW_TOKENS, "tokens", "an input", "draw a shorter one")
    names = distinct(topological([node]), origins, strings=are_strings(tokens), root_name=name)
    analysis = analyze(node, origins=names)
    hint = "draw an s-op that it is made of, or look at its graph (sop.graph())"
    shown = _shown(analysis, tokens)
    attention = [n for n in analysis.operations.order if isinstance(n, (Aggregate, SelectorWidth))]
    n_rows = len(shown) + len(attention)
    require(n_rows, MAX_FLOW_ROWS, "operations", "an s-op", hint)
    require(len(attention) * len(tokens) ** 2, MAX_CELLS, "cells", "a drawing", hint)
    found = steps(node, tokens, causal=causal, origins=origins)
    view = View(tokens, found, names, landmarks=[*shown, *attention])
    layers = _Layers(view, analysis, shown).layers()
    output = view.row(node, is_output=True)
    return Flow(output.name, input_text(tokens), view.tokens, layers, output, view.error)


def selector_head(
    node: SelectorNode,
    value: Sequence[Atom],
    *,
    name: str | None = None,
    causal: bool = False,
    origins: Origins | None = None,
) -> tuple[Head, RaspRuntimeError | None, str]:
    """A selector on an input, its error if it fails there, and a title.  Raises as `flow`."""
    from rasp.interpreter.steps import steps

    tokens = as_sequence(value)
    require(len(tokens), MAX_MATRIX_TOKENS, "tokens", "an input", "draw a shorter one")
    names = distinct(topological([node]), origins, strings=are_strings(tokens), root_name=name)
    view = View(tokens, steps(node, tokens, causal=causal, origins=origins), names)
    head = view.head(node, (), ())
    return head, view.error, f"{head.name} on {input_text(tokens)}"


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
        if isinstance(node, Aggregate):
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
        users: Sequence[Aggregate | SelectorWidth],
    ) -> Head:
        comparisons = [part for part in parts_of(selector) if isinstance(part, Select)]
        shown, text = self._said(selector)
        step = self._found.get(selector)
        return Head(
            numbers,
            shown,
            text,
            self._parts(selector),
            self.tokens,
            self._rows(comparison.key for comparison in comparisons),
            self._rows(comparison.query for comparison in comparisons),
            self._rows(user.value for user in users if isinstance(user, Aggregate)),
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

    def _result(self, user: Aggregate | SelectorWidth) -> Result:
        row = self.row(user)
        if self._origins.name(user) is None:
            word = "width" if isinstance(user, SelectorWidth) else "mean"
            row = replace(row, name=word, expression=row.expression or row.name)
        if isinstance(user, SelectorWidth):
            return Result(row, None, "")
        some = any(c.state == "default" for c in row.cells)
        of = show(user.value.value) if isinstance(user.value, Constant) else None
        return Result(row, of or self.row(user.value).name, show(user.default) if some else "")


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
        below = (node.operand,) if isinstance(node, SelectorNot) else (node.right, node.left)
        stack.extend((part, False) for part in below)
    return list(order)


def _shown(analysis: Analysis, tokens: list[Atom]) -> list[SOpNode]:
    """The elementwise results that are shown, and `indices` where it is read."""
    operations = analysis.operations
    origins = analysis.origins
    uses = Counter(
        operand
        for node in operations.order
        if isinstance(node, Elementwise)
        for operand in node.operands
    )
    read = set(operations.read)
    strings = are_strings(tokens)
    shown: list[SOpNode] = []
    for node in operations.order:
        match node:
            case Elementwise():
                named = origins is not None and origins.name(node) is not None
                is_input = strings and node is conversion("str")
                if (named or node in read or uses[node] > 1) and not is_input:
                    shown.append(node)
            case Indices():
                shown.append(node)
    return shown


class _Layers:
    """An analysis -> the layers of a flow."""

    def __init__(self, view: View, analysis: Analysis, shown: list[SOpNode]) -> None:
        from rasp.analysis.canonical import CanonicalSelectors

        self._view = view
        self._analysis = analysis
        self._shown = shown
        self._same = CanonicalSelectors()
        order = analysis.operations.order
        self._same.add_all(node for node in order if isinstance(node, SELECTOR_TYPES))

    def layers(self) -> tuple[Layer, ...]:
        account = self._analysis.layers
        return (
            Layer(0, 0, (), self._rows(0)),
            *(
                Layer(
                    layer.number,
                    len(layer.heads),
                    self._heads([[user.node for user in head.users] for head in layer.heads]),
                    self._rows(layer.number),
                )
                for layer in account
            ),
        )

    def _rows(self, number: int) -> tuple[Row, ...]:
        operations = self._analysis.operations
        return tuple(
            self._view.row(node)
            for node in self._shown
            if operations.depth[node] == number and node is not operations.root
        )

    def _heads(self, users: list[list[Node]]) -> tuple[Head, ...]:
        """users: of each of the account's heads.  Heads of one selector are one here."""
        grouped: dict[int, dict[Aggregate | SelectorWidth, None]] = {}
        for nodes in users:
            for node in nodes:
                assert isinstance(node, (Aggregate, SelectorWidth))
                grouped.setdefault(self._same[node.selector], {})[node] = None
        return tuple(
            self._view.head(
                next(iter(group)).selector,
                tuple(
                    number
                    for number, nodes in enumerate(users, start=1)
                    if not group.keys().isdisjoint(nodes)
                ),
                list(group),
            )
            for group in grouped.values()
        )
