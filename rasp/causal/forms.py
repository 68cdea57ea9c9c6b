"""A circuit -> text, the DOT language, a picture.

What every part reads of the beginning of the sequence is in text and DOT; in pictures it would be
an arrow to everything, and is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from rasp.analysis.tables import Table
from rasp.causal.anatomy import Part
from rasp.causal.edges import Edge
from rasp.drawing import Drawing, dot
from rasp.drawing.graph_forms import LINE, SMALL, Link, arranged
from rasp.drawing.limits import require
from rasp.drawing.svg import Picture, document, rectangle, text_width, words
from rasp.drawing.text import clip

MAX_PARTS = 150
MAX_LINKS = 600
MAX_LABEL = 34

STYLES = {"q": "query", "k": "key", "v": "value"}
"""Colours of what a head reads, as in all drawings."""


class Parted(Protocol):
    """What of a circuit (`rasp.causal.circuit`) is shown."""

    @property
    def name(self) -> str: ...
    @property
    def parts(self) -> Sequence[Part]: ...
    @property
    def edges(self) -> Sequence[Edge]: ...
    @property
    def pairs(self) -> Collection[tuple[str, str]]: ...
    @property
    def n_candidates(self) -> int: ...
    @property
    def rotated(self) -> bool: ...


def circuit_text(circuit: Parted) -> str:
    """A table of the edges."""
    rows = [
        (
            edge.writer,
            edge.reader,
            clip(edge.variable, 2 * MAX_LABEL),
            edge.carries if edge.role == "reads" else f"{edge.carries} ({edge.role})",
            edge.verdict,
        )
        for edge in circuit.edges
    ]
    n_empty = circuit.n_candidates - len(circuit.pairs)
    head = (
        f"circuit of {circuit.name}: {len(circuit.parts)} parts, {len(circuit.edges)} edges"
        f" between {len(circuit.pairs)} pairs of parts; {n_empty} pairs have none"
    )
    if circuit.rotated:
        head += ", in the basis before the stream was rotated"
    table = Table(("from", "to", "variable", "can tell", "witness"), tuple(rows))
    return f"{head}\n\n{table.to_text()}"


def circuit_dot(circuit: Parted) -> str:
    lines = []
    for part in circuit.parts:
        if part.kind == "head":
            rows = [[part.name, *part.letters], [clip(part.label, MAX_LABEL)]]
            lines.append(dot.statement(dot.quoted(part.name), {"label": _ports(rows, part)}))
        else:
            shape = "ellipse" if part.kind in ("embedding", "positions", "output") else "box"
            label = part.name if part.name == part.label else f"{part.name}: {part.label}"
            attributes = {"shape": shape, "label": dot.quoted(clip(label, 60))}
            lines.append(dot.statement(dot.quoted(part.name), attributes))
    for edge in circuit.edges:
        reader, _, letter = edge.reader.partition("<")
        port = f":{letter[0]}" if letter else ""
        attributes = {
            "label": dot.quoted(clip(edge.variable, MAX_LABEL)),
            "tooltip": dot.quoted(f"{edge.writer} -> {edge.reader}: {edge.verdict}"),
        }
        if edge.carries == "BOS":
            attributes |= {"style": "dotted"}
        elif edge.role != "reads":
            attributes |= {"style": "dashed"}
        inside = ", ".join(f"{key}={value}" for key, value in attributes.items())
        lines.append(f"{dot.quoted(edge.writer)} -> {dot.quoted(reader)}{port} [{inside}];")
    return dot.digraph(f"circuit of {circuit.name}", lines)


def _ports(rows: Iterable[Iterable[str]], part: Part) -> str:
    """A head as a table with a cell for what it reads as queries, keys and values."""
    from rasp.markup.html import escaped

    cells = "".join(f'<TD PORT="{letter}">{letter}</TD>' for letter in part.letters)
    title = (
        f'<TR><TD COLSPAN="3"><B>{escaped(part.name)}</B> {escaped(clip(part.label, MAX_LABEL))}'
    )
    return (
        '<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0">'
        f"<TR>{cells}</TR>{title}</TD></TR></TABLE>>"
    )


def circuit_drawing(circuit: Parted) -> Drawing:
    """Raises RaspLimitError for more than can be read."""
    links = _links(circuit)
    hint = "circuit.to_dot() and circuit.to_json() have all of it"
    require(len(circuit.parts), MAX_PARTS, "parts", "a circuit", hint)
    require(len(links), MAX_LINKS, "edges", "a circuit", hint)
    title = f"circuit of {circuit.name}"
    text = circuit_text(circuit)
    picture = arranged(title, [_box(part) for part in circuit.parts], links)
    return Drawing(
        title, document(picture, title=title, description=text), circuit_dot(circuit), text
    )


def _links(circuit: Parted) -> list[Link]:
    """One arrow for each writer and reading part that share more than where the input begins."""
    numbers = {part.name: number for number, part in enumerate(circuit.parts)}
    groups: dict[tuple[int, int], list[Edge]] = {}
    for edge in circuit.edges:
        if edge.carries != "BOS":
            key = numbers[edge.writer], numbers[edge.reader.partition("<")[0]]
            groups.setdefault(key, []).append(edge)
    links = []
    for (source, target), edges in groups.items():
        letters: dict[str, list[str]] = {}
        for edge in edges:
            letters.setdefault(edge.variable, []).append(edge.reader.partition("<")[2][:1])
        text = "; ".join(
            f"{'/'.join(filter(None, dict.fromkeys(read)))} {variable}".strip()
            for variable, read in letters.items()
        )
        style = STYLES.get(edges[0].reader.partition("<")[2][:1], "muted")
        dashed = all(edge.role != "reads" for edge in edges)
        links.append(Link(source, target, clip(text, MAX_LABEL), style, dashed))
    return links


def _box(part: Part) -> Picture:
    name = part.name
    text = "" if part.label == part.name or part.kind == "output" else clip(part.label, MAX_LABEL)
    kind = {"neurons": "neurons", "output": "output"}.get(part.kind, part.kind)
    if part.neurons is not None:
        kind = f"{part.neurons[1] - part.neurons[0]} neurons"
    size = max(text_width(name), text_width(text), text_width(kind) * SMALL) + 20
    height = LINE * (3 if text else 2) + 10
    said = f"{name}: {part.label}"
    marks = rectangle(0, 0, size, height, "panel", radius=3, title=said)
    frame = "bare strong-line" if part.kind == "output" else "bare line"
    marks += rectangle(0, 0, size, height, frame, radius=3)
    marks += words(size / 2, 14, kind, "muted small", anchor="middle")
    marks += words(size / 2, 14 + LINE, name, "ink strong", anchor="middle", title=said)
    if text:
        marks += words(size / 2, 14 + 2 * LINE, text, "muted", anchor="middle", title=said)
    return Picture(size, height, marks)
