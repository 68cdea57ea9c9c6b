"""A limit of the compiler, or of the proof, with another value: what is done beyond it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """uses: the modules that look at it, below the room; value: the lowered one; instead: what is
    done beyond the limit."""

    name: str
    uses: tuple[str, ...]
    value: float
    instead: str
    room: str = "rasp.compiler"

    def __str__(self) -> str:
        return f"{self.uses[0]}.{self.name} = {self.value}"
