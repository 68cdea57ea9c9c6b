"""The values of an s-op or selector on an input -> aligned text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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


def rows(
    inputs: Sequence[Atom], values: Sequence[Atom], paint: Painter, columns: int | None = None
) -> list[str] | None:
    """Input and output below each other, aligned; None if all values are equal.

    Of booleans only the rarer is shown.  columns: how wide a line may be; longer ones are cut into
    pieces, the input always above its output.
    """
    if _all_equal(values):
        return None
    pairs = list(zip(map(cell, inputs), _cells_of_row(values), strict=True))
    widest = max(width(text) for pair in pairs for text in pair)
    types = f" \t {type_label(inputs)}", f" \t {type_label(values)}"
    above, below = " \t\tinput:   ", " \t\toutput:  "
    if columns is not None and 25 + len(pairs) * (widest + 1) + 16 > columns:
        above, below = "  input:   ", "  output:  "
        types = f"  {type_label(inputs)}", f"  {type_label(values)}"
    lines: list[str] = []
    pieces = list(_pieces([widest] * len(pairs), None if columns is None else columns - 27))
    for start, end in pieces:
        tokens = " ".join(pad(pair[0], widest) for pair in pairs[start:end])
        shown = " ".join(pad(pair[1], widest) for pair in pairs[start:end])
        last = end == len(pairs)
        lines.append(f"{above}{tokens}{types[0] if last else ''}")
        lines.append(f"{below}{paint('value', shown)}{types[1] if last else ''}")
    return lines


def matrix(
    inputs: Sequence[Atom],
    selected: Sequence[Sequence[bool]],
    paint: Painter,
    columns: int | None = None,
) -> list[str]:
    """A row for each query position, a column for each key position, 1 where it is selected.

    columns: how wide a line may be; a wider matrix is cut into pieces, each with all its rows.
    """
    tokens = list(map(cell, inputs))
    widths = [max(1, width(token)) for token in tokens]
    widest = max(widths)
    indent = " \t\t\t"
    if columns is not None and 24 + widest + 4 + sum(widths) + len(widths) > columns:
        indent = " "
    room = None if columns is None else columns - len(indent) - widest - 4
    lines: list[str] = []
    for start, end in _pieces(widths, room):
        keys = " ".join(
            pad(t, w) for t, w in zip(tokens[start:end], widths[start:end], strict=True)
        )
        lines.append(f"{indent}{' ' * (widest + 4)}{keys}")
        for token, row in zip(tokens, selected, strict=True):
            cells = zip(row[start:end], widths[start:end], strict=True)
            shown = " ".join(pad("1" if on else "", size) for on, size in cells)
            lines.append(f"{indent} {pad(token, widest)} | {paint('value', shown)}")
    return lines


def _pieces(widths: Sequence[int], room: int | None) -> Iterator[tuple[int, int]]:
    """Stretches of columns, with a space between each two, that fit into the room."""
    start = 0
    while start < len(widths):
        end, used = start + 1, widths[start]
        while end < len(widths) and (room is None or used + 1 + widths[end] <= room):
            used += 1 + widths[end]
            end += 1
        yield start, end
        start = end


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
    from wcwidth import wcswidth, wcwidth

    whole = wcswidth(text)  # -1 where there is a control character
    return whole if whole >= 0 else sum(abs(wcwidth(character)) for character in text)


def pad(text: str, columns: int) -> str:
    """The text, right-aligned."""
    return " " * (columns - width(text)) + text
