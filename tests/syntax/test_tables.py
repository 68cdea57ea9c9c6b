"""The tables are made from the grammar, and the parser reads programs as lark does by itself."""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import lark
import pytest

from rasp.random_programs import random_program
from rasp.source import Source
from rasp.syntax.lexing import Parser, raw_tokens, tokenize
from rasp.syntax.tokens import Token, Tree

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").rglob("*.rasp"))
MISTAKES = ROOT / "tests" / "mistakes" / "mistakes.jsonl"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "grammar" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reference(generate: ModuleType) -> lark.Lark:
    found = generate.lark()
    assert isinstance(found, lark.Lark)
    return found


def test_tables_are_up_to_date(generate: ModuleType) -> None:
    written = generate.TABLES.read_text(encoding="utf-8")
    assert written == generate.text(), "run python grammar/generate.py"


def texts() -> Iterator[str]:
    """Programs with and without mistakes."""
    for path in EXAMPLES:
        yield path.read_text(encoding="utf-8")
    for line in MISTAKES.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["program"]
    for seed in range(100):
        text = random_program(seed).text
        yield text
        cut = random.Random(seed).randrange(len(text))
        yield text[:cut] + text[cut + 3 :]


def plain(tree: Any) -> Any:
    """Trees of lark and of the parser as lists, without recursion."""
    root: list[Any] = []
    stack = [(tree, root)]
    while stack:
        node, into = stack.pop()
        if isinstance(node, (Tree, lark.Tree)):
            inner: list[Any] = [str(node.name if isinstance(node, Tree) else node.data)]
            into.append(inner)
            stack.extend((child, inner) for child in reversed(node.children))
        else:
            into.append((node.type, str(node), node.start_pos, node.end_pos, node.line))
    return root


def test_parser_is_larks(reference: lark.Lark) -> None:
    n_trees = n_stuck = 0
    for text in texts():
        tokens = tokenize(Source("", text))
        for start in ("program", "cell", "expression"):
            other: Any = reference.parse_interactive(start=start)
            parser = Parser(start)
            for token in tokens:
                fed = parser.feed(token)
                try:
                    other.feed_token(_larks(token))
                except lark.UnexpectedToken:
                    assert not fed
                    break
                assert fed, (text, token)
            else:
                tree = parser.finish()
                try:
                    wanted = other.feed_eof()
                except lark.UnexpectedToken:
                    assert tree is None
                else:
                    assert plain(tree) == plain(wanted)
                    n_trees += 1
                    continue
            assert parser.accepted() == other.accepts()
            n_stuck += 1
    assert min(n_trees, n_stuck) > 100


def _larks(token: Token) -> lark.Token:
    return lark.Token(token.type, str(token), token.start_pos, token.line, end_pos=token.end_pos)


def _larks_tokens(reference: lark.Lark, text: str) -> list[lark.Token]:
    session: Any = reference.parse_interactive(text, start="program")
    return list(session.lexer_thread.lex(session.parser_state))


def test_lexer_is_larks(reference: lark.Lark) -> None:
    strange = [
        'x = "a',
        "\ufeff a § b;",
        "select\n(#c\n(",
        'load "a"',
        "1.e5 .5 1..2",
        "a\x0bb\u2028c",
    ]
    for text in [*strange, *texts()]:
        larks = _larks_tokens(reference, text)
        wanted = [(t.type, str(t), t.start_pos, t.end_pos, t.line) for t in larks]
        found = [(t.type, str(t), t.start_pos, t.end_pos, t.line) for t in raw_tokens(text)]
        assert found == wanted
