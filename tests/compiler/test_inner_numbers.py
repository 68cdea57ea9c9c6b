"""Functions that depend on several things through one number."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp.sop import SOp

READS = "a = tokens_int; b = shift(a, 1, 0); c = shift(a, 2, 0); d = shift(a, 3, 0);"


@pytest.mark.parametrize(
    ("expression", "most"),
    [
        ("abs(a - b) > abs(c - d)", 1_000),  # 21,208 of ten digits as one function of four
        ("max(a, b) == max(c, d)", 1_000),  # 116,455
        ("(max(a, b) + max(c, d)) % 3", 1_000),
        ('"up" if max(a, b) > c + d else ("even" if max(a, b) == c + d else "down")', 1_000),
    ],
)
def test_the_number_that_is_compared_is_computed_before(expression: str, most: int) -> None:
    sop = rasp.loads(f"{READS} x = {expression};")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="01234567", max_len=5)
    assert model.report.sublayers == "aff"
    assert model.report.n_parameters <= most
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    for tokens in [*map("".join, product("037", repeat=3)), "40321", "04142", "1", "43210"]:
        assert model(tokens) == sop(tokens)
