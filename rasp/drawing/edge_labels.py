"""Edges with words, and boxes -> a place beside its edge for each word, where nothing else is.

A word stands beside the last stretch of its edge, near the box that reads it.  Of a few places
along that stretch, left and right of it, the one is taken that overlaps nothing: no box, no word
that has a place already, no edge.  Where there is none, it overlaps edges rather than words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]

HEIGHT = 12.0
APART = 4.0
"""Between a word and its edge."""
ALONG = (0.6, 0.7, 0.5, 0.4, 0.78, 0.3, 0.2)
"""Where on the last stretch of an edge a word may stand, the best first."""
SAMPLES = 12
"""Points of each stretch of an edge, to see what it runs through."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rectangle) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def contains(self, point: Point) -> bool:
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom


def label_places(
    edges: Sequence[Sequence[Point]], widths: Sequence[float], boxes: Sequence[Rectangle]
) -> list[Rectangle]:
    """edges: the points that each curve goes through; widths: of their words, 0 for none.

    Gives the place of each word, and an empty one at the end of an edge without.
    """
    curves = [list(_samples(points)) for points in edges]
    boxes = [*boxes, *(_tip(points[-1]) for points in edges)]
    placed: list[Rectangle] = []
    for edge, width in enumerate(widths):
        if not width:
            x, y = edges[edge][-1]
            placed.append(Rectangle(x, y, x, y))
            continue
        candidates = _candidates(edges[edge], width)
        placed.append(min(candidates, key=lambda one: _cost(one, placed, boxes, curves)))
    return placed


def _candidates(points: Sequence[Point], width: float) -> list[Rectangle]:
    """The best first: `min` keeps it where others are no better."""
    found = []
    for t in ALONG:
        x, y = point_on(points[-2], points[-1], t)
        for left in (x + APART, x - APART - width):
            found.append(Rectangle(left, y - HEIGHT / 2, left + width, y + HEIGHT / 2))
    return found


def _cost(
    place: Rectangle,
    placed: Sequence[Rectangle],
    boxes: Sequence[Rectangle],
    curves: Sequence[Sequence[Point]],
) -> tuple[int, int]:
    """Words and boxes that it overlaps, then points of edges in it."""
    solid = sum(place.overlaps(other) for other in (*placed, *boxes))
    lines = sum(place.contains(point) for curve in curves for point in curve)
    return solid, lines


def _tip(end: Point) -> Rectangle:
    """Of an arrow."""
    x, y = end
    return Rectangle(x - 5, y - 8, x + 5, y)


def _samples(points: Sequence[Point]) -> Iterator[Point]:
    for start, end in pairwise(points):
        for n in range(SAMPLES + 1):
            yield point_on(start, end, n / SAMPLES)


def point_on(start: Point, end: Point, t: float) -> Point:
    """A point of the curve that leaves and arrives vertically (`graph_forms`), t from 0 to 1."""
    (x1, y1), (x2, y2) = start, end
    half = (y1 + y2) / 2
    a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
    return (a + b) * x1 + (c + d) * x2, a * y1 + (b + c) * half + d * y2
