"""What a model computes: the s-op, and the program text that it was written in, if any."""

from __future__ import annotations

from dataclasses import dataclass

from rasp.graph.nodes import SOpNode
from rasp.graph.origins import Origins
from rasp.source import Source


@dataclass(frozen=True, slots=True)
class Specification:
    """What a model computes: the s-op, and the program text that it was written in, if any."""

    node: SOpNode
    name: str | None = None
    source: Source | None = None
    origins: Origins | None = None
