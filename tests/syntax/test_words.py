"""The lists of words, the lexer and the editor grammar are true to the language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Text

from rasp.elaborate.library import base_scope
from rasp.highlight import RaspLexer
from rasp.source import Source
from rasp.syntax import words
from rasp.syntax.lexing import grammar, tokenize
from rasp.syntax.parse import parse_command

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.rasp"))


def test_keywords_are_those_of_the_grammar() -> None:
    terminals = grammar().terminals
    literals = {t.pattern.value for t in terminals if t.pattern.type == "str"}
    assert {text for text in literals if text.isalpha()} == {
        *words.KEYWORDS,
        *words.WORD_OPERATORS,
    }
    forms = [
        t.pattern.value for t in terminals if t.pattern.type == "re" and "?=" in t.pattern.value
    ]
    found = {match[0] for pattern in forms if (match := re.match(r"\w+", pattern))}
    assert found == {*words.FORMS, words.LOAD, words.DRAW}


def test_library_is_that_of_every_program() -> None:
    base = base_scope()
    assert base.parent is not None
    assert {*base.variables, *base.parent.variables} == {
        *words.LIBRARY,
        *words.BASE_SOPS,
        *words.CONSTANTS,
    }


@pytest.mark.parametrize("line", words.REPL_LINES)
def test_repl_lines(line: str) -> None:
    assert parse_command(line + ' "a"' * line.startswith("set")) is not None
    ((kind, text), *rest) = [t for t in RaspLexer().get_tokens(line) if t[1].strip()]
    assert (kind, text, rest) == (Keyword.Pseudo, line, [])


def test_entry_point() -> None:
    assert type(get_lexer_by_name("rasp")) is RaspLexer
    assert type(get_lexer_for_filename("x.rasp")) is RaspLexer


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_lexers_agree(path: Path) -> None:
    """Where tokens begin and end: the highlighter has no grammar of its own."""
    text = path.read_text(encoding="utf-8")
    coloured = list(significant(text))
    assert all(kind not in Error and kind not in Text for kind, _ in coloured)
    parsed = [str(token) for token in tokenize(Source("", text))]
    assert [piece for kind, piece in coloured if kind not in Comment] == parsed


def significant(text: str) -> Iterator[tuple[object, str]]:
    for kind, piece in RaspLexer(stripnl=False).get_tokens(text):
        if piece.strip():
            yield kind, piece


def test_kinds() -> None:
    text = (
        'def f(x) { return round(x) + 1.5 and tokens; } # "c"\nload "p"; select = "#";\n1 ? "open'
    )
    kinds = {piece: kind for kind, piece in significant(text)}
    assert kinds["def"] is Keyword
    assert kinds["f"] is Name.Function
    assert kinds["round"] is Name.Builtin
    assert kinds["1.5"] is Number.Float
    assert kinds["and"] is Operator.Word
    assert kinds["tokens"] is Name.Builtin.Pseudo
    assert kinds['# "c"'] is Comment.Single
    assert kinds["load"] is Keyword.Namespace
    assert kinds["select"] is Name, "no form without a parenthesis"
    assert kinds['"#"'] is String.Double
    assert kinds['"open'] is Error
    assert kinds["?"] is Text
