"""All that the stages of one compilation came to, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from rasp.artifact import Artifact
from rasp.compiler.blocks import Blocks
from rasp.compiler.encoding.encodings import Encodings
from rasp.compiler.layout import Layout
from rasp.compiler.lowering.lowered import Lowered
from rasp.graph.nodes import SOpNode


@dataclass(frozen=True)
class Compilation:
    """Everything that a compilation went through; tried: all settings, and what came of each."""

    graph: SOpNode
    lowered: Lowered
    encodings: Encodings
    blocks: Blocks
    layout: Layout
    artifact: Artifact
    tried: tuple[str, ...] = ()
