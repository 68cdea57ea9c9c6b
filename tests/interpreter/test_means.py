"""Means are the exact mean, rounded once, whatever mixture of numbers is selected."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasp.errors import RaspRuntimeError
from rasp.graph.construct import FULL, aggregate, select
from rasp.graph.nodes import INDICES, TOKENS, Atom, atom_key
from rasp.graph.operators import OperationError, mean
from rasp.interpreter import evaluate, outcomes

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**60), 2**60),
    st.integers(-3, 3).map(float),
    st.sampled_from([0.1, 0.2, 0.3, 1 / 3, 1e16, 1e-19, 6e-34, 2**53 + 1, -0.0, 5e-324]),
)


def exact(values: list[Atom]) -> Atom:
    if len(set(map(atom_key, values))) == 1:
        return values[0]
    total = sum(map(Fraction, values))  # type: ignore[arg-type]
    return float(total / len(values))


@given(st.lists(NUMBERS, min_size=1, max_size=12))
@settings(max_examples=500)
def test_any_mixture(values: list[Atom]) -> None:
    assert atom_key(mean(values)) == atom_key(exact(values))
    assert [atom_key(v) for v in evaluate(aggregate(FULL, TOKENS), [values])[0]] == [
        atom_key(exact(values))
    ] * len(values)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=60))
@settings(max_examples=300)
def test_prefixes(values: list[Atom]) -> None:
    so_far = aggregate(select(INDICES, INDICES, "<="), TOKENS)
    expected = [exact(values[: end + 1]) for end in range(len(values))]
    assert list(map(atom_key, evaluate(so_far, [values])[0])) == list(map(atom_key, expected))


@pytest.mark.parametrize(
    ("values", "result"),
    [
        ([9007199254740993, 1.0], 4503599627370497.0),
        ([0.1, 0.2, 0.3], 0.2),
        ([2, 2], 2),
        ([2, 2.0], 2.0),
        ([2.0, 2], 2.0),
        ([1, 3], 2.0),
        ([-0.0, -0.0], -0.0),
        ([-0.0, 0.0], 0.0),
        ([0, -0.0], 0.0),
        ([True, 0], 0.5),
        ([True, 1], 1.0),
        ([1e308, 1e308, 1.0], float(Fraction(1e308) * 2 / 3)),
        ([2**1024, 1.5], 2.0**1023),  # an int that is no float, and a mean that is
        ([10**400, -(10**400), 0.5, 1.5], 0.5),
        ([10**400, float("inf")], float("inf")),
    ],
)
def test_examples(values: list[Atom], result: Atom) -> None:
    assert atom_key(mean(values)) == atom_key(result)
    assert atom_key(evaluate(aggregate(FULL, TOKENS), [values])[0][0]) == atom_key(result)


ULP = 2.0**-52


@pytest.mark.parametrize("scale", [1.0, 2.0**300, 2.0**-300, -3.0])
@pytest.mark.parametrize(
    "steps",
    [
        [1, 2],  # halfway between two floats: the even one
        [2, 3],
        [1, 2, 2, 3],
        [0, 1],
        [3, 3, 4, 5, 5],
        [1, 1, 2],
        [0, 0, 1],
        [7, 8, 8, 8],
    ],
)
def test_means_between_two_floats(steps: list[int], scale: float) -> None:
    values: list[Atom] = [scale * (1 + step * ULP) for step in steps]
    for selected in (values, values[::-1], [*values, *values]):
        found = evaluate(aggregate(FULL, TOKENS), [selected])[0]
        assert list(map(atom_key, found)) == [atom_key(exact(selected))] * len(selected)


@pytest.mark.parametrize("values", [[True, False], [True, "1"], [False, True, True]])
def test_truth_values_that_differ_have_no_mean(values: list[Atom]) -> None:
    with pytest.raises(OperationError):
        mean(values)
    with pytest.raises(RaspRuntimeError):
        evaluate(aggregate(FULL, TOKENS), [values])
    inputs = [values, [True] * len(values)]
    assert isinstance(outcomes(aggregate(FULL, TOKENS), inputs)[0], RaspRuntimeError)
    assert outcomes(aggregate(FULL, TOKENS), inputs)[1] == inputs[1]
