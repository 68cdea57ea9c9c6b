"""Atoms, calls and operands -> text, in parentheses where the precedence asks for them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rasp.errors import RaspValueError
from rasp.graph.nodes import (
    Atom,
)
from rasp.graph.operators import parts_of

WIDTH = 80
"""Statements are no longer than about this, but for a table entry that is."""


# How tightly an expression holds together, as in the table of the language's precedence.
ATOM, PREFIX, POWER, PRODUCT, MODULO, SUM, COMPARISON, LOGIC, LOOSE = range(1, 10)


LEVELS = {
    "power": POWER,
    "multiply": PRODUCT,
    "divide": PRODUCT,
    "modulo": MODULO,
    "add": SUM,
    "subtract": SUM,
    **dict.fromkeys(
        ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"), COMPARISON
    ),
    "and": LOGIC,
    "or": LOGIC,
}


@dataclass(frozen=True)
class Text:
    """An expression; level: how tightly it holds together; operator: the outermost one."""

    text: str
    level: int
    operator: str = ""
    rows: bool = False  # a table on several lines


def beside(text: Text, level: int, operator: str) -> str:
    """An operand of a binary operator, in parentheses too where it would mislead a reader."""
    parent = LEVELS[operator]
    misleading = (
        (parent == text.level == LOGIC and text.operator != operator)
        or (parent == text.level == COMPARISON)
        or (parent in (POWER, MODULO) and text.level > ATOM)
        or (parent != LOGIC and text.operator == "not")
    )
    return f"({text.text})" if text.level > level or misleading else text.text


def bracketed(text: Text, level: int) -> str:
    return text.text if text.level <= level else f"({text.text})"


def call(name: str, inside: str) -> Text:
    return Text(f"{name}({inside})", ATOM, name)


def constant_sop(value: Atom) -> Text:
    """The s-op that has the atom everywhere: the text `3` is a number, and no s-op.

    No position holds a list, so the condition is an s-op that is false everywhere.
    """
    return Text(f"0 if tokens == [] else {bracketed(literal(value), PREFIX)}", LOOSE, "if")


def listed(opening: str, entries: list[str], closing: str) -> str:
    """A list or dict, on several lines if it is long."""
    line = f"{opening}{', '.join(entries)}{closing}"
    if len(line) <= WIDTH:
        return line
    rows: list[str] = []
    row = ""
    for entry in entries:
        if row and len(row) + len(entry) + 2 > WIDTH:
            rows.append(row)
            row = ""
        row += f" {entry}," if row else f"{entry},"
    inside = "".join(f"\n    {row}" for row in [*rows, row])
    return f"{opening}{inside.removesuffix(',')}\n{closing}"


def container(parameters: tuple[Atom, ...]) -> str:
    """What `in` looks into: a string where the items are all its parts, else a list."""
    whole = parameters[-1] if parameters else None
    if isinstance(whole, str) and whole and parameters == parts_of(whole):
        return literal(whole).text
    return listed("[", [literal(value).text for value in parameters], "]")


def literal(value: Atom) -> Text:
    match value:
        case bool():
            return Text(str(value), ATOM)
        case str():
            if '"' in value or "\n" in value or "\r" in value:
                raise RaspValueError(
                    f"no program text has the string {value!r}",
                    hint="strings are written in double quotes, on one line, without escapes",
                )
            return Text(f'"{value}"', ATOM)
        case float() if math.isnan(value):
            return Text("1e308 * 10 - 1e308 * 10", SUM, "subtract")
        case float() if math.isinf(value):  # no literal is so large
            return Text(f"{'-' if value < 0 else ''}1e308 * 10", PRODUCT, "multiply")
    text = repr(value)
    return Text(text, PREFIX, "negate") if text.startswith("-") else Text(text, ATOM)
