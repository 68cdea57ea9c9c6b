"""A text that was typed in a terminal -> entries that are run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count

from rasp.repl.shell import Shell


class TypedEntries:
    """Runs what is typed in one session, and gives each entry a number."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._numbers = count(1)

    def run(self, text: str, interrupts: list[int]) -> str:
        """Runs the entries of a text; returns what is unfinished, unless that is all of it.

        interrupts: those that came while it was typed (`late_interrupts`); then it is not run.
        """
        try:
            begun = "" if interrupts else self._run(text)
        except KeyboardInterrupt:  # a signal, just before or after an entry ran
            begun, interrupts = "", [int(signal.SIGINT)]
        if interrupts:
            self._shell.write_interrupted()
        return begun

    def _run(self, text: str) -> str:
        entries = self._shell.entries()
        completed = chain.from_iterable(map(entries.add, text.split("\n")))
        n_run = 0
        for entry in completed:
            n_run += 1
            self._shell.run(entry, f"<input {next(self._numbers)}>")
            if self._shell.finished:
                return ""
        if n_run and entries.pending:
            return entries.pending + "\n"
        for entry in entries.finish():
            self._shell.run(entry, f"<input {next(self._numbers)}>")
        return ""


@contextmanager
def late_interrupts() -> Iterator[list[int]]:
    """While a line is read Ctrl-C is a key, and no signal.

    A signal can only come while the editor lets go of the terminal.  It would break the editor in
    pieces there; so it is put into the list, to be looked at once the editor is done.
    """
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)
