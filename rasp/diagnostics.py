"""Errors and warnings as text with carets.

Anything with `message`, `labels`, `hint` and `notes` can be rendered: errors (`rasp.errors`) and
the warnings below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rasp.source import Label, Span
from rasp.visible import MOST_SHOWN, columns, printable, shortened, visible

LONGEST_LINE = 160
"""Characters of a source line that are shown."""

BEFORE = 60
"""Characters of a longer one that are shown before the place."""

MOST_OF_NAME = 200
MOST_LABELS = 8
MOST_NOTES = 12


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
        from rasp.markup import html

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
    """The whole message: heading, place, source line with caret, notes, hint.

    Nothing in it acts on a terminal, and of long texts and lines it has a part.
    """
    labels = diagnostic.labels
    lines = [f"{heading}: {_sentence(diagnostic.message)}"]
    if labels:
        lines[0] = f"{_place(labels[0].span)}: {lines[0]}"
    for number, label in enumerate(labels[:MOST_LABELS]):
        text = visible(shortened(label.text))
        if number:
            place = _place(label.span)
            lines.append(f"  {place}: {text}" if text else f"  {place}:")
        lines.extend(_excerpt(label.span, text if not number else ""))
    lines.extend(f"  note: {_sentence(note)}" for note in diagnostic.notes[:MOST_NOTES])
    if diagnostic.hint:
        lines.append(f"  help: {_sentence(diagnostic.hint)}")
    return "\n".join(lines)


def summed_up(diagnostics: Sequence[object], noun: str) -> Iterator[str]:
    """The texts of the first errors or warnings, and how many there are more."""
    yield from map(str, diagnostics[:MOST_SHOWN])
    n_more = len(diagnostics) - MOST_SHOWN
    if n_more > 0:
        yield f"... and {n_more:,} more {noun}{'s' * (n_more > 1)}"


def _sentence(text: str) -> str:
    return printable(shortened(text))


def _place(span: Span) -> str:
    return f"{visible(shortened(span.source.name, MOST_OF_NAME))}:{span.line}:{span.column}"


def _excerpt(span: Span, text: str) -> list[str]:
    """The source line a span starts on, and carets below its part of that line.

    Of a long line only what is around the place.
    """
    number, column = span.line, span.column
    line = span.source.line(number)
    width = max(1, min(span.end - span.start, len(line) - column + 1))
    start = column - 1
    first, last = 0, len(line)
    if last > LONGEST_LINE:
        first = max(0, start - BEFORE)
        last = min(last, first + LONGEST_LINE)
    before = ("..." if first else "") + _seen(line[first:start])
    marked = _seen(line[start : min(start + width, last)])
    after = _seen(line[min(start + width, last) : last]) + ("..." if last < len(line) else "")
    gutter = str(number)
    # Tabs are kept, so that the carets stand below the right characters at any tab width.
    indent = "".join(
        "\t" if character == "\t" else " " * columns(character) for character in before
    )
    carets = indent + "^" * max(1, columns(marked)) + (f" {text}" if text else "")
    return [
        f"  {gutter} | {before}{marked}{after}",
        f"  {' ' * len(gutter)} | {carets}",
    ]


def _seen(text: str) -> str:
    """A part of a line, its tabs as they are."""
    return "\t".join(map(visible, text.split("\t")))
