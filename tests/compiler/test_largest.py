"""The largest and the smallest of several numbers: few neurons, exact."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from rasp.compiler.synthesis.levels import by_levels
from rasp.compiler.synthesis.quorums import by_quorums
from rasp.compiler.synthesis.table import Solution, Table, values_of
from tests.compiler.test_parts import variable
from tests.compiler.test_scaling import compiled, is_exact

DIGITS = "0123456789"


def chain(name: str, n_reads: int) -> str:
    lines = ["m = tokens_int;"]
    for k in range(1, n_reads + 1):
        read = f"aggregate(select(indices, indices - {k}, ==), tokens_int, 0)"
        lines.append(f"m = {name}(m, {read});")
    return "\n".join([*lines, "x = m;"])


def levels(
    values: np.ndarray, by: Callable[[Table, float], Solution | None] = by_levels
) -> tuple[int, np.ndarray] | None:
    """The number of neurons, and what they give on every combination of the leaves."""
    rows = np.array(list(itertools.product(*map(range, values.shape))))
    table = Table(tuple(map(variable, values.shape)), rows, values.reshape(-1, 1).astype(float))
    solution = by(table, np.inf)
    if solution is None:
        return None
    result = values_of(solution.direct[0], table)
    for neuron, out in zip(solution.neurons, solution.outputs[0], strict=True):
        result = result + out * np.maximum(values_of(neuron, table), 0.0)
    return len(solution.neurons), result.reshape(values.shape)


@pytest.mark.parametrize("of", [np.maximum, np.minimum])
def test_a_neuron_for_each_level(of: np.ufunc) -> None:
    a, b, c = np.ogrid[:6, :5, :6]
    values = of(of(a, b), c)
    found = levels(values)
    assert found is not None
    assert found[0] <= 5
    assert np.array_equal(found[1], values)


def test_what_is_in_no_boxes_has_no_levels() -> None:
    a, b = np.ogrid[:3, :3]
    assert levels((a + b) % 2) is None
    first = np.where(a == 0, 7, np.where(b == 1, 5, 6))
    found = levels(first)
    assert found is not None
    assert np.array_equal(found[1], first)


@pytest.mark.parametrize("place", range(4))
def test_two_neurons_for_each_level_of_any_place_in_order(place: int) -> None:
    digits = np.broadcast_arrays(*np.ogrid[:5, :4, :5, :3])
    values = np.sort(np.stack(digits), axis=0)[place]
    found = levels(values, by_quorums)
    assert found is not None
    assert found[0] <= 8
    assert np.array_equal(found[1], values)


def test_what_no_number_of_conditions_decides_has_no_quorums() -> None:
    a, b, c = np.ogrid[:3, :3, :3]
    assert levels((a + b + c) % 2, by_quorums) is None
    assert levels(np.maximum(np.minimum(a, b), c), by_quorums) is None
    few = np.where((a > 0) & (b > 0) | (a > 0) & (c == 1) | (b > 0) & (c == 1), -2, 7)
    found = levels(few, by_quorums)  # each leaf has conditions of its own
    assert found is not None
    assert np.array_equal(found[1], few)


def test_the_second_largest_takes_few_parameters() -> None:
    """146,357 as conjunctions, at 30 tokens."""
    text = (
        "a = tokens_int; b = shift(a, 1, 0); c = shift(a, 2, 0); d = shift(a, 3, 0);"
        "x = max(min(max(a, b), max(c, d)), max(min(a, b), min(c, d)));"
    )
    model = compiled(text, "01234567", 5)
    assert model.report.n_parameters < 5_000
    assert model.report.certificate.ok
    assert is_exact(model, text, "01234567", 5)


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize(("n_reads", "most"), [(3, 8_000), (4, 3_000), (9, 8_000)])
def test_many_digits_take_few_parameters(name: str, n_reads: int, most: int) -> None:
    text = chain(name, n_reads)
    model = compiled(text, DIGITS, 30)
    assert model.report.n_parameters < most
    assert model.report.certificate.ok
    assert is_exact(model, text, DIGITS, 30)


def test_ints_and_floats_keep_their_types() -> None:
    text = chain("max", 5).replace("tokens_int, 0)", "tokens_int, 0.0)")
    model = compiled(text, DIGITS, 12)
    assert model.report.certificate.ok
    assert is_exact(model, text, DIGITS, 12)


def test_rounds_take_no_dimensions_of_their_own() -> None:
    """After each round the value is one number again, and what it was made of is free."""
    step = "s = (s + aggregate(select(indices, indices - 1, ==), s)) % 5;"
    sizes = []
    for rounds in (18, 36):
        text = f"s = tokens_int;\nfor k in range({rounds}) {{ {step} }}\nx = s;"
        model = compiled(text, "01234", 20)
        assert model.report.certificate.ok
        assert model.report.certificate.meaning.ok
        assert is_exact(model, text, "01234", 20)
        sizes.append((model.report.d_model, model.report.n_parameters))
    (narrow, few), (same, twice) = sizes
    assert narrow == same <= 12
    assert twice < 2.1 * few < 10_000
