"""Plain lines -> a shell: for pipes, files, dumb terminals and NO_COLOR."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rasp.repl.shell import Shell

if TYPE_CHECKING:
    from rasp.repl.entries import Entries

PROMPT = ">> "


def read_plain(shell: Shell) -> None:
    """Runs the lines of standard input.  Prompts are shown only if somebody types them."""
    typed = sys.stdin.isatty()
    entries = shell.entries()
    first = True
    while not shell.finished:
        try:
            if typed:
                print(entries.continuation() if entries.pending else PROMPT, end="", flush=True)
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            if not typed:
                raise
            print()
            entries = shell.entries()
            continue
        if not line:
            break
        if first:
            line, first = line.removeprefix("\ufeff"), False  # which some editors write
        _run(shell, entries, entries.add(line))
    if typed and not shell.finished:
        print()
    elif entries.pending:
        _run(shell, entries, entries.finish())


def _run(shell: Shell, entries: Entries, completed: Iterator[str]) -> None:
    for entry in completed:
        shell.run(entry, f"<line {entries.first_line}>")
        sys.stdout.flush()
        if shell.finished:
            return
