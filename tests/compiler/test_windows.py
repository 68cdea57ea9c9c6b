"""Windows of keys whose values agree: three products, however long the inputs are."""

from __future__ import annotations

import random

import numpy as np
import pytest

import rasp
from rasp.compiler.selection.windows import window
from rasp.sop import SOp

SEEN = "has_focus(select(indices, indices - 3, >) and select(indices, indices{}, <=) and {})"
A = 'select(tokens, "a", ==)'


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_scores(size: int) -> None:
    draw = np.random.default_rng(size)
    key = np.arange(size)
    for _ in range(50):
        low, high = draw.integers(-2, size + 2, (2, 4, 1))
        matrix = (key >= low) & (key <= high)
        found = window(matrix)
        if not matrix.any():
            assert found is None
            continue
        assert found is not None
        factors, largest = found
        parts = [
            (1.0 if query is None else query[:, None]) * (1.0 if keys is None else keys)
            for query, keys in factors.pairs
        ]
        scores = np.zeros(matrix.shape) + sum(parts)
        assert (scores[matrix] >= 1).all()
        assert (scores[~matrix] <= -1).all()
        assert scores.max() <= factors.largest
        assert (sum(np.abs(part) for part in parts) + np.zeros(matrix.shape)).max() <= largest


def test_keys_that_do_not_follow_each_other() -> None:
    assert window(np.array([[True, False, True]])) is None


@pytest.mark.parametrize(
    "text",
    [
        f"x = {SEEN.format('', A)};",
        f"x = {SEEN.format(' + 4', 'select(tokens, tokens, ==)')};",
        f'x = {SEEN.format(" - 1", A)} or tokens == "b";',
        # What is read is the same at all keys that are selected.
        f'x = aggregate({SEEN.format("", A)[10:-1]}, tokens, "-");',
    ],
)
@pytest.mark.parametrize("causal", [False, True])
def test_windows(text: str, causal: bool) -> None:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="abc", max_len=200, causal=causal)
    assert model.certificate.ok
    meaning = model.artifact.report.meaning
    assert meaning is not None
    assert meaning.ok
    assert model.report.n_parameters < 3_000
    draw = random.Random(5)
    inputs = [draw.choices("abc", weights=[1, 4, 9], k=n) for n in [1, 2, 3, 9, 33, 199, 200] * 3]
    assert rasp.verify(model, samples=60, seed=1).ok
    if not causal:
        assert [model(tokens) for tokens in inputs] == [sop(tokens) for tokens in inputs]
