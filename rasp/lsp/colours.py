"""A text -> what each piece of it is: for editors that colour by the server rather than a grammar.

A name is what it is bound to there, which no grammar can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rasp.source import Source
from rasp.syntax import ast, words
from rasp.syntax.lexing import tokenize
from rasp.syntax.scopes import Occurrence, Scopes

KINDS = (
    "comment",
    "string",
    "number",
    "keyword",
    "operator",
    "function",
    "variable",
    "parameter",
)
MODIFIERS = ("declaration", "defaultLibrary")

_COMMENT = re.compile(r'"[^"\r\n]*"|(?P<comment>#[^\r\n]*)')
_KEYWORDS = frozenset([*words.KEYWORDS, *words.WORD_OPERATORS, *words.CONSTANTS, words.LOAD])
_FORMS = frozenset([*words.FORMS, words.DRAW])
_OPERATOR = re.compile(r"[-+*/%^<>=!]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text within one line, its kind and its modifiers."""

    start: int
    end: int
    kind: str
    modifiers: tuple[str, ...] = ()


def pieces(source: Source, scopes: Scopes) -> list[Piece]:
    """Comments, literals, words, operators and names, in the order of the text."""
    return sorted([*_comments(source), *_tokens(source, scopes)], key=lambda piece: piece.start)


def _comments(source: Source) -> Iterator[Piece]:
    for match in _COMMENT.finditer(source.text):
        if match["comment"]:
            yield Piece(*match.span(), "comment")


def _tokens(source: Source, scopes: Scopes) -> Iterator[Piece]:
    names = {occurrence.span.start: occurrence for occurrence in scopes.occurrences}
    functions = _functions(scopes)
    for token in tokenize(source):
        text, start, end = str(token), token.start_pos or 0, token.end_pos or 0
        if text != source.text[start:end]:
            continue  # a line of the REPL's
        occurrence = names.get(start)
        if token.type in ("STRING", "UNTERMINATED_STRING"):
            yield Piece(start, end, "string")
        elif token.type in ("INTEGER", "FLOAT"):
            yield Piece(start, end, "number")
        elif text in _KEYWORDS and (text != words.LOAD or token.type == "LOAD"):
            yield Piece(start, end, "keyword")
        elif text in _FORMS and token.type != "NAME":
            yield Piece(start, end, "function", ("defaultLibrary",))
        elif occurrence is not None:
            yield _name(occurrence, scopes, functions)
        elif _OPERATOR.fullmatch(text):
            yield Piece(start, end, "operator")


def _functions(scopes: Scopes) -> set[tuple[int, str]]:
    """The names of functions, each with the scope that it is bound in."""
    return {
        (info.parent, info.node.name.name)
        for info in scopes.scopes
        if info.parent is not None and isinstance(info.node, ast.FunctionDefinition)
    }


def _name(occurrence: Occurrence, scopes: Scopes, functions: set[tuple[int, str]]) -> Piece:
    start, end = occurrence.span.start, occurrence.span.end
    modifiers = ("declaration",) if occurrence.binds else ()
    if not occurrence.scopes:
        known = occurrence.name in words.LIBRARY and occurrence.name != "full_s"
        is_own = occurrence.name in (*words.LIBRARY, *words.BASE_SOPS)
        kind = "function" if known else "variable"
        return Piece(start, end, kind, ("defaultLibrary",) if is_own else ())
    number = occurrence.scopes[0]
    if (number, occurrence.name) in functions:
        return Piece(start, end, "function", modifiers)
    parameters = {parameter.name for parameter in scopes.scopes[number].parameters}
    kind = "parameter" if occurrence.name in parameters else "variable"
    return Piece(start, end, kind, modifiers)
