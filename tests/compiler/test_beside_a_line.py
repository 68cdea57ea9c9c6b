"""Functions that are straight but for jumps: a line, and steps beside it."""

from __future__ import annotations

import numpy as np
import pytest

import rasp
from rasp.compiler.facts.contexts import Floats
from rasp.compiler.synthesis.lines import beside_lines

DIGITS = "0123456789"


def test_what_is_left_beside_lines() -> None:
    z: Floats = np.arange(6.0)
    targets = np.stack([z % 3, 5 - z], axis=1)  # [levels, features]
    left, rest = beside_lines(z, targets, np.array([1.0, -1.0]))
    assert left[:3].tolist() == [left[0]] * 3
    assert left[3:].tolist() == [left[3]] * 3
    assert (rest[left] == [[0, 5]] * 3 + [[-3, 5]] * 3).all()


@pytest.mark.parametrize(
    ("text", "max_len", "most"),
    [
        ("x = sum(tokens_int) % 50;", 9, 120),  # 1,226 before
        ("x = sum(tokens_int) % 7;", 9, 350),
        ("y = sum(tokens_int); x = y - 50 if y > 50 else y;", 9, 120),
        ('y = sum(tokens_int); x = y % 11 if tokens == "1" else y;', 7, 900),
        ("x = -sum(tokens_int) % 20;", 9, 160),
    ],
)
def test_steps_beside_a_line_take_few_neurons(text: str, max_len: int, most: int) -> None:
    model = rasp.compile(rasp.loads(text)["x"], vocab=DIGITS, max_len=max_len)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert rasp.verify(model, samples=30).ok
    assert model.report.n_parameters <= most


@pytest.mark.parametrize(
    "text", ["x = y % 97;", "x = abs(y - 97);", "x = y if y < 97 else y - 97;"]
)
def test_where_steps_take_very_many_more_a_line_is_worth_float64(text: str) -> None:
    """Sums of up to 2,592 by what is known of the summands: more than 80,000 parameters before."""
    text = f"y = sum(tokens_int * (1 + 5 * indices)); {text}"
    model = rasp.compile(rasp.loads(text)["x"], vocab=DIGITS, max_len=8)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert rasp.verify(model, samples=30).ok
    assert model.report.n_parameters < 2000


def test_errors_end_in_steps_where_they_may_not_go_on() -> None:
    """What is compared with a place is asked exactly."""
    text = "y = sum(tokens_int) % 7; x = aggregate(select(indices, y, ==), tokens_int, -1);"
    model = rasp.compile(rasp.loads(text)["x"], vocab=DIGITS, max_len=8)
    assert model.certificate.ok
    assert rasp.verify(model, samples=30).ok
