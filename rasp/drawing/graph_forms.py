"""A graph -> a picture, DOT, and text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rasp.drawing import dot
from rasp.drawing.edge_labels import Rectangle, label_places
from rasp.drawing.graph import Edge, Graph, Vertex
from rasp.drawing.layered import place
from rasp.drawing.svg import Picture, number, rectangle, text_width, words
from rasp.drawing.text import clip

LINE = 16
GAP = 26
ROW_GAP = 46
SMALL = 0.85  # the width of a small letter
MAX_NAME = 30
MAX_EXPRESSION = 42


@dataclass(frozen=True, slots=True)
class Link:
    """From one box to another, by their numbers, with a text of a style beside it."""

    source: int
    target: int
    text: str
    style: str = "muted"
    dashed: bool = False


def graph_picture(graph: Graph) -> Picture:
    boxes = [
        _box(vertex, last=v == len(graph.vertices) - 1) for v, vertex in enumerate(graph.vertices)
    ]
    links = [
        Link(edge.source, edge.target, _role(edge), edge.roles[0] if edge.roles else "muted")
        for edge in graph.edges
    ]
    return arranged(graph.title, boxes, links)


def arranged(title: str, boxes: Sequence[Picture], links: Sequence[Link]) -> Picture:
    """Boxes in rows, each below what it reads.  links: from lower to higher numbers."""
    pairs = [(link.source, link.target) for link in links]
    places = place([box.width for box in boxes], pairs, gap=GAP)
    n_rows = max(places.rows) + 1
    heights = [0.0] * n_rows
    for box, row in zip(boxes, places.rows, strict=True):
        heights[row] = max(heights[row], box.height)
    tops = [sum(heights[:row]) + ROW_GAP * row + 34 for row in range(n_rows)]
    marks = [words(0, 16, clip(title, 100), "ink large", title=title)]
    curves = []
    for link, bends in zip(links, places.bends, strict=True):
        first, last = places.rows[link.source], places.rows[link.target]
        points = [(places.centres[link.source], tops[first] + boxes[link.source].height)]
        for row, x in enumerate(bends, start=first + 1):
            points += [(x, tops[row] - 6), (x, tops[row] + heights[row] + 6)]
        points.append((places.centres[link.target], tops[last]))
        curves.append(points)
    marks += [_curve(curve, link.dashed) for curve, link in zip(curves, links, strict=True)]
    outlines = []
    for box, x, row in zip(boxes, places.centres, places.rows, strict=True):
        left, top = x - box.width / 2, tops[row]
        marks.append(box.moved(left, top).marks)
        outlines.append(Rectangle(left, top, left + box.width, top + box.height))
    widths = [text_width(link.text) * SMALL for link in links]
    at = label_places(curves, widths, outlines)
    for link, spot in zip(links, at, strict=True):
        if link.text:
            style = f"{link.style} small halo"
            marks.append(words(spot.left, spot.bottom - 3, link.text, style))
    words_end = max((spot.right for spot in at), default=0.0)
    width = max(places.width, words_end, text_width(clip(title, 100)) * 1.25)
    return Picture(width, tops[-1] + heights[-1], "".join(marks))


def _box(vertex: Vertex, *, last: bool) -> Picture:
    """Selectors have round corners and a dashed frame, besides saying what they are."""
    name = clip(vertex.name, MAX_NAME if vertex.expression else MAX_EXPRESSION)
    text = clip(vertex.expression, MAX_EXPRESSION)
    kind = _kind(vertex)
    size = max(text_width(name), text_width(text), text_width(kind) * SMALL) + 20
    height = LINE * (3 if text else 2) + 10
    is_selector = vertex.kind == "selector"
    frame = "bare line dashed" if is_selector else "bare line"
    radius = 14 if is_selector else 3
    said = f"{vertex.name}{f' = {vertex.expression}' if vertex.expression else ''}"
    said += f" ({vertex.place})" if vertex.place else ""
    marks = rectangle(0, 0, size, height, "panel", radius=radius, title=said)
    marks += rectangle(0, 0, size, height, "bare strong-line" if last else frame, radius=radius)
    style = "key small" if is_selector else "muted small"
    marks += words(size / 2, 14, kind, style, anchor="middle")
    marks += words(size / 2, 14 + LINE, name, "ink strong", anchor="middle", title=said)
    if text:
        marks += words(size / 2, 14 + 2 * LINE, text, "muted", anchor="middle", title=said)
    return Picture(size, height, marks)


def _kind(vertex: Vertex) -> str:
    return vertex.kind if vertex.kind == "input" else f"{vertex.kind}, layer {vertex.layer}"


def _curve(points: list[tuple[float, float]], dashed: bool = False) -> str:
    (x, y), *rest = points
    path = [f"M{number(x)} {number(y)}"]
    for to_x, to_y in rest:
        half = (y + to_y) / 2
        path.append("C" + " ".join(map(number, (x, half, to_x, half, to_x, to_y))))
        x, y = to_x, to_y
    tip = (
        f"M{number(x - 4)} {number(y - 7)}L{number(x)} {number(y)}L{number(x + 4)} {number(y - 7)}"
    )
    style = "bare edge dashed" if dashed else "bare edge"
    return f'<path class="{style}" d="{"".join(path)}{tip}"/>'


def _role(edge: Edge) -> str:
    """What it is read as, in words; nothing where that is clear."""
    return ", ".join(role for role in edge.roles if role != "pattern")


def graph_dot(graph: Graph) -> str:
    lines = []
    for place_, vertex in enumerate(graph.vertices):
        title = vertex.name + (f" = {vertex.expression}" if vertex.expression else "")
        shape = "ellipse" if vertex.kind == "selector" else "box"
        attributes = {
            "shape": shape,
            "label": dot.quoted(clip(title, 80)),
            "tooltip": dot.quoted(_kind(vertex)),
        }
        lines.append(dot.statement(f"n{place_}", attributes))
    for edge in graph.edges:
        roles = f" [label={dot.quoted(', '.join(edge.roles))}]" if edge.roles else ""
        lines.append(f"n{edge.source} -> n{edge.target}{roles};")
    return dot.digraph(graph.title, lines)


def graph_text(graph: Graph) -> str:
    """A line for each vertex, what is read before what reads it."""
    kinds = [_kind(vertex) for vertex in graph.vertices]
    room = max(map(len, kinds))
    lines = [graph.title]
    for kind, vertex in zip(kinds, graph.vertices, strict=True):
        equation = f" = {vertex.expression}" if vertex.expression else ""
        lines.append(f"  {kind:<{room}}  {vertex.name}{equation}")
    return "\n".join(lines)
