"""The grammar file -> lark's tables, and program text -> tokens.

The tables are made when the first text is parsed, and kept in a file of the user's own cache
folder.  A cache that cannot be read, written or understood costs time and nothing else.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from pkgutil import get_data
from typing import Any

from lark import Lark, Token

from rasp.errors import RaspLimitError
from rasp.source import Label, Source, Span
from rasp.syntax.commands import MAX_TOKENS, CommandMarker, TooManyTokensError

MAX_SOURCE_LENGTH = 1_000_000
"""Longest text that is parsed, in characters."""

_STARTS = ["program", "cell", "expression"]


class StuckError(Exception):
    """The parser cannot go on.

    at: how many tokens of the statement it took; accepted: the types it would take next.
    """

    def __init__(self, at: int, accepted: frozenset[str]) -> None:
        super().__init__(at, accepted)
        self.at = at
        self.accepted = accepted


@cache
def grammar() -> Lark:
    """The parser tables of grammar/rasp.lark."""
    path = _cache_file()
    return Lark(
        _grammar_text(),
        parser="lalr",
        # Not the contextual lexer: it would take a keyword for a name wherever only a name fits.
        lexer="basic",
        start=_STARTS,
        maybe_placeholders=False,
        # `rasp.syntax.build` needs all tokens, for the places of trees.
        keep_all_tokens=True,
        postlex=CommandMarker(),
        cache=str(path) if path else False,
    )


def _grammar_text() -> str:
    """The grammar of the installed package, or of the source that `rasp` was imported from."""
    found = get_data("rasp.grammar", "rasp.lark")  # `importlib.resources` takes longer to import
    if found is not None:
        return found.decode()
    # In the source the folder lies beside the package, where `rasp.grammar` is not looked for.
    path = Path(__file__).resolve().parents[2] / "grammar" / "rasp.lark"
    return path.read_text(encoding="utf-8")


def _cache_file() -> Path | None:
    """Where the tables are kept, if there is a folder that belongs to the user alone."""
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (Path(home) if home else Path.home() / ".cache") / "rasp"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The file is a pickle: it must be nobody else's.
        if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
            return None
        if not os.access(folder, os.W_OK):
            return None
    except (OSError, RuntimeError):
        return None
    return folder / "grammar.lalr"


def tokenize(source: Source) -> list[Token]:
    """The tokens of a text, comments left out, REPL lines marked.  Never fails on its content.

    Raises RaspLimitError for a text that is too long, in characters or in tokens.
    """
    if len(source.text) > MAX_SOURCE_LENGTH:
        raise RaspLimitError(
            f"the text is longer than {MAX_SOURCE_LENGTH:,} characters",
            labels=[Label(Span(source, 0, 0))],
        )
    session: Any = grammar().parse_interactive(source.text, start="program")
    try:
        return list(session.lexer_thread.lex(session.parser_state))
    except TooManyTokensError as error:
        raise RaspLimitError(
            f"the text has more than {MAX_TOKENS:,} tokens: names, numbers, strings and signs",
            labels=[Label(Span(source, error.start, error.start))],
            hint="parts of it can be files of their own, which it loads",
        ) from None


def start_parsing(start: str) -> Any:
    """A parser that is fed token by token (lark's InteractiveParser, which has no types)."""
    return grammar().parse_interactive(start=start)
