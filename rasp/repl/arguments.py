"""The text behind a command -> its arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasp.errors import RaspTypeError, RaspValueError
from rasp.graph.nodes import Atom
from rasp.graph.operators import type_name

if TYPE_CHECKING:
    from rasp.repl.console import Console

_PIECE = re.compile(r'"[^"]*"?|[(\[{]|[)\]}]|\s+|[^\s"()\[\]{}]+')


def split(text: str) -> list[str]:
    """The pieces between spaces; strings and what stands in brackets are not divided."""
    pieces = [""]
    depth = 0
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece.isspace() and depth == 0:
            pieces.append("")
            continue
        if piece in "([{":
            depth += 1
        elif piece in ")]}":
            depth = max(0, depth - 1)
        pieces[-1] += piece
    return [piece for piece in pieces if piece]


def tokens(shell: Console, text: str) -> list[Atom]:
    """The tokens an argument stands for.

    A string, list or dict is an expression of the language; any other text is its characters.
    Raises RaspError.
    """
    from rasp.graph.sequences import as_sequence

    return as_sequence(shell.evaluate(text) if text[0] in '"[{' else text)


def number(text: str, what: str) -> int:
    """A positive integer.  Raises RaspValueError."""
    if not text.isdecimal() or int(text) < 1:
        raise RaspValueError(f"{what} has to be a positive integer, got {text}")
    return int(text)


def file_name(shell: Console, text: str) -> str:
    """A path, in quotes or bare.  Raises RaspTypeError."""
    if not text.startswith('"'):
        return text
    value = shell.evaluate(text)
    if not isinstance(value, str):
        raise RaspTypeError(f"a path is a string, got {type_name(value)}")
    return value


def switch(text: str) -> bool:
    """on or off.  Raises RaspValueError."""
    if text not in ("on", "off"):
        raise RaspValueError(f"expected on or off, got '{text}'")
    return text == "on"
