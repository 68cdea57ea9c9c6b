"""Comparisons that change where one number passes a curve of another: a few lines and a step."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest

import rasp
from rasp.compiler.encoding import by_curve
from rasp.compiler.encoding.by_curve import between
from rasp.compiler.facts.contexts import Floats
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

MEANS = """
all = select(1, 1, ==);
m = aggregate(all, tokens_int);
squares = aggregate(all, tokens_int * tokens_int);
"""
VARIANCE = MEANS + "x = squares - m * m > 4;"
ONE_AND_A_THIRD = MEANS + "x = 4 / 3 >= squares - m * m;"
DEVIATION = MEANS + "x = (tokens_int - m) * (tokens_int - m) > squares - m * m;"


@pytest.mark.parametrize(
    ("program", "vocab", "max_len", "most"),
    [
        (VARIANCE, "0123456789", 6, 2_600),
        (ONE_AND_A_THIRD, "012345", 6, 2_000),
        (DEVIATION, "01234", 6, 8_500),
    ],
)
def test_a_curve_and_a_step_are_few_neurons(
    program: str, vocab: str, max_len: int, most: int
) -> None:
    sop = rasp.loads(program)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=vocab, max_len=max_len)
    assert model.report.sublayers == "aff"
    assert model.report.n_parameters <= most
    assert model.certificate.ok
    assert model.certificate.meaning is not None
    assert model.certificate.meaning.ok
    rng = random.Random(0)
    inputs = [[*some] for length in (1, 2) for some in product(vocab, repeat=length)]
    inputs += [rng.choices(vocab, k=length) for length in (3, 4, 5, max_len) for _ in range(25)]
    right = outcomes(sop.node, inputs)
    for tokens, one, found in zip(inputs, right, model.outcomes(inputs), strict=True):
        assert same_outcome(one, found), tokens


def test_lines_stay_between_and_have_few_bends() -> None:
    along = np.linspace(0.0, 9.0, 400)
    found = between(along, along**2 - 0.05, along**2 + 0.05)
    assert (np.abs(found - along**2) <= 0.05 + 1e-9).all()
    slopes = np.diff(found) / np.diff(along)
    assert int((np.abs(np.diff(slopes)) > 1e-6).sum()) <= 30


def test_what_never_changes_bounds_no_line() -> None:
    along = np.arange(4.0)
    low = np.array([-np.inf, 1.0, -np.inf, -np.inf])
    high = np.array([np.inf, 3.0, np.inf, 2.0])
    found = between(along, low, high)
    assert np.isfinite(found).all()
    assert (found >= low).all()
    assert (found <= high).all()
    assert not between(along, np.full(4, -np.inf), np.full(4, np.inf)).any()


def test_a_curve_that_does_not_part_both_sides_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Below a line of zeros and above it the condition holds and does not."""
    asked: list[int] = []

    def nothing(along: Floats, low: Floats, high: Floats) -> Floats:
        asked.append(len(along))
        return np.zeros(len(along))

    monkeypatch.setattr(by_curve, "between", nothing)
    sop = rasp.loads(VARIANCE)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="01359", max_len=4)
    assert asked
    for tokens in ("0", "05", "059", "0135", "1133", "9935"):
        assert model(tokens) == sop(tokens)
