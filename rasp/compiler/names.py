"""S-ops and selectors -> what they are called, and where they are written, for all messages."""

from __future__ import annotations

from dataclasses import dataclass

from rasp.graph.nodes import Node
from rasp.graph.origins import Origins
from rasp.graph.text import to_text
from rasp.graph.walk import topological
from rasp.source import Label, Span


@dataclass(frozen=True, eq=False)
class Names:
    """What a program says of the nodes of its graph."""

    origins: Origins

    def text(self, node: Node) -> str:
        """The name, or the expression where it has none."""
        name = self.origins.name(node)
        return name if name is not None else to_text(node, self.origins)

    def span(self, node: Node) -> Span | None:
        """Where it is written first, if it is."""
        return self.origins.span(node)

    def place(self, node: Node) -> str:
        """Where it is written; empty where that is nowhere."""
        span = self.span(node)
        return str(span) if span is not None else ""

    def labels(self, node: Node) -> tuple[Label, ...]:
        """Where it is written, or, where that is nowhere, the nearest of what it is made of."""
        if not self.origins.spans(node):
            made_of = reversed(topological([node]))
            node = next((part for part in made_of if self.origins.spans(part)), node)
        return tuple(Label(span) for span in self.origins.spans(node)[:1])
