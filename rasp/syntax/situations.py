"""Where the parser stopped: the tokens around it, those that would fit, and how to name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

from rasp.errors import RaspSyntaxError
from rasp.source import Label, Source, Span

DISPLAY = {
    "NAME": "a name",
    "STRING": "a string",
    "SEMICOLON": "';'",
    "COMMA": "','",
    "COLON": "':'",
    "EQUAL": "'='",
    "LPAR": "'('",
    "RPAR": "')'",
    "LSQB": "'['",
    "RSQB": "']'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "$END": "the end of the text",
    "COMMAND_END": "the end of the line",
}
KEYWORDS = frozenset(["DEF", "FOR", "IN", "RETURN", "NOT", "AND", "OR", "IF", "ELSE"])
OPERATORS = frozenset(
    [
        "IN",
        "AND",
        "OR",
        "IF",
        "PLUS",
        "MINUS",
        "PERCENT",
        "STAR",
        "SLASH",
        "CIRCUMFLEX",
        "EQUAL_EQUAL",
        "NOT_EQUAL",
        "LESS",
        "LESS_EQUAL",
        "GREATER",
        "GREATER_EQUAL",
    ]
)
COMPARISONS = frozenset(
    ["EQUAL_EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"]
)
CLOSERS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
STARTS_STATEMENT = frozenset(
    ["NAME", "DEF", "FOR", "DRAW", "LOAD", "COMMAND", "SET_EXAMPLE", "RETURN"]
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A syntax error, the number of the token it is about, and whether a statement starts there."""

    error: RaspSyntaxError
    at: int
    starts_statement: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known where the parser stopped."""

    tokens: Sequence[Token]  # of the whole text
    start: int  # of the statement
    at: int  # the token that does not fit; len(tokens) at the end of the text
    accepted: frozenset[str]  # types of tokens that would fit
    source: Source

    def kind(self, offset: int = 0) -> str:
        """The type of the token so many places further on, "" outside the statement's text."""
        at = self.at + offset
        return self.tokens[at].type if self.start <= at < len(self.tokens) else ""

    def span(self, at: int) -> Span:
        if at >= len(self.tokens):
            end = _end(self.tokens[-1]) if self.tokens else 0
            return Span(self.source, end, end)
        return Span(self.source, self.tokens[at].start_pos or 0, _end(self.tokens[at]))

    def text(self, offset: int = 0) -> str:
        at = self.at + offset
        return str(self.tokens[at]) if self.start <= at < len(self.tokens) else ""

    def new_line(self) -> bool:
        """Whether the token is the first of its line, and not of the statement."""
        return (
            self.start < self.at < len(self.tokens)
            and self.tokens[self.at].line != self.tokens[self.at - 1].end_line
        )

    def open_brackets(self) -> list[int]:
        """The brackets that are open before the token, outermost first."""
        opened: list[int] = []
        for at in range(self.start, min(self.at, len(self.tokens))):
            kind = self.tokens[at].type
            if kind in CLOSERS:
                opened.append(at)
            elif opened and kind in CLOSERS.values():
                opened.pop()
        return opened

    def error(self, message: str, hint: str | None = None, *labels: Label) -> RaspSyntaxError:
        return RaspSyntaxError(message, labels=labels or [Label(self.span(self.at))], hint=hint)


def _end(token: Token) -> int:
    return token.end_pos or 0


def named(situation: Situation) -> str:
    kind, text = situation.kind(), situation.text()
    if not kind:
        return "end of the text"
    if kind == "COMMAND_END":
        return "end of the line"
    if kind in KEYWORDS:
        return f"keyword '{text}'"
    if kind == "NAME":
        return f"name '{text}'"
    if kind in ("INTEGER", "FLOAT"):
        return f"number {text[:40]}"
    if kind == "STRING":
        return f"string {text[:40]}"
    return f"'{text}'"


def in_words(accepted: frozenset[str]) -> str:
    """The token types that would fit, as a person would list them."""
    rest = set(accepted)
    words = []
    if {"NAME", "INTEGER", "LSQB"} <= rest:
        words.append("a statement" if "DEF" in rest else "an expression")
        rest = rest & {"RBRACE", "RPAR", "RSQB", "RETURN"}
    elif rest >= COMPARISONS and "PLUS" not in rest:
        words.append("a comparison such as '=='")
        rest -= COMPARISONS
    elif "CIRCUMFLEX" in rest:
        words.append("an operator")
        rest -= OPERATORS | {"LPAR", "LSQB", "NOT"}
    elif rest - {"IN", "NOT"}:  # also the loosest operators, after which these would not help
        rest -= {"IN", "NOT"}
    words += [DISPLAY.get(kind, f"'{kind.lower()}'") for kind in sorted(rest) if kind != "$END"]
    return ", ".join(words[:-1]) + (" or " if len(words) > 1 else "") + words[-1] if words else ""
