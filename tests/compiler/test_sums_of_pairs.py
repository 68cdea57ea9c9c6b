"""Functions of several things of which no more than two meet in one term."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

import rasp
from rasp.compiler.synthesis.sums_of_pairs import terms_of
from rasp.compiler.synthesis.table import Table
from rasp.sop import SOp
from tests.compiler.test_parts import realised, variable

READS = "a = tokens_int; b = shift(a, 1, 0); c = shift(a, 2, 0); d = shift(a, 3, 0);"


@pytest.mark.parametrize(
    ("expression", "most"),
    [
        ("abs(a - b) + abs(b - c)", 900),
        ("abs(a - b) + abs(b - c) + abs(c - d)", 1_300),  # 128,565 as one function of four
        ("max(a, b) - min(c, d)", 1_300),  # 17,613
        ("(a if a > b else b) + (c if c > d else d) - 2 * a", 1_300),
        ("abs(a - b) + (1 if c == d else 0)", 1_300),  # 5,882
        ("(1 if a > b else 0) + (1 if b > c else 0) + (1 if c > d else 0)", 1_300),  # 8,687
    ],
)
def test_sums_of_terms_of_two_take_neurons_for_each(expression: str, most: int) -> None:
    sop = rasp.loads(f"{READS} x = {expression};")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="0123456789", max_len=8)
    assert model.report.n_parameters <= most
    assert model.report.sublayers == "af"
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert rasp.verify(model, samples=200).ok
    assert rasp.verify(model, exhaustive=True, max_length=3).ok


@pytest.mark.parametrize("seed", range(12))
def test_random_sums_are_found_and_right_on_every_row(seed: int) -> None:
    """Also where some combinations do not occur, if what is needed for the terms does."""
    random = np.random.default_rng(seed)
    sizes = random.integers(2, 5, size=random.integers(3, 5)).tolist()
    rows = np.array(list(product(*map(range, sizes))))
    targets = random.integers(-3, 4, len(rows)).astype(float) if seed == 0 else np.zeros(len(rows))
    for one, other in combinations(range(len(sizes)), 2):
        term = random.integers(-3, 4, (sizes[one], sizes[other]))
        targets += term[rows[:, one], rows[:, other]]
    there = random.random(len(rows)) < (1.0 if seed < 6 else 0.97)
    leaves = tuple(map(variable, sizes))
    table = Table(leaves, rows[there], targets[there, None])
    assert (terms_of(table) is not None) == (seed != 0) or seed >= 6
    if terms_of(table) is not None:
        result, _ = realised(table, exact=True)
        assert np.allclose(result, table.targets)


def test_what_is_no_sum_of_terms_of_two_is_not_taken_for_one() -> None:
    rows = np.array(list(product(range(3), repeat=3)))
    targets = (rows[:, 0] * rows[:, 1] + rows.prod(axis=1) / 8)[:, None]
    assert terms_of(Table((variable(3), variable(3), variable(3)), rows, targets)) is None


def test_terms_that_cannot_be_told_are_none() -> None:
    """Nothing says what the first two give beside another value of the third."""
    rows = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 1], [1, 1, 1]])
    table = Table((variable(2), variable(2), variable(2)), rows, np.arange(4.0)[:, None])
    assert terms_of(table) is None
