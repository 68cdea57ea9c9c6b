"""The circuit of a model: its parts, and the edges between them.

    writer -> reader: variable      the reader's weights touch what the writer writes of it

A pair of parts without an edge has no effect on each other but through others: the writer's
contribution to what the reader reads can be taken from any other input, and no bit of the output
changes.  An edge has a witness: two inputs, and what the model answers on the one with the edge as
it is on the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasp.causal.anatomy import Part
from rasp.causal.edges import Edge
from rasp.errors import RaspLoadError, RaspValueError
from rasp.files import write_whole

if TYPE_CHECKING:
    from rasp.drawing import Drawing


FORMAT, FORMAT_VERSION = "rasp-circuit", 1
SUFFIXES = (".json", ".dot", ".svg", ".png", ".html", ".txt")


@dataclass(frozen=True)
class Circuit:
    """name: of the s-op; parts: in the order in which they run; edges: by reader; n_candidates: how
    many pairs of a writer and a later reader there are, with an edge or without; rotated: dimension
    k of an edge is no dimension of the stream, but row k of the model's `artifact.basis`."""

    name: str
    parts: tuple[Part, ...]
    edges: tuple[Edge, ...]
    n_candidates: int
    rotated: bool = False

    def __iter__(self) -> Iterator[Edge]:
        return iter(self.edges)

    def __len__(self) -> int:
        return len(self.edges)

    @cached_property
    def by_name(self) -> dict[str, Part]:
        return {part.name: part for part in self.parts}

    def of(self, variable: str) -> tuple[Edge, ...]:
        """The edges that carry a variable.  Raises RaspValueError if there is none of this name."""
        found = tuple(edge for edge in self.edges if edge.variable == variable)
        if not found:
            names = ", ".join(dict.fromkeys(edge.variable for edge in self.edges))
            raise RaspValueError(
                f"no edge carries {variable!r}", hint=f"the circuit has edges for {names}"
            )
        return found

    @cached_property
    def pairs(self) -> dict[tuple[str, str], tuple[Edge, ...]]:
        """(writer, reader) -> what goes from the one to the other."""
        found: dict[tuple[str, str], tuple[Edge, ...]] = {}
        for edge in self.edges:
            key = edge.writer, edge.reader
            found[key] = (*found.get(key, ()), edge)
        return found

    @cached_property
    def node_edges(self) -> tuple[str, ...]:
        """The circuit as tools for edge attribution write it, each edge once: `input->a0.h1<q>`,
        `a0.h1->m0`, `m0->logits`.

        For them the embedding and the positions are one node, and so are the neurons of a block.
        """
        names = {part.name: part.node for part in self.parts}
        found: dict[str, None] = {}
        for edge in self.edges:
            reader, bracket, letter = edge.reader.partition("<")
            found[f"{names[edge.writer]}->{names[reader]}{bracket}{letter}"] = None
        return tuple(found)

    def with_edges(self, edges: Iterable[Edge]) -> Circuit:
        return replace(self, edges=tuple(edges))

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "name": self.name,
            "nodes": [_node(part) for part in self.parts],
            "edges": [edge.to_dict() for edge in self.edges],
            "n_candidates": self.n_candidates,
            **({"rotated": True} if self.rotated else {}),
            "node_edges": list(self.node_edges),
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"

    def to_text(self) -> str:
        """A line for each edge."""
        from rasp.causal.forms import circuit_text

        return circuit_text(self)

    def drawing(self) -> Drawing:
        """The circuit as a picture.  Raises RaspLimitError if it is too large to be read."""
        from rasp.causal.forms import circuit_drawing

        return circuit_drawing(self)

    def to_dot(self) -> str:
        """The circuit in the DOT language, however large it is."""
        from rasp.causal.forms import circuit_dot

        return circuit_dot(self)

    def save(self, path: str | Path) -> None:
        """Write JSON, or the form of a picture that the suffix names.

        Raises RaspValueError for another suffix, RaspLoadError where the file cannot be written.
        """
        file = Path(path)
        match file.suffix.lower():
            case ".json":
                content: str | bytes = self.to_json()
            case ".dot":
                content = self.to_dot()
            case suffix if suffix in SUFFIXES:
                content = self.drawing().to(suffix)
            case suffix:
                raise RaspValueError(
                    f"a circuit is not written as {suffix or 'a file without suffix'}",
                    hint=f"one of {', '.join(SUFFIXES)}",
                )
        try:
            write_whole(file, content.encode() if isinstance(content, str) else content)
        except (OSError, ValueError) as error:  # ValueError: a path with a null character
            reason = getattr(error, "strerror", None) or error
            raise RaspLoadError(f"cannot write {path}: {reason}") from None

    def _repr_html_(self) -> str:
        return self.drawing()._repr_html_()

    def __repr__(self) -> str:
        return f"<Circuit {self.name}: {len(self.parts)} parts, {len(self.edges)} edges>"


def _node(part: Part) -> dict[str, Any]:
    """A part, and the places that hold what it reads and writes in TransformerLens."""
    block = f"blocks.{part.block}"
    reads: list[str] = []
    match part.kind:
        case "embedding":
            writes = "hook_embed"
        case "positions":
            writes = "hook_pos_embed"
        case "head":
            reads = [f"{block}.hook_{letter}_input" for letter in part.letters]
            writes = f"{block}.attn.hook_result"
        case "neurons":
            reads, writes = [f"{block}.hook_mlp_in"], f"{block}.hook_mlp_out"
        case "output":
            reads = [f"blocks.{part.block - 1}.hook_resid_post"] if part.block else []
            writes = ""
    return {
        "name": part.name,
        "kind": part.kind,
        "node": part.node,
        "label": part.label,
        "sublayer": part.sublayer,
        "block": part.block,
        "head": part.head,
        "neurons": None if part.neurons is None else list(part.neurons),
        "reads_at": reads,
        "writes_at": writes,
    }
