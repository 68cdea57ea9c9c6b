"""Bytes that arrive on standard input -> batches of lines, each batch as soon as it is there.

Who writes one line and waits gets an answer to that line; a long file comes in batches of some
thousand lines.  No more of it is held than one batch and the line that has begun.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rasp.errors import RaspLimitError, RaspLoadError

BATCH_BYTES = 1 << 16  # as much as a pipe holds
MAX_LINE_BYTES = 1 << 24

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text.  number: from 1 on, on standard input; problem: why there is no text."""

    number: int | None
    text: str
    problem: RaspLoadError | RaspLimitError | None = None


def batches(stream: BinaryIO) -> Iterator[list[Line]]:
    """The lines of a stream in order, without their ends, as many at once as have arrived.

    A line ends with a line feed, before which a carriage return may stand; the last one may go
    without.  A line that is not UTF-8, or of more than 16 MiB, is there with its problem.
    """
    number = 0
    begun = bytearray()  # of a line whose end is yet to come
    n_begun = 0  # its bytes, more than are kept where it is too long
    read = getattr(stream, "read1", stream.read)
    while data := read(BATCH_BYTES):
        *ends, rest = data.split(b"\n")
        lines = []
        for end in ends:
            number += 1
            lines.append(_line(number, bytes(begun) + end, n_begun + len(end)))
            begun.clear()
            n_begun = 0
        n_begun += len(rest)
        if n_begun <= MAX_LINE_BYTES:
            begun += rest
        else:
            begun.clear()
        if lines:
            yield lines
    if n_begun:
        yield [_line(number + 1, bytes(begun), n_begun)]


def _line(number: int, data: bytes, size: int) -> Line:
    """size: of the whole line, of which `data` is only a part where it is too long."""
    if size > MAX_LINE_BYTES:
        problem = f"the line has {size:,} bytes, and at most {MAX_LINE_BYTES:,} are read"
        return Line(number, "", RaspLimitError(problem))
    data = data.removesuffix(b"\r")
    if number == 1:
        data = data.removeprefix(_BOM)
    try:
        return Line(number, data.decode())
    except UnicodeDecodeError as error:
        problem = f"the line is not UTF-8 (byte {error.start})"
        return Line(number, data.decode(errors="replace"), RaspLoadError(problem))
