"""Objects of Tracr -> what is read of them: their names, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rasp.errors import RaspTypeError
from rasp.graph.operators import type_name

_UNNAMED = frozenset(
    [
        "tokens",
        "indices",
        "length",
        "map",
        "sequence_map",
        "linear_sequence_map",
        "full",
        "constant_sop",
        "selector_width",
        "aggregate",
        "sop",
        "select",
        "selector_and",
        "selector_or",
        "selector_not",
        "constant_selector",
        "selector",
    ]
)
"""What Tracr calls s-ops that nobody gave a name."""


def children_first(program: object) -> Iterator[Any]:
    """All expressions once, without recursion."""
    done: set[int] = set()
    stack: list[tuple[Any, bool]] = [(program, False)]
    while stack:
        expression, expanded = stack.pop()
        if id(expression) in done:
            continue
        if expanded:
            done.add(id(expression))
            yield expression
            continue
        children = getattr(expression, "children", None)
        if not isinstance(children, (list, tuple)):
            raise RaspTypeError(
                f"{type_name(expression)} is no expression of Tracr",
                hint="a program is an s-op of tracr.rasp.rasp",
            )
        stack.append((expression, True))
        stack.extend((child, False) for child in reversed(children))


def name_of(expression: object) -> str | None:
    """The name that somebody gave an expression."""
    name = getattr(expression, "name", None)
    return name if isinstance(name, str) and name not in _UNNAMED else None


def described(expression: object) -> str:
    name = getattr(expression, "name", None)
    kind = type(expression).__name__
    return f"{kind} {name!r}" if isinstance(name, str) else kind
