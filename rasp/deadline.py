"""A time after which a long computation ends, what it was at when it did, and how far it is.

Whoever starts it says how long it may take (`limited`) and how often it wants to hear that
something goes on (`beating`); whoever computes says now and then what it is at (`at_stage`,
`working_on`), what share of it is done (`done`), and looks at the clock (`look`), several times a
second.  Neither has to know of the other: without a limit, and with nobody who listens, nothing
happens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

BEAT = 0.1
"""Seconds between two beats, at least."""


class TimeIsUpError(Exception):
    """The limit is reached.  It is no `RaspError`, so that nobody goes on with something else."""


@dataclass
class Deadline:
    """end: on `time.monotonic`; outer: the limit around this one; stage: in a word; node: what is
    worked on, as a node of the graph; size: how large that is, in words."""

    seconds: float
    end: float
    outer: Deadline | None = None
    stage: str = ""
    node: object = None
    size: str = ""

    @property
    def left(self) -> float:
        """Seconds that are left, none of them once it is over."""
        return max(0.0, self.end - time.monotonic())


@dataclass
class _Listener:
    """beat: called now and then; next: when it may be called again."""

    beat: Callable[[], None]
    next: float


_CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
_LISTENER: ContextVar[_Listener | None] = ContextVar("listener", default=None)
_SHARE: ContextVar[Callable[[float], None] | None] = ContextVar("share", default=None)


@contextmanager
def limited(seconds: float | None) -> Iterator[Deadline | None]:
    """What runs inside may take so many seconds, and no more than a limit around it leaves; None
    for any time, or for that limit."""
    outer = _CURRENT.get()
    if seconds is None:
        yield outer
        return
    deadline = Deadline(seconds, time.monotonic() + seconds, outer)
    token = _CURRENT.set(deadline)
    try:
        yield deadline
    finally:
        _CURRENT.reset(token)


@contextmanager
def beating(beat: Callable[[], None]) -> Iterator[None]:
    """While what runs inside goes on, `beat` is called, at most ten times a second."""
    token = _LISTENER.set(_Listener(beat, time.monotonic() + BEAT))
    try:
        yield
    finally:
        _LISTENER.reset(token)


@contextmanager
def sharing(report: Callable[[float], None]) -> Iterator[None]:
    """What runs inside says by `done` what share of it is done; `report` is called with that."""
    token = _SHARE.set(report)
    try:
        yield
    finally:
        _SHARE.reset(token)


def look() -> None:
    """Raises TimeIsUpError after the end; has it heard that something goes on."""
    deadline, listener = _CURRENT.get(), _LISTENER.get()
    if deadline is None and listener is None:
        return
    now = time.monotonic()
    while deadline is not None:
        if now > deadline.end:
            raise TimeIsUpError
        deadline = deadline.outer
    if listener is not None and now > listener.next:
        listener.next = now + BEAT
        listener.beat()


def done(share: float) -> None:
    """So much is done of what `sharing` is around."""
    report = _SHARE.get()
    if report is not None:
        report(share)
    look()


def at_stage(stage: str) -> None:
    deadline = _CURRENT.get()
    while deadline is not None:
        if stage != deadline.stage:
            deadline.stage, deadline.node, deadline.size = stage, None, ""
        deadline = deadline.outer
    look()


def working_on(node: object, size: str = "") -> None:
    """node: as in a graph, which has a place in the program; size: how large it is, in words."""
    deadline = _CURRENT.get()
    while deadline is not None:
        deadline.node, deadline.size = node, size
        deadline = deadline.outer
    look()
