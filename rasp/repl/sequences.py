"""The values of an s-op or selector on an input -> aligned text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rasp.graph.nodes import Atom
from rasp.graph.operators import show
from rasp.graph.sequences import sequence_type
from rasp.repl.style import Painter
from rasp.visible import shortened, visible

DECIMALS = 3
MAX_CELL = 1_000  # characters

_TYPE_NAMES = {"string": "strings", "bool": "bools", "int": "ints", "float": "floats"}


def cell(value: Atom) -> str:
    """A value within a sequence: booleans as a letter, floats rounded, strings bare."""
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, float):
        return str(round(value, DECIMALS))
    return visible(shortened(value if isinstance(value, str) else show(value), MAX_CELL))


def type_label(values: Sequence[Atom]) -> str:
    kind = sequence_type(values)
    return f"({_TYPE_NAMES[kind]})" if kind else "(of different types)"


def sequence(values: Sequence[Atom], paint: Painter) -> str:
    """``[v1, v2] (ints)``, or ``[v]*n (ints)`` if there are several and all are equal."""
    if len(values) > 1 and _all_equal(values):
        text = f"[{cell(values[0])}]*{len(values)}"
    else:
        text = f"[{', '.join(map(cell, values))}]"
    return f"{paint('value', text)} {type_label(values)}"


def rows(inputs: Sequence[Atom], values: Sequence[Atom], paint: Painter) -> list[str] | None:
    """Input and output below each other, aligned; None if all values are equal.

    Of booleans only the rarer is shown.
    """
    if _all_equal(values):
        return None
    columns = list(zip(map(cell, inputs), _cells_of_row(values), strict=True))
    widest = max(width(text) for column in columns for text in column)
    above = " ".join(pad(column[0], widest) for column in columns)
    below = " ".join(pad(column[1], widest) for column in columns)
    return [
        f" \t\tinput:   {above} \t {type_label(inputs)}",
        f" \t\toutput:  {paint('value', below)} \t {type_label(values)}",
    ]


def matrix(inputs: Sequence[Atom], selected: Sequence[Sequence[bool]], paint: Painter) -> list[str]:
    """A row for each query position, a column for each key position, 1 where it is selected."""
    tokens = list(map(cell, inputs))
    widths = list(map(width, tokens))
    widest = max(widths)
    lines = [f" \t\t\t{' ' * (widest + 4)}{' '.join(tokens)}"]
    for token, row in zip(tokens, selected, strict=True):
        cells = (pad("1" if on else "", size) for on, size in zip(row, widths, strict=True))
        lines.append(f" \t\t\t {pad(token, widest)} | {paint('value', ' '.join(cells))}")
    return lines


def _all_equal(values: Sequence[Atom]) -> bool:
    return all(value == values[0] for value in values)


def _cells_of_row(values: Sequence[Atom]) -> list[str]:
    if sequence_type(values) != "bool":
        return list(map(cell, values))
    n_true = sum(map(bool, values))
    n_false = len(values) - n_true
    return [
        cell(value) if (n_true <= n_false if value else n_false <= n_true) else ""
        for value in values
    ]


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
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


def pad(text: str, columns: int) -> str:
    """The text, right-aligned."""
    return " " * (columns - width(text)) + text
