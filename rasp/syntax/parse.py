"""Program text -> AST, statement by statement.

Each statement is parsed on its own, so that a mistake in one says nothing about the others: `parse`
raises the first mistake, `parse_all` gives every statement and every mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lark import Token, UnexpectedToken

from rasp.errors import RaspError
from rasp.source import Source
from rasp.syntax import ast
from rasp.syntax.build import build
from rasp.syntax.lexing import StuckError, start_parsing, tokenize

if TYPE_CHECKING:
    from rasp.syntax.situations import Mistake

MAX_ERRORS = 100
"""After so many mistakes the rest of a text is not looked at."""

_OPENING = frozenset(["LPAR", "LSQB", "LBRACE"])
_CLOSING = frozenset(["RPAR", "RSQB", "RBRACE"])
_OPERAND_ENDS = frozenset(["NAME", "INTEGER", "FLOAT", "STRING", *_CLOSING])


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was understood of a text, and what was not, both in the order of the text."""

    module: ast.Module
    errors: tuple[RaspError, ...]


def parse(source: Source, *, cell: bool = False) -> ast.Module:
    """The program.  Raises RaspSyntaxError for its first mistake.

    cell: the last statement may lack its semicolon.
    """
    parsed = parse_all(source, cell=cell, max_errors=1)
    if parsed.errors:
        raise parsed.errors[0]
    return parsed.module


def parse_all(source: Source, *, cell: bool = False, max_errors: int = MAX_ERRORS) -> Parsed:
    """Every statement that can be understood, and a mistake for each that cannot."""
    items: list[ast.Item] = []
    errors: list[RaspError] = []
    tokens = tokenize(source)
    at = 0
    while at < len(tokens) and len(errors) < max_errors:
        end = _statement_end(tokens, at)
        # Only an unfinished statement needs the other start symbol.
        start = "cell" if cell and end == len(tokens) else "program"
        try:
            items.extend(_parse_tokens(tokens[at:end], source, start))
            at = end
        except StuckError as stuck:
            mistake = _diagnosed(tokens, at, stuck, source)
            errors.append(mistake.error)
            at = _resume(tokens, at, mistake)
        except RaspError as error:  # the grammar allows it, the language does not
            errors.append(error)
            at = end
    return Parsed(ast.Module(tuple(items), source), tuple(errors))


def parse_expression(source: Source) -> ast.Expression:
    """The expression that is all of the text.  Raises RaspSyntaxError."""
    tokens = tokenize(source)
    try:
        expression: ast.Expression = _parse_tokens(tokens, source, "expression")
    except StuckError as stuck:
        raise _diagnosed(tokens, 0, stuck, source).error from None
    return expression


def is_complete(text: str) -> bool:
    """Whether more text could not turn this one into a program, or is not needed to.

    False while a statement is unfinished: the REPL then asks for another line.  A mistake makes a
    text complete, since no further line can mend it.
    """
    source = Source("<input>", text)
    tokens = tokenize(source)
    at = 0
    while at < len(tokens):
        end = _statement_end(tokens, at)
        try:
            _parse_tokens(tokens[at:end], source, "program")
        except StuckError as stuck:
            return stuck.at < end - at
        except RaspError:
            return True
        at = end
    return True


def finished(text: str) -> int:
    """How far a text can be run without waiting for more: up to the statement that is unfinished.

    That may be behind a mistake, which says nothing about what comes after it.
    """
    source = Source("<input>", text)
    tokens = tokenize(source)
    at = 0
    while at < len(tokens):
        end = _statement_end(tokens, at)
        try:
            _parse_tokens(tokens[at:end], source, "program")
            at = end
        except StuckError as stuck:
            if stuck.at >= end - at and end == len(tokens):
                return tokens[at].start_pos or 0
            at = _resume(tokens, at, _diagnosed(tokens, at, stuck, source))
        except RaspError:
            at = end
    return len(text)


