"""Progress is shown on a terminal, after a while, and leaves nothing behind."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import rasp
from rasp.cli.output import compilation_bar, progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def terminal() -> Iterator[Terminal]:
    """Standard error is one."""
    stream, before = Terminal(), sys.stderr
    sys.stderr = stream
    try:
        yield stream
    finally:
        sys.stderr = before


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found.monotonic)
    return found


def last_line(stream: io.StringIO) -> str:
    """What the terminal shows in the line of the bar."""
    shown = ""
    for piece in stream.getvalue().split("\r"):
        shown = piece + shown[len(piece) :]
    return shown.rstrip()


def test_bar() -> None:
    with terminal() as stream:
        with progress_bar("inputs") as progress:
            progress(0, 4_000)
            assert last_line(stream) == f"[{'-' * 30}] 0 of 4,000 inputs"
            progress(3_000, 4_000)
            assert last_line(stream) == f"[{'#' * 22}{'-' * 8}] 3,000 of 4,000 inputs"
        assert last_line(stream) == ""


def test_compilation_bar_waits_a_second(clock: Clock) -> None:
    with terminal() as stream:
        with compilation_bar() as progress:
            progress("domains", 0.25)
            clock.now += 0.9
            progress("domains", 0.4)
            assert stream.getvalue() == ""
            clock.now += 0.2
            progress("encodings", 0.5)
            assert last_line(stream) == f"[{'#' * 15}{'-' * 15}] compiling: encodings"
            progress("layout", 1.0)
            assert last_line(stream) == f"[{'#' * 30}] compiling: layout"
        assert last_line(stream) == ""


def test_nothing_for_what_is_fast(clock: Clock) -> None:
    with terminal() as stream, compilation_bar() as progress:
        progress("graph", 0.0)
    assert stream.getvalue() == ""


def test_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str], clock: Clock) -> None:
    with compilation_bar() as stage, progress_bar("inputs") as progress:
        clock.now += 10
        stage("graph", 0.5)
        progress(1, 2)
    assert capsys.readouterr() == ("", "")


def test_what_the_compiler_reports() -> None:
    calls: list[tuple[str, float]] = []
    sop = rasp.loads("x = sort(tokens, tokens)[indices % 2];")["x"]
    assert isinstance(sop, rasp.SOp)
    rasp.compile(
        sop, vocab="abc", max_len=4, progress=lambda stage, share: calls.append((stage, share))
    )
    stages = list(dict.fromkeys(stage for stage, _ in calls))
    assert stages == [
        *("graph", "domains", "encodings", "layout", "weights", "certificate", "meaning"),
    ]
    shares = [share for _, share in calls]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert 0.8 < shares[-1] <= 1.0
    assert len(calls) > 20
