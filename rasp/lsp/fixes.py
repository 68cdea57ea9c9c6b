"""A mistake and its hint -> the changes of the text that the hint suggests.

Only hints that say exactly what to write become changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rasp.source import Span

_NAMES = re.compile(r"did you mean (?P<names>'\w+'(?:(?:,| or) '\w+')*)\?")
_QUOTED = re.compile(r"'(\w+)'")
_WRITTEN = re.compile(r"\bis written '(?P<right>[^'\s]+)'")
_OPERATORS = re.compile(r"[-+*/%^<>=!&|~]+")
_MISSING = re.compile(r"missing '(?P<what>[;)\]}])'")


@dataclass(frozen=True, slots=True)
class Fix:
    """title: what an editor offers; the part of the text that is replaced, and by what."""

    title: str
    start: int
    end: int
    text: str


def fixes(message: str, hint: str | None, span: Span) -> tuple[Fix, ...]:
    """What the hint of a mistake at a place suggests, the most likely first."""
    return tuple(_fixes(message, hint or "", span))


def _fixes(message: str, hint: str, span: Span) -> Iterator[Fix]:
    wrong = span.text
    if (match := _NAMES.search(hint)) and wrong.isidentifier():
        for name in _QUOTED.findall(match["names"]):
            yield Fix(f"Change to '{name}'", span.start, span.end, name)
    elif (match := _WRITTEN.search(hint)) and _OPERATORS.fullmatch(wrong):
        right = match["right"]
        spaced = f" {right} " if right.isalpha() else right
        yield Fix(f"Change to '{right}'", span.start, span.end, spaced)
    elif match := _MISSING.match(message):
        what = match["what"]
        yield Fix(f"Insert '{what}'", span.start, span.start, what)
    elif "double quotes" in hint and wrong[:1] == wrong[-1:] == "'" and len(wrong) > 1:
        inner = wrong[1:-1]
        if '"' not in inner:
            yield Fix(f'Change to "{inner}"', span.start, span.end, f'"{inner}"')
