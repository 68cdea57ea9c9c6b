"""Functions of several numbers, put together of the parts that their text has."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rasp
from rasp.compiler.readings import FAITHFUL_READINGS
from rasp.compiler.synthesis import Solution, Table
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.added import added
from rasp.compiler.synthesis.again import Known
from rasp.compiler.synthesis.two_sums import by_two_sums
from rasp.compiler.variables import Linear
from tests.compiler.test_parts import variable
from tests.compiler.test_scaling import compiled, is_exact

READS = """
a = tokens_int; b = shift(a, 1, 0); c = shift(a, 2, 0); d = shift(a, 3, 0);
high = max(max(a, b), max(c, d)); low = min(min(a, b), min(c, d));
"""
FIRST = "0 if a >= b and a >= c and a >= d else (1 if b >= c and b >= d else (2 if c >= d else 3))"
A_B, B_C = "abs(a - b)", "abs(b - c)"
READ = "aggregate(select(indices, indices - 1, ==), high - low, 0)"


@pytest.mark.parametrize(
    ("x", "vocab", "sublayers", "most"),
    [
        ("high - low", "012345", "af", 2_700),  # of ten digits 6,887; 174,104 as one function
        ("high * low", "0123456", "afff", 1_100),  # in two steps 4,349; of ten digits 131,444
        (f"max(max({A_B}, {B_C}), abs(c - d))", "012345", "afff", 860),  # of ten digits 130,358
        (f"0 if max({A_B}, {B_C}) < abs(c - d) else a", "012345", "afff", 1_550),
        (FIRST, "01234567", "aff", 1_100),  # 951; 133,256
        ("(1000 * a + 100 * b + 10 * c + d) % 97", "01234567", "af", 900),  # of five 35,839
        (f'"a" if {READ} == 2 else "b"', "012345", "afa", 7_000),  # no number is asked of the sum
        ("high + low + (12 / b if b != 0 else 0)", "012345", "af", 3_500),  # which fails alone
    ],
)
def test_few_parameters(x: str, vocab: str, sublayers: str, most: int) -> None:
    text = f"{READS} x = {x};"
    model = compiled(text, vocab, 4)
    assert model.report.n_parameters <= most
    assert model.report.sublayers == sublayers
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert is_exact(model, text, vocab, 4)


def test_a_remainder_inside_a_remainder_is_a_sum_inside() -> None:
    """Of the digits of a number, one after the other; of six ten digits it took 80,310."""
    digits = [f"aggregate(select(indices, {place}, ==), tokens_int)" for place in range(4)]
    text = "x = 0;" + "".join(f"x = (x * 10 + {digit}) % 97;" for digit in digits)
    model = compiled(text, "0123", 4)
    assert model.report.sublayers == "af"
    assert model.report.n_parameters <= 560  # 2,215 one after the other
    assert model.certificate.meaning.ok
    assert is_exact(model, text, "0123", 4)


def test_the_larger_of_two_numbers_of_many_values_is_a_step() -> None:
    """Of nine numbers that are far apart in different ways, there are 37 differences."""
    vocab = ["-70", "-33", "0", "2", "5", "11", "41", "100", "250"]
    model = compiled(f"{READS} x = max(max({A_B}, {B_C}), abs(c - d));", vocab, 4)
    assert model.report.n_parameters <= 900  # of ten such numbers 185,144 at once
    assert model.certificate.meaning.ok
    assert rasp.verify(model, samples=30, seed=1).ok


def test_ints_and_floats_are_added_and_keep_their_types() -> None:
    """The largest is a float but for the default, and so is no part that is computed before."""
    text = READS.replace("tokens_int", "tokens_float") + "x = high + low;"
    model = compiled(text, ["0", "0.25", "0.5", "0.75", "1", "1.25"], 4)
    assert model.report.n_parameters <= 3_500
    assert model.certificate.meaning.ok
    assert is_exact(model, text, ["0", "0.25", "0.5", "0.75", "1", "1.25"], 4)


def test_last_bits_that_are_left_of_a_sum_are_nothing() -> None:
    """Of max(a, b) / 3 as a third of two halves a feature of 1e-17 was left of each digit, which no
    direction held: the model was not certified."""
    rows = np.array([(a, b) for a in range(10) for b in range(10)])
    table = Table((variable(10), variable(10)), rows, rows.max(axis=1)[:, None] / 3)
    found = by_two_sums(table, [], math.inf, Accuracy(1e-5, 1e-2, FAITHFUL_READINGS))
    assert found is not None
    assert all(np.ptp(values) > 0.1 for values in found.direct[0].features.values())
    leaf = variable(4)
    third = Linear.feature(leaf, np.arange(4) / 3)
    parts = [Solution((), np.zeros((1, 0)), (third.scaled(sign),), "") for sign in (1.0, -1.0)]
    tiny = Linear.feature(leaf, np.arange(4) * 2.0**-54)
    assert not added(parts, tiny, "").direct[0].features


def test_what_is_known_of_a_search_that_was_to_cost_less() -> None:
    solution = Solution((), np.zeros((1, 0)), (), "")
    solution.__dict__["cost"] = 7.0
    nothing, something = Known((), None, 5.0), Known((), solution, 9.0)
    assert nothing.says(5.0)
    assert not nothing.says(6.0)
    assert something.says(6.0)
    assert something.says(9.0)
    assert something.says(math.inf)
