"""A syntax tree as indented text, one node a line."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from rasp.graph.operators import show
from rasp.source import Span

_INDENT = "  "


def dump(tree: object) -> str:
    """The tree, children below their parents; walked with a stack, since trees may be deep."""
    lines: list[str] = []
    stack: list[tuple[object, str, int]] = [(tree, "", 0)]
    while stack:
        node, name, depth = stack.pop()
        heading = _INDENT * depth + (f"{name}: " if name else "")
        if isinstance(node, tuple):
            if not node:
                lines.append(f"{heading}none")
                continue
            lines.append(heading.rstrip())
            stack.extend((item, "", depth + 1) for item in reversed(node))
        elif is_dataclass(node) and not isinstance(node, type):
            lines.append(heading + type(node).__name__)
            parts = [
                (getattr(node, part.name), part.name, depth + 1)
                for part in fields(node)
                if not isinstance(getattr(node, part.name), Span)
            ]
            stack.extend(reversed(parts))
        else:
            shown = show(node) if isinstance(node, (bool, int, float, str)) else str(node)
            lines.append(heading + shown)
    return "\n".join(lines)
