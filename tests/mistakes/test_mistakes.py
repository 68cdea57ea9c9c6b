"""What people write who know other languages, and what they are told.

mistakes.jsonl: a program a line, the kind and message of its first error, the text that the caret
points at, the hint, and for hints with code (between backticks) a mended program, whose
expectations say what that code gives.  commands.jsonl: command lines, and what they answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rasp.cli import main
from rasp.elaborate.unknown import FOREIGN, OF_ONE
from rasp.errors import RaspError
from rasp.expectations import check_text
from rasp.program import Session
from rasp.syntax import foreign

HERE = Path(__file__).parent
CODE = re.compile(r"`([^`]+)`")
UNTESTED = {'load "file";'}  # there is no such file


def entries(name: str) -> list[dict[str, Any]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


MISTAKES = entries("mistakes.jsonl")
COMMANDS = entries("commands.jsonl")


def first_error(program: str) -> RaspError:
    return next(result.error for result in Session().run(program) if result.error is not None)


@pytest.mark.parametrize("entry", MISTAKES, ids=lambda entry: entry["program"][:40])
def test_message(entry: dict[str, Any]) -> None:
    error = first_error(entry["program"])
    assert error.span is not None, "it has a place"
    told = {
        "program": entry["program"],
        "error": f"{error.kind}: {error.message}",
        "at": error.span.text,
        "hint": error.hint,
    }
    assert told == {key: entry[key] for key in told}
    assert "^" in str(error)
    assert "Traceback" not in str(error)


@pytest.mark.parametrize(
    "entry", [e for e in MISTAKES if "mended" in e], ids=lambda entry: entry["program"][:40]
)
def test_the_mended_program_gives_what_is_expected(entry: dict[str, Any]) -> None:
    report = check_text(entry["mended"])
    assert report.checked, "it says what it gives"
    assert report.ok, (report.errors, [one for one in report.checked if not one.ok])


@pytest.mark.parametrize(
    "program",
    [
        'if tokens == "a" { x = 1; } else { x = 2; }',
        "if x { if y { x = 1; } z = 2; } elif y { x = 3; } else { x = 4; }",
        "while True { x = 1; y = 2; }",
        "try { x = 1; } except { x = 2; }",
        'switch tokens { a = {"a": 1}; }',
        "foreach i in [1] { x = i; }",
        'x = {"a" = 1}[tokens];',
        "if tokens { x = 1;",
    ],
)
def test_a_block_of_another_language_is_one_mistake(program: str) -> None:
    """What follows it runs."""
    results = Session().run(f"{program}\nlast = 3;")
    assert len([result for result in results if result.error is not None]) == 1
    assert results[-1].names == ("last",)


def test_further_meanings() -> None:
    report = check_text((HERE / "meanings.rasp").read_text(encoding="utf-8"))
    assert report.ok, (report.errors, [one for one in report.checked if not one.ok])


def hints() -> Iterator[str]:
    yield from (entry["hint"] for entry in MISTAKES if entry["hint"])
    yield from FOREIGN.values()
    yield from OF_ONE.values()
    yield from foreign.STRAYS.values()
    yield from foreign.OPERATORS.values()
    yield from foreign.METHODS.values()
    yield from (f"`{code}`" for code in foreign.WORDS.values())
    yield from (hint for _, hint in foreign.STATEMENTS.values() if hint)


def test_every_code_in_a_hint_is_in_a_program_that_was_run() -> None:
    codes = {code for hint in hints() for code in CODE.findall(hint)}
    assert len(codes) > 60
    programs = [entry.get("mended", "") for entry in MISTAKES]
    programs.append((HERE / "meanings.rasp").read_text(encoding="utf-8"))
    run = "\n".join(programs)
    assert {code for code in codes if code not in run} == UNTESTED


def test_code_for_the_program_at_hand_means_what_it_says() -> None:
    """Hints that are made of what was written, on other programs than those above."""
    for program, code, expectation in [
        ("y = 5;\ny -= 2 * 3;", "y = y - (2 * 3);", "-1"),
        ("k = 2;\nk ^= 3;", "k = k ^ 3;", "8"),
        ("n = 7;\nn--;", "n = n - 1;", "6"),
    ]:
        (given,) = CODE.findall(first_error(program).hint or "")
        assert given == code
        assert check_text(program.split("\n")[0] + given + f"  #> {expectation}").ok
    error = first_error('x = average(indices > 0);\nx("ab");')
    (given,) = CODE.findall(error.hint or "")
    assert check_text(f'x = average({given});\n#> x("ab") = [0.5, 0.5]').ok
    error = first_error('x = shift(tokens, 1, 0);\nx("ab");')
    (given,) = CODE.findall(error.hint or "")
    assert check_text(f'x = {given};\n#> x("ab") = ["-", "a"]').ok


def test_there_are_enough() -> None:
    assert len({entry["program"] for entry in MISTAKES}) >= 131
    assert len(COMMANDS) >= 20


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: " ".join(entry["command"])[:60])
def test_command(
    entry: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    import io
    import sys

    monkeypatch.chdir(tmp_path)
    for name, text in entry.get("files", {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    data = io.BytesIO(entry.get("stdin", "").encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(data))
    try:
        status = main(entry["command"])
    except SystemExit as end:
        status = int(end.code or 0)
    out, err = capsys.readouterr()
    assert status == entry["status"], (out, err)
    for part in entry["says"]:
        assert part in out + err
    assert "Traceback" not in out + err
