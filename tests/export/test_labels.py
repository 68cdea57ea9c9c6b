"""Logits that stand for values: the right one is far ahead of all others, or there are none."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasp.errors import RaspError
from rasp.export.labels import ERROR, SURE, read_labels, value_head
from rasp.graph.nodes import Atom, atom_key
from rasp.outputs import Failure, Readout, Spread


def numeric(centres: list[float], failures: tuple[Failure, ...] = ()) -> Readout:
    return Readout(
        "numeric",
        tuple(centres),
        centres=np.array([centres]),
        codes=np.arange(len(centres))[None, :],
        failures=failures,
    )


@given(
    st.lists(st.integers(-300, 300), min_size=1, max_size=40, unique=True),
    st.sampled_from(["float32", "float64"]),
)
def test_the_nearest_centre_has_the_largest_logit(numbers: list[int], dtype: str) -> None:
    centres = sorted(map(float, numbers))
    head = value_head(numeric(centres), dtype)
    if head is None:  # squares of more than this take float64
        assert dtype == "float32"
        assert centres[-1] - centres[0] > 300
        return
    for place, centre in enumerate(centres):
        weight, bias = head.weight.astype(dtype), head.bias.astype(dtype)
        logits = (np.array([centre], dtype) @ weight + bias).astype(np.float64)
        others = np.delete(logits, place)
        assert logits[place] - others.max(initial=-np.inf) > SURE / 2
        assert json.loads(head.labels[place]) == centre


def test_close_numbers_need_float64_or_stay_numbers() -> None:
    close = numeric([1000.0, 1000.25, 3000.0])
    assert value_head(close, "float32") is None
    assert value_head(close, "float64") is not None
    assert value_head(numeric([1e9, 1e9 + 1e-3, 2e9]), "float64") is None


@given(
    st.lists(st.integers(-40, 40), min_size=1, max_size=20, unique=True),
    st.integers(1, 4),
    st.floats(0.01, 20),
    st.integers(-10, 10),
    st.floats(0, 1e4),
)
def test_a_second_column_tells_ints_from_floats(
    numbers: list[int], below: int, apart: float, middle: int, more: float
) -> None:
    """Of a whole number c it is (c - middle)^2 where the value is an int, else larger by `apart`
    at least; of others it is anything from the square on."""
    centres = sorted(number / below for number in numbers)
    readout = replace(numeric(centres), spread=Spread(float(middle), apart))
    head = value_head(readout, "float64")
    assert head is not None
    cases: list[tuple[float, float, Atom]] = []
    for centre in centres:
        square = (centre - middle) ** 2
        cases += [(centre, square + apart, centre), (centre, square + apart + more, centre)]
        cases += [(centre, square, int(centre) if centre.is_integer() else centre)]
    for number, spread, value in cases:
        logits = np.array([number, spread]) @ head.weight + head.bias
        place = int(logits.argmax())
        assert logits[place] - np.delete(logits, place).max(initial=-np.inf) > SURE / 2
        assert atom_key(json.loads(head.labels[place])) == atom_key(value)


def test_failures_win() -> None:
    readout = numeric([-5.0, 0.0, 7.0], (Failure("division by zero", "x.rasp:1:2"),))
    head = value_head(readout, "float32")
    assert head is not None
    assert head.labels[-1] == "error: division by zero (x.rasp:1:2)"
    for number in (-20.0, 0.0, 20.0):
        logits = np.array([number, 1.0]) @ head.weight + head.bias
        assert logits.argmax() == 3
        assert (np.array([number, 0.0]) @ head.weight + head.bias).argmax() != 3


def test_ambiguous_selections_are_no_value() -> None:
    n = 10
    head = value_head(Readout("categorical", ("a", "b"), margin=1 - 1 / n), "float32")
    assert head is not None
    for share in (1 / n, 0.5, 1 - 1 / n):
        logits = np.array([share, 1 - share]) @ head.weight + head.bias
        assert head.labels[int(logits.argmax())].startswith(ERROR)
    assert (np.array([0.0, 1.0]) @ head.weight + head.bias).argmax() == 1


def test_lists_that_are_no_lists() -> None:
    assert value_head(Readout("grid", scale=np.array([1.0])), "float64") is None


def test_reading() -> None:
    assert read_labels(['"a"', '"1"']) == ["a", "1"]
    got = read_labels(["1", "1.0", "true"])
    assert [type(value) for value in got] == [int, float, bool]
    for labels in (['"a"', "error: division by zero"], ['"a"', "1"]):
        assert isinstance(read_labels(labels), RaspError)


@pytest.mark.parametrize("n_values", [5, 500])
def test_softmax_is_sure(n_values: int) -> None:
    head = value_head(numeric([float(n) for n in range(n_values)]), "float64")
    assert head is not None
    logits = np.array([3.0]) @ head.weight + head.bias
    scores = np.exp(logits - logits.max())
    assert scores[3] / scores.sum() > 1 - 1e-9
