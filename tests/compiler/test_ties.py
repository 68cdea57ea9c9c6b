"""Functions of a sum and, where that leaves them open, of other numbers."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp.sop import SOp

WEIGHTED = """
def weight_of(c) { return aggregate(select(tokens, c, ==), indices + 1, 0) * count(tokens, c); }
w = weight_of("a");
"""
COUNTED = """
def n(c) { return selector_width(select(tokens, c, ==)); }
p, q, r, s = n("a"), n("b"), n("c"), n("d");
"""


def compiled(text: str, vocab: str, max_len: int) -> tuple[SOp, rasp.CompiledModel]:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=vocab, max_len=max_len)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    return sop, model


def test_a_product_of_mean_and_count_is_compared_in_one_layer() -> None:
    """Of seven keys with the sum 29 the product is larger than 29, as 29 / 7 * 7 is."""
    sop, model = compiled(f'{WEIGHTED} x = w > (29 if tokens == "b" else 5);', "ab", 8)
    assert model.report.sublayers == "af"
    assert model.report.n_parameters <= 400
    at_29 = [
        tokens
        for tokens in map("".join, product("ab", repeat=8))
        if sum(place for place, token in enumerate(tokens, 1) if token == "a") == 29
    ]
    found = {(tokens.count("a"), sop(tokens)[tokens.index("b")]) for tokens in at_29}
    assert found == {(7, True), (6, False), (5, False)}
    for tokens in [*at_29, "a", "b", "ab", "aaaaaaaa", "bbbbbbba", "bbbba"]:
        assert model(tokens) == sop(tokens)


@pytest.mark.parametrize(
    ("expression", "most"),
    [
        ("p > q or (p == q and r > s)", 900),
        ("p > q if p != q else r < s", 900),
    ],
)
def test_ties_of_one_comparison_are_decided_by_another(expression: str, most: int) -> None:
    sop, model = compiled(f"{COUNTED} x = {expression};", "abcd", 3)
    assert model.report.sublayers == "af"
    assert model.report.n_parameters <= most
    for length in (1, 3):
        for tokens in map("".join, product("abcd", repeat=length)):
            assert model(tokens) == sop(tokens)
