"""How much a program may use while it is elaborated, and the meter that keeps count."""

from __future__ import annotations

from dataclasses import dataclass

from rasp.errors import RaspLimitError


@dataclass(frozen=True, slots=True)
class Limits:
    """call_depth: nested calls; steps: expressions and statements run, and items made; nodes: s-ops
    and selectors made; items: the length of a list; load_depth: files that load each other;
    file_size: bytes of a loaded file.
    """

    call_depth: int = 1_000
    steps: int = 5_000_000
    nodes: int = 1_000_000
    items: int = 1_000_000
    load_depth: int = 50
    file_size: int = 4_000_000


class Meter:
    """Counts what one program uses."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.steps = 0
        self.nodes = 0

    @property
    def exhausted(self) -> bool:
        """Whether nothing more can be run."""
        return self.steps > self.limits.steps or self.nodes > self.limits.nodes

    def charge(self, steps: int) -> None:
        """So much more work.  Raises RaspLimitError when it is too much."""
        self.steps += steps
        if self.steps > self.limits.steps:
            raise RaspLimitError(
                f"the program takes more than {self.limits.steps:,} steps",
                hint="does a loop or a recursion grow without end?",
            )

    def count_node(self) -> None:
        """One more s-op or selector.  Raises RaspLimitError when there are too many."""
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            raise RaspLimitError(
                f"the program makes more than {self.limits.nodes:,} s-ops and selectors"
            )

    def check_items(self, count: int) -> None:
        """Refuses a list of so many items, and charges for one that is not refused."""
        if count > self.limits.items:
            raise RaspLimitError(f"a list of more than {self.limits.items:,} items")
        self.charge(count)
