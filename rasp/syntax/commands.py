"""Tokens -> tokens in which the lines meant for the REPL are marked.

Programs may hold REPL lines (``set example "abc"``, ``examples off``, ``exit``).  Their words are
ordinary names elsewhere, so a line is taken for one only in its full shape and only where a
statement can start.  Two names in a row never occur in an expression, so nothing else is lost but
a statement that consists of a variable called `exit` or `quit`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from typing import ClassVar

from lark import Token

_OPENING = frozenset(["LPAR", "LSQB", "LBRACE"])
_CLOSING = frozenset(["RPAR", "RSQB", "RBRACE"])
_SUBSETS = (("s", "-", "op"), ("selector",), ())
_SWITCHES = ("on", "off")


MAX_TOKENS = 200_000
"""Most tokens of a text.  To parse and run as many takes a few seconds."""


class TooManyTokensError(Exception):
    """start: where the first one stands that is too many."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


class CommandMarker:
    """The filter between lark's lexer and its parser."""

    # Terminals that no rule mentions, kept in the lexer all the same.
    always_accept: ClassVar[tuple[str, ...]] = ("UNTERMINATED_STRING", "STRAY")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens, those of a REPL line replaced by one COMMAND or framed as SET_EXAMPLE.

        Raises TooManyTokensError.
        """
        tokens = list(islice(stream, MAX_TOKENS + 1))
        if len(tokens) > MAX_TOKENS:
            raise TooManyTokensError(tokens[-1].start_pos or 0)
        depth = 0
        fresh = True  # a statement can start here
        at = 0
        while at < len(tokens):
            line = _line(tokens, at) if fresh else []
            if line and (length := _prefix_length(line)):
                yield _marker("SET_EXAMPLE", line[:length])
                at, closed = yield from _until_line_end(tokens, at + length)
                if closed:
                    yield _marker("COMMAND_END", tokens[at - 1 : at])
                continue
            if line and (_is_switch(line) or (depth == 0 and _is_exit(line))):
                yield _marker("COMMAND", line)
                at += len(line)
                continue
            token = tokens[at]
            depth = _depth_after(token, depth)
            fresh = token.type == "SEMICOLON" or token.type == "RBRACE"
            yield token
            at += 1


def _line(tokens: Sequence[Token], start: int) -> list[Token]:
    """The tokens of the rest of a line, with the semicolon that may end it."""
    line: list[Token] = []
    for token in tokens[start : start + _LONGEST]:
        if token.line != tokens[start].line:
            break
        line.append(token)
        if token.type == "SEMICOLON":
            break
    return line


_LONGEST = 8  # tokens of the longest line of a fixed shape, with a semicolon and one to spare


def words(line: Sequence[Token]) -> tuple[str, ...]:
    """The words of a REPL line, its semicolon left out."""
    return tuple(str(token) for token in line if token.type != "SEMICOLON")


def _is_exit(line: Sequence[Token]) -> bool:
    return words(line) in (("exit",), ("quit",), ("exit", "(", ")"), ("quit", "(", ")"))


def _is_switch(line: Sequence[Token]) -> bool:
    text = words(line)
    if text[:3] == ("full", "seq", "display"):
        return len(text) == 4 and text[3] in _SWITCHES
    for subset in _SUBSETS:
        if text == ("show", *subset, "example"):
            return True
        if text[:-1] == (*subset, "examples") and text[-1] in _SWITCHES:
            return True
    return False


def _prefix_length(line: Sequence[Token]) -> int:
    """How many tokens ``set [s-op | selector] example`` takes at the start of a line, or 0."""
    text = words(line)
    for subset in _SUBSETS:
        prefix = ("set", *subset, "example")
        if text[: len(prefix)] == prefix:
            return len(prefix)
    return 0


def _until_line_end(tokens: Sequence[Token], at: int) -> Generator[Token, None, tuple[int, bool]]:
    """The tokens of the expression of ``set example``; returns where it ends, and whether it does.

    It goes on over the end of a line inside brackets.
    """
    depth = 0
    line = tokens[at - 1].line
    while at < len(tokens):
        token = tokens[at]
        if depth == 0 and (token.line != line or token.type == "SEMICOLON"):
            break
        depth = _depth_after(token, depth)
        line = token.end_line
        yield token
        at += 1
    closed = depth == 0
    if closed and at < len(tokens) and tokens[at].type == "SEMICOLON" and tokens[at].line == line:
        at += 1
    return at, closed


def _depth_after(token: Token, depth: int) -> int:
    if token.type in _OPENING:
        return depth + 1
    return max(0, depth - 1) if token.type in _CLOSING else depth


def _marker(kind: str, line: Sequence[Token]) -> Token:
    """A token of the given type that stands for several."""
    text = " ".join(words(line))
    return Token(
        kind,
        text.replace("s - op", "s-op").replace(" ( )", ""),
        start_pos=line[0].start_pos,
        line=line[0].line,
        column=line[0].column,
        end_line=line[-1].end_line,
        end_column=line[-1].end_column,
        end_pos=line[-1].end_pos,
    )
