"""Text -> text with the escape codes of a terminal, or without them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TextIO

from rasp.visible import printable

_CODES = {
    "error": "\033[31m",
    "warning": "\033[33m",
    "value": "\033[36m",
    "frame": "\033[90m",
    "strong": "\033[1m",
}
_RESET = "\033[0m"

CODE = {
    "Comment": ("ansibrightblack", "\033[90m"),
    "Keyword": ("bold ansigreen", "\033[1;32m"),
    "Keyword.Pseudo": ("nobold ansimagenta", "\033[35m"),
    "Literal.Number": ("ansicyan", "\033[36m"),
    "Literal.String": ("ansired", "\033[31m"),
    "Name.Builtin": ("ansigreen", "\033[32m"),
    "Name.Function": ("ansiblue", "\033[34m"),
    "Operator.Word": ("bold ansimagenta", "\033[1;35m"),
}
"""Program text: a Pygments token type, and its style as prompt_toolkit and a terminal write it.

They are the sixteen colours that a terminal chooses itself, so that they fit what is behind them.
"""

_CARETS = re.compile(r"^( *\| *)(\^+.*)$")
_HEADING = re.compile(r"^((?:.*?:\d+:\d+: )?)((?:\w+ )?error|warning)(: .*)$")


class Painter:
    """Colours text, or leaves it as it is."""

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour

    def __call__(self, style: str, text: str) -> str:
        """The text in a style: error, warning, value, frame or strong."""
        return f"{_CODES[style]}{text}{_RESET}" if self.colour and text else text

    def code(self, text: str) -> str:
        """Program text in the colours of its words."""
        from rasp.highlight import RaspLexer  # takes a moment to import

        if not self.colour:
            return text
        parts = []
        for _, kind, part in RaspLexer().get_tokens_unprocessed(text):
            names = (str(ancestor).removeprefix("Token.") for ancestor in reversed(kind.split()))
            code = next((CODE[name][1] for name in names if name in CODE), "")
            parts.append(f"{code}{part}{_RESET}" if code else part)
        return "".join(parts)

    def diagnostic(self, text: str) -> str:
        """An error or a warning: its heading and carets in colour."""
        lines = printable(text).split("\n")
        if not self.colour:
            return "\n".join(lines)
        style = "warning" if re.search(r"(^|: )warning: ", lines[0]) else "error"
        return "\n".join(self._diagnostic_line(line, style) for line in lines)

    def _diagnostic_line(self, line: str, style: str) -> str:
        if heading := _HEADING.match(line):
            return heading[1] + self(style, heading[2]) + self("strong", heading[3])
        if carets := _CARETS.match(line):
            return carets[1] + self(style, carets[2])
        if line.startswith(("  help: ", "  note: ")):
            return self("frame", line[:8]) + line[8:]
        return line


def is_plain(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a stream takes no escape codes: it is no terminal, a dumb one, or NO_COLOR is set."""
    return (
        not stream.isatty()
        or environment.get("TERM", "dumb") == "dumb"
        or bool(environment.get("NO_COLOR"))
    )