def parse_command(text: str, name: str = "<input>") -> ast.Command | None:
    """The REPL command that a line is, or None if it is something else.

    Raises RaspSyntaxError for ``set example`` with an expression that does not parse.
    """
    source = Source(name, text)
    tokens = tokenize(source)
    if not tokens or tokens[0].type not in ("COMMAND", "SET_EXAMPLE"):
        return None
    items = parse(source).items
    command = items[0]
    if len(items) == 1 and isinstance(command, COMMANDS):
        return command
    return None


COMMANDS = (
    ast.SetExample,
    ast.ShowExample,
    ast.SwitchExamples,
    ast.SwitchFullDisplay,
    ast.Exit,
)


def _parse_tokens(tokens: Sequence[Token], source: Source, start: str) -> Any:
    """The AST of tokens.  Raises StuckError, or RaspError for what the grammar cannot express."""
    parser = start_parsing(start)
    at = 0
    try:
        for token in tokens:
            parser.feed_token(token)
            at += 1
        tree = parser.feed_eof(tokens[-1] if tokens else None)
    except UnexpectedToken:
        raise StuckError(at, frozenset(parser.accepts())) from None
    return build(tree, source)


def _diagnosed(tokens: Sequence[Token], start: int, stuck: StuckError, source: Source) -> Mistake:
    """As `diagnose`, whose many explanations are loaded when there is something to explain."""
    from rasp.syntax.mistakes import diagnose

    return diagnose(tokens, start, stuck, source)


def _statement_end(tokens: Sequence[Token], start: int) -> int:
    """Just behind the statement that starts there, as far as brackets tell.

    A function or loop ends with the brace that closes its block, which is the first brace that is
    opened outside brackets and where no operand can stand (the others are dicts).
    """
    has_block = tokens[start].type in ("DEF", "FOR")
    in_block = False
    depth = 0
    for at in range(start, len(tokens)):
        kind = tokens[at].type
        if kind in _OPENING:
            if kind == "LBRACE" and depth == 0 and tokens[at - 1].type in _OPERAND_ENDS:
                in_block = has_block
            depth += 1
        elif kind in _CLOSING:
            depth -= 1
            if depth <= 0 and in_block:
                behind = at + 1
                if behind < len(tokens) and tokens[behind].type == "SEMICOLON":
                    behind += 1
                return behind
        elif depth <= 0 and kind in ("SEMICOLON", "COMMAND", "COMMAND_END"):
            return at + 1
    return len(tokens)


def _resume(tokens: Sequence[Token], start: int, mistake: Mistake) -> int:
    """Where the next statement starts after one with a mistake."""
    if mistake.starts_statement and mistake.at > start:
        return mistake.at
    if tokens[start].type in ("DEF", "FOR"):
        depth = 0
        for at in range(start, len(tokens)):
            if tokens[at].type == "LBRACE":
                depth += 1
            elif tokens[at].type == "RBRACE":
                depth -= 1
                if depth <= 0 and at >= mistake.at:
                    return at + 1
    for at in range(mistake.at, len(tokens)):
        if behind := _behind_block(tokens, at):
            return behind
        if tokens[at].type in ("SEMICOLON", "COMMAND", "COMMAND_END"):
            return at + 1
    return len(tokens)


_GO_ON = frozenset(["else", "elif", "except", "catch", "finally"])


def _behind_block(tokens: Sequence[Token], at: int) -> int | None:
    """Behind a block of another language, as `if x { } else { }`, where one is opened; else None.

    Such a brace stands where no operand can.
    """
    while at < len(tokens) and tokens[at].type == "LBRACE" and _opens_block(tokens, at):
        depth = 0
        while at < len(tokens):
            depth += (tokens[at].type == "LBRACE") - (tokens[at].type == "RBRACE")
            at += 1
            if depth == 0:
                break
        if depth or at == len(tokens) or str(tokens[at]) not in _GO_ON:
            return None if depth else at
        while at < len(tokens) and tokens[at].type not in ("LBRACE", "SEMICOLON"):
            at += 1
    return None


def _opens_block(tokens: Sequence[Token], at: int) -> bool:
    return at > 0 and (tokens[at - 1].type in _OPERAND_ENDS or str(tokens[at - 1]) in _GO_ON)
