"""An s-op or selector -> its graph: what it is made of, and which reads which as what.

Elementwise results that have no name and one reader are part of that reader's expression, as in the
flow; so are the parts of a selector that have no name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rasp.drawing.limits import MAX_GRAPH_NODES, require
from rasp.drawing.naming import distinct
from rasp.drawing.text import expression, label
from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Node,
    Select,
    SelectorWidth,
    Tokens,
    children,
)
from rasp.graph.operators import OPERATORS
from rasp.graph.origins import Origins
from rasp.graph.walk import topological

Kind: TypeAlias = Literal["input", "elementwise", "mean", "width", "fetch", "selector"]
Role: TypeAlias = Literal["", "key", "query", "value", "pattern"]


@dataclass(frozen=True, slots=True)
class Vertex:
    """layer: of the theory; place: where it was written, "" if it is not known."""

    kind: Kind
    name: str
    expression: str
    layer: int
    place: str


@dataclass(frozen=True, slots=True)
class Edge:
    """From what is read to what reads it, by their numbers in the graph."""

    source: int
    target: int
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """vertices: what is read before what reads it, the s-op itself last."""

    name: str
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]

    @property
    def title(self) -> str:
        return f"graph of {self.name}"


def make_graph(node: Node, *, name: str | None = None, origins: Origins | None = None) -> Graph:
    """The graph of an s-op or selector.  Raises RaspLimitError if it is too large to be read."""
    from rasp.analysis.depth import depths

    order = topological([node])
    names = distinct(order, origins, strings=True, root_name=name)
    shown = _shown(order, names)
    hint = "draw an s-op that it is made of"
    require(len(shown), MAX_GRAPH_NODES, "nodes", "a graph", hint)
    depth = depths(order)
    vertices = tuple(_vertex(part, depth[part], names) for part in shown)
    return Graph(label(node, names), vertices, tuple(_edges(shown)))


def _shown(order: list[Node], origins: Origins) -> list[Node]:
    """The nodes that are drawn, the last of them the root."""
    readers = Counter(child for node in order for child in dict.fromkeys(children(node)))
    attention: set[Node] = set()
    for node in order:
        match node:
            case Select(key=key, query=query):
                attention |= {key, query}
            case Best(score=score):
                attention.add(score)
            case Aggregate(selector=selector, value=value) | Fetch(selector=selector, value=value):
                attention |= {selector, value}
            case SelectorWidth(selector=selector):
                attention.add(selector)

    def is_shown(node: Node) -> bool:
        named = origins.name(node) is not None
        match node:
            case Constant():
                return False
            case Tokens():  # where it is only converted, the conversion is shown
                return any(
                    node in children(reader) and _kind(reader) != "input" for reader in order
                )
            case Elementwise():
                return named or node in attention or readers[node] > 1 or _kind(node) == "input"
            case _ if isinstance(node, SELECTOR_TYPES):
                return named or node in attention or readers[node] > 1
            case _:
                return True

    *below, root = order
    return [*filter(is_shown, below), root]


def _edges(shown: list[Node]) -> Iterator[Edge]:
    """Edges to each node from what is shown below it, through what is not."""
    numbers = {node: number for number, node in enumerate(shown)}
    for target, node in enumerate(shown):
        roles: dict[int, dict[Role, None]] = {}
        seen: set[tuple[Node, Role]] = set()
        stack = list(_read(node, ""))[::-1]
        while stack:
            part, role = stack.pop()
            if (part, role) in seen:
                continue
            seen.add((part, role))
            if part in numbers:
                roles.setdefault(numbers[part], {})[role] = None
            else:
                stack += list(_read(part, role))[::-1]
        for source, found in roles.items():
            yield Edge(source, target, tuple(role for role in found if role))


def _read(node: Node, role: Role) -> Iterator[tuple[Node, Role]]:
    """What a node reads, as what; within an expression, as what the whole is read."""
    match node:
        case Select(key=key, query=query):
            yield key, "key"
            yield query, "query"
        case Best(selector=selector, score=score):
            yield selector, role
            yield score, "key"
        case Aggregate(selector=selector, value=value) | Fetch(selector=selector, value=value):
            yield selector, "pattern"
            yield value, "value"
        case SelectorWidth(selector=selector):
            yield selector, "pattern"
        case _:
            yield from ((child, role) for child in children(node))


def _vertex(node: Node, layer: int, origins: Origins) -> Vertex:
    kind = _kind(node)
    is_named = origins.name(node) is not None and kind != "input"
    text = expression(node, origins) if is_named else ""
    span = origins.span(node)
    place = "" if span is None else str(span)
    return Vertex(kind, label(node, origins), text, layer, place)


def _kind(node: Node) -> Kind:
    match node:
        case Aggregate():
            return "mean"
        case Fetch():
            return "fetch"
        case SelectorWidth():
            return "width"
        case Elementwise(operator=operator, operands=(Tokens(),)):
            return "input" if OPERATORS[operator].symbol.startswith("tokens_") else "elementwise"
        case Elementwise() | Constant():
            return "elementwise"
        case _:
            return "selector" if isinstance(node, SELECTOR_TYPES) else "input"
