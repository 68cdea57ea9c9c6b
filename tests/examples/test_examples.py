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

import rasp

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = sorted(EXAMPLES.glob("*.rasp"))
ERRORS = sorted((EXAMPLES / "errors").glob("*.rasp"))
EXPECTATION = re.compile(r"#> (\w+)\((.*)\) (=|!) (.*)")

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
    assert len(PROGRAMS) >= 12
    assert len(ERRORS) >= 10
