"""Tokens, and the trees that the parser makes of them."""

from __future__ import annotations

from dataclasses import dataclass


class Token(str):
    """A piece of a text: a string that knows what it is and where it stands.

    type: the name of its terminal; start_pos and end_pos: offsets; line and end_line: from 1.
    """

    __slots__ = ("end_line", "end_pos", "line", "start_pos", "type")

    type: str
    start_pos: int
    end_pos: int
    line: int
    end_line: int

    def __new__(cls, kind: str, text: str, start_pos: int, line: int) -> Token:
        token = super().__new__(cls, text)
        token.type = kind
        token.start_pos, token.end_pos = start_pos, start_pos + len(text)
        token.line, token.end_line = line, line + text.count("\n")
        return token


@dataclass(frozen=True, slots=True)
class Tree:
    """A rule of the grammar and what it was made of."""

    name: str
    children: list[Token | Tree]
