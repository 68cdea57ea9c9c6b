"""Comparisons of one thing with several others, in products that they share; and of reads alone."""

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
colon = aggregate(select_from_first(tokens, ":"), indices);
"""
BETWEEN = "select(indices, plus, >) and select(indices, equals, <)"
COUNT = PLACES + f"x = selector_width({BETWEEN});"
LETTERS = PLACES + f'x = selector_width({BETWEEN} and select(tokens, "a", ==));'
ANY = PLACES + f'x = has_focus({BETWEEN} and select(tokens, "a", ==));'
MEAN = PLACES + f"x = aggregate({BETWEEN}, indices);"
THREE = PLACES + f"x = has_focus({BETWEEN} and select(indices, colon, <=));"
AROUND = """
low = aggregate(select(indices, indices - 1, ==) and select(tokens, "a", ==), indices, 0);
high = indices + indicator(tokens == "b");
x = selector_width(select(low, indices, <) and select(high, indices, >=));
"""
AFTER = PLACES + 'x = has_focus(select(tokens, "a", ==) and select(indices, plus, >));'


def compiled(
    program: str, vocab: str, max_len: int, *, causal: bool = False, optimize: str = "patterns"
) -> tuple[SOp, CompiledModel]:
    sop = rasp.loads(program)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=vocab, max_len=max_len, causal=causal, optimize=optimize)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    return sop, model


def agrees(sop: SOp, model: CompiledModel, inputs: list[list[str]], *, causal: bool) -> bool:
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    return all(map(same_outcome, expected, model.outcomes(inputs)))


@pytest.mark.parametrize(
    ("program", "max_len", "most"),
    [
        (COUNT, 20, 18_000),  # 23,412 with products for each comparison
        (LETTERS, 20, 18_500),
        (ANY, 20, 18_500),
        (MEAN, 20, 18_500),
        (THREE, 20, 30_000),
    ],
)
def test_orders_of_one_index_have_their_products_in_common(
    program: str, max_len: int, most: int
) -> None:
    sop, model = compiled(program, "+=:abcdefghij", max_len)
    assert model.report.n_parameters <= most
    draw = random.Random(max_len)
    inputs = [draw.choices("+=:abj", k=n) for n in range(1, max_len + 1) for _ in range(4)]
    assert agrees(sop, model, inputs, causal=False)


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("program", [COUNT, LETTERS, MEAN, THREE, AROUND])
def test_they_select_the_same_on_every_input(program: str, causal: bool, optimize: str) -> None:
    sop, model = compiled(program, "+=:ab", 4, causal=causal, optimize=optimize)
    inputs = [list(word) for n in range(1, 5) for word in product("+=:ab", repeat=n)]
    assert agrees(sop, model, inputs, causal=causal)


@pytest.mark.parametrize("max_len", [33, 40])
def test_a_threshold_at_a_place_that_is_read(max_len: int) -> None:
    """It was refused: two products, one of them of keys alone, were taken for a nearest key."""
    sop, model = compiled(AFTER, "+=:ab", max_len)
    assert model.report.n_parameters <= 600
    draw = random.Random(max_len)
    inputs = [draw.choices("+=:abbb", k=n) for n in range(1, max_len + 1) for _ in range(4)]
    assert agrees(sop, model, inputs, causal=False)
