"""How far a compilation is, as it is told to whoever asked.

What is told never goes back, although a stage may begin again, and is told again while a stage
takes long, so that whoever shows it can show that something goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rasp.deadline import at_stage

Progress: TypeAlias = Callable[[str, float], None]
"""Called with the stage that is under way and about which share of the whole is done."""


class Told:
    """What was told last: the stage, and the share."""

    def __init__(self, tell: Progress | None) -> None:
        self.tell = tell
        self.stage, self.share = "", 0.0

    def __call__(self, stage: str, share: float) -> None:
        self.stage, self.share = stage, max(self.share, min(1.0, share))
        at_stage(stage)
        self.again()

    def again(self) -> None:
        if self.tell is not None:
            self.tell(self.stage, self.share)

    def part(self, first: float, last: float) -> Progress:
        """The progress of what takes us from one share to another."""
        return lambda stage, share: self(stage, first + (last - first) * share)
