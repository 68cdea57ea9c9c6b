"""The DOT language: quoting, and tables as labels.

Whatever stands between quotation marks or in a table comes through `quoted` or `table`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from rasp.markup.html import escaped
from rasp.visible import visible

SHADED = ' BGCOLOR="#cfe3fa"'


def quoted(text: str) -> str:
    """A text as an ID.  A backslash would begin an escape sequence of labels."""
    inner = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def table(
    rows: Sequence[Sequence[str]], *, title: str = "", marked: Collection[tuple[int, int]] = ()
) -> str:
    """A label that is a table.  marked: the rows and columns of the cells that are shaded."""
    columns = max(map(len, rows), default=1)
    lines = [f'<TR><TD COLSPAN="{columns}"><B>{_shown(title)}</B></TD></TR>'] if title else []
    for number, row in enumerate(rows):
        cells = "".join(
            f"<TD{SHADED if (number, column) in marked else ''}>{_shown(cell)}</TD>"
            for column, cell in enumerate(row)
        )
        lines.append(f"<TR>{cells}</TR>")
    return f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0">{"".join(lines)}</TABLE>>'


def _shown(text: str) -> str:
    """There has to be something in a cell."""
    return escaped(text) or " "


def statement(name: str, attributes: Mapping[str, str]) -> str:
    """A node.  Attributes are as they are written."""
    text = ", ".join(f"{key}={value}" for key, value in attributes.items())
    return f"{name} [{text}];"


def cluster(name: str, title: str, lines: Iterable[str]) -> list[str]:
    """A subgraph with a frame and a title."""
    inner = [f"label={quoted(title)};", *lines]
    return [f"subgraph cluster_{name} {{", *(f"  {line}" for line in inner), "}"]


def digraph(title: str, lines: Iterable[str], *, direction: str = "TB") -> str:
    """A whole document."""
    head = [
        f"label={quoted(title)};",
        "labelloc=t;",
        f"rankdir={direction};",
        'node [shape=plain, fontname="monospace"];',
        'graph [fontname="monospace"];',
    ]
    body = "\n".join(f"  {line}" for line in [*head, *lines])
    return f"digraph rasp {{\n{body}\n}}\n"
