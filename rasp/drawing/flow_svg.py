"""A flow -> a picture: the input on top, a band for each layer, the output at the bottom.

A head is a matrix, a row for each query position and a column for each key position.  Above it are
the keys, at its left the queries, below it the values that are averaged, at its right what comes
out: each aligned with the positions it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence

from rasp.drawing import svg
from rasp.drawing.flow import Cell, Flow, Head, Layer, Result, Row
from rasp.drawing.svg import Picture, rectangle, text_width, words
from rasp.drawing.text import clip, width
from rasp.errors import RaspRuntimeError
from rasp.markup.style import COLUMN

LINE = 22
"""The height of a line."""
BASE = 15
"""Where in a line the text stands."""
GAP = 10
PADDING = 8
"""Within a cell, both sides together."""
MAX_CELL = 12
MAX_NAME = 22
MAX_COLUMN_NAME = 16
MAX_EXPRESSION = 76
PAGE_WIDTH = 1240
MARK = "1"


def flow_picture(flow: Flow) -> Picture:
    before, *layers = flow.layers
    bands = [_heading(flow), _band("input", "", [_rows([flow.tokens, *before.rows])])]
    bands += [_layer(layer) for layer in layers]
    bands.append(_band("output", "", [_rows([flow.output], strong=True)], strong=True))
    if flow.error is not None:
        bands.append(_error(str(flow.error)))
    return svg.below(bands, gap=14)


def head_picture(head: Head, error: RaspRuntimeError | None) -> Picture:
    """A selector on its own."""
    return svg.below([_head(head), *([_error(str(error))] if error else [])], gap=14)


def _heading(flow: Flow) -> Picture:
    title = clip(flow.title, 100)
    n_layers = len(flow.layers) - 1
    counts = (
        f"{_count(n_layers, 'layer')}, {_count(flow.n_heads, 'head')}"
        if n_layers
        else "no attention: every position by itself"
    )
    return Picture(
        max(text_width(title) * 1.25, text_width(counts)),
        44,
        words(0, 16, title, "ink large", title=flow.title) + words(0, 38, counts, "muted"),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _layer(layer: Layer) -> Picture:
    parts = []
    if layer.heads:
        heads = [_head(head).framed() for head in layer.heads]
        parts.append(svg.flowing(heads, width=PAGE_WIDTH, gap=14))
    if layer.rows:
        parts.append(_rows(layer.rows))
    return _band(f"layer {layer.number}", _count(layer.n_heads, "head"), parts)


def _band(title: str, note: str, parts: Sequence[Picture], *, strong: bool = False) -> Picture:
    """A titled part of the page."""
    heading = Picture(
        text_width(title + note) + 20,
        24,
        words(0, 15, title, "ink strong")
        + (words(text_width(title) + 20, 15, note, "muted small") if note else ""),
    )
    inner = svg.below([heading, *parts], gap=6)
    return inner.framed("bare strong-line" if strong else "bare line")


def _error(text: str) -> Picture:
    lines = text.split("\n")
    marks = [
        words(0, BASE + 18 * n, clip(line, 140), "wrong" + " strong" * (not n), title=line)
        for n, line in enumerate(lines)
    ]
    size = max(text_width(clip(line, 140)) for line in lines)
    return Picture(size, 18 * len(lines) + 6, "".join(marks)).framed("bare wrong-line")


# ---- rows


def _rows(rows: Sequence[Row], *, strong: bool = False) -> Picture:
    """Names, values aligned by position, and expressions."""
    name_width = max(text_width(clip(row.name, MAX_NAME)) for row in rows)
    size = _cell_width(rows)
    x = name_width + GAP
    end = x + size * len(rows[0].cells) + GAP
    marks = []
    total = end
    for number, row in enumerate(rows):
        y = number * LINE
        style = "ink strong" if row.expression or strong else "ink"
        marks.append(words(0, y + BASE, clip(row.name, MAX_NAME), style, title=row.name))
        marks += _cells(row.cells, x, y, size, row.name)
        said = row.equation(MAX_NAME)
        if said:
            text = "= " + clip(said, MAX_EXPRESSION)
            marks.append(words(end, y + BASE, text, "muted", title=f"= {said}"))
            total = max(total, end + text_width(text))
    return Picture(total, LINE * len(rows), "".join(marks))


def _cell_width(rows: Sequence[Row]) -> float:
    widest = max(width(_short(c)) for row in rows for c in row.cells)
    return max(float(LINE), widest * COLUMN + PADDING)


def _short(cell: Cell) -> str:
    return clip(cell.text, MAX_CELL)


def _cells(
    cells: Sequence[Cell], x: float, y: float, size: float, name: str, style: str = "ink"
) -> list[str]:
    """A line of cells."""
    return [
        _cell(cell, x + size * place, y, size, f"{name}, position {place}", style)
        for place, cell in enumerate(cells)
    ]


def _cell(cell: Cell, x: float, y: float, size: float, what: str, style: str) -> str:
    """A value in its box: a default dashed, what fails hatched."""
    middle = x + size / 2
    said = f"{what}: {cell.full}"
    text = _short(cell)
    box = (x, y, size, LINE)
    match cell.state:
        case "value":
            return rectangle(*box, "bare line") + words(
                middle, y + BASE, text, style, anchor="middle", title=said
            )
        case "default":
            return rectangle(*box, "bare line") + (
                rectangle(x + 2, y + 2, size - 4, LINE - 4, "bare strong-line dashed thin")
                + words(middle, y + BASE, text, style, anchor="middle", title=f"{said} (default)")
            )
        case "failed":
            return rectangle(*box, "wrong-line", fill=svg.HATCHED) + words(
                middle, y + BASE, text, "wrong strong", anchor="middle", title=said
            )
        case "unknown":
            return rectangle(*box, "bare line dashed") + words(
                middle, y + BASE, text, "muted", anchor="middle", title=said
            )


# ---- heads


def _head(head: Head) -> Picture:
    lines = [(clip(head.heading, MAX_EXPRESSION), "ink strong", head.heading)]
    if head.expression:
        lines.append((f"= {clip(head.expression, MAX_EXPRESSION)}", "muted", head.expression))
    lines += [(clip(part, MAX_EXPRESSION), "muted small", part) for part in head.parts]
    marks = [
        words(0, 13 + 17 * n, text, style, title=said)
        for n, (text, style, said) in enumerate(lines)
    ]
    title_width = max(
        text_width(text) * (0.85 if "small" in style else 1) for text, style, _ in lines
    )
    title = Picture(title_width, 17 * len(lines), "".join(marks))
    notes = [
        f"dashed: nothing is selected, so {result.default}, the default"
        for result in head.results
        if result.default
    ]
    notes = list(dict.fromkeys(notes))
    parts = [title, _Grid(head).picture()]
    if notes:
        texts = [words(0, 12 + 15 * n, note, "muted small") for n, note in enumerate(notes)]
        size = max(map(text_width, notes)) * 0.85
        parts.append(Picture(size, 15 * len(notes), "".join(texts)))
    return svg.below(parts, gap=8)


class _Grid:
    """The matrix of a head with what belongs to its rows and columns."""

    def __init__(self, head: Head) -> None:
        self.head = head
        has_tokens = head.tokens in head.keys
        self.keys = head.keys if has_tokens else (head.tokens, *head.keys)
        has_tokens = head.tokens in head.queries
        self.queries = head.queries if has_tokens else (head.tokens, *head.queries)
        self.n = len(head.tokens.cells)
        self.cell = _cell_width([*self.keys, *head.values])
        self.query_widths = [self._column_width(row, "query ") for row in self.queries]
        self.result_widths = [
            max(self._column_width(r.row, ""), text_width(self._of(r)) * 0.85 + PADDING)
            for r in head.results
        ]
        row_names = [self._row_name(row, "key") for row in self.keys]
        row_names += [self._row_name(row, "value") for row in head.values]
        self.x = max(sum(self.query_widths), max(map(text_width, row_names)) + PADDING) + 4

    def _column_width(self, row: Row, word: str) -> float:
        name = text_width(clip(row.name, MAX_COLUMN_NAME))
        return max(name, text_width(word) * 0.85, _cell_width([row]) - PADDING) + PADDING

    def _row_name(self, row: Row, word: str) -> str:
        name = clip(row.name, MAX_NAME)
        return name if word == "key" and self._is_place(row) else f"{word} {name}"

    def _is_place(self, row: Row) -> bool:
        """Whether a row only says which position it is."""
        return row is self.head.tokens and row not in self.head.keys

    def _of(self, result: Result) -> str:
        return "how many" if result.of is None else f"of {clip(result.of, MAX_COLUMN_NAME)}"

    def picture(self) -> Picture:
        marks = []
        y = 0.0
        for row in self.keys:
            marks.append(self._row(row, y, "key"))
            y += LINE
        marks.append(self._column_names(y))
        y += 34
        marks.append(self._matrix(y))
        y += LINE * self.n
        if self.head.values:
            y += 6
        for row in self.head.values:
            marks.append(self._row(row, y, "value"))
            y += LINE
        width = self.x + self.cell * self.n
        if self.result_widths:
            width += 12 + sum(self.result_widths)
        return Picture(width, y, "".join(marks))

    def _row(self, row: Row, y: float, word: str) -> str:
        """Keys above the matrix, or values below it."""
        style = "muted" if word == "key" and self._is_place(row) else word
        text = self._row_name(row, word)
        name = words(self.x - 8, y + BASE, text, style, anchor="end", title=f"{word} {row.name}")
        return name + "".join(_cells(row.cells, self.x, y, self.cell, f"{word} {row.name}", style))

    def _column_names(self, y: float) -> str:
        marks = []
        x = self.x - 4 - sum(self.query_widths)
        for row, size in zip(self.queries, self.query_widths, strict=True):
            place = row is self.head.tokens and row not in self.head.queries
            style = "muted" if place else "query"
            if not place:
                marks.append(words(x + size / 2, y + 14, "query", "query small", anchor="middle"))
            name = clip(row.name, MAX_COLUMN_NAME)
            marks.append(
                words(x + size / 2, y + 28, name, style, anchor="middle", title=f"query {row.name}")
            )
            x += size
        x = self.x + self.cell * self.n + 12
        for result, size in zip(self.head.results, self.result_widths, strict=True):
            name = clip(result.row.name, MAX_COLUMN_NAME)
            marks.append(
                words(
                    x + size / 2, y + 14, name, "ink strong", anchor="middle", title=result.row.name
                )
            )
            marks.append(
                words(x + size / 2, y + 28, self._of(result), "value small", anchor="middle")
            )
            x += size
        return "".join(marks)

    def _matrix(self, y: float) -> str:
        rows = "".join(self._query(place, y + LINE * place) for place in range(self.n))
        dashed = " dashed" if self.head.selected is None else ""
        return rows + svg.grid(self.x, y, self.cell, LINE, self.n, self.n, f"bare line{dashed}")

    def _query(self, place: int, y: float) -> str:
        """A row of the matrix, with its queries and its results."""
        marks = []
        x = self.x - 4 - sum(self.query_widths)
        for row, size in zip(self.queries, self.query_widths, strict=True):
            style = "muted" if row is self.head.tokens and row not in self.head.queries else "query"
            what = f"query {row.name}, position {place}"
            marks.append(_cell(row.cells[place], x, y, size, what, style))
            x += size
        marks += [self._pair(place, key, y) for key in range(self.n)]
        x = self.x + self.cell * self.n + 12
        for result, size in zip(self.head.results, self.result_widths, strict=True):
            what = f"{result.row.name}, position {place}"
            marks.append(rectangle(x, y, size, LINE, "result"))
            marks.append(_cell(result.row.cells[place], x, y, size, what, "ink"))
            x += size
        return "".join(marks)

    def _pair(self, query: int, key: int, y: float) -> str:
        x = self.x + self.cell * key
        box = (x, y, self.cell, LINE)
        tokens = self.head.tokens.cells
        if query in self.head.failed:
            return rectangle(*box, "wrong-line", fill=svg.HATCHED)
        if self.head.selected is None or not self.head.selected[query][key]:
            return ""
        said = f"{query} ({tokens[query].full}) selects {key} ({tokens[key].full})"
        mark = words(x + self.cell / 2, y + BASE, MARK, "ink strong", anchor="middle")
        return svg.group(rectangle(*box, "on") + mark, title=said)
