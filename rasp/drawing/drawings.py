"""Nodes and inputs -> drawings, in every form."""

from __future__ import annotations

from collections.abc import Sequence

from rasp.drawing import dot
from rasp.drawing.document import Drawing
from rasp.drawing.flow_dot import flow_dot, head_node
from rasp.drawing.flow_layers import flow, selector_head
from rasp.drawing.flow_svg import flow_picture, head_picture
from rasp.drawing.flow_text import flow_text, head_lines
from rasp.drawing.graph import make_graph
from rasp.drawing.graph_forms import graph_dot, graph_picture, graph_text
from rasp.drawing.svg import document
from rasp.graph.nodes import Atom, Node, SelectorNode, SOpNode
from rasp.graph.origins import Origins


def draw(
    node: SOpNode,
    value: Sequence[Atom],
    *,
    name: str | None = None,
    causal: bool = False,
    origins: Origins | None = None,
) -> Drawing:
    """The flow of the computation of an s-op on an input.

    Where the s-op fails, the drawing shows how far it comes and has the error.  Raises
    RaspTypeError for what is no input, RaspLimitError for what is too large to be read.
    """
    made = flow(node, value, name=name, causal=causal, origins=origins)
    text = flow_text(made)
    svg = document(flow_picture(made), title=made.title, description=text)
    return Drawing(made.title, svg, flow_dot(made), text, made.error)


def draw_selector(
    node: SelectorNode,
    value: Sequence[Atom],
    *,
    name: str | None = None,
    causal: bool = False,
    origins: Origins | None = None,
) -> Drawing:
    """The matrix of a selector on an input, with its keys and queries.  Raises as `draw`."""
    head, error, title = selector_head(node, value, name=name, causal=causal, origins=origins)
    text = "\n".join(head_lines(head) + ([str(error)] if error else []))
    svg = document(head_picture(head, error), title=title, description=text)
    made = dot.digraph(title, [head_node("selector", head)])
    return Drawing(title, svg, made, text, error)


def draw_graph(node: Node, *, name: str | None = None, origins: Origins | None = None) -> Drawing:
    """The graph of an s-op or selector.  Raises RaspLimitError if it is too large to be read."""
    graph = make_graph(node, name=name, origins=origins)
    text = graph_text(graph)
    svg = document(graph_picture(graph), title=graph.title, description=text)
    return Drawing(graph.title, svg, graph_dot(graph), text)
