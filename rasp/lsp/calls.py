"""The text before a place -> the call that the place is in: whose, and which argument.

The text need not be a program: who types an argument has not closed the parenthesis yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PIECES = re.compile(
    r'"[^"\r\n]*"?|\#[^\n]*|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign>[()\[\]{},;])|[^\s]'
)
_PARAMETER = re.compile(r"\w+|\.\.\.")
_CLOSERS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class OpenCall:
    """The innermost call that is open at a place.  argument: the number of commas before it."""

    name: str
    start: int  # of the name
    argument: int


def open_call(text: str, offset: int) -> OpenCall | None:
    """The call that the place is in, None where it is in none."""
    stack: list[tuple[str, OpenCall | None]] = []
    before: re.Match[str] | None = None
    for match in _PIECES.finditer(text, 0, offset):
        match match["sign"]:
            case "(" | "[" | "{" as opener:
                called = before if opener == "(" and before and before["name"] else None
                call = OpenCall(called["name"], called.start(), 0) if called else None
                stack.append((opener, call))
            case ")" | "]" | "}" as closer:
                if stack and stack[-1][0] == _CLOSERS[closer]:
                    stack.pop()
            case ",":
                if stack and (call := stack[-1][1]):
                    stack[-1] = ("(", OpenCall(call.name, call.start, call.argument + 1))
            case ";":  # what is open before the end of a statement is a mistake
                while stack and stack[-1][0] != "{":
                    stack.pop()
        before = match
    if is_in_text(text, offset):
        return None
    for opener, call in reversed(stack):
        if call is not None:
            return call
        if opener == "{":
            return None
    return None


def is_in_text(text: str, offset: int) -> bool:
    """Whether a place is within a comment."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    return any(match[0].startswith("#") for match in _PIECES.finditer(line))


def parameter_ranges(usage: str) -> list[tuple[int, int]]:
    """Where the parameters stand in a usage such as ``aggregate(selector, value [, default])``."""
    opening, closing = usage.find("("), usage.rfind(")")
    if opening < 0:
        return []
    return [match.span() for match in _PARAMETER.finditer(usage, opening + 1, closing)]
