"""Sequences below each other -> columns of text, and an HTML table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rasp.graph.nodes import Atom
from rasp.graph.operators import show

_CELL = "padding:0.1em 0.6em;text-align:center;font-family:monospace"


def columns(rows: Mapping[str, Sequence[Atom]], marked: Sequence[int] = ()) -> list[str]:
    """Lines with the rows' names in front; the marked columns have a caret below them."""
    shown = {name: [_text(value) for value in values] for name, values in rows.items()}
    n_columns = max(map(len, shown.values()))
    if marked:
        shown[""] = ["^" if place in marked else "" for place in range(n_columns)]
    widths = [
        max(len(values[place]) for values in shown.values() if place < len(values))
        for place in range(n_columns)
    ]
    label = max(map(len, shown))
    lines = []
    for name, values in shown.items():
        cells = (value.ljust(width) for value, width in zip(values, widths, strict=False))
        lines.append(f"{name:<{label}}  {'  '.join(cells)}".rstrip())
    return lines


def columns_html(rows: Mapping[str, Sequence[Atom]], marked: Sequence[int] = ()) -> str:
    """A table with the rows' names in front; the marked columns are bold, with a caret."""
    body = "".join(
        f'<tr><th style="{_CELL};text-align:left">{escape(name)}</th>'
        + "".join(_cell(_text(value), place in marked) for place, value in enumerate(values))
        + "</tr>"
        for name, values in rows.items()
    )
    if marked:
        n_columns = max(map(len, rows.values()))
        carets = "".join(
            _cell("^" if place in marked else "", place in marked) for place in range(n_columns)
        )
        body += f"<tr><th></th>{carets}</tr>"
    return f"<table>{body}</table>"


def _cell(text: str, is_marked: bool) -> str:
    weight = ";font-weight:bold" if is_marked else ""
    return f'<td style="{_CELL}{weight}">{escape(text)}</td>'


def _text(value: Atom) -> str:
    """A value without the quotes around strings, unless it would be invisible."""
    return value if isinstance(value, str) and value.strip() else show(value)
