"""A text -> the changes that put it into its canonical layout, line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from rasp.source import Source
from rasp.syntax.format import format_text

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")


@dataclass(frozen=True, slots=True)
class Change:
    """A part of the text becomes another; both are whole lines."""

    start: int
    end: int
    text: str


def changes(source: Source, first: int = 0, last: int | None = None) -> list[Change]:
    """What formatting changes, of all lines or of those from `first` to `last`, counted from 0.

    A change belongs to the lines if it touches one of them.  Raises RaspError for what is no
    program.
    """
    old = _LINE.findall(source.text)
    new = _LINE.findall(format_text(source))
    last = len(old) if last is None else last
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    starts = [0, *accumulate(map(len, old))]
    return [
        Change(starts[start], starts[end], "".join(new[new_start:new_end]))
        for tag, start, end, new_start, new_end in found
        if tag != "equal" and start <= last and max(end, start + 1) > first
    ]
