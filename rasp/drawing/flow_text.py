"""A flow -> lines of text for a terminal, in the order of the picture."""

from __future__ import annotations

from collections.abc import Sequence

from rasp.drawing.flow import Cell, Flow, Head, Row
from rasp.drawing.text import clip, left, right, width
from rasp.visible import visible

MAX_CELL = 12
MAX_NAME = 24
MAX_EXPRESSION = 70


def flow_text(flow: Flow) -> str:
    before, *layers = flow.layers
    lines = [flow.title, "", "input", *_rows([flow.tokens, *before.rows])]
    for layer in layers:
        heads = f"{layer.n_heads} head{'' if layer.n_heads == 1 else 's'}"
        lines += ["", f"layer {layer.number}: {heads}"]
        for head in layer.heads:
            lines += [f"  {line}".rstrip() for line in head_lines(head)]
        lines += _rows(layer.rows)
    lines += ["", "output", *_rows([flow.output])]
    if flow.error is not None:
        lines += ["", str(flow.error)]
    return "\n".join(lines)


def _rows(rows: Sequence[Row]) -> list[str]:
    """Names, values aligned by position, and expressions."""
    if not rows:
        return []
    names = max(width(_name(row)) for row in rows)
    cells = max(width(_short(cell)) for row in rows for cell in row.cells)
    return [
        f"  {left(_name(row), names)}  "
        + " ".join(right(_short(cell), cells) for cell in row.cells)
        + (f"  = {clip(said, MAX_EXPRESSION)}" if said else "")
        for row in rows
        for said in [row.equation(MAX_NAME)]
    ]


def _name(row: Row) -> str:
    return clip(row.name, MAX_NAME)


def _short(cell: Cell) -> str:
    text = clip(cell.text, MAX_CELL)
    return f"({text})" if cell.state == "default" else text


def head_lines(head: Head) -> list[str]:
    """The matrix with keys above, queries at the left, values below and results at the right."""
    equation = f" = {head.expression}" if head.expression else ""
    lines = [clip(head.heading + equation, MAX_NAME + MAX_EXPRESSION)]
    lines += [f"  {clip(part, MAX_EXPRESSION)}" for part in head.parts]
    lines += _grid(head)
    lines += dict.fromkeys(
        f"  in brackets: nothing is selected, so {visible(str(result.default))}, the default"
        for result in head.results
        if result.default
    )
    return lines


def _grid(head: Head) -> list[str]:
    keys = head.keys if head.tokens in head.keys else (head.tokens, *head.keys)
    queries = head.queries if head.tokens in head.queries else (head.tokens, *head.queries)
    size = max(width(_short(c)) for row in (*keys, *head.values) for c in row.cells)
    side = [_column(f"query {_name(row)}" if row in head.queries else "", row) for row in queries]
    results = [_column(f"{_name(result.row)}", result.row) for result in head.results]
    names = [f"key {_name(row)}" if row in head.keys else "tokens" for row in keys]
    values = [f"value {_name(row)}" for row in head.values]
    room = max(*map(width, [*names, *values]), width("  ".join(next(zip(*side, strict=True)))))

    def across(name: str, row: Row) -> str:
        cells = " ".join(right(_short(cell), size) for cell in row.cells)
        return f"  {right(name, room)}   {cells}"

    lines = [across(name, row) for name, row in zip(names, keys, strict=True)]
    blank = " " * ((size + 1) * len(head.tokens.cells) - 1)
    outcome = "  ".join(column[0] for column in results)
    asked = "  ".join(column[0] for column in side)
    if asked.strip() or outcome:
        lines.append(f"  {right(asked, room)}   {blank}   {outcome}".rstrip())
    for place in range(len(head.tokens.cells)):
        asked = right("  ".join(column[place + 1] for column in side), room)
        outcome = "  ".join(column[place + 1] for column in results)
        bar = f" | {outcome}" if outcome else ""
        lines.append(f"  {asked} | {_selected(head, place, size)}{bar}".rstrip())
    lines += [across(name, row) for name, row in zip(values, head.values, strict=True)]
    return lines


def _column(name: str, row: Row) -> list[str]:
    """A heading and the values below it, of one width."""
    texts = [name, *map(_short, row.cells)]
    size = max(map(width, texts))
    return [right(text, size) for text in texts]


def _selected(head: Head, query: int, size: int) -> str:
    n = len(head.tokens.cells)
    if head.selected is None or query in head.failed:
        return " ".join([right("?" if head.selected is None else "✗", size)] * n)
    return " ".join(right("1" if on else ".", size) for on in head.selected[query])
