"""The example programs give what their comments say.

#> sorted("ba") = ["a", "b"]       an s-op or a selector on an input; JSON on both sides
#> number("x") ! is not an int     the error's message contains the text
#! name: undefined                 examples/errors: the kind of error, and a part of the message
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rasp

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = sorted(EXAMPLES.glob("*.rasp"))
ERRORS = sorted((EXAMPLES / "errors").glob("*.rasp"))
EXPECTATION = re.compile(r"#> (\w+)\((.*)\) (=|!) (.*)")

PAIRS = ("()", "[]", "{}")

Expectation = tuple[str, Any, str, str]


def expectations(path: Path) -> list[Expectation]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#>"):
            match = EXPECTATION.fullmatch(line)
            assert match is not None, line
            name, tokens, sign, outcome = match.groups()
            found.append((name, json.loads(tokens), sign, outcome))
    return found


def main_sop(program: rasp.Program) -> str:
    return next(n for n in reversed(program.names) if isinstance(program[n], rasp.SOp))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_example(path: Path) -> None:
    program = rasp.load(path)
    assert not program.warnings
    expected = expectations(path)
    assert main_sop(program) in {name for name, *_ in expected}
    for name, tokens, sign, outcome in expected:
        if sign == "!":
            with pytest.raises(rasp.RaspRuntimeError) as caught:
                program[name](tokens)
            assert outcome in caught.value.message
            continue
        got, values = program[name](tokens), json.loads(outcome)
        assert got == values
        if isinstance(program[name], rasp.SOp):
            kinds = [type(value) in (bool, str) and type(value) for value in values]
            assert [type(value) in (bool, str) and type(value) for value in got] == kinds


@pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.stem)
def test_error(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    match = re.search(r"^#! (\w+): (.*)$", text, re.MULTILINE)
    assert match is not None
    with pytest.raises(rasp.RaspError) as caught:
        rasp.load(path)
    assert caught.value.kind == match[1]
    assert match[2] in caught.value.message
    assert caught.value.labels, "an error in a program has a place"


def test_there_are_enough() -> None:
    assert len(PROGRAMS) >= 27
    assert len(ERRORS) >= 20


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_every_example_has_expectations(path: Path) -> None:
    program = rasp.load(path)
    assert path.read_text(encoding="utf-8").startswith("# "), "it begins with what it is about"
    assert len(expectations(path)) >= 2
    handles = {name for name in program.names if isinstance(program[name], rasp.SOp)}
    assert {name for name, *_ in expectations(path)} <= handles | {
        name for name in program.names if isinstance(program[name], rasp.Selector)
    }


def test_every_file_is_an_example() -> None:
    files = {path for path in EXAMPLES.rglob("*") if path.is_file()}
    assert files == {*PROGRAMS, *ERRORS}, "a file here is run by the tests above, or nobody runs it"


def test_long_addition() -> None:
    long_sum = rasp.load(EXAMPLES / "long_addition.rasp")["long_sum"]
    for a, b in [(0, 0), (5, 8), (999, 1), (4567, 8765), (99999, 99999), (12345, 87655)]:
        n = len(str(a + b)) + 1
        digits = [int(digit) for digit in f"{a + b:0{n}}"]
        assert long_sum(f"{a:0{n}}+{b:0{n}}") == [0] * (n + 1) + digits


@given(st.text("([{)]}", min_size=1, max_size=12))
def test_dyck3(text: str) -> None:
    open_brackets: list[str] = []
    expected = []
    failed = False
    for bracket in text:
        if bracket in "([{":
            open_brackets.append(bracket)
        else:
            failed = failed or not open_brackets or open_brackets.pop() + bracket not in PAIRS
        expected.append("F" if failed else "P" if open_brackets else "T")
    assert rasp.load(EXAMPLES / "dyck3.rasp")["dyck3"](text) == expected
