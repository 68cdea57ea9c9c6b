"""A flow -> DOT: a cluster for each layer, a table for each head and each row, and an edge wherever
one is read by another.
"""

from __future__ import annotations

from collections.abc import Iterable

from rasp.drawing import dot
from rasp.drawing.flow import Cell, Flow, Head, Row
from rasp.drawing.text import clip

MAX_CELL = 12
MAX_TEXT = 60


def flow_dot(flow: Flow) -> str:
    before, *layers = flow.layers
    lines = dot.cluster("input", "input", map(_row, [flow.tokens, *before.rows]))
    edges = [edge for row in before.rows for edge in _edges(row)]
    drawn = {flow.tokens.number, *(row.number for row in before.rows)}
    for layer in layers:
        inside = []
        for place, head in enumerate(layer.heads):
            name = f"head_{layer.number}_{place}"
            inside.append(head_node(name, head))
            inside += [_row(result.row) for result in head.results]
            edges += _head_edges(name, head)
            drawn |= {result.row.number for result in head.results}
        inside += map(_row, layer.rows)
        edges += [edge for row in layer.rows for edge in _edges(row)]
        drawn |= {row.number for row in layer.rows}
        lines += dot.cluster(f"layer_{layer.number}", f"layer {layer.number}", inside)
    if flow.output.number in drawn:
        output = 'output [label="output"];'
        edges.append(f"row_{flow.output.number} -> output;")
    else:
        output = _row(flow.output)
        edges += _edges(flow.output)
    lines += dot.cluster("output", "output", [output])
    if flow.error is not None:
        lines.append(dot.statement("error", {"label": dot.quoted(f"error: {flow.error.message}")}))
    return dot.digraph(flow.title, [*lines, *dict.fromkeys(edges)])


def head_node(name: str, head: Head) -> str:
    """The matrix, with keys above and queries at the left."""
    queries = head.queries if head.tokens in head.queries else (head.tokens, *head.queries)
    keys = head.keys if head.tokens in head.keys else (head.tokens, *head.keys)
    indent = [""] * (len(queries) - 1)
    rows = [[*indent, f"key {row.name}", *map(_short, row.cells)] for row in keys]
    rows.append([f"query {row.name}" for row in queries])
    for place in range(len(head.tokens.cells)):
        asked = [_short(row.cells[place]) for row in queries]
        rows.append([*asked, *_selected(head, place)])
    rows += [[*indent, f"value {row.name}", *map(_short, row.cells)] for row in head.values]
    title = clip(head.heading + (f" = {head.expression}" if head.expression else ""), MAX_TEXT)
    first = len(keys) + 1
    marked = {
        (first + place, len(queries) + key)
        for place, row in enumerate(head.selected or ())
        for key, on in enumerate(row)
        if on and place not in head.failed
    }
    return dot.statement(name, {"label": dot.table(rows, title=title, marked=marked)})


def _selected(head: Head, query: int) -> list[str]:
    if head.selected is None:
        return ["?"] * len(head.tokens.cells)
    if query in head.failed:
        return ["✗"] * len(head.tokens.cells)
    return ["1" if on else "" for on in head.selected[query]]


def _row(row: Row) -> str:
    title = clip(row.name + (f" = {row.expression}" if row.expression else ""), MAX_TEXT)
    table = dot.table([list(map(_short, row.cells))], title=title)
    return dot.statement(f"row_{row.number}", {"label": table})


def _short(cell: Cell) -> str:
    text = clip(cell.text, MAX_CELL)
    return f"{text} (default)" if cell.state == "default" else text


def _edges(row: Row) -> list[str]:
    return [f"row_{source} -> row_{row.number};" for source in row.reads]


def _head_edges(name: str, head: Head) -> Iterable[str]:
    for role, rows in (("key", head.keys), ("query", head.queries), ("value", head.values)):
        for row in rows:
            yield f'row_{row.number} -> {name} [label="{role}"];'
    for result in head.results:
        yield f"{name} -> row_{result.row.number};"
