"""A limit of CPU seconds for something that a campaign tries.

with at_most(10):
    ...     # OutOfTimeError after ten CPU seconds of this process
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTimeError(BaseException):
    """A trial takes too long.  No Exception, so that nothing between swallows it."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """CPU seconds of this process, so that what else the machine does changes nothing."""

    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
