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
from typing import TYPE_CHECKING, Any, Literal

from rasp.causal.anatomy import Part
from rasp.errors import RaspLoadError, RaspValueError
from rasp.files import write_whole
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.plain import plain_atom

if TYPE_CHECKING:
    from rasp.drawing import Drawing

Carries = Literal["tokens", "positions", "BOS"]
Role = Literal["reads", "cancels", "empties"]
Shuffle = Literal["none", "positions", "BOS"]
Answer = tuple[Atom, ...] | str

FORMAT, FORMAT_VERSION = "rasp-circuit", 1
SUFFIXES = (".json", ".dot", ".svg", ".png", ".html", ".txt")


@dataclass(frozen=True, slots=True)
class Witness:
    """Two inputs on which an edge matters.

    The model runs on `base`, and what comes along the edge is as it is on `source`.  before, after:
    the answer, a value for each position, or the error in words; effect: the largest difference of
    the numbers that the model puts out, and where the answer is the same, only they differ.

    places: for each position of the base, BOS first, the position of the source whose contribution
    comes instead; None if each keeps its own.  shuffled: "positions" if only that shows the edge,
    "BOS" if BOS has to be among the positions that change places.
    """

    base: tuple[Atom, ...]
    source: tuple[Atom, ...]
    places: tuple[int, ...] | None
    shuffled: Shuffle
    before: Answer
    after: Answer
    effect: float

    @property
    def changes_answer(self) -> bool:
        """Does the answer change, and not the numbers alone?"""
        return not same_answer(self.before, self.after)

    def to_dict(self) -> dict[str, Any]:
        return {
            "base": [plain_atom(token) for token in self.base],
            "source": [plain_atom(token) for token in self.source],
            "places": None if self.places is None else list(self.places),
            "shuffled": self.shuffled,
            "before": _plain(self.before),
            "after": _plain(self.after),
            "effect": self.effect,
        }


@dataclass(frozen=True, slots=True)
class Edge:
    """What a reader gets of a variable from a writer.

    writer, reader: names of parts, a reader's with `<q>`, `<k>` or `<v>` where it is a head;
    variable: the s-op as the program calls it, or an expression; holds: what the dimensions hold,
    in words.  carries: "tokens" if it can differ between inputs of one length, "positions" if it is
    the same for all of them, "BOS" if it only says where the input begins.

    role: "reads" for what the reader uses.  A dimension may be used again: neurons empty it, which
    is to add what cancels what was there.  Whoever reads it later also reads the first content and
    what cancels it ("cancels", "empties"), which together are 0: both edges matter when patched
    alone, and neither does when both are patched.

    witness: None if none was looked for, or none was found among n_pairs pairs of inputs.
    """

    writer: str
    reader: str
    variable: str
    dimensions: tuple[int, ...]
    holds: tuple[str, ...]
    carries: Carries
    role: Role = "reads"
    witness: Witness | None = None
    n_pairs: int = 0

    @property
    def verdict(self) -> str:
        """What is shown of it, in words."""
        if self.witness is None:
            return f"no witness among {self.n_pairs:,} pairs" if self.n_pairs else "not tried"
        how = {
            "none": "",
            "positions": ", where positions change places",
            "BOS": ", where positions and BOS change places",
        }[self.witness.shuffled]
        return ("the answer changes" if self.witness.changes_answer else "numbers change") + how

    def to_dict(self) -> dict[str, Any]:
        return {
            "writer": self.writer,
            "reader": self.reader,
            "variable": self.variable,
            "dimensions": list(self.dimensions),
            "holds": list(self.holds),
            "carries": self.carries,
            "role": self.role,
            "verdict": self.verdict,
            "n_pairs": self.n_pairs,
            "witness": None if self.witness is None else self.witness.to_dict(),
        }


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


def same_answer(one: Answer, two: Answer) -> bool:
    """1, 1.0 and True are three."""
    if isinstance(one, str) or isinstance(two, str):
        return one == two
    return list(map(atom_key, one)) == list(map(atom_key, two))


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


def _plain(answer: Answer) -> Any:
    if isinstance(answer, str):
        return {"error": answer}
    return [plain_atom(value) for value in answer]
