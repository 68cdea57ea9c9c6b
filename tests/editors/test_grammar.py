"""The editor grammars are generated, and TextMate's knows what the lexer knows."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from rasp.source import Source
from rasp.syntax.lexing import tokenize

EDITORS = Path(__file__).parents[2] / "docs" / "editors"
GRAMMAR: dict[str, Any] = json.loads(
    (EDITORS / "vscode" / "syntaxes" / "rasp.tmLanguage.json").read_text(encoding="utf-8")
)
EXAMPLES = sorted((EDITORS.parents[1] / "examples").glob("*.rasp"))


def test_grammars_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("generate", EDITORS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for path, content in module.FILES.items():
        written = path.read_text(encoding="utf-8")
        assert written == content(), "run python docs/editors/generate.py"


def scopes(line: str) -> list[tuple[str, str]]:
    """Pieces of a line with their scopes, as an editor finds them."""
    found = []
    at = 0
    while at < len(line):
        matches = [
            (match.start(), number, match, pattern)
            for number, pattern in enumerate(GRAMMAR["patterns"])
            if (match := re.compile(pattern["match"]).search(line, at)) and match[0]
        ]
        if not matches:
            break
        _, _, match, pattern = min(matches, key=lambda entry: entry[:2])
        for group, capture in pattern.get("captures", {"0": pattern}).items():
            found.append((match[int(group)], capture["name"].removesuffix(".rasp")))
        at = match.end()
    return found


def test_scopes() -> None:
    assert scopes('def f(x) { return round(x) + 1.5; } # "c"') == [
        ("def", "storage.type.function"),
        ("f", "entity.name.function"),
        ("return", "keyword.control"),
        ("round", "support.function.builtin"),
        ("+", "keyword.operator"),
        ("1.5", "constant.numeric"),
        ('# "c"', "comment.line.number-sign"),
    ]
    assert scopes('set s-op example "#"') == [
        ("set s-op example", "keyword.other.command"),
        ('"#"', "string.quoted.double"),
    ]
    assert scopes("select = tokens1 + x1e5;") == [
        ("=", "keyword.operator"),
        ("+", "keyword.operator"),
    ]
    assert scopes("length + shift == not 1e5") == [
        ("length", "variable.language"),
        ("+", "keyword.operator"),
        ("shift", "support.function.library"),
        ("==", "keyword.operator"),
        ("not", "keyword.operator.word"),
        ("1e5", "constant.numeric"),
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_strings_and_numbers_are_those_of_the_language(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = tokenize(Source("", text))
    wanted = [str(t) for t in tokens if t.type in ("STRING", "INTEGER", "FLOAT")]
    found = [
        piece
        for line in text.splitlines()
        for piece, scope in scopes(line)
        if scope.startswith(("string", "constant.numeric"))
    ]
    assert found == wanted


def test_vscode_folder_is_whole() -> None:
    package = json.loads((EDITORS / "vscode" / "package.json").read_text(encoding="utf-8"))
    contributes = package["contributes"]
    paths = [
        *(language["configuration"] for language in contributes["languages"]),
        *(grammar["path"] for grammar in contributes["grammars"]),
    ]
    for path in paths:
        json.loads((EDITORS / "vscode" / path).read_text(encoding="utf-8"))
    assert contributes["grammars"][0]["scopeName"] == GRAMMAR["scopeName"]
