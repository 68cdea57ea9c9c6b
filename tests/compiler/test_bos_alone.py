"""As a query, the beginning-of-sequence position sees itself alone, however large biases are."""

from __future__ import annotations

import random

import numpy as np
import pytest

import rasp
from rasp.compiler.blocks import Head
from rasp.compiler.weights import toward_itself

SEEN_BEFORE = "x = has_focus(select(indices, indices, <) and select(tokens, tokens, ==));"


@pytest.mark.parametrize(("letters", "max_len"), [("abcdef", 200), ("abcd", 350)])
def test_tokens_seen_before_whose_bias_has_no_exact_inverse(letters: str, max_len: int) -> None:
    sop = rasp.loads(SEEN_BEFORE)["x"]
    assert isinstance(sop, rasp.SOp)
    model = rasp.compile(sop, vocab=letters, max_len=max_len, causal=True)
    assert model.certificate.ok
    draw = random.Random(max_len)
    for length in (1, 2, 9, max_len):
        tokens = draw.choices(letters, k=length)
        assert model(tokens) == sop(tokens)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_cannot_be_told_exactly_has_a_column_of_its_own(dtype: str) -> None:
    scale = 256.0
    kind = np.dtype(dtype).type
    n_columns = 0
    for bias in np.arange(-4096, 1, 1.5).tolist():
        head = Head(1, "", (), (), bias, None, single=False)
        toward = toward_itself(head, scale, dtype)
        n_columns += toward == 0.0
        if toward:
            held = (float(kind((toward - 1.0) * scale)) + scale) / scale
            assert abs(held * (head.bos_score - bias) - 1.0) <= 64 * np.finfo(kind).eps
    assert n_columns
    assert toward_itself(Head(1, "", (), (), -0.5, None, single=False), scale, dtype) == 0.0
    assert toward_itself(Head(1, "", (), (), 0.0, None, single=False), scale, dtype) == -2.0
