"""Means of numbers such as 0.1, which are no fractions of few bits; and of large integers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rasp.graph.nodes import Atom
from tests.meaning.test_proof import is_proved, model_of

TENTHS = (0.1, 0.2, 0.3)
MEAN = "average(tokens_asis)"
SO_FAR = "aggregate(select(indices, indices, <=), tokens_asis)"
NEAR = "select(indices, indices - 2, >=) and select(indices, indices, <=)"
GRADES = 'average({"a": 4.0, "b": 3.7, "c": 3}[tokens])'


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    ("text", "tokens", "max_len"),
    [
        (MEAN, TENTHS, 40),
        (SO_FAR, (-0.1, 0.2, 0.0), 20),
        (f"aggregate({NEAR}, tokens_asis)", TENTHS, 20),  # multiples of 1 / 60
        ("aggregate(select(tokens_asis, 0.1, >), tokens_asis, 0.5)", TENTHS, 12),
        ("aggregate(select(indices, indices, <), tokens_asis, 0)", TENTHS, 12),  # the int 0
        (f"{MEAN} * 2 + 1", TENTHS, 10),
        (GRADES, "abc", 12),
        (MEAN, (1234567890, 9876543210, 5555555555), 8),
    ],
)
def test_means_are_proved(text: str, tokens: Sequence[Atom], max_len: int, causal: bool) -> None:
    assert is_proved(model_of(f"x = {text};", tokens, max_len, causal=causal))
