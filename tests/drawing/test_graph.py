"""Graphs of s-ops, and where their boxes are placed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rasp
from rasp.drawing.graph import Graph, make_graph
from rasp.drawing.layered import MAX_PASSING, place

from . import reading

EXAMPLES = Path(__file__).parents[2] / "examples"
GAP = 10.0


def graph_of(text: str, name: str) -> Graph:
    handle = rasp.loads(text)[name]
    return make_graph(handle.node, name=name, origins=handle.origins)


def edges_of(graph: Graph) -> dict[tuple[str, str], tuple[str, ...]]:
    names = [vertex.name for vertex in graph.vertices]
    return {(names[e.source], names[e.target]): e.roles for e in graph.edges}


def test_vertices_and_roles() -> None:
    graph = graph_of(
        "up = indices + 1; s = select(indices, up, ==) and select(tokens, up, <);"
        "x = aggregate(s, tokens, 0) + up;",
        "x",
    )
    kinds = {vertex.name: vertex.kind for vertex in graph.vertices}
    assert kinds == {
        "indices": "input",
        "tokens": "input",
        "up": "elementwise",
        "s": "selector",
        "aggregate(s, tokens, 0)": "mean",
        "x": "elementwise",
    }
    assert edges_of(graph) == {
        ("indices", "up"): (),
        ("indices", "s"): ("key",),
        ("up", "s"): ("query",),
        ("tokens", "s"): ("key",),
        ("s", "aggregate(s, tokens, 0)"): ("pattern",),
        ("tokens", "aggregate(s, tokens, 0)"): ("value",),
        ("aggregate(s, tokens, 0)", "x"): (),
        ("up", "x"): (),
    }
    assert [vertex.layer for vertex in graph.vertices][-1] == 1


def test_unnamed_parts_are_in_expressions() -> None:
    graph = graph_of("x = (indices + 1) * 2 - 3;", "x")
    assert [v.name for v in graph.vertices] == ["indices", "x"]
    assert graph.vertices[-1].expression == "(((indices + 1) * 2) - 3)"
    shared = graph_of("x = (indices + 1) * (indices + 1);", "x")
    assert edges_of(shared) == {("indices", "x"): ()}


def test_places_in_the_program() -> None:
    handle = rasp.load(EXAMPLES / "sort.rasp")["place"]
    graph = make_graph(handle.node, origins=handle.origins)
    assert graph.vertices[-1].place.endswith("sort.rasp:6:9")
    assert any("sort.rasp:6:9" in title for title in reading.titles(handle.graph().svg))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.rasp")), ids=lambda path: path.stem)
def test_examples_are_drawn(path: Path) -> None:
    for name, handle in reading.drawn(path).items():
        drawing = handle.graph()
        assert name in " ".join(reading.texts(drawing.svg))
        labels = reading.dot(drawing.dot)
        assert any(label.strip('"').startswith(name[:20]) for label in labels)
        assert drawing.title == f"graph of {name}"


def test_an_input_alone() -> None:
    assert [v.kind for v in graph_of("x = tokens;", "x").vertices] == ["input"]
    assert [v.name for v in graph_of("x = indices * 0 + 1;", "x").vertices] == ["indices", "x"]


@st.composite
def layouts(draw: st.DrawFn) -> tuple[list[float], list[tuple[int, int]]]:
    widths = draw(st.lists(st.floats(20, 300), min_size=1, max_size=14))
    numbers = st.integers(0, len(widths) - 1)
    pairs = draw(st.sets(st.tuples(numbers, numbers), max_size=30))
    return widths, sorted((a, b) for a, b in pairs if a < b)


@given(layouts())
def test_boxes_do_not_overlap(made: tuple[list[float], list[tuple[int, int]]]) -> None:
    widths, edges = made
    places = place(widths, edges, gap=GAP)
    for source, target in edges:
        assert places.rows[source] < places.rows[target]
    for (source, target), bends in zip(edges, places.bends, strict=True):
        assert len(bends) == places.rows[target] - places.rows[source] - 1
    occupied: dict[int, list[tuple[float, float]]] = {}
    for centre, width, row in zip(places.centres, widths, places.rows, strict=True):
        occupied.setdefault(row, []).append((centre - width / 2, centre + width / 2))
        assert centre - width / 2 >= -1e-6
        assert centre + width / 2 <= places.width + 1e-6
    for spans in occupied.values():
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            assert start - end >= GAP - 1e-6


def test_many_long_edges() -> None:
    """The longest have no place of their own; all boxes have."""
    n = 120
    edges = [(a, b) for b in range(n) for a in (b - 1, b - 2, b // 2) if 0 <= a < b]
    places = place([50.0] * n, edges, gap=GAP)
    lengths = [places.rows[b] - places.rows[a] - 1 for a, b in edges]
    assert sum(lengths) > MAX_PASSING
    assert 0 < sum(map(len, places.bends)) <= MAX_PASSING
    for length, bends in zip(lengths, places.bends, strict=True):
        assert len(bends) in (0, length)
    text = "x0 = indices; x1 = x0;" + "".join(
        f"x{i} = x{i - 1} * 2 + x{i - 2} + x{i // 2};" for i in range(2, 150)
    )
    reading.svg(rasp.loads(text)["x149"].graph().svg)


def test_long_edges_are_straight() -> None:
    places = place([100.0] * 6, [*((n, n + 1) for n in range(5)), (0, 5)], gap=GAP)
    assert max(places.bends[-1]) - min(places.bends[-1]) < 5
    assert places.rows == (0, 1, 2, 3, 4, 5)
