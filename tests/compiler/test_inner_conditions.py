"""Functions that depend on several places through what comparisons of these say."""

from __future__ import annotations

import random
from itertools import product

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

PLACES = """
plus = aggregate(select_from_first(tokens, "+"), indices);
equals = aggregate(select_from_first(tokens, "="), indices);
"""
BETWEEN = PLACES + 'x = tokens if indices > plus and indices < equals else "_";'
OUTSIDE = PLACES + 'x = tokens if indices < plus or indices > equals else "_";'
COPIED = (
    PLACES
    + """
at = indices - equals + plus if indices > equals else indices;
x = aggregate(select(indices, at, ==), tokens, "?");
"""
)
COPIED_APART = (
    PLACES
    + """
read = aggregate(select(indices, indices - equals + plus, ==), tokens, "?");
x = read if indices > equals and indices < 2 * equals - plus else tokens;
"""
)
SWAPPED = (
    PLACES
    + """
other = plus + 1 if indices == equals + 1 else indices;
at = equals + 1 if indices == plus + 1 else other;
x = aggregate(select(indices, at, ==), tokens, "?");
"""
)
SEGMENTS = PLACES + "x = equals - plus - 1 == plus and length - equals - 1 == plus;"
NESTED = PLACES + 'x = tokens if indices <= plus else ("_" if indices < equals else "b");'


def compiled(program: str, vocab: str, max_len: int, *, causal: bool) -> tuple[SOp, CompiledModel]:
    sop = rasp.loads(program)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=vocab, max_len=max_len, causal=causal)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    return sop, model


@pytest.mark.parametrize(
    ("program", "max_len", "most"),
    [
        (BETWEEN, 10, 2_500),  # 49,920 at once
        (OUTSIDE, 20, 3_000),
        (BETWEEN, 20, 2_700),  # 445,986 at once
        (NESTED, 20, 2_700),
        (COPIED, 20, 5_500),  # without a proof
        (COPIED_APART, 20, 6_500),  # 37,637 at once
        (SWAPPED, 20, 6_000),  # 37,980 case by case
        (SEGMENTS, 20, 1_000),  # 10,042 at once
    ],
)
def test_comparisons_are_computed_before(program: str, max_len: int, most: int) -> None:
    sop, model = compiled(program, "+=abcdefghij", max_len, causal=False)
    assert model.report.n_parameters <= most
    draw = random.Random(max_len)
    inputs = [draw.choices("+=abj", k=n) for n in range(1, max_len + 1) for _ in range(8)]
    expected = outcomes(sop.node, inputs, origins=sop.origins)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "program", [BETWEEN, OUTSIDE, NESTED, COPIED, COPIED_APART, SWAPPED, SEGMENTS]
)
def test_they_say_the_same_on_every_input(program: str, causal: bool) -> None:
    sop, model = compiled(program, "+=ab", 5, causal=causal)
    inputs = [list(word) for n in range(1, 6) for word in product("+=ab", repeat=n)]
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))
