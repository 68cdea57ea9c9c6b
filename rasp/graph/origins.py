"""Where nodes come from: source places and names, beside the graph and never in it.

A node may come from several places (it was written twice) and have several names.  The first place
and the first name are the ones shown.  Where a program is one text, what it binds to each name at
its end is remembered as well: so this text alone is known to give the node under this name.
"""

from __future__ import annotations

from collections.abc import Iterable

from rasp.graph.nodes import Node
from rasp.source import Source, Span


class Origins:
    """Node -> its source spans and the names that programs gave it, in order of appearance."""

    def __init__(self) -> None:
        self._spans: dict[Node, list[Span]] = {}
        self._names: dict[Node, list[str]] = {}
        self._texts: dict[tuple[str, Node], Source] = {}

    def add(self, node: Node, *, span: Span | None = None, name: str | None = None) -> None:
        if span is not None:
            spans = self._spans.setdefault(node, [])
            if span not in spans:
                spans.append(span)
        if name is not None:
            names = self._names.setdefault(node, [])
            if name not in names:
                names.append(name)

    def inherit(self, node: Node, before: Node, *, names: bool = True) -> None:
        """Adds what is known about another node, for one that takes its place, or part of it."""
        for span in self.spans(before):
            self.add(node, span=span)
        for name in self.names(before) if names else ():
            self.add(node, name=name)

    def prefer(self, node: Node, name: str) -> None:
        """Makes a name the one that is shown."""
        names = self._names.setdefault(node, [])
        self._names[node] = [name, *(other for other in names if other != name)]

    def include(self, others: Origins, nodes: Iterable[Node]) -> None:
        """Adds what others know about the nodes."""
        if others is self:
            return
        for node in nodes:
            for span in others.spans(node):
                self.add(node, span=span)
            for name in others.names(node):
                self.add(node, name=name)

    def gives(self, source: Source, name: str, node: Node) -> None:
        """Notes that a text, run on its own and within the usual limits, binds the name to the
        node."""
        self._texts[name, node] = source

    def text(self, name: str, node: Node) -> Source | None:
        """A text that is known to bind the name to the node when it is run on its own."""
        return self._texts.get((name, node))

    def spans(self, node: Node) -> tuple[Span, ...]:
        return tuple(self._spans.get(node, ()))

    def span(self, node: Node) -> Span | None:
        """The first place the node was written at."""
        spans = self._spans.get(node)
        return spans[0] if spans else None

    def names(self, node: Node) -> tuple[str, ...]:
        return tuple(self._names.get(node, ()))

    def name(self, node: Node) -> str | None:
        """The first name the node was given."""
        names = self._names.get(node)
        return names[0] if names else None
