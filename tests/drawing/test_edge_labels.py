"""Words beside edges overlap nothing where there is room."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from rasp.drawing import graph_forms
from rasp.drawing.edge_labels import HEIGHT, Rectangle, label_places, point_on

from . import reading

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.rasp"))


def test_points_of_a_curve() -> None:
    assert point_on((0, 0), (10, 20), 0) == (0, 0)
    assert point_on((0, 0), (10, 20), 1) == (10, 20)
    assert point_on((0, 0), (10, 20), 0.5) == (5, 10)


def test_two_edges_to_one_box_have_their_words_apart() -> None:
    edges = [[(0.0, 0.0), (50.0, 46.0)], [(100.0, 0.0), (50.0, 46.0)]]
    first, second = label_places(edges, [60.0, 60.0], [Rectangle(0, 46, 100, 90)])
    assert not first.overlaps(second)
    assert first.bottom - first.top == pytest.approx(HEIGHT)
    for place in (first, second):
        assert not place.overlaps(Rectangle(0, 46, 100, 90))


def test_a_word_leaves_an_edge_that_runs_through_its_place() -> None:
    edge = [(0.0, 0.0), (0.0, 46.0)]
    alone, _ = label_places([edge, edge], [30.0, 0.0], [])
    through = [(20.0, 0.0), (20.0, 46.0)]
    beside, _ = label_places([edge, through], [30.0, 0.0], [])
    assert alone.left > 0
    assert beside.right < 0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_words_of_examples_overlap_no_word_and_no_box(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[Rectangle], list[Rectangle]]] = []

    def watched(edges, widths, boxes):  # type: ignore[no-untyped-def]
        placed = label_places(edges, widths, boxes)
        seen.append(([p for p, w in zip(placed, widths, strict=True) if w], boxes))
        return placed

    monkeypatch.setattr(graph_forms, "label_places", watched)
    for handle in reading.drawn(path).values():
        handle.graph()
    assert seen
    for words, boxes in seen:
        assert not [pair for pair in combinations(words, 2) if pair[0].overlaps(pair[1])]
        assert not [1 for word in words for box in boxes if word.overlaps(box)]
