"""Atoms and expressions -> short texts, and how wide these are in a fixed-width face."""

from __future__ import annotations

from wcwidth import wcwidth

from rasp.graph.nodes import Atom, Node
from rasp.graph.operators import show
from rasp.graph.origins import Origins
from rasp.graph.text import to_text
from rasp.visible import visible

DECIMALS = 3
ELLIPSIS = "…"


def cell(value: Atom) -> str:
    """A value within a sequence: booleans as a letter, floats rounded, strings without quotes.

    Strings of nothing but spaces, which would not be seen, have them as "␣"; the empty one is '""'.
    """
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, float):
        return str(round(value, DECIMALS))
    if isinstance(value, int):
        return show(value)
    if not value.strip(" "):
        return value.replace(" ", "␣") or '""'
    return visible(value)


def label(node: Node, origins: Origins | None, *, limit: int = 60) -> str:
    """The name of a node, or else its expression."""
    name = origins.name(node) if origins else None
    return visible(name or to_text(node, origins, limit=limit))


def expression(node: Node, origins: Origins | None, *, limit: int = 100) -> str:
    """A node as an expression of named ones."""
    return visible(to_text(node, origins, limit=limit))


def width(text: str) -> int:
    """How many columns the text takes: East Asian characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(max(0, wcwidth(character)) for character in text)


def clip(text: str, columns: int) -> str:
    """The text if it is at most so wide, else its beginning and an ellipsis."""
    if width(text) <= columns:
        return text
    kept = ""
    used = 1  # the ellipsis
    for character in text:
        used += max(0, wcwidth(character))
        if used > columns:
            break
        kept += character
    return kept + ELLIPSIS


def left(text: str, columns: int) -> str:
    """The text, filled up to so many columns."""
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """The text at the end of so many columns."""
    return " " * (columns - width(text)) + text


def input_text(tokens: list[Atom], *, limit: int = 60) -> str:
    """An input as a program would write it: a string of characters, or a list."""
    if all(isinstance(token, str) and len(token) == 1 for token in tokens):
        text = show("".join(map(str, tokens)))
    else:
        text = f"[{', '.join(map(show, tokens))}]"
    return clip(visible(text), limit)
