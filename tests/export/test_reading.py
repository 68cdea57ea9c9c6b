"""Numbers read by their description, as `rasp.readout` reads them, without this package."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rasp.errors import RaspError
from rasp.export import reading
from rasp.export.checking import inputs_of
from rasp.export.described import described, in_words
from rasp.graph.nodes import Atom, atom_key
from rasp.readout import FAILURE_THRESHOLD
from tests.export.made import PROGRAMS, model_of

N_INPUTS = 100


def read(rows: list[list[float]], readout: dict[str, Any]) -> list[Atom] | str:
    """The values, or what is wrong."""
    width = reading.width_of(readout)
    try:
        return [reading.value_of(row[:width], i, len(rows), readout) for i, row in enumerate(rows)]
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_are_those_of_the_model(name: str) -> None:
    """Numbers of the model, value and type, also where it has labels."""
    model = model_of(name)
    readout = json.loads(json.dumps(described(model.artifact.readout, model.max_len)))
    width = reading.width_of(readout)
    assert width == model.artifact.readout.n_values
    encoded = inputs_of(model)
    places = np.arange(min(N_INPUTS, len(encoded.lengths)))
    numbers = model.forward(encoded.batch(places), padded=True)[:, 1:]
    pairs = zip(numbers, encoded.lengths[places].tolist(), model.run(encoded), strict=False)
    for rows, length, expected in pairs:
        own = rows[:length].tolist()
        if any(flag > FAILURE_THRESHOLD for row in own for flag in row[width:]):
            assert isinstance(expected, RaspError)
            continue
        got = read(own, readout)
        if isinstance(expected, RaspError) and isinstance(got, str):
            assert got in expected.message
        elif isinstance(expected, RaspError):
            assert "different types" in expected.message  # strings beside others
        else:
            assert list(map(atom_key, got)) == list(map(atom_key, expected))


def test_it_needs_the_standard_library_only() -> None:
    tree = ast.parse(Path(reading.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert str(node.module).partition(".")[0] in sys.stdlib_module_names
        if isinstance(node, ast.Import):
            assert all(alias.name in sys.stdlib_module_names for alias in node.names)


@pytest.mark.parametrize("name", PROGRAMS)
def test_words(name: str) -> None:
    words = in_words(model_of(name).artifact.readout, "`here`")
    assert "`here`" in words
    assert "value_of" in words


def test_what_json_has_no_number_for() -> None:
    part = {"kind": "categorical", "values": [{"float": "inf"}, 2], "margin": 0.5}
    readout = {
        "kind": "parts",
        "parts": [part],
        "formula": [["part", 0], ["constant", {"int": hex(2**60)}], ["multiply", 2]],
    }
    assert reading.value_of([1.0, 0.0], 0, 1, readout) == float("inf")
    assert reading.value_of([0.0, 1.0], 0, 1, readout) == 2**61
    with pytest.raises(ValueError, match="all equal"):
        reading.value_of([0.5, 0.5], 0, 1, readout)
    with pytest.raises(ValueError, match="finite"):
        reading.value_of([float("nan"), 1.0], 0, 1, readout)


def test_an_operation_that_fails() -> None:
    whole: dict[str, Any] = {"kind": "grid", "scale": [1.0], "context": "", "max_len": 1}
    whole["whole_numbers_are_ints"] = True
    readout = {
        "kind": "parts",
        "parts": [whole],
        "formula": [["constant", 1], ["part", 0], ["divide", 2]],
    }
    assert reading.value_of([2.0], 0, 1, readout) == 0.5
    with pytest.raises(ValueError, match="division by zero"):
        reading.value_of([0.1], 0, 1, readout)


@pytest.mark.parametrize(
    ("operator", "numbers", "expected"),
    [
        ("modulo", [7.0, -2.0], -1),
        ("modulo", [1.0, 0.0], "modulo by zero"),
        ("power", [3.0, 2.0], 9),
        ("power", [2.0, -1.0], 0.5),
        ("power", [0.0, -1.0], "zero cannot be raised"),
        ("power", [-2.0, 0.5], "a negative number cannot be raised"),
        ("power", [2.0, 14_000.0], "more than 14000 bits"),
        ("power", [2.0, 1e9], "more than 14000 bits"),
        ("power", [1.5, 1e6], "too large for a float"),
    ],
)
def test_remainders_and_powers_of_parts(
    operator: str, numbers: list[float], expected: int | float | str
) -> None:
    half = {"kind": "grid", "scale": [2.0], "context": "", "max_len": 1}
    half["whole_numbers_are_ints"] = True
    readout: dict[str, Any] = {"kind": "parts", "parts": [half, half]}
    readout["formula"] = [["part", 0], ["part", 1], [operator, 2]]
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected):
            reading.value_of(numbers, 0, 1, readout)
    else:
        value = reading.value_of(numbers, 0, 1, readout)
        assert (type(value), value) == (type(expected), expected)
