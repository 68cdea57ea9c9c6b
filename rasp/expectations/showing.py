"""What an expectation says and what there is -> both side by side, as text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from rasp.expectations.checking import Checked
from rasp.expectations.reading import Fails, Gives, Is, Refuses
from rasp.graph.operators import show

_INDENT = "    "


def value_text(value: Any) -> str:
    """A value on one line, as a program would write it."""
    match value:
        case list():
            return f"[{', '.join(map(value_text, value))}]"
        case dict():
            return "{" + ", ".join(f"{show(k)}: {value_text(v)}" for k, v in value.items()) + "}"
        case bool() | int() | float() | str():
            return show(value)
        case _:
            return repr(value)


def difference(checked: Checked, width: int = 80) -> str:
    """Why an expectation does not hold: a heading, and below it what was expected and what is.

    width: of the lines, in columns of a terminal; longer sequences go on below.
    """
    expectation, error = checked.expectation, checked.error
    if error is not None and error.span == expectation.span:  # about the expectation itself
        return str(error)
    heading = f"{expectation.span}: {_heading(checked)}"
    return "\n".join([heading, *(f"{_INDENT}{line}".rstrip() for line in _details(checked, width))])


def _heading(checked: Checked) -> str:
    match checked.expectation:
        case Gives(name=name, arguments=arguments):
            if checked.error is not None:
                return f"{_call(name, arguments)} fails"
            if checked.expectation.writes:
                return f"{_call(name, arguments)} writes something else"
            return f"{_call(name, arguments)} is something else"
        case Refuses(name=name, arguments=arguments):
            if checked.error is not None:
                return f"{_call(name, arguments)} fails with another message"
            return f"{_call(name, arguments)} does not fail"
        case Is():
            return "the value is something else"
        case Fails():
            return "there is another error" if checked.error is not None else "there is no error"


def _call(name: str, arguments: tuple[Any, ...]) -> str:
    return f"{name}({', '.join(map(value_text, arguments))})"


def _details(checked: Checked, width: int) -> list[str]:
    expectation, error = checked.expectation, checked.error
    match expectation:
        case Gives(value=value) | Is(value=value):
            if error is not None:
                return [f"expected  {value_text(value)}", *str(error).splitlines()]
            if checked.got is None:
                return [f"expected  {value_text(value)}", "got       nothing: see the error"]
            inputs = None
            if isinstance(expectation, Gives) and not expectation.writes:
                inputs = expectation.arguments[0]
            return _side_by_side(inputs, value, checked.got, width - len(_INDENT))
        case Refuses(text=text):
            got = error.message if error is not None else value_text(checked.got)
            return [f"expected  an error: {text}", f"got       {got}"]
        case Fails(kind=kind, text=text):
            if error is not None:
                return [f"expected  {kind}: {text}", f"got       {error.kind}: {error.message}"]
            got = "" if checked.got is None else f"got       {value_text(checked.got)}"
            return [f"expected  {kind}: {text}", *([got] if got else [])]


def _side_by_side(inputs: Any, expected: Any, got: Any, width: int) -> list[str]:
    if not (isinstance(expected, list) and isinstance(got, list)):
        return [f"expected  {value_text(expected)}", f"got       {value_text(got)}"]
    if got and all(isinstance(row, list) for row in (*got, *expected)):
        return _matrices(expected, got)
    rows = [("expected", list(map(value_text, expected))), ("got", list(map(value_text, got)))]
    if isinstance(inputs, (str, list)) and len(inputs) == len(got):
        rows.insert(0, ("input", list(map(value_text, inputs))))
    return _table(rows, _marks(rows[-2][1], rows[-1][1]), width)


def _marks(expected: Sequence[str], got: Sequence[str]) -> list[bool]:
    """At which positions the two differ, the shorter one having nothing at the last."""
    n = max(len(expected), len(got))
    return [[*expected[i : i + 1]] != [*got[i : i + 1]] for i in range(n)]


def _table(rows: list[tuple[str, list[str]]], marks: list[bool], width: int) -> list[str]:
    """Rows below each other, a column for each position, carets below those that differ."""
    label = max(len(name) for name, _ in rows)
    columns = [
        max((columns_of(cells[i]) for _, cells in rows if i < len(cells)), default=1)
        for i in range(len(marks))
    ]
    lines: list[str] = []
    start = 0
    while start < len(marks):
        end, used = start, label
        while end < len(marks) and (end == start or used + 2 + columns[end] <= width):
            used += 2 + columns[end]
            end += 1
        if start:
            lines.append("")
        for name, cells in rows:
            texts = (
                _padded(cells[i] if i < len(cells) else "", columns[i]) for i in range(start, end)
            )
            lines.append(name.ljust(label) + "".join("  " + text for text in texts))
        if any(marks[start:end]):
            carets = (_padded("^" * marks[i] * columns[i], columns[i]) for i in range(start, end))
            lines.append(" " * label + "".join("  " + text for text in carets))
        start = end
    return lines


def _matrices(expected: list[list[Any]], got: list[list[Any]]) -> list[str]:
    """A selector's rows side by side, a caret beside those that differ."""
    left, right = [_row(row) for row in expected], [_row(row) for row in got]
    n = max(len(left), len(right))
    left += [""] * (n - len(left))
    right += [""] * (n - len(right))
    column = max(len("expected"), *map(len, left))
    lines = [f"{'expected'.ljust(column)}   got"]
    for a, b in zip(left, right, strict=True):
        lines.append(f"{a.ljust(column)}   {b}{'   <' if a != b else ''}")
    return lines


def _row(row: list[Any]) -> str:
    return " ".join(str(int(cell)) if isinstance(cell, bool) else value_text(cell) for cell in row)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - columns_of(text))


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
