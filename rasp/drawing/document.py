"""A drawing in all its forms: SVG, PNG, a page of HTML, DOT, plain text; shown by notebooks, saved
by suffix.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from rasp.drawing.png import SCALE, png
from rasp.errors import RaspLoadError, RaspRuntimeError, RaspValueError
from rasp.markup.html import figure, page

SUFFIXES = (".svg", ".png", ".html", ".dot", ".txt")


@dataclass(frozen=True, slots=True, repr=False)
class Drawing:
    """svg, dot, text: the drawing in the form, complete.

    error: why what is drawn fails on its input, if it does; the drawing shows how far it comes.
    """

    title: str
    svg: str
    dot: str
    text: str
    error: RaspRuntimeError | None = None

    @property
    def html(self) -> str:
        """One page that needs nothing besides itself."""
        return page(self.title, figure(self.svg, self.text))

    def png(self, scale: float = SCALE) -> bytes:
        """The picture in light colours, with `scale` pixels for each of the SVG's.

        Raises RaspLoadError without the extra `png`, RaspValueError for a scale that is too large.
        """
        return png(self.svg, scale=scale)

    def to(self, suffix: str) -> str | bytes:
        """The form that files with a suffix have, bytes for .png.

        Raises RaspValueError, and the errors of `png`.
        """
        match suffix.lower():
            case ".svg":
                return self.svg
            case ".png":
                return self.png()
            case ".html":
                return self.html
            case ".dot":
                return self.dot
            case ".txt":
                return f"{self.text}\n"
        raise unknown_suffix(suffix)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the form that the path's suffix names.

        Raises RaspValueError for another suffix, RaspLoadError where the file cannot be written.
        """
        file = Path(path)
        write(file, self.to(file.suffix))

    def _repr_html_(self) -> str:
        return figure(self.svg)

    def _repr_svg_(self) -> str:
        return self.svg

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        """What is seen where there is no display."""
        return self.text


def unknown_suffix(suffix: str) -> RaspValueError:
    """What is said about a file that is to be drawn to."""
    problem = f"'{suffix}' is no suffix of a drawing" if suffix else "a drawing's file has a suffix"
    return RaspValueError(problem, hint=f"one of {', '.join(SUFFIXES)}")


def write(path: Path, content: str | bytes) -> None:
    """Write a file.  Raises RaspLoadError."""
    try:
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RaspLoadError(f"cannot write {path}: {reason}") from None
