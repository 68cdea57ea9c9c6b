"""An s-op and an input -> the flow of the computation, by the analysis and the interpreter.

Elementwise results are shown where they have a name, where attention reads them, or where several
others do; the rest is part of the expressions that use it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rasp.drawing.flow import Flow, Head, Layer, Row
from rasp.drawing.flow_view import View, are_strings
from rasp.drawing.limits import (
    MAX_CELLS,
    MAX_FLOW_ROWS,
    MAX_FLOW_TOKENS,
    MAX_MATRIX_TOKENS,
    require,
)
from rasp.drawing.naming import distinct
from rasp.drawing.text import input_text
from rasp.errors import RaspRuntimeError
from rasp.graph.construct import tokens as conversion
from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Atom,
    Elementwise,
    Fetch,
    Indices,
    Node,
    SelectorNode,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.origins import Origins
from rasp.graph.sequences import as_sequence
from rasp.graph.walk import topological

if TYPE_CHECKING:
    from rasp.analysis import Analysis


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
    kinds = (Aggregate, Fetch, SelectorWidth)
    attention = [n for n in analysis.operations.order if isinstance(n, kinds)]
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
        grouped: dict[int, dict[Aggregate | Fetch | SelectorWidth, None]] = {}
        for nodes in users:
            for node in nodes:
                assert isinstance(node, (Aggregate, Fetch, SelectorWidth))
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
