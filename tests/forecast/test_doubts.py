"""Warnings about programs before they have an input: what is warned of, and that it is true."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rasp.cli import main
from rasp.diagnostics import Warning
from rasp.errors import RaspError
from rasp.forecast import CODES, doubts
from rasp.lsp.document import TextDocument
from rasp.program import Session
from rasp.program.values import handles_in
from rasp.sop import Selector, SOp
from rasp.testing import inputs_of, random_program

ROOT = Path(__file__).parents[2]
CORPORA = sorted((ROOT / "tests").rglob("conformance/*.jsonl"))
CORPORA += sorted((ROOT / "tests/compiler/programs").glob("*.jsonl"))
EXAMPLES = sorted((ROOT / "examples").glob("*.rasp"))


def ran(text: str) -> tuple[Session, list[SOp | Selector]]:
    session = Session()
    results = session.run(text)
    return session, [handle for result in results for handle in handles_in(result.values)]


def warnings(text: str) -> tuple[Warning, ...]:
    session, handles = ran(text)
    return doubts([handle.node for handle in handles], session.origins)


@pytest.mark.parametrize(
    ("text", "code", "place", "hint"),
    [
        ("x = tokens - 1;", "always-fails", "tokens - 1", "`tokens_int`"),
        ("x = 2 * (1 + tokens);", "always-fails", "1 + tokens", "`tokens_int`"),
        ("y = tokens; def f(v) { return v / 2; } x = f(y);", "always-fails", "v / 2", "tokens_int"),
        ("x = tokens < 3;", "always-fails", "tokens < 3", "`tokens_int`"),
        ("x = select(tokens, indices, <);", "always-fails", "select(", "`tokens_int`"),
        ("x = tokens_int / 0;", "always-fails", "tokens_int / 0", None),
        ("x = tokens_int % (length - length);", "always-fails", "tokens_int % ", None),
        ("x = round(tokens);", "always-fails", "round(tokens)", "`tokens_int`"),
        ("x = -tokens;", "always-fails", "-tokens", "`tokens_int`"),
        ('x = "a" + indices;', "always-fails", '"a" + indices', '`["0", "1", "2"][x]`'),
        ('x = indices + "a";', "always-fails", 'indices + "a"', '`["0", "1", "2"][x]`'),
        ("x = 1 / indices;", "always-fails", "1 / indices", None),
        ("x = tokens == 3;", "never-equal", "tokens == 3", '`"3"`'),
        ("x = 1 if 0.5 != tokens else 0;", "never-equal", "0.5 != tokens", '`"0.5"`'),
        ("x = tokens == indices;", "never-equal", "tokens == indices", "`tokens_int`"),
        ("x = tokens == True;", "never-equal", "tokens == True", "`tokens_bool`"),
        ('x = indices == "1";', "never-equal", 'indices == "1"', "`1`"),
        ('x = indices == "a";', "never-equal", 'indices == "a"', None),
        ("x = select(tokens, length, ==);", "never-equal", "select(", "`tokens_int`"),
        ("x = count(tokens, 1);", "never-equal", "count(tokens, 1)", '`"1"`'),
        ('x = shift(tokens, "1", "-");', "always-fails", "shift(", None),
        ("x = {7: 1}[indices];", "always-fails", "{7: 1}[indices]", None),
        (
            "x = aggregate(select(indices, indices - 1, ==), tokens);",
            "mixed-result",
            "aggregate(select(indices, indices - 1, ==), tokens)",
            '`aggregate(select(indices, (indices - 1), ==), tokens, "-")`',
        ),
        ("x = shift(tokens, 1, 0);", "mixed-result", "shift(tokens, 1, 0)", '"-")`'),
        ("x = shift(tokens, 1, 0); y = x; z = x;", "mixed-result", "shift(", '"-")`'),
        ('x = 1 if indices == 0 else "a";', "mixed-result", "1 if indices", "all strings"),
    ],
)
def test_what_is_warned_of(text: str, code: str, place: str, hint: str | None) -> None:
    (warning,) = warnings(text)
    assert warning.code == code
    assert warning.labels[0].span.text.startswith(place)
    assert (hint or "") in (warning.hint or "")
    assert warnings(f"{text} # rasp: ignore[{code}]") == ()


def test_every_code_is_tested() -> None:
    assert set(CODES) == {"always-fails", "mixed-result", "never-equal"}


@pytest.mark.parametrize(
    "text",
    [
        "previous = aggregate(select(indices, indices - 1, ==), tokens); x = previous != tokens;",
        'x = shift(tokens, 1, 0) if indices > 0 else "-";',
        "x = aggregate(select(indices, length - 1 - indices, ==), tokens);",
        "x = aggregate(select(tokens, tokens, ==), tokens);",
        "x = tokens[0];",
        "x = average(tokens[0]);",
        "x = load_from_location(tokens, 1);",
        "x = sort(tokens, tokens);",
        "x = [7, 8][indices];",
        "x = 1 / (indices + 1);",
        "x = tokens_asis + 1;",
        "x = tokens_asis - 1;",
        "x = tokens * 2;",
        'x = tokens + "a";',
        "x = tokens_asis == 1;",
        "x = tokens_int == 1;",
        'x = (indices if indices > 0 else "-") == "-";',
        "def f(v) { return v - 1; } x = tokens;",
    ],
)
def test_no_warning(text: str) -> None:
    if "load_from_location" in text:  # position 1 is there on inputs of two tokens and more
        assert ran(text)[1][0]("ab") == ["b", "b"]
    assert warnings(text) == ()


def test_the_command_and_editors_warn(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "x.rasp"
    path.write_text("x = tokens - 1;\nx;\n")
    assert main(["check", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{path}: ok, 1 warning\n"
    assert err.startswith(f"{path}:1:5: warning: this fails on every input")
    (problem,) = TextDocument("x = tokens - 1;\nx;\n").problems
    assert (problem.severity, problem.code, problem.start) == ("warning", "always-fails", 4)


def test_large_graphs_are_left_alone() -> None:
    text = "x = tokens - 1; for i in range(3000) { x = x + i; }"
    assert warnings(text + " y = x;") == ()
    assert warnings("x = {i: i for i in range(1, 2000)}[indices];") == ()


def programs() -> Iterator[tuple[str, list[Any]]]:
    """Programs with inputs of two tokens and more."""
    for corpus in CORPORA:
        for line in corpus.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if "program" in case:
                yield case["program"], [i for i in case.get("inputs", []) if len(i) > 1]
    for path in EXAMPLES:
        yield path.read_text(encoding="utf-8"), []
    for seed in range(500):
        program = random_program(seed)
        yield program.text, [list(i) for i in inputs_of(program) if len(i) > 1]


def fails(handle: SOp | Selector, tokens: Any) -> bool:
    try:
        handle(tokens)
    except RaspError:
        return True
    return False


def is_constant(handle: SOp | Selector, tokens: Any) -> bool:
    """Whether a comparison has one outcome everywhere, or fails for another reason."""
    try:
        values = handle(tokens)
    except RaspError:
        return True
    return len({str(value) for value in values}) == 1


HOLDS = {"always-fails": fails, "mixed-result": fails, "never-equal": is_constant}


def test_no_false_alarms() -> None:
    """What is warned of goes wrong on every input of two tokens and more."""
    n_programs = n_warned = 0
    n_handles = Counter[str]()
    for text, inputs in programs():
        n_programs += 1
        session, handles = ran(text)
        found = doubts([handle.node for handle in handles], session.origins)
        if not found:
            continue
        n_warned += 1
        assert inputs, f"a program that is right: {text}"
        inputs += ["ab", "10", [1, 2.5], ["a", "a", "a"]]
        for warning in found:
            for handle in handles:
                if warning.labels[0].span in session.origins.spans(handle.node):
                    n_handles[warning.code] += 1
                    assert all(HOLDS[warning.code](handle, tokens) for tokens in inputs), text
    assert n_programs > 1_000
    assert n_warned > 10, "the corpora have programs that fail on purpose"
    assert min(n_handles[code] for code in CODES) > 0
