"""A small layer for SVG: pictures that know their size and can be put beside and below each other.

A picture's marks are SVG elements with coordinates from its own top left corner.  Everything that
comes from a program or an input goes through `escaped`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

from rasp.drawing import text as texts
from rasp.markup.style import COLUMN, svg_style
from rasp.visible import visible

Anchor: TypeAlias = Literal["start", "middle", "end"]

MARGIN = 16
HATCH = (
    '<pattern id="rasp-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><line class="wrong-line" x1="0" y1="0" x2="0" y2="6"/></pattern>'
)
HATCHED = "url(#rasp-hatch)"


@dataclass(frozen=True, slots=True)
class Picture:
    """width, height: in pixels; marks: SVG elements."""

    width: float
    height: float
    marks: str = ""

    def moved(self, x: float, y: float) -> Picture:
        """The picture with room to its left and above it."""
        return Picture(
            self.width + x,
            self.height + y,
            f'<g transform="translate({number(x)} {number(y)})">{self.marks}</g>',
        )

    def framed(self, classes: str = "bare line", *, padding: float = 10) -> Picture:
        """The picture in a box."""
        inner = self.moved(padding, padding)
        width, height = inner.width + padding, inner.height + padding
        panel = rectangle(0, 0, width, height, "panel", radius=6)
        frame = rectangle(0, 0, width, height, classes, radius=6)
        return Picture(width, height, panel + frame + inner.marks)


def escaped(text: str) -> str:
    return escape(visible(text), quote=True)


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def rectangle(
    x: float,
    y: float,
    width: float,
    height: float,
    classes: str,
    *,
    radius: float = 0,
    title: str = "",
    fill: str = "",
) -> str:
    """A box.  title: what is said about it when it is pointed at."""
    sizes = zip(("x", "y", "width", "height"), (x, y, width, height), strict=True)
    attributes = " ".join(f'{name}="{number(size)}"' for name, size in sizes)
    rounded = f' rx="{number(radius)}"' if radius else ""
    # A class would be stronger than the attribute.
    filled = f' style="fill:{fill}"' if fill else ""
    if not title:
        return f'<rect class="{classes}" {attributes}{rounded}{filled}/>'
    inside = f"<title>{escaped(title)}</title>"
    return f'<rect class="{classes}" {attributes}{rounded}{filled}>{inside}</rect>'


def line(x1: float, y1: float, x2: float, y2: float, classes: str = "line") -> str:
    places = zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True)
    attributes = " ".join(f'{name}="{number(place)}"' for name, place in places)
    return f'<line class="{classes}" {attributes}/>'


def grid(
    x: float, y: float, width: float, height: float, n_columns: int, n_rows: int, classes: str
) -> str:
    """The lines between and around cells."""
    right, bottom = x + width * n_columns, y + height * n_rows
    across = [f"M{number(x)} {number(y + height * n)}H{number(right)}" for n in range(n_rows + 1)]
    down = [f"M{number(x + width * n)} {number(y)}V{number(bottom)}" for n in range(n_columns + 1)]
    return f'<path class="{classes}" d="{"".join(across + down)}"/>'


def group(marks: str, *, title: str) -> str:
    """Marks about which something is said when they are pointed at."""
    return f"<g><title>{escaped(title)}</title>{marks}</g>"


def words(
    x: float,
    y: float,
    text: str,
    classes: str = "ink",
    *,
    anchor: Anchor = "start",
    title: str = "",
) -> str:
    """A line of text, y being its base line.  title: the whole, where it has been shortened."""
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    said = f"<title>{escaped(title)}</title>" if title and title != text else ""
    place = f'x="{number(x)}" y="{number(y)}"'
    return f'<text class="{classes}" {place}{at}>{said}{escaped(text)}</text>'


def text_width(text: str) -> float:
    """How wide a line of text is."""
    return texts.width(text) * COLUMN


def below(pictures: Iterable[Picture], *, gap: float = 0) -> Picture:
    """The pictures from top to bottom, at the left."""
    y = width = 0.0
    marks: list[str] = []
    for picture in pictures:
        y += gap if marks else 0
        marks.append(picture.moved(0, y).marks if y else picture.marks)
        y += picture.height
        width = max(width, picture.width)
    return Picture(width, y, "".join(marks))


def beside(pictures: Iterable[Picture], *, gap: float = 0) -> Picture:
    """The pictures from left to right, at the top."""
    x = height = 0.0
    marks: list[str] = []
    for picture in pictures:
        x += gap if marks else 0
        marks.append(picture.moved(x, 0).marks if x else picture.marks)
        x += picture.width
        height = max(height, picture.height)
    return Picture(x, height, "".join(marks))


def flowing(pictures: Sequence[Picture], *, width: float, gap: float) -> Picture:
    """The pictures as words in a paragraph: beside each other while they fit."""
    rows: list[list[Picture]] = []
    used = 0.0
    for picture in pictures:
        if rows and used + gap + picture.width <= width:
            rows[-1].append(picture)
            used += gap + picture.width
        else:
            rows.append([picture])
            used = picture.width
    return below([beside(row, gap=gap) for row in rows], gap=gap)


def document(picture: Picture, *, title: str, description: str) -> str:
    """A whole SVG document.  description: what it shows, for those who cannot see it."""
    width, height = picture.width + 2 * MARGIN, picture.height + 2 * MARGIN
    size = f"{number(width)} {number(height)}"
    # The pattern's name may be there more than once in a page: it is the same pattern.
    patterns = f"<defs>{HATCH}</defs>" if HATCHED in picture.marks else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rasp-svg" role="img" '
        f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {size}">'
        f"<title>{escaped(title)}</title>"
        f"<desc>{escaped(description)}</desc>"
        f"<style>{svg_style()}</style>{patterns}"
        f"{rectangle(0, 0, width, height, 'paper')}"
        f"{picture.moved(MARGIN, MARGIN).marks}</svg>\n"
    )
