"""Lines -> entries: one REPL command (a line that begins with a colon), or complete statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

COMMAND_SIGN = ":"
CONTINUATION = ".. "
_ALWAYS_LOOKED_AT = 20
_GROWTH = 1.5
_MAX_OUTSIDE_BRACKETS = 1000  # lines of a statement that are looked at one by one

_NO_BRACKETS = re.compile(r'"[^"]*"?|#.*')


class Entries:
    """Collects lines until they can be run.

    finished: how much of a text can be (`rasp.syntax.parse.finished`).  It is asked after each
    line; in a long statement, as long as brackets are open, only after every so many, since the
    answer takes as long as the text is.
    """

    def __init__(self, finished: Callable[[str], int]) -> None:
        self._finished = finished
        self._lines: list[str] = []
        self._depth = 0  # brackets that are open
        self._next_look = 0
        self._n_lines = 0
        self.first_line = 0  # number of the first line of the entry given last

    @property
    def pending(self) -> str:
        """What has begun and is not complete."""
        return "\n".join(self._lines)

    def continuation(self) -> str:
        """The prompt for the next line of an entry."""
        return CONTINUATION + "  " * sum(line.split().count("def") for line in self._lines)

    def add(self, line: str) -> Iterator[str]:
        """The entries that the line completes."""
        self._n_lines += 1
        line = line.rstrip("\r\n")
        is_command = line.lstrip().startswith(COMMAND_SIGN)
        if is_command and self._lines and self._finished(f"{self.pending}\n{COMMAND_SIGN}"):
            # The statement cannot go on with a colon: something is missing there.
            yield from self.finish()
        if not self._lines:
            self.first_line = self._n_lines
            if is_command:
                yield line.strip()
            if is_command or not line.strip():
                return
        self._append(line)
        if self._is_due():
            text = self.pending
            end = self._finished(text)
            if end:
                yield from self._split(text, end)
            self._next_look = int(len(self._lines) * _GROWTH)

    def _append(self, line: str) -> None:
        self._lines.append(line)
        bare = _NO_BRACKETS.sub("", line)
        self._depth += sum(map(bare.count, "([{")) - sum(map(bare.count, ")]}"))

    def _is_due(self) -> bool:
        """Whether it is to be asked if the lines are complete."""
        n_lines = len(self._lines)
        some = _MAX_OUTSIDE_BRACKETS if self._depth <= 0 else _ALWAYS_LOOKED_AT
        return n_lines <= some or n_lines >= self._next_look

    def _split(self, text: str, end: int) -> Iterator[str]:
        """The part that can be run; the rest stays, if there is any."""
        rest = text[end:]
        self._clear()
        yield text[:end].rstrip("\n")
        if rest.strip():
            self.first_line += text.count("\n", 0, end)
            for line in rest.split("\n"):
                self._append(line)

    def finish(self) -> Iterator[str]:
        """The entry that has begun, complete or not."""
        if self._lines:
            text = self.pending
            self._clear()
            yield text

    def _clear(self) -> None:
        self._lines.clear()
        self._depth = self._next_look = 0
