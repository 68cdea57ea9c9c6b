"""tree-sitter's grammar takes the programs that the language takes, and colours them rightly."""

from __future__ import annotations

import ctypes
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rasp.errors import RaspSyntaxError
from rasp.random_programs import random_program
from rasp.source import Source
from rasp.syntax.parse import parse_all
from tests.editors.test_colours import pieces

pytest.importorskip("tree_sitter", reason="tree-sitter reads programs by its grammar")

from tree_sitter import Language, Parser, Query, QueryCursor

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "editors" / "tree-sitter-rasp"
EXAMPLES = sorted((ROOT / "examples").rglob("*.rasp"))
COMPILER = shutil.which("cc")

pytestmark = [
    pytest.mark.extras,
    pytest.mark.skipif(COMPILER is None, reason="a C compiler makes the parser"),
]

CAPTURES = {
    "comment": "comment",
    "string": "string",
    "number": "number",
    "form": "function.builtin",
    "constant": "boolean",
    "base": "variable.builtin",
    "library": "function.builtin",
}


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Language:
    path = tmp_path_factory.mktemp("tree-sitter") / "rasp.so"
    sources = [FOLDER / "src" / "parser.c", FOLDER / "src" / "scanner.c"]
    assert COMPILER is not None
    command = [COMPILER, "-shared", "-fPIC", "-I", FOLDER / "src", "-o", path, *sources]
    subprocess.run(command, check=True)
    function = ctypes.CDLL(str(path)).tree_sitter_rasp
    function.restype = ctypes.c_void_p
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype = ctypes.py_object
    capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return Language(capsule(function(), b"tree_sitter.Language", None))


def texts() -> Iterator[str]:
    """Programs with and without mistakes."""
    for path in EXAMPLES:
        yield path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests").rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            yield from (entry[key] for key in ("program", "mended") if key in entry)
    for seed in range(200):
        text = random_program(seed).text
        yield text
        choose = random.Random(seed)
        at = choose.randrange(len(text))
        yield text[:at] + text[at + choose.randrange(1, 4) :]
    yield from LINES


# Lines for the REPL, and what only looks like one.
LINES = [
    'set example "abc"',
    "set s-op example [1,\n 2] # here\nx = 1;",
    'set selector example "a"; set example = 3;',
    "set example",
    'set example "a" "b"',
    "set = 3; set;",
    "show example\nshow s-op example;show selector example",
    "show examples",
    "examples off;\nselector examples on # and so on\ns-op examples off",
    "examples = 3;",
    "examples on x;",
    "full seq display on\nfull seq display",
    "exit",
    "quit()",
    "exit = 1; x = exit;",
    "exit exit",
    "def f(x) { exit; return x; }",
    "for i in [1] { examples off }",
]


def test_takes_what_the_language_takes(language: Language) -> None:
    parser = Parser(language)
    n_right = n_wrong = 0
    for text in texts():
        errors = parse_all(Source("", text)).errors
        wrong = [e for e in errors if isinstance(e, RaspSyntaxError) and "no body" not in e.message]
        assert parser.parse(text.encode()).root_node.has_error == bool(wrong), text
        n_right += not wrong
        n_wrong += bool(wrong)
    assert min(n_right, n_wrong) > 100


def test_groups_are_those_of_the_language(language: Language) -> None:
    def grouped(text: str) -> str:
        tree = Parser(language).parse(text.encode())
        (statement,) = tree.root_node.named_children
        return written(statement.named_children[0])

    def written(node: object) -> str:
        children = [written(child) for child in node.children]  # type: ignore[attr-defined]
        if not children:
            return node.text.decode()  # type: ignore[attr-defined, no-any-return]
        return f"({' '.join(children)})"

    assert grouped("-a ^ b ^ c * d % e + f;") == "((((((- a) ^ b) ^ c) * d) % e) + f)"
    assert grouped("not a == b and c or d;") == "((((not a) == b) and c) or d)"
    assert grouped("a + b < c == d;") == "(((a + b) < c) == d)"
    assert grouped("a if b else c if d else e;") == "((a if b else c) if d else e)"
    assert grouped("a or b in c if d else e;") == "((a or b) in (c if d else e))"
    assert grouped("a not in b not in c;") == "((a not in b) not in c)"
    assert grouped("-a[1](2);") == "(- ((a [ 1 ]) ( (2) )))"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_colours(language: Language, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    query = Query(language, (FOLDER / "queries" / "highlights.scm").read_text(encoding="utf-8"))
    root = Parser(language).parse(text.encode()).root_node
    if root.has_error:
        assert "errors" in path.parts  # what is coloured around a mistake is tree-sitter's guess
        return
    found: dict[int, set[str]] = {}
    for name, nodes in QueryCursor(query).captures(root).items():
        for node in nodes:
            found.setdefault(node.start_byte, set()).add(name)
    for start, kind in pieces(text):
        captures = found.get(len(text[:start].encode()), set())
        if "keyword.directive" in captures:
            continue  # the first word of a line for the REPL
        if kind == "keyword":
            assert captures <= {"keyword", "keyword.operator"}
            assert captures
        else:
            wanted = {CAPTURES[kind]} if kind in CAPTURES else set()
            assert captures == wanted, (text[start : start + 20], kind)


def test_keywords_are_those_of_the_language() -> None:
    from rasp.syntax import words

    text = (FOLDER / "grammar.js").read_text(encoding="utf-8")
    lists = {
        name: set(json.loads(f"[{rest.split(']')[0].rstrip(', ')}]"))
        for name, _, rest in (
            line.partition(" = [") for line in text.splitlines() if " = [" in line
        )
    }
    assert lists["const KEYWORDS"] == {*words.KEYWORDS, *words.WORD_OPERATORS}
    assert lists["const FORMS"] == {*words.FORMS, words.DRAW}
