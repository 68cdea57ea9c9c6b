"""Text of any origin -> text that can be shown: nothing a terminal would obey, and not long.

Programs, file names and tokens may hold escape codes, which a terminal obeys, characters that turn
the direction of writing, or nothing that can be seen; and they may have a million characters.
Whatever shows text uses the functions here; exact data are in JSON and in Python values.
"""

from __future__ import annotations

import unicodedata

LAYOUT = "\n\t"
"""What text in several lines is made of besides what can be seen."""

MOST_CHARACTERS = 1000
"""Of one sentence of a message."""

MOST_SHOWN = 20
"""Of the errors or warnings of one text that are shown; the others are counted."""


def printable(text: str) -> str:
    """The text with everything that cannot be seen as its code; line breaks and tabs stay."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in LAYOUT else _code(character)
        for character in text
    )


def visible(text: str) -> str:
    """The same on one line: line breaks and tabs are codes, too."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _code(character) for character in text)


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def shortened(text: str, limit: int = MOST_CHARACTERS) -> str:
    """The text, or its beginning and how long it is."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}... ({len(text):,} characters)"


def columns(text: str) -> int:
    """How many columns of a terminal a printable text takes: East Asian characters two, combining
    ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
