"""A shell whose output is collected."""

from __future__ import annotations

from pathlib import Path

import pytest

from rasp.repl.shell import Shell
from rasp.repl.style import Painter


class Terminal:
    """Feeds lines to a shell; calling it gives what they print."""

    def __init__(self) -> None:
        self._printed: list[str] = []
        self.shell = Shell(self._printed.append, Painter(colour=False))
        self._entries = self.shell.entries()

    def __call__(self, *lines: str) -> str:
        self._printed.clear()
        for line in lines:
            for entry in self._entries.add(line):
                self.shell.run(entry, "<here>")
        return "\n".join(self._printed)

    @property
    def pending(self) -> str:
        return self._entries.pending


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """In a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Terminal()
