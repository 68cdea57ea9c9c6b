"""Tables of text: aligned columns for terminals, HTML for notebooks, Markdown for documents."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

GAP = "  "


@dataclass(frozen=True, slots=True)
class Table:
    """headings and rows of cells; every row has as many cells as there are headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""

    def to_text(self) -> str:
        """Columns as wide as their widest cell; numbers to the right."""
        lines = [self.headings, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        right = [
            bool(self.rows) and all(map(_is_number, column))
            for column in zip(*self.rows, strict=True)
        ] or [False] * len(widths)
        text = [
            GAP.join(
                cell.rjust(width) if to_right else cell.ljust(width)
                for cell, width, to_right in zip(line, widths, right, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, *text] if self.title else text)

    def to_html(self) -> str:
        caption = f"<caption>{escape(self.title)}</caption>" if self.title else ""
        head = "".join(f"<th>{escape(heading)}</th>" for heading in self.headings)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def to_markdown(self) -> str:
        lines = [self.headings, ("---",) * len(self.headings), *self.rows]
        return "\n".join(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
        )


def _is_number(cell: str) -> bool:
    return not cell or cell.replace(",", "").replace(".", "", 1).isdigit()
