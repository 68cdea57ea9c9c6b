"""Errors and warnings as text with carets.

Anything with `message`, `labels`, `hint` and `notes` can be rendered: errors (`rasp.errors`) and
the warnings below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rasp.source import Label, Span


class Diagnostic(Protocol):
    """What can be rendered."""

    @property
    def message(self) -> str: ...
    @property
    def labels(self) -> Sequence[Label]: ...
    @property
    def hint(self) -> str | None: ...
    @property
    def notes(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Warning:
    """A program that is right but may not mean what it seems to say.

    code: a short name by which the warning can be silenced, such as ``not-comparison``.
    """

    code: str
    message: str
    labels: tuple[Label, ...]
    hint: str | None = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return render("warning", self)

    def _repr_html_(self) -> str:
        from rasp.drawing import html

        return html.fragment(html.message(str(self)))

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        place = self.labels[0].span if self.labels else None
        return {
            "kind": "warning",
            "code": self.code,
            "message": self.message,
            "source": place.source.name if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "hint": self.hint,
        }


def render(heading: str, diagnostic: Diagnostic) -> str:
    """The whole message: heading, place, source line with caret, notes, hint."""
    labels = diagnostic.labels
    lines = [f"{heading}: {diagnostic.message}"]
    if labels:
        lines[0] = f"{labels[0].span}: {lines[0]}"
    for number, label in enumerate(labels):
        if number:
            lines.append(f"  {label.span}: {label.text}" if label.text else f"  {label.span}:")
        lines.extend(_excerpt(label.span, label.text if not number else ""))
    lines.extend(f"  note: {note}" for note in diagnostic.notes)
    if diagnostic.hint:
        lines.append(f"  help: {diagnostic.hint}")
    return "\n".join(lines)


def _excerpt(span: Span, text: str) -> list[str]:
    """The source line a span starts on, and carets below its part of that line."""
    number, column = span.line, span.column
    line = span.source.line(number)
    width = max(1, min(span.end - span.start, len(line) - column + 1))
    gutter = str(number)
    # Tabs are kept, so that the carets stand below the right characters at any tab width.
    indent = "".join("\t" if character == "\t" else " " for character in line[: column - 1])
    carets = indent + "^" * width + (f" {text}" if text else "")
    return [f"  {gutter} | {line}", f"  {' ' * len(gutter)} | {carets}"]
