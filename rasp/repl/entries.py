"""Lines -> entries: one REPL command (a line that begins with a colon), or complete statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator

COMMAND_SIGN = ":"
CONTINUATION = ".. "
_ALWAYS_LOOKED_AT = 20
_GROWTH = 1.1


class Entries:
    """Collects lines until they are complete.

    Whether they are is asked after each line, in a long statement after every so many: the answer
    takes as long as the text is.  What comes after the end of such a statement joins its entry.
    """

    def __init__(self, is_complete: Callable[[str], bool]) -> None:
        self._is_complete = is_complete
        self._lines: list[str] = []
        self._next_look = 0
        self._n_lines = 0
        self.first_line = 0  # number of the first line of the entry given last

    @property
    def pending(self) -> bool:
        """Whether an entry has begun."""
        return bool(self._lines)

    def continuation(self) -> str:
        """The prompt for the next line of an entry."""
        return CONTINUATION + "  " * sum(line.split().count("def") for line in self._lines)

    def add(self, line: str) -> Iterator[str]:
        """The entries that the line completes."""
        self._n_lines += 1
        line = line.rstrip("\r\n")
        is_command = line.lstrip().startswith(COMMAND_SIGN)
        if is_command and self._lines and self._is_complete("\n".join(self._lines)):
            yield from self.finish()
        if not self._lines:
            self.first_line = self._n_lines
            if is_command:
                yield line.strip()
            if is_command or not line.strip():
                return
        self._lines.append(line)
        if len(self._lines) >= self._next_look and self._is_complete("\n".join(self._lines)):
            yield from self.finish()
        elif len(self._lines) > max(self._next_look, _ALWAYS_LOOKED_AT):
            self._next_look = int(len(self._lines) * _GROWTH)

    def finish(self) -> Iterator[str]:
        """The entry that has begun, complete or not."""
        if self._lines:
            text = "\n".join(self._lines)
            self._lines.clear()
            self._next_look = 0
            yield text
