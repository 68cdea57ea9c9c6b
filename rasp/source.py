"""Program text with a name, and places in it.

`Source` is one text; `Span` is a half-open range of offsets in it, from which lines and columns are
derived; `Label` is a span with a few words beside it.  Lines and columns count from 1, columns in
characters.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A text and the name it is reported under (a path, ``<string>``, ``<stdin>``, ...)."""

    name: str
    text: str
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0]
        for offset, character in enumerate(self.text):
            if character == "\n":
                starts.append(offset + 1)
        object.__setattr__(self, "_starts", starts)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int | None:
        """The inverse of `position`; None for a place that the text does not have."""
        if not (1 <= line <= len(self._starts) and column >= 1):
            return None
        offset = self._starts[line - 1] + column - 1
        return offset if self.position(min(offset, len(self.text))) == (line, column) else None

    def line(self, number: int) -> str:
        """The text of a line, without its line break."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """The characters ``start <= offset < end`` of a source."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Label:
    """A place and what is to be said about it there (possibly nothing)."""

    span: Span
    text: str = ""
