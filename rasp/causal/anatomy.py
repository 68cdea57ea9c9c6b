"""A compiled model -> its parts: who writes to the residual stream, who reads from it, and where.

Parts are the token embedding, the positions, every head, every group of neurons with one purpose,
and the output.  A head reads three times, for its queries, its keys and its values.  What a part
touches is decided by its weights alone: the dimensions in which they are not all zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact

Kind = Literal["embedding", "positions", "head", "neurons", "output"]
Letter = Literal["", "q", "k", "v"]
Array = NDArray[Any]

UNLABELLED = "neurons without a label"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a model.

    name: `embed`, `pos_embed`, `a0.h1`, `m0.g2` (the third group of neurons in block 0), `logits`;
    sublayer: when it runs, 0 for the embedding, 1, 2, ... for sublayers in their order; head: its
    number in the block; neurons: the first, and the one behind the last; label: what it is for.
    """

    name: str
    kind: Kind
    sublayer: int
    block: int
    label: str
    head: int | None = None
    neurons: tuple[int, int] | None = None

    @property
    def node(self) -> str:
        """What tools for edge attribution call it, for whom the embedding is one node and the
        neurons of a block are another."""
        match self.kind:
            case "embedding" | "positions":
                return "input"
            case "neurons":
                return f"m{self.block}"
            case _:
                return self.name

    @property
    def letters(self) -> tuple[Letter, ...]:
        """How often it reads, and as what."""
        match self.kind:
            case "embedding" | "positions":
                return ()
            case "head":
                return "q", "k", "v"
            case _:
                return ("",)


@dataclass(frozen=True, slots=True)
class Reader:
    """A part as a reader: of a head, its queries, keys or values."""

    part: Part
    letter: Letter

    @property
    def name(self) -> str:
        return self.part.name + (f"<{self.letter}>" if self.letter else "")

    @property
    def node(self) -> str:
        return self.part.node + (f"<{self.letter}>" if self.letter else "")


@dataclass(frozen=True)
class Anatomy:
    """All parts, in the order in which they run; writes, reads: for each part and reader, whether
    its weights touch each dimension of the residual stream [d_model]."""

    parts: tuple[Part, ...]
    writes: Mapping[Part, Array]
    reads: Mapping[Reader, Array]

    @property
    def writers(self) -> Iterator[Part]:
        return (part for part in self.parts if part.kind != "output")

    @property
    def readers(self) -> Iterator[Reader]:
        return iter(self.reads)

    def pairs(self) -> Iterator[tuple[Part, Reader]]:
        """Every writer with every reader that runs later."""
        for reader in self.readers:
            for writer in self.writers:
                if writer.sublayer < reader.part.sublayer:
                    yield writer, reader

    def touched(self, writer: Part, reader: Reader) -> list[int]:
        """The dimensions that the one writes and the other reads."""
        dimensions: list[int] = np.flatnonzero(self.writes[writer] & self.reads[reader]).tolist()
        return dimensions


def anatomy(artifact: Artifact) -> Anatomy:
    """The parts of the model that an artifact is."""
    tensors, labels = artifact.tensors, artifact.labels
    parts = [
        Part("embed", "embedding", 0, 0, "tokens"),
        Part("pos_embed", "positions", 0, 0, "indices"),
    ]
    writes: dict[Part, Array] = {
        parts[0]: _columns(tensors["embed.W_E"]),
        parts[1]: _columns(tensors["pos_embed.W_pos"]),
    }
    reads: dict[Reader, Array] = {}
    sublayer = 0
    for number, block in enumerate(artifact.config.blocks):
        if block.n_heads:
            sublayer += 1
            prefix = f"blocks.{number}.attn."
            for head, label in enumerate(labels.heads[number]):
                part = Part(f"a{number}.h{head}", "head", sublayer, number, label, head=head)
                parts.append(part)
                weights: tuple[tuple[Letter, str], ...] = (("q", "W_Q"), ("k", "W_K"), ("v", "W_V"))
                for letter, name in weights:
                    reads[Reader(part, letter)] = _rows(tensors[prefix + name][head])
                writes[part] = _columns(tensors[prefix + "W_O"][head])
        if block.d_mlp:
            sublayer += 1
            prefix = f"blocks.{number}.mlp."
            for group, (first, end, label) in enumerate(
                covering(labels.neurons[number], block.d_mlp)
            ):
                name = f"m{number}.g{group}"
                part = Part(name, "neurons", sublayer, number, label, neurons=(first, end))
                parts.append(part)
                reads[Reader(part, "")] = _rows(tensors[prefix + "W_in"][:, first:end])
                writes[part] = _columns(tensors[prefix + "W_out"][first:end])
    output = Part("logits", "output", sublayer + 1, len(artifact.config.blocks), "output")
    parts.append(output)
    reads[Reader(output, "")] = _rows(tensors["unembed.W_U"])
    return Anatomy(tuple(parts), writes, reads)


def covering(
    labelled: Sequence[tuple[int, int, str]], n_neurons: int
) -> list[tuple[int, int, str]]:
    """The labelled ranges of neurons, with those between them that have no label."""
    ranges: list[tuple[int, int, str]] = []
    end = 0
    for first, last, label in sorted(labelled):
        if first > end:
            ranges.append((end, first, UNLABELLED))
        if last > first:
            ranges.append((first, last, label))
        end = max(end, last)
    if end < n_neurons:
        ranges.append((end, n_neurons, UNLABELLED))
    return ranges


def _rows(matrix: Array) -> Array:
    """Which rows are not all zero."""
    found: Array = (matrix != 0).any(axis=1)
    return found


def _columns(matrix: Array) -> Array:
    found: Array = (matrix != 0).any(axis=0)
    return found
