"""Means of which only sides of constants are asked: the nearest of them, and what is compiled."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rasp
from rasp.compiler.facts.means import Grid, Quotients
from rasp.compiler.facts.sides import compared_below, neighbours
from rasp.compiler.options import Optimize
from rasp.compiler.pipeline import compile_stages
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.testing.limit import Limit
from rasp.testing.limits import lowered
from rasp.verification import same_outcome
from rasp.vocabulary import Vocabulary

NO_LISTS = Limit("FEW_MEANS", ("lowering.sides",), 0, "of means only sides are asked")
CONSTANTS = [0, 0.1, 0.25, 1 / 3, 0.5, -0.7, 1, 2.0, 100]
SO_FAR = "so_far = select(indices, indices, <=);\n"


def quotients(low: Fraction, step: Fraction, high: Fraction, most: int) -> Quotients:
    counts = np.array([[1, most]])
    return Quotients(low, step, max(abs(low), abs(high)), "", counts)


@given(
    st.integers(-3, 3),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 9),
    st.lists(st.sampled_from(CONSTANTS), min_size=1, max_size=3),
)
def test_neighbours_are_those_of_the_list(
    low: int, step: int, n_steps: int, most: int, constants: list[float]
) -> None:
    first, width = Fraction(low, 2), Fraction(step, 2)
    grid = Grid(first, width, first + n_steps * width)
    means = {
        first + width * Fraction(k, m) for m in range(1, most + 1) for k in range(m * n_steps + 1)
    }
    found = neighbours(quotients(first, width, grid.high, most), grid, constants)
    assert found is not None
    assert set(found) <= means
    floats = sorted(map(float, means))
    for constant in constants:
        below = [value for value in floats if value < constant][-1:]
        at = [value for value in floats if value == constant]
        above = [value for value in floats if value > constant][:1]
        assert set(map(float, found)) >= {*below, *at, *above}


def test_what_is_compared_and_read_by_nobody_else() -> None:
    program = rasp.loads(
        SO_FAR + "a = aggregate(so_far, tokens_int);\nb = aggregate(so_far, 2 * tokens_int);\n"
        "x = (a > 1 or 2 >= a) and b == 0;\ny = b + 1 if x else 0;"
    )
    a, b = (program[name] for name in "ab")
    assert isinstance(a, SOp)
    assert isinstance(b, SOp)
    y = program["y"]
    assert isinstance(y, SOp)
    found = compared_below(y.node)
    assert set(found[a.node].constants) == {1, 2}
    assert found[a.node].only
    assert not found[b.node].only


PROGRAMS = (
    ("x = aggregate(so_far, tokens_int) > 1;", "0123"),
    ("x = aggregate(so_far, tokens_int) == 0.1 or aggregate(so_far, tokens_int) > 0.7;", "01"),
    ("x = aggregate(so_far, tokens_int * 0.5) < 0.3333333333333333;", "012"),
    ('x = aggregate(select(tokens, "1", ==) and so_far, tokens_int + indices, -1) >= 2;', "12"),
    (
        "m = aggregate(so_far, tokens_int);\nx = 1 if m == 1 else (2 if m < 0.5 else 3);",
        "02",
    ),
    ("x = aggregate(so_far, indicator(tokens_int > indices)) > 0;", "039"),
    ("x = aggregate(so_far, 1000003 * tokens_int - 7) > 400000;", "012"),
)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize(("text", "vocab"), PROGRAMS)
def test_sides_decide_comparisons(text: str, vocab: str, optimize: Optimize, causal: bool) -> None:
    program = rasp.loads(SO_FAR + text)
    sop = program["x"]
    assert isinstance(sop, SOp)
    with lowered([NO_LISTS]):
        model = rasp.compile(sop, vocab=vocab, max_len=10, causal=causal, optimize=optimize)
    assert model.report.certificate.ok
    assert rasp.verify(model, samples=300, seed=3).ok
    assert rasp.verify(model, exhaustive=True, max_length=4).ok


@pytest.mark.parametrize("number", ["10 ^ 400", "-(10 ^ 400)", "(10 ^ 300 * 10 ^ 9)", "1e308 * 10"])
def test_constants_that_no_mean_can_be(number: str) -> None:
    sop = rasp.loads(f"x = tokens_int > {number} or average(tokens_int) == {number};")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="012", max_len=4)
    assert rasp.verify(model, exhaustive=True).ok


def test_for_size_long_inputs_may_do_without_digits() -> None:
    """An order of a few values is smaller in one piece, however long the inputs are."""
    sop = rasp.loads("x = selector_width(select(tokens, tokens, <));")["x"]
    assert isinstance(sop, SOp)
    tried = compile_stages(
        sop.node, vocabulary=Vocabulary(tuple("abcdef")), max_len=128, optimize="size"
    ).tried
    assert any("sums" in line and "digits" not in line for line in tried), tried


@pytest.mark.parametrize(("optimize", "most"), [("patterns", 17_000), ("size", 12_000)])
def test_parentheses_of_long_inputs(optimize: Optimize, most: int) -> None:
    max_len, causal = (4096, True) if optimize == "patterns" else (256, False)
    sop = rasp.loads(
        SO_FAR + 'height = aggregate(so_far, 1 if tokens == "<" else -1);\n'
        "low = aggregate(so_far, indicator(height < 0)) > 0;\n"
        'x = "no" if low else ("yes" if height == 0 else "open");'
    )["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="<>", max_len=max_len, causal=causal, optimize=optimize)
    assert model.report.certificate.ok
    assert model.report.n_parameters < most
    draw = random.Random(1)
    inputs = ["<" * n + ">" * n + draw.choice(["", "<", ">"]) for n in (1, 4, 16, max_len // 2 - 1)]
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    found = model.outcomes(inputs)
    assert all(same_outcome(a, b) for a, b in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "x = (a > 2) != (b > 0.5);",
        "x = (a > 2) == (tokens_int > indices);",
        "x = 3 * indicator(a > 1) + tokens_int * indicator(b < 1.5);",
        "x = 0.1 * average(tokens_int) if a > 2 else (indices + 1) * b;",
    ],
)
def test_sides_are_never_added_to_other_numbers(text: str) -> None:
    """Between two listed means there are others: a sum of two may be anything."""
    means = "a = aggregate(so_far, tokens_int * indices);\nb = aggregate(so_far, tokens_int);\n"
    sop = rasp.loads(SO_FAR + means + text)["x"]
    assert isinstance(sop, SOp)
    with lowered([NO_LISTS]):
        model = rasp.compile(sop, vocab="0129", max_len=9)
    assert rasp.verify(model, samples=400).ok
    assert rasp.verify(model, exhaustive=True, max_length=4).ok


@pytest.mark.parametrize("comparison", [">", ">="])
def test_a_side_of_one_mean_is_of_sums_of_many_keys(comparison: str) -> None:
    """Of two keys with 0 or 1 the mean is 0, 1/2 or 1.  Digit by digit their sum above 1/2 is
    added up, which is farther from 0 for two keys than for one."""
    sop = rasp.loads(
        "two = select(tokens, tokens, <=) and select(indices, indices - 1, >=)"
        " and select(indices, indices, <=);\n"
        'mean = aggregate(two, indicator(tokens in "bdfhjl"));\n'
        f"x = indicator(mean {comparison} 0.5) + indices;"
    )["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="abcdefghijkl", max_len=3, optimize="size")
    assert model.report.certificate.ok
    assert rasp.verify(model, exhaustive=True).ok
