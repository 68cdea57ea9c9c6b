"""What commands print: values, JSON objects, errors, progress.

On a terminal, sentences and tables keep to its width as they do in the REPL.  Values, JSON and what
is written to be a file are lines of any length there, too, so that they can be copied.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from rasp.diagnostics import summed_up
from rasp.errors import RaspError
from rasp.graph.operators import show
from rasp.visible import printable, visible

BAR_WIDTH = 30
BAR_SECONDS = 1.0


class CommandFailed(Exception):  # noqa: N818
    """The command is over and has reported why; the exit status is 1."""


def say(text: object, *, end: str = "\n", flush: bool = False) -> None:
    """On standard output, with nothing in it that a terminal would obey."""
    line = printable(str(text))
    print(fitted(line, sys.stdout) if end else line, end=end, flush=flush)


def complain(text: object) -> None:
    """On standard error, likewise."""
    print(fitted(printable(str(text)), sys.stderr), file=sys.stderr)


def fitted(text: str, stream: TextIO) -> str:
    """The text in lines that the terminal has room for, if the stream is one."""
    if not stream.isatty():
        return text
    from rasp.repl import fitting

    return fitting.fitted(text, shutil.get_terminal_size().columns)


def print_drawing(text: str) -> None:
    """A drawing in characters, whose columns stay together: cut into bands on a terminal."""
    if sys.stdout.isatty():
        from rasp.repl import fitting

        columns = shutil.get_terminal_size().columns
        text = "\n".join(fitting.bands(printable(text).split("\n"), columns))
    print(text, end="")


def complain_of_all(diagnostics: Sequence[object], noun: str) -> None:
    """Errors or warnings: of very many the first, and how many there are more."""
    for text in summed_up(diagnostics, noun):
        complain(text)


def print_exactly(text: str) -> None:
    """What is written to be a file: as it is, but for a terminal."""
    print(printable(text) if sys.stdout.isatty() else text, end="")


def json_text(data: Any) -> str:
    """JSON on one line, in which characters that cannot be seen are escapes."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def print_json(data: dict[str, Any]) -> None:
    """One object, on one line of standard output."""
    print(json_text(data))


def report_error(error: RaspError, *, json: bool) -> None:
    """On standard error in words; with --json also on standard output as an object."""
    complain(error)
    if json:
        print_json({"error": error.to_dict()})


def show_value(value: Any) -> str:
    """A value as a program would write it; a selector's matrix in lines of 0 and 1."""
    if isinstance(value, list):
        if value and all(isinstance(row, list) for row in value):
            # Several matrices below each other stay apart by the empty line.
            return "\n".join(" ".join(str(int(cell)) for cell in row) for row in value) + "\n"
        return visible(f"[{', '.join(map(show, value))}]")
    return visible(show(value))


@contextmanager
def progress_bar(noun: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be called with (done, total); shows a bar on a terminal, nothing in a pipe."""
    with _bar(after=0.0) as show_bar:
        yield lambda done, total: show_bar(done / max(total, 1), f"{done:,} of {total:,} {noun}")


@contextmanager
def compilation_bar() -> Iterator[Callable[[str, float], None]]:
    """A function to be called with a stage of the compiler and the share that is done.

    Shows a bar on a terminal once it takes more than a second, nothing in a pipe.
    """
    with _bar(after=BAR_SECONDS) as show_bar:
        yield lambda stage, share: show_bar(share, f"compiling: {stage}")


@contextmanager
def _bar(after: float) -> Iterator[Callable[[float, str], None]]:
    """after: how many seconds pass before there is a bar."""
    if not sys.stderr.isatty():
        yield lambda share, text: None
        return

    start = time.monotonic()
    shown = ""

    def update(share: float, text: str) -> None:
        nonlocal shown
        if time.monotonic() < start + after:
            return
        columns = shutil.get_terminal_size().columns
        bar_width = max(0, min(BAR_WIDTH, columns - len(text) - len("[] ") - 1))
        filled = int(bar_width * share)
        bar = "#" * filled + "-" * (bar_width - filled)
        left_over = len(shown)
        shown = f"[{bar}] {text}"[: columns - 1]  # a longer one would go on below, and stay there
        print(f"\r{shown.ljust(left_over)}", end="", file=sys.stderr, flush=True)

    try:
        yield update
    finally:  # with spaces: not every terminal knows an escape code for it
        print(f"\r{' ' * len(shown)}\r" if shown else "", end="", file=sys.stderr, flush=True)
