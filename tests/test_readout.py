"""Decoding, on numbers made up for the purpose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasp.errors import RaspRuntimeError
from rasp.graph.nodes import Atom
from rasp.outputs import Context, Failure, Readout, Spread
from rasp.readout import Decoder


def decode(readout: Readout, outputs: list[list[list[float]]], max_len: int = 4) -> list[object]:
    """Ragged outputs [input][pos][column], padded with rubbish."""
    lengths = np.array([len(rows) for rows in outputs])
    padded = np.full((len(outputs), max(lengths), readout.n_columns), 99.0)
    for n, rows in enumerate(outputs):
        padded[n, : len(rows)] = rows
    decoded = Decoder(readout, max_len).decode(padded, lengths)
    return [item.message if isinstance(item, RaspRuntimeError) else item for item in decoded]


def typed(values: list[object]) -> list[tuple[type, object]]:
    return [(type(value), value) for value in values]


def test_categorical_takes_the_largest() -> None:
    readout = Readout("categorical", values=(1, 1.0, True))
    (result,) = decode(readout, [[[1, 0, 0], [0, 1, 0], [0, 0.1, 0.9]]])
    assert isinstance(result, list)
    assert typed(result) == [(int, 1), (float, 1.0), (bool, True)]


def test_small_margin_is_an_error_only_at_real_positions() -> None:
    readout = Readout("categorical", values=("a", "b"), margin=0.5)
    assert decode(readout, [[[1, 0], [0.7, 0.3]], [[0, 1]]]) == [
        "several selected values are neither numbers nor all equal",
        ["b"],
    ]


def test_one_value_needs_no_margin() -> None:
    assert decode(Readout("categorical", values=("a",)), [[[0.0], [0.1]]]) == [["a", "a"]]


def test_failure_columns() -> None:
    failures = (Failure("first", "p.rasp:1:2"), Failure("second", ""))
    readout = Readout("categorical", values=("a",), failures=failures)
    ok, late = [1.0, 0.0, 0.4], [1.0, 0.0, 1.0]
    both = [1.0, 1.0, 1.0]
    assert decode(readout, [[ok, ok], [ok, late], [late, both], [ok]]) == [
        ["a", "a"],
        "second",
        "second",
        ["a"],
    ]
    decoded = Decoder(readout, 4).decode(np.array([[ok, [1.0, 1.0, 0.0]]]), np.array([2]))
    assert isinstance(decoded[0], RaspRuntimeError)
    assert decoded[0].notes == ("at p.rasp:1:2", "position: 1")


def test_numeric_by_context() -> None:
    nan = np.nan
    readout = Readout(
        "numeric",
        values=(0, 0.5, 1, "x"),
        context="i",
        centres=np.array([[0, nan, nan], [0, 0.5, 1], [7, nan, nan]]),
        codes=np.array([[0, -1, -1], [0, 1, 2], [2, -1, -1]]),
    )
    rows = [[[5.0], [0.3], [0.0]], [[-3.0], [0.76]], [[0.2], [0.1]]]
    assert decode(readout, rows, max_len=3) == [[0, 0.5, 1], [0, 1], [0, 0]]


def test_numeric_by_index_and_length() -> None:
    # max_len 2: (n, i) = (1, 0), (1, 1) impossible, (2, 0), (2, 1)
    readout = Readout(
        "numeric",
        values=(10, 20, 30),
        context="in",
        centres=np.array([[0.0], [np.nan], [0.0], [0.0]]),
        codes=np.array([[0], [-1], [1], [2]]),
    )
    assert decode(readout, [[[0.1]], [[0.1], [0.1]]], max_len=2) == [[10], [20, 30]]


def test_context_without_a_value() -> None:
    readout = Readout("numeric", values=(1,), centres=np.array([[np.nan]]), codes=np.array([[-1]]))
    assert decode(readout, [[[0.0]]]) == ["the model gives a number where no value is possible"]


@given(
    centres=st.lists(st.integers(-1000, 1000), min_size=1, max_size=40, unique=True),
    numbers=st.lists(st.floats(-1100, 1100), min_size=1, max_size=8),
)
def test_numeric_takes_the_nearest(centres: list[int], numbers: list[float]) -> None:
    centres.sort()
    readout = Readout(
        "numeric",
        values=tuple(centres),
        centres=np.array([centres], dtype=float),
        codes=np.arange(len(centres))[None, :],
    )
    (result,) = decode(readout, [[[number] for number in numbers]], max_len=8)
    assert isinstance(result, list)
    for number, value in zip(numbers, result, strict=True):
        assert abs(number - value) == min(abs(number - centre) for centre in centres)


def test_grid() -> None:
    readout = Readout("grid", context="n", scale=np.array([1.0, 2.0, 3.0]), integer=True)
    (one, three) = decode(readout, [[[1.9]], [[0.34], [0.99], [-0.01]]])
    assert isinstance(one, list)
    assert isinstance(three, list)
    assert typed(one) == [(int, 2)]
    assert typed(three) == [(float, 1 / 3), (int, 1), (int, 0)]


def test_grid_of_floats() -> None:
    (result,) = decode(Readout("grid", scale=np.array([2.0])), [[[0.9], [0.6]]])
    assert isinstance(result, list)
    assert typed(result) == [(float, 1.0), (float, 0.5)]
    assert str(result) == "[1.0, 0.5]"


def fractions(*lines: list[int], integer: bool = True, context: Context = "") -> Readout:
    return Readout("fraction", fractions=np.array(lines), integer=integer, context=context)


def test_fractions() -> None:
    (result,) = decode(fractions([0, 1, 1, 1, 4]), [[[0.3333], [0.7501], [1.99], [-0.26]]])
    assert isinstance(result, list)
    assert typed(result) == [(float, 1 / 3), (float, 0.75), (int, 2), (float, -0.25)]


def test_fractions_of_a_grid() -> None:
    # -1/2, 2/5 apart, with denominators 1 and 2
    (result,) = decode(fractions([-5, 4, 10, 1, 2], integer=False), [[[-0.49], [-0.31], [0.31]]])
    assert result == [-0.5, -0.3, 0.3]


def test_fractions_with_one_denominator_are_multiples() -> None:
    readout = fractions([0, 1, 1, 1, 1], [0, 1, 1, 2, 2], [0, 1, 1, 3, 3], context="i")
    (result,) = decode(readout, [[[0.6], [0.6], [0.6]]])
    assert result == [1, 0.5, 2 / 3]
    assert readout.value_margin == pytest.approx(1 / 6, rel=0.01)
    assert fractions([0, 1, 1, 1, 3]).value_margin == pytest.approx(1 / 12, rel=0.01)


def test_a_fraction_is_rounded_once_and_never_a_negative_zero() -> None:
    (result,) = decode(fractions([-3, 1, 10, 1, 50]), [[[-3e-9], [0.1 + 2 / 430 + 1e-8], [-0.3]]])
    assert str(result) == f"[0, {(10 * 43 + 20) / 4300}, -0.3]"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (("a", 1), '"a" at position 0, 1 at position 1'),
        ((True, "a"), 'True at position 0, "a" at position 1'),
        ((True, 1), None),
        ((1, 0.5), None),
        ((True, 0.5), None),
    ],
)
def test_strings_stand_alone(values: tuple[str | int | float, ...], error: str | None) -> None:
    readout = Readout("categorical", values=values)
    mixed, pure = decode(readout, [[[1, 0], [0, 1]], [[0, 1], [0, 1]]])
    assert mixed == (
        f"the result has values of different types: {error}" if error else list(values)
    )
    assert pure == [values[1], values[1]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "readout",
    [
        Readout("categorical", values=("a",)),
        Readout("grid", scale=np.ones(1), integer=True),
        fractions([0, 1, 1, 1, 4]),
        fractions([0, 1, 1, 4, 4]),
    ],
    ids=lambda readout: readout.kind,
)
def test_numbers_that_are_none(bad: float, readout: Readout) -> None:
    assert decode(readout, [[[0.0], [bad]]]) == ["the model does not give a finite number"]


def test_a_number_that_is_none_is_an_error_of_its_input_alone() -> None:
    readout = Readout("categorical", values=("a", "b"))
    good, bad = [1.0, 0.0], [np.nan, 0.0]
    none = "the model does not give a finite number"
    assert decode(readout, [[good, good], [good, bad], [good]]) == [["a", "a"], none, ["a"]]
    padded = np.array([[good, good], [good, bad]])
    first, second = Decoder(readout, 4).decode(padded, np.array([2, 1]))  # bad is padding
    assert (first, second) == (["a", "a"], ["a"])


@pytest.mark.parametrize("value", [2**63 - 1, 2**63, -(2**63), 2**64 + 1, 10**30])
def test_integers_of_any_size_are_put_out_as_they_are(value: int) -> None:
    readout = Readout("categorical", values=(value, 1))
    (result,) = decode(readout, [[[1, 0], [0, 1]]])
    assert isinstance(result, list)
    assert typed(result) == [(int, value), (int, 1)]


def test_an_int_is_told_from_a_float_by_the_second_column() -> None:
    """The mean of 3 is 3 and its spread 0; that of 2 and 4 is 3.0 and its spread 1."""
    readout = Readout("grid", scale=np.array([2.0]), spread=Spread(middle=3.0, apart=1.0))
    (result,) = decode(readout, [[[3, 0.0], [3, 1.0], [3.5, 0.0], [5, 4.1]]])
    assert isinstance(result, list)
    assert typed(result) == [(int, 3), (float, 3.0), (float, 3.5), (int, 5)]
    listed = Readout(
        "numeric",
        values=(3.0, 5.0),
        centres=np.array([[3.0, 5.0]]),
        codes=np.array([[0, 1]]),
        spread=Spread(middle=3.0, apart=1.0),
    )
    (result,) = decode(listed, [[[3.1, 0.2], [4.9, 4.9], [3.0, 0.9]]])
    assert isinstance(result, list)
    assert typed(result) == [(int, 3), (float, 5.0), (float, 3.0)]
    (result,) = decode(listed, [[[3.0, 0.9], [3.0, 1.0]]])
    assert isinstance(result, list)
    assert typed(result) == [(float, 3.0)] * 2


@pytest.mark.parametrize("n_values", [2, 64, 65, 66, 200])
def test_however_many_centres_there_are_the_nearest_is_taken(n_values: int) -> None:
    centres = np.arange(n_values) * 2.0
    for rows in (1, 3):
        readout = Readout(
            "numeric",
            values=tuple(range(n_values)),
            context="" if rows == 1 else "i",
            centres=np.tile(centres, (rows, 1)),
            codes=np.tile(np.arange(n_values), (rows, 1)),
        )
        for off in (-0.9, 0.0, 0.9):
            numbers = [[[float(centre) + off]] * min(rows, 2) for centre in centres]
            assert decode(readout, numbers, 3) == [[n] * min(rows, 2) for n in range(n_values)]


def test_parts_are_put_together_by_the_operators_of_the_language() -> None:
    part = Readout("grid", scale=np.ones(1), integer=True)
    divide = (("part", 0), ("part", 1), ("divide", 2))
    readout = Readout("parts", parts=(part, part), formula=divide)
    assert decode(readout, [[[6, 4]], [[1, 0]], [[6, 3], [9, 3]]]) == [
        [1.5],
        "division by zero",
        [2.0, 3.0],
    ]
    choice = (("part", 0), ("constant", 2), ("greater", 2), ("constant", "x"), ("part", 1))
    readout = Readout("parts", parts=(part, part), formula=(*choice, ("where", 3)))
    mixed = 'the result has values of different types: "x" at position 0, 7 at position 1'
    assert decode(readout, [[[3, 7], [1, 7]], [[3, 7]], [[1, 8]]]) == [mixed, ["x"], [8]]


def _chosen(formula: tuple[tuple[str, Atom], ...], *parts: Readout) -> Readout:
    return Readout("parts", parts=parts, formula=formula)


IS_FIRST = Readout("categorical", values=(False, True))
FIRST, SECOND = [0.0, 1.0], [1.0, 0.0]


def test_parts_of_a_result_may_mix_what_the_result_does_not() -> None:
    mixed = Readout("categorical", values=("a", 1))
    formula = (("part", 0), ("part", 1), ("constant", "z"), ("where", 3))
    readout = _chosen(formula, IS_FIRST, mixed)
    rows = [[*FIRST, 1.0, 0.0], [*SECOND, 0.0, 1.0]]
    assert decode(readout, [rows]) == [["a", "z"]]


def test_results_of_parts_without_constants_are_not_mixed() -> None:
    words, numbers = (
        Readout("categorical", values=("a", "b")),
        Readout("categorical", values=(1, 2)),
    )
    formula = (("part", 0), ("part", 1), ("part", 2), ("where", 3))
    readout = _chosen(formula, IS_FIRST, words, numbers)
    first, second = ([*which, 1.0, 0.0, 1.0, 0.0] for which in (FIRST, SECOND))
    assert decode(readout, [[first, first], [second], [first, second]]) == [
        ["a", "a"],
        [1],
        'the result has values of different types: "a" at position 0, 1 at position 1',
    ]


def test_each_error_of_parts_is_its_own() -> None:
    whole = Readout("grid", scale=np.ones(1), integer=True)
    formula = (("constant", 6), ("part", 0), ("modulo", 2), ("part", 1), ("power", 2))
    readout = Readout("parts", parts=(whole, whole), formula=formula)
    value, *errors = decode(readout, [[[4, 3]], [[0, 1]], [[3, -1]], [[4, 20000]]])
    assert value == [8]
    assert errors == [
        "modulo by zero",
        "zero cannot be raised to a negative power",
        "the number has more than 14000 bits",
    ]
