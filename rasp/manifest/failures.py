"""What a model says where the program fails, and of which expression: as JSON data, and back.

    {"message": ..., "place": "FILE:LINE:COLUMN",
     "span": {"file": ..., "line": ..., "column": ..., "length": ..., "text": null or ...}}

The expression is `length` characters of the program text, which the manifest has; if it is written
in another text, `text` is the line that it begins on, so that it can be shown all the same.  A
checkpoint that was written before spans were has the place alone.
"""

from __future__ import annotations

from typing import Any

from rasp.manifest.fields import field_of, positive, refuse
from rasp.outputs import Failure
from rasp.source import Source, Span

MAX_LINE = 100_000  # line numbers of excerpts
MAX_TEXT = 10_000  # characters of a line that is saved as an excerpt


def plain_failure(failure: Failure, source: Source | None) -> dict[str, Any]:
    """source: the program text that is in the manifest, if there is one."""
    return {
        "message": failure.message,
        "place": failure.place,
        "span": plain_span(failure.span, source),
    }


def plain_span(span: Span | None, source: Source | None) -> dict[str, Any] | None:
    """None also where it is on a line that is too long."""
    if span is None:
        return None
    text, length = None, span.end - span.start
    if source is None or (source.name, source.text) != (span.source.name, span.source.text):
        text = span.source.line(span.line)
        length = min(length, len(text) - span.column + 1)
        if span.line > MAX_LINE or len(text) > MAX_TEXT or length < 0:
            return None
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "length": length,
        "text": text,
    }


def read_failure(data: object, source: Source | None) -> Failure:
    """Raises CheckpointError for what fits no text."""
    if not isinstance(data, dict):
        refuse("a failure is not an object")
    message, place = field_of(data, "message", str), field_of(data, "place", str)
    span = read_span(data.get("span"), source)
    if span is None:
        return Failure(message, place, _place_in(source, place))
    return Failure.at(message, span)


def read_span(plain: object, source: Source | None) -> Span | None:
    """Raises CheckpointError for what fits no text."""
    if plain is None:
        return None
    if not isinstance(plain, dict):
        refuse("a span is not an object")
    file, line, column = field_of(plain, "file", str), positive(plain, "line"), plain.get("column")
    length = positive(plain, "length", 0)
    if plain.get("text") is not None:
        text = field_of(plain, "text", str)
        if line > MAX_LINE or len(text) > MAX_TEXT or "\n" in text:
            refuse("an excerpt of a program is too long")
        source = Source(file, "\n" * (line - 1) + text)
    elif source is None or file != source.name:
        refuse("a failure is in a text that is not there")
    start = source.offset(line, positive(plain, "column"))
    if start is None or start + length > len(source.text):
        refuse(f"a failure is at line {line}, column {column}, which the text does not have")
    return Span(source, start, start + length)


def _place_in(source: Source | None, place: str) -> Span | None:
    """The place "file:line:column" of an older checkpoint, if it is one in the program text."""
    file, *numbers = place.rsplit(":", 2)
    if source is None or file != source.name or len(numbers) < 2:
        return None
    if not all(n.isdecimal() and n.isascii() and len(n) < 10 for n in numbers):
        return None
    offset = source.offset(*map(int, numbers))
    return None if offset is None else Span(source, offset, offset)
