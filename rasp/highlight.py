"""Program text -> coloured tokens: the Pygments lexer of the language.

Documents, notebooks and the REPL use it.  Non-goal: knowing what a name is bound to.
"""

from __future__ import annotations

import re
from typing import ClassVar

from pygments.lexer import RegexLexer, words
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
)

from rasp.syntax.words import (
    BASE_SOPS,
    CONSTANTS,
    DRAW,
    FORMS,
    KEYWORDS,
    LIBRARY,
    LOAD,
    REPL_LINES,
    WORD_OPERATORS,
)

_REPL_LINE = "|".join(re.escape(line).replace(r"\ ", r"[ \t]+") for line in REPL_LINES[:-2])


class RaspLexer(RegexLexer):
    """RASP programs, with the lines that only the REPL acts on."""

    name = "RASP"
    aliases: ClassVar[list[str]] = ["rasp"]
    filenames: ClassVar[list[str]] = ["*.rasp"]
    mimetypes: ClassVar[list[str]] = ["text/x-rasp"]
    url = "https://arxiv.org/abs/2106.06981"
    flags = re.MULTILINE

    tokens: ClassVar[dict[str, list[object]]] = {
        "root": [
            (r"[ \t\r\n]+", Whitespace),
            (r"#[^\n]*", Comment.Single),
            (rf"^[ \t]*({_REPL_LINE})\b", Keyword.Pseudo),
            (r"^[ \t]*(?:exit|quit)[ \t]*(?:\(\))?[ \t]*;?[ \t]*$", Keyword.Pseudo),
            (r"^:[A-Za-z]*", Keyword.Pseudo),
            (r'"[^"\r\n]*"', String.Double),
            (r"(?<=\bdef\s)[A-Za-z_][A-Za-z_0-9]*", Name.Function),
            (words(KEYWORDS, suffix=r"\b"), Keyword),
            (words(WORD_OPERATORS, suffix=r"\b"), Operator.Word),
            (words(CONSTANTS, suffix=r"\b"), Keyword.Constant),
            (rf'{LOAD}(?=\s*")', Keyword.Namespace),
            (words((*FORMS, DRAW), suffix=r"\b(?=\s*\()"), Name.Builtin),
            (words(BASE_SOPS, suffix=r"\b"), Name.Builtin.Pseudo),
            (words(LIBRARY, suffix=r"\b"), Name.Builtin),
            (r"[A-Za-z_][A-Za-z_0-9]*", Name),
            (r"(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", Number.Float),
            (r"[0-9]+[eE][+-]?[0-9]+", Number.Float),
            (r"[0-9]+", Number.Integer),
            (r"==|!=|<=|>=|[-+*/%^<>=]", Operator),
            (r"[()\[\]{},;:]", Punctuation),
            (r'"[^"\r\n]*', Error),  # not closed
            (r".", Text),
        ]
    }
