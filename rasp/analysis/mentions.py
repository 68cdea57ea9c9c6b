"""Nodes as readers know them: by name, expression and source place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasp.graph.nodes import Node
from rasp.graph.origins import Origins
from rasp.graph.text import to_text
from rasp.source import Span

TEXT_LIMIT = 100
LABEL_LIMIT = 90


@dataclass(frozen=True, slots=True, repr=False)
class Mention:
    """A node with its name, its expression and its place, as far as these are known."""

    node: Node
    origins: Origins | None = None

    def __repr__(self) -> str:
        """Short, where the node's own would write out all that it is made of."""
        return f"<{self.label}>"

    @property
    def name(self) -> str | None:
        return self.origins.name(self.node) if self.origins else None

    @property
    def text(self) -> str:
        """The expression, after the name if there is one."""
        text = to_text(self.node, self.origins, limit=TEXT_LIMIT)
        return text if self.name in (None, text) else f"{self.name} = {text}"

    @property
    def label(self) -> str:
        """The name, or else the expression."""
        return self.name or to_text(self.node, self.origins, limit=LABEL_LIMIT)

    @property
    def place(self) -> Span | None:
        return self.origins.span(self.node) if self.origins else None

    @property
    def place_text(self) -> str:
        return "" if self.place is None else str(self.place)

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, "place": self.place_text or None}


def count(number: int, noun: str) -> str:
    """ "1 layer", "2 layers"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
