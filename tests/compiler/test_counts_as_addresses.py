"""Counts that selectors compare, read from the table of positions: small, exact, proved."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.testing.limits import LIMITS, lowered
from rasp.verification import same_outcome
from tests.compiler.test_scaling import compiled, is_exact

SORT = "x = sort(tokens, tokens);"
INDUCTION = """
before = aggregate(select(indices, indices - 1, ==), tokens, "^");
n_times = selector_width(select(before, tokens, ==) and select(indices, indices, <=));
number = selector_width(select(before, before, ==) and select(indices, indices, <=));
x = aggregate(select(before, tokens, ==) and select(number, n_times, ==), tokens, "?");
"""
BY_COUNT = "so_far = selector_width(select(tokens, tokens, ==) and select(indices, indices, <=));\n"
KINDS = {
    "sorted": SORT,
    "of-keys": BY_COUNT + "x = selector_width(select(so_far, indices, ==));",
    "of-queries": BY_COUNT + "x = selector_width(select(indices, so_far, ==));",
    "of-both": BY_COUNT + "x = selector_width(select(so_far, so_far, ==));",
    "of-functions": BY_COUNT + "x = selector_width(select(so_far % 3, so_far / 2, ==));",
    "of-none": 'a = selector_width(select(tokens, "a", ==) and select(indices, indices, <=));\n'
    "x = selector_width(select(a, indices, ==)) + selector_width(select(a, 0, ==));",
    "of-sums": 'a = selector_width(select(tokens, "a", ==) and select(indices, indices, <=));\n'
    'b = selector_width(select(tokens, "b", ==) and select(indices, indices, <=));\n'
    "x = selector_width(select(a + b, indices, ==)) > 1;",
    "ordered": BY_COUNT + "x = selector_width(select(so_far, so_far, <));",
    "best": BY_COUNT + "x = aggregate(best(select(1, 1, ==), so_far), indices);",
}
ALL_OF_THEM = [limit for limit in LIMITS if limit.name in ("LONG_INPUTS", "MANY_SUMMED_ROWS")]


def at_short_lengths(text: str, *, causal: bool, optimize: str) -> CompiledModel:
    """What is done with long inputs, for inputs of up to five tokens."""
    with lowered(ALL_OF_THEM):
        return compiled(text, "abc", 5, causal=causal, optimize=optimize)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("kind", KINDS)
def test_exact_on_every_input(kind: str, optimize: str, causal: bool) -> None:
    model = at_short_lengths(KINDS[kind], causal=causal, optimize=optimize)
    inputs = [list(some) for n in range(1, 6) for some in product("abc", repeat=n)]
    sop = rasp.loads(KINDS[kind])["x"]
    assert isinstance(sop, SOp)
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    assert model.report.certificate.ok
    pairs = zip(expected, model.outcomes(inputs), strict=True)
    assert all(same_outcome(*pair) for pair in pairs)


@pytest.mark.parametrize(
    ("text", "causal", "optimize", "most"),
    [
        (SORT, False, "size", 12_600),
        (INDUCTION, True, "patterns", 5_500),
        (KINDS["of-keys"], False, "size", 7_200),
        (KINDS["of-queries"], True, "patterns", 1_800),
    ],
    ids=["sort", "induction", "keys", "queries"],
)
def test_small_certified_and_proved(text: str, causal: bool, optimize: str, most: int) -> None:
    model = compiled(text, "abcdefghij", 128, causal=causal, optimize=optimize)
    assert model.report.n_parameters <= most
    assert model.report.certificate.ok
    assert model.report.certificate.meaning.ok, model.report.certificate.meaning.reason
    assert is_exact(model, text, "abcdefghij", 128)


def test_another_number_at_a_position_is_no_address() -> None:
    """The proof of meaning looks at what is read for every count."""
    text = KINDS["of-queries"]
    with lowered(ALL_OF_THEM):
        model = compiled(text, "abc", 5)
    artifact = model.artifact
    assert model.report.sublayers == "aaa"
    tensors = dict(artifact.tensors)
    name = "blocks.1.attn.b_V"
    tensors[name] = tensors[name] + 1.0
    assert not replace(artifact, tensors=tensors).new_meaning().ok


def test_counts_of_thousands_are_told_apart() -> None:
    """What BOS leaves of a count of m keys is less than m by m * m of its weight."""
    text = KINDS["of-queries"]
    model = compiled(text, "ab", 2_100, causal=True)
    assert model.report.certificate.ok
    assert model.report.sublayers == "aaa"
    assert model.report.n_parameters <= 90_000
    assert is_exact(model, text, "ab", 100)
