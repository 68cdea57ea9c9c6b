"""A time after which a long computation ends, and what it was at when it did.

Whoever starts it says how long it may take (`limited`); whoever computes says now and then what it
is at (`at_stage`, `working_on`) and looks at the clock (`look`), several times a second.  Neither
has to know of the other: without a limit nothing happens.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class TimeIsUpError(Exception):
    """The limit is reached.  It is no `RaspError`, so that nobody goes on with something else."""


@dataclass
class Deadline:
    """end: on `time.monotonic`; stage: in a word; node: what is worked on, as a node of the graph;
    size: how large that is, in words."""

    seconds: float
    end: float
    stage: str = ""
    node: object = None
    size: str = ""


_CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def limited(seconds: float | None) -> Iterator[Deadline | None]:
    """What runs inside may take so many seconds; None for any time, or for a limit around it."""
    if seconds is None:
        yield _CURRENT.get()
        return
    deadline = Deadline(seconds, time.monotonic() + seconds)
    token = _CURRENT.set(deadline)
    try:
        yield deadline
    finally:
        _CURRENT.reset(token)


def look() -> None:
    """Raises TimeIsUpError after the end."""
    deadline = _CURRENT.get()
    if deadline is not None and time.monotonic() > deadline.end:
        raise TimeIsUpError


def at_stage(stage: str) -> None:
    deadline = _CURRENT.get()
    if deadline is None:
        return
    if stage != deadline.stage:
        deadline.stage, deadline.node, deadline.size = stage, None, ""
    look()


def working_on(node: object, size: str = "") -> None:
    """node: as in a graph, which has a place in the program; size: how large it is, in words."""
    deadline = _CURRENT.get()
    if deadline is not None:
        deadline.node, deadline.size = node, size
        look()
