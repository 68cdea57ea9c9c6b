"""Original programs give the values, selectors and errors that the original gives."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import rasp
from rasp.program import Program, loads
from rasp.sop import Selector, SOp

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("language.jsonl").read_text(encoding="utf-8").splitlines()
]

ERRORS: dict[str, tuple[type[rasp.RaspError], ...]] = {
    "syntax": (rasp.RaspSyntaxError,),
    "name": (rasp.RaspNameError,),
    "reserved": (rasp.RaspNameError,),
    "arity": (rasp.RaspArityError,),
    "type": (rasp.RaspTypeError, rasp.RaspArityError),
    "value": (rasp.RaspValueError,),
    "eval": (rasp.RaspTypeError, rasp.RaspValueError),
}
"""What the program itself may be refused with; an s-op that is called fails at run time."""


def result_of(program: Program, output: str | None) -> Any:
    return program.last if output is None else program[output]


def same_atom(got: object, expected: object, kind: str) -> bool:
    """Numbers by value, to the last bit; bools and strings by type, too."""
    if kind in ("bool", "str"):
        return type(got) is type(expected) and got == expected
    if isinstance(got, str) or not isinstance(got, (int, float)):
        return False
    assert isinstance(expected, (int, float))
    return got == expected and math.copysign(1.0, got) == math.copysign(1.0, expected)


def check_value(got: Any, expected: dict[str, Any]) -> None:
    if "values" in expected:  # an application that stands as a statement
        check_sequence(got, expected)
    elif expected["type"] == "selector":
        check_matrix(got, expected)
    elif expected["type"] == "list":
        assert isinstance(got, list)
        assert len(got) == len(expected["value"])
        for item, expected_item in zip(got, expected["value"], strict=True):
            check_value(item, expected_item)
    elif expected["type"] == "dict":
        assert isinstance(got, dict)
        assert len(got) == len(expected["items"])
        for (key, value), (expected_key, expected_item) in zip(
            got.items(), expected["items"], strict=True
        ):
            check_value(key, expected_key)
            check_value(value, expected_item)
    else:
        assert same_atom(got, expected["value"], expected["type"])
        assert isinstance(
            got, {"int": int, "float": float, "bool": bool, "str": str}[expected["type"]]
        )


def check_sequence(got: Any, expected: dict[str, Any]) -> None:
    assert len(got) == len(expected["values"])
    for value, wanted in zip(got, expected["values"], strict=True):
        kind = "bool" if isinstance(wanted, bool) else expected["type"]
        assert same_atom(value, wanted, kind), (got, expected["values"])


def check_matrix(got: Any, expected: dict[str, Any]) -> None:
    assert all(type(cell) is bool for row in got for cell in row)
    assert [[int(cell) for cell in row] for row in got] == expected["matrix"]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["kind"] == "value"], ids=lambda c: c["id"]
)
def test_value(case: dict[str, Any]) -> None:
    check_value(result_of(loads(case["program"]), case["output"]), case["expected"][0])


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["kind"] in ("sop", "selector")], ids=lambda c: c["id"]
)
def test_sop_or_selector(case: dict[str, Any]) -> None:
    output = result_of(loads(case["program"]), case["output"])
    assert isinstance(output, SOp if case["kind"] == "sop" else Selector)
    check = check_sequence if case["kind"] == "sop" else check_matrix
    for tokens, expected in zip(case["inputs"], case["expected"], strict=True):
        if "error" in expected:
            with pytest.raises(rasp.RaspRuntimeError) as raised:
                output(tokens)
            assert raised.value.labels
        else:
            check(output(tokens), expected)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["kind"] == "error"], ids=lambda c: c["id"]
)
def test_error(case: dict[str, Any]) -> None:
    kinds = ERRORS[case["expected"][0]["class"]]
    if not case["inputs"]:
        with pytest.raises(kinds) as raised:
            loads(case["program"])
        assert raised.value.labels
        return
    output = result_of(loads(case["program"]), case["output"])
    for tokens in case["inputs"]:
        with pytest.raises((rasp.RaspRuntimeError, *kinds)):
            output(tokens)
