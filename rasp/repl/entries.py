"""Lines -> entries: one REPL command (a line that begins with a colon), or complete statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator

COMMAND_SIGN = ":"
CONTINUATION = ".. "
_ALWAYS_LOOKED_AT = 20
_GROWTH = 1.1


class Entries:
    """Collects lines until they are complete.

    is_complete: whether a text needs no further line; finished: how much of such a text can be run,
    since a mistake may be followed by the beginning of a statement.

    Whether lines are complete is asked after each, in a long statement after every so many: the
    answer takes as long as the text is.  What comes after the end of such a statement joins it.
    """

    def __init__(self, is_complete: Callable[[str], bool], finished: Callable[[str], int]) -> None:
        self._is_complete = is_complete
        self._finished = finished
        self._lines: list[str] = []
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
        if is_command and self._lines and self._is_complete(f"{self.pending}\n{COMMAND_SIGN}"):
            # The statement cannot go on with a colon: something is missing there.
            yield from self.finish()
        if not self._lines:
            self.first_line = self._n_lines
            if is_command:
                yield line.strip()
            if is_command or not line.strip():
                return
        self._lines.append(line)
        if len(self._lines) >= self._next_look and self._is_complete(self.pending):
            yield from self._complete()
        elif len(self._lines) > max(self._next_look, _ALWAYS_LOOKED_AT):
            self._next_look = int(len(self._lines) * _GROWTH)

    def _complete(self) -> Iterator[str]:
        text = self.pending
        end = self._finished(text) or len(text)
        rest = text[end:].split("\n") if end < len(text) else []
        self._lines = rest
        self._next_look = 0
        first = self.first_line
        yield text[:end].rstrip("\n")
        if rest:
            self.first_line = first + text.count("\n", 0, end)

    def finish(self) -> Iterator[str]:
        """The entry that has begun, complete or not."""
        if self._lines:
            text = self.pending
            self._lines.clear()
            self._next_look = 0
            yield text
