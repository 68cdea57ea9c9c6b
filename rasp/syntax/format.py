"""Program text -> the same program in the canonical layout.

One statement a line, blocks indented by four spaces, one space around operators and after commas,
at most one empty line between statements.  Line breaks within a statement stay where they are, with
their indentation put right; comments stay where they are.  Only layout changes: the AST of the
result is that of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rasp.errors import RaspLimitError
from rasp.source import Source
from rasp.syntax.lexing import MAX_SOURCE_LENGTH, tokenize
from rasp.syntax.parse import parse

INDENT = 4

_COMMENT = re.compile(r'"[^"\r\n]*"|(?P<comment>#[^\n]*)')
_OPERAND_ENDS = frozenset(["NAME", "INTEGER", "FLOAT", "STRING", "RPAR", "RSQB", "RBRACE"])
_FORMS = frozenset(["SELECT", "AGGREGATE", "ROUND", "INDICATOR", "LEN", "RANGE", "ZIP", "DRAW"])
_OPENERS = frozenset(["LPAR", "LSQB", "LBRACE"])
_CLOSERS = frozenset(["RPAR", "RSQB", "RBRACE"])


@dataclass(frozen=True, slots=True)
class _Piece:
    """A token or a comment of the text."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Open:
    """A bracket or block that is open: how far the line is indented that its closer belongs to."""

    kind: Literal["block", "bracket"]
    indent: int


def format_text(source: Source) -> str:
    """The canonical layout of a program.

    Raises RaspSyntaxError for what is no program, RaspLimitError for what would get too long.
    """
    parse(source)
    layout = _Layout(source.text)
    for piece in _pieces(source):
        layout.add(piece)
    return layout.finish()


def _pieces(source: Source) -> list[_Piece]:
    pieces = [
        _Piece(token.type, str(token), token.start_pos or 0, token.end_pos or 0)
        for token in tokenize(source)
    ]
    pieces += [
        _Piece("COMMENT", match["comment"].rstrip(), match.start(), match.end())
        for match in _COMMENT.finditer(source.text)
        if match["comment"]
    ]
    # A COMMAND_END has the place of the token before it; sorting is stable.
    return sorted(pieces, key=lambda piece: piece.start)


class _Layout:
    """The lines of the result, as far as they are known."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: list[str] = []
        self._length = 0  # of these
        self._line = ""  # the line at hand, without its indentation
        self._indent = 0  # of the line at hand
        self._statement_indent = 0
        self._open: list[_Open] = []
        self._fresh = True  # a statement can start here
        self._has_block = False  # the statement at hand is a function or a loop
        self._previous: _Piece | None = None
        self._token: _Piece | None = None  # the last piece that is no comment
        self._tight = False  # nothing stands between that token and the next

    def finish(self) -> str:
        self._break()
        return "".join(line + "\n" for line in self._lines)

    def add(self, piece: _Piece) -> None:
        if piece.kind == "COMMAND_END":
            self._fresh = True
            return
        if piece.kind == "SEMICOLON" and self._fresh:
            return  # the optional one behind a block
        behind = self._previous
        breaks = self._text.count("\n", behind.end if behind else 0, piece.start)
        if piece.kind == "COMMENT":
            self._add_comment(piece, breaks)
        else:
            self._add_token(piece, breaks)
            self._token = piece
        self._previous = piece

    def _add_comment(self, piece: _Piece, breaks: int) -> None:
        if not breaks and self._line:
            self._line += "  " + piece.text
            return
        self._break()
        self._keep_empty_line(breaks)
        self._indent = self._inner_indent()
        self._line = piece.text

    def _add_token(self, piece: _Piece, breaks: int) -> None:
        starts = self._fresh
        if starts:
            self._break()
            if piece.kind != "RBRACE":
                self._keep_empty_line(breaks)
                self._statement_indent = self._inner_indent()
                self._has_block = piece.kind in ("DEF", "FOR")
        elif self._breaks_before(piece, breaks):
            self._break()
        space = self._space(piece) if self._line else ""
        if not self._line:
            self._indent = self._statement_indent if starts else self._inner_indent()
        self._follow_brackets(piece)
        self._line += space + piece.text

    def _breaks_before(self, piece: _Piece, breaks: int) -> bool:
        """Whether a piece that goes on with a statement stands on a new line."""
        if self._previous is not None and self._previous.kind == "COMMENT":
            return True
        return breaks > 0 and piece.kind not in ("COMMA", "SEMICOLON")

    def _follow_brackets(self, piece: _Piece) -> None:
        """Keeps account of what is open, and of whether a statement can start behind the piece."""
        sign = piece.kind in ("PLUS", "MINUS") and not self._behind_operand()
        self._fresh = piece.kind in ("SEMICOLON", "COMMAND")
        self._tight = sign or piece.kind in _OPENERS
        if piece.kind == "LBRACE" and self._opens_block():
            self._open.append(_Open("block", self._statement_indent))
            self._fresh = True
        elif piece.kind in _OPENERS:
            self._open.append(_Open("bracket", self._indent))
        elif piece.kind in _CLOSERS and self._open:
            closed = self._open.pop()
            self._fresh = closed.kind == "block"
            if not self._line:
                self._indent = closed.indent

    def _opens_block(self) -> bool:
        """Whether a brace opens the block of the statement, rather than a dict."""
        outside = not self._open or self._open[-1].kind == "block"
        return self._has_block and outside and self._behind_operand()

    def _behind_operand(self) -> bool:
        return self._token is not None and self._token.kind in _OPERAND_ENDS

    # ---- lines

    def _break(self) -> None:
        """Ends the line at hand."""
        if self._line:
            self._lines.append(" " * self._indent + self._line)
            self._length += len(self._lines[-1]) + 1
            if self._length > MAX_SOURCE_LENGTH:  # deep blocks: indentation grows with the square
                raise RaspLimitError("the text is too long once it is indented")
        self._line = ""

    def _keep_empty_line(self, breaks: int) -> None:
        """Keeps one of the empty lines before a statement or comment, not those at the start."""
        behind_opening = self._token is None or self._token.kind in _OPENERS
        if breaks > 1 and self._lines and not (behind_opening and self._previous is self._token):
            self._lines.append("")

    def _inner_indent(self) -> int:
        """The indentation of a line that starts here."""
        innermost = self._open[-1] if self._open else None
        if innermost and (self._fresh or innermost.kind == "bracket"):
            return innermost.indent + INDENT
        return 0 if self._fresh else self._statement_indent + INDENT

    def _space(self, piece: _Piece) -> str:
        """What stands between the token before and this one on a line."""
        if self._tight or piece.kind in ("RPAR", "RSQB", "RBRACE", "COMMA", "SEMICOLON", "COLON"):
            return ""
        if piece.kind in ("LPAR", "LSQB") and self._token is not None:
            return "" if self._token.kind in _OPERAND_ENDS | _FORMS else " "
        return " "
