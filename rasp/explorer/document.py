"""JSON data -> one HTML page: template, style and script of this package, joined.

The page needs nothing else: its content security policy forbids every request, and allows this
script and this style and no others.  Whatever a user wrote is in the JSON data alone, where it can
be no markup, and the script makes text of it.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from rasp.errors import RaspError, RaspValueError
from rasp.explorer.limits import check_page
from rasp.files import write_whole

FRAME_HEIGHT = 900
OTHER_FORMS = (".svg", ".dot", ".txt", ".png", ".pdf")
SCRIPTS = (
    "data",
    "elements",
    "grid",
    "map",
    "writing",
    "head",
    "neurons",
    "stream",
    "program",
    "circuit",
    "main",
)
"""The parts of the script, in the order in which they are joined."""

_ESCAPES = {ord("<"): r"\u003c", ord(">"): r"\u003e", ord("&"): r"\u0026"}


@dataclass(frozen=True, slots=True)
class Page:
    """html: the whole document."""

    html: str

    def save(self, path: str | Path) -> None:
        """Write the page to a file.  Raises RaspError, also for the suffix of a picture."""
        if Path(path).suffix.lower() in OTHER_FORMS:
            raise RaspValueError(
                f"the explorer is a page of HTML, not {Path(path).suffix}",
                hint="save it as .html; model.sop.draw(input) has the other forms",
            )
        try:
            write_whole(Path(path), self.html.encode())
        except (OSError, ValueError) as error:  # ValueError: a path with a null character
            reason = getattr(error, "strerror", None) or error
            raise RaspError(f"cannot write {path}: {reason}") from None

    def _repr_html_(self) -> str:
        """In a frame of its own, so that notebook and page do not touch each other."""
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" sandbox="allow-scripts" '
            f'title="RASP explorer" width="100%" height="{FRAME_HEIGHT}" '
            'style="border: 0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<Page of {len(self.html):,} characters>"


def document(data: dict[str, Any]) -> Page:
    """The page that shows the data.  Raises RaspLimitError."""
    style, script = _part("page.css"), _script()
    page = Template(_part("page.html")).substitute(
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=_json(data),
    )
    check_page(len(page))
    return Page(page)


def _json(data: dict[str, Any]) -> str:
    """JSON that is ASCII and has no character that HTML gives a meaning to."""
    return json.dumps(data, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)


def _part(name: str) -> str:
    return files("rasp.explorer").joinpath("page", name).read_text(encoding="utf-8")


def _script() -> str:
    """All parts in one function, so that none of their names is a name of the window."""
    parts = "\n".join(_part(f"{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
