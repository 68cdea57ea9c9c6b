"""Means that are read out as fractions: proved without listing them, and nothing else is proved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rasp.testing.wrong_fractions import fraction_of
from tests.meaning.test_proof import is_proved, model_of

OVER_EQUAL = "x = aggregate(select(tokens, tokens, ==), indices);"
OF_HALVES = "x = aggregate(select(tokens, tokens, !=), indices / 2, -1.5);"
SO_FAR = "x = aggregate(select(indices, indices, <=), tokens_int);"


@pytest.mark.parametrize(
    ("text", "max_len", "causal"),
    [
        (OVER_EQUAL, 60, False),
        (OVER_EQUAL, 110, True),  # too many means to list
        (OF_HALVES, 50, False),
        (SO_FAR, 70, True),
        ("x = -average(tokens_int);", 60, False),
    ],
)
def test_long_means_are_proved(text: str, max_len: int, causal: bool) -> None:
    artifact = model_of(text, "0125", max_len, causal=causal)
    assert "fraction" in {part.kind for part in (artifact.readout, *artifact.readout.parts)}
    assert is_proved(artifact)


@pytest.mark.parametrize(
    "row", [(0, 1, 1, 1, 4), (-3, 1, 1, 1, 4), (1, 1, 2, 1, 5), (0, 1, 3, 1, 4), (0, 1, 1, 12, 12)]
)
def test_finer_fractions_are_right_too(row: tuple[int, int, int, int, int]) -> None:
    """Where all numbers of keys divide what is said to be their number, say, or of odd halves."""
    text = SO_FAR if row != (1, 1, 2, 1, 5) else OVER_EQUAL
    found = fraction_of(text, "012", row)
    assert is_proved(found)


def test_rows_belong_to_positions() -> None:
    """i + 1 keys are selected at index i, and a row that says less is noticed wherever it is."""
    artifact = fraction_of(SO_FAR, "012")
    rows = np.array([[0, 1, 1, i + 1, i + 1] for i in range(4)])
    right = replace(artifact, readout=replace(artifact.readout, context="i", fractions=rows))
    assert is_proved(right)
    for i in range(1, 4):
        wrong = rows.copy()
        wrong[i, 3:] = i
        assert not is_proved(replace(right, readout=replace(right.readout, fractions=wrong)))
    twice = replace(right.readout, fractions=np.concatenate([rows, rows]))
    assert not is_proved(replace(right, readout=twice))


@pytest.mark.parametrize("rows", [[[0, 1, 1, 1]], [0, 1, 1, 1, 4], [[0, 0, 1, 1, 4]]])
def test_what_is_no_table_is_not_read_as_one(rows: list[list[int]] | list[int]) -> None:
    artifact = fraction_of(OVER_EQUAL)
    readout = replace(artifact.readout, fractions=np.array(rows, dtype=np.int64))
    assert not is_proved(replace(artifact, readout=readout))


@pytest.mark.parametrize(
    "text",
    [
        f"{SO_FAR.replace('tokens_int', 'indicator(tokens == 0)')} x = x - average(indices);",
        "x = 3 - aggregate(select(tokens, tokens, ==), indices);",
    ],
)
def test_what_is_put_together_from_long_means_is_proved(text: str) -> None:
    assert is_proved(model_of(text, "01", 110))


@pytest.mark.parametrize(
    "text", ["1 / (average(tokens_int) - 1)", "tokens_int / average(tokens_int)"]
)
def test_what_fails_where_it_is_put_together_is_proved(text: str) -> None:
    artifact = model_of(f"x = {text};", "012", 6)
    assert artifact.readout.kind == "parts"
    assert not artifact.readout.failures
    assert is_proved(artifact)
