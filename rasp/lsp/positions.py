"""Places in a text as an editor counts them -> offsets, and back.

An editor counts lines from 0, and in a line the units of an encoding: UTF-16 unless something else
was agreed on.  Lines end as the protocol says, with a line feed, a carriage return, or both.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate

from lsprotocol import types
from pygls.workspace import PositionCodec

from rasp.source import Source, Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


@lru_cache(maxsize=64)
def _lines(source: Source) -> tuple[list[str], list[int]]:
    """The lines of a text with their ends, and where they start."""
    lines = [match[0] for match in _LINE.finditer(source.text)]
    if len(lines) > 1 and not lines[-2].endswith(("\r", "\n")):
        lines.pop()  # nothing, found again behind a line that nothing ends
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return lines, starts


def offset(source: Source, position: types.Position, codec: PositionCodec) -> int:
    """The offset of a place; the nearest that there is."""
    lines, starts = _lines(source)
    if position.line >= len(lines):
        return len(source.text)
    here = codec.position_from_client_units(lines, position)
    return min(starts[here.line] + here.character, len(source.text))


def position(source: Source, place: int, codec: PositionCodec) -> types.Position:
    """The place of an offset."""
    lines, starts = _lines(source)
    line = min(bisect_right(starts, place) - 1, len(lines) - 1)
    before = _units_before(lines[line], codec)
    character = place - starts[line]
    return types.Position(line, character if before is None else before[character])


@lru_cache(maxsize=8)
def _units_before(line: str, codec: PositionCodec) -> list[int] | None:
    """How many units come before each character, and before the end: a line is counted once, for
    all the places in it.  None: as many as characters."""
    if line.isascii():
        return None
    return [0, *accumulate(map(codec.client_num_units, line))]


def span_range(span: Span, codec: PositionCodec) -> types.Range:
    """A span as a range of places."""
    return types.Range(
        position(span.source, span.start, codec), position(span.source, span.end, codec)
    )
