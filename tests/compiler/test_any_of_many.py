"""Whether one of many selectors selects a key, asked of how many keys they select."""

from __future__ import annotations

import pytest

import rasp
from rasp.compiler.options import Optimize
from rasp.compiler.simplify import simplify

PAIRS = " or ".join(
    f"(select(tokens, s({k}), ==) and select(s({k + 1}), tokens, ==))" for k in range(1, 9)
)
TEXT = f"""
def s(k) {{ return aggregate(select(indices, indices - k, ==), tokens, "_"); }}
w = selector_width({PAIRS});
"""


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("asked", ["w > 0", "w == 0", "0 != w", "0.0 >= w"])
def test_a_number_that_is_only_compared_with_0_is_not_counted(
    asked: str, optimize: Optimize
) -> None:
    """Counting took what each two, three, ... pairs have in common: 260,089 parameters for six."""
    sop = rasp.loads(f"{TEXT}x = {asked};")["x"]
    model = rasp.compile(sop, vocab="ab", max_len=12, optimize=optimize, time_limit=60)
    assert model.report.n_parameters < 15_000
    assert model.certificate.rounding.ok
    assert model.certificate.meaning.ok
    assert rasp.verify(model, exhaustive=True, max_length=6).ok
    assert rasp.verify(model, samples=60).ok


def test_an_order_by_several_keys_is_still_counted() -> None:
    """Alternatives that have nothing in common, which few heads count."""
    order = "select(k, k, <) or (select(k, k, ==) and select(indices, indices, <))"
    text = f"k = selector_width(select(tokens, tokens, ==)); x = selector_width({order}) == 0;"
    sop = rasp.loads(text)["x"]
    assert simplify(sop.node, sop.origins) is sop.node


@pytest.mark.parametrize("asked", ["w > 0", "w >= 1", "not (w < 1)", "0 != w", "1 <= w"])
def test_an_order_that_is_only_compared_is_not_counted(asked: str) -> None:
    """Counting took a product for each rank, or digits of them: 89,800 parameters at 1,024."""
    before = "select(tokens, tokens, ==) and select(indices, indices, <)"
    sop = rasp.loads(f"w = selector_width({before}); x = {asked};")["x"]
    model = rasp.compile(sop, vocab="abcdef", max_len=130)
    assert model.report.n_parameters < 1_100
    assert model.certificate.ok
    assert rasp.verify(model, samples=20).ok


@pytest.mark.parametrize("asked", ["w >= 2", "w > 1", "w == 1", "w <= 1", "w >= True", "1 >= w"])
def test_how_many_keys_are_before_is_counted(asked: str) -> None:
    sop = rasp.loads(f"w = selector_width(select(indices, indices, <)); x = {asked};")["x"]
    assert rasp.verify(rasp.compile(sop, vocab="a", max_len=5), exhaustive=True).ok
