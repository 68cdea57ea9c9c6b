"""The words of the language -> the editor grammar in vscode/ (TextMate's format).

usage: python docs/editors/generate.py          rewrites the file; a test says when it has to be
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasp.syntax import words

PATH = Path(__file__).parent / "vscode" / "syntaxes" / "rasp.tmLanguage.json"


def grammar() -> dict[str, Any]:
    """Patterns in order: the first that matches where the text is read wins."""
    repl_lines = (line.replace(" ", r"\s+") for line in words.REPL_LINES if " " in line)
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "RASP",
        "scopeName": "source.rasp",
        "fileTypes": ["rasp"],
        "patterns": [
            _pattern("comment.line.number-sign", r"#.*$"),
            _pattern("string.quoted.double", r'"[^"\r\n]*"'),
            _pattern("invalid.illegal.unclosed", r'"[^"\r\n]*$'),
            _pattern("keyword.other.command", rf"^\s*({'|'.join(repl_lines)})\b"),
            {
                "match": r"\b(def)\s+([A-Za-z_][A-Za-z_0-9]*)",
                "captures": {
                    "1": {"name": "storage.type.function.rasp"},
                    "2": {"name": "entity.name.function.rasp"},
                },
            },
            _pattern("keyword.control", _any(words.KEYWORDS)),
            _pattern("keyword.operator.word", _any(words.WORD_OPERATORS)),
            _pattern("constant.language", _any(words.CONSTANTS)),
            _pattern("keyword.control.import", rf'\b{words.LOAD}(?=\s*")'),
            _pattern("support.function.builtin", _any((*words.FORMS, words.DRAW)) + r"(?=\s*\()"),
            _pattern("variable.language", _any(words.BASE_SOPS)),
            _pattern("support.function.library", _any(words.LIBRARY)),
            _pattern(
                "constant.numeric",
                r"(?<![A-Za-z_])([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?",
            ),
            _pattern("keyword.operator", r"==|!=|<=|>=|[-+*/%^<>=]"),
        ],
    }


def _any(texts: Iterable[str]) -> str:
    return rf"\b({'|'.join(texts)})\b"


def _pattern(scope: str, match: str) -> dict[str, str]:
    return {"name": f"{scope}.rasp", "match": match}


def text() -> str:
    """What the file has to hold."""
    return json.dumps(grammar(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
