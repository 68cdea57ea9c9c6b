"""What depends on last bits that attention does not have is refused, however it is reached."""

from __future__ import annotations

import math
import re
from itertools import product

import pytest

import rasp
from rasp.errors import CompileError
from rasp.interpreter import outcomes
from rasp.testing.limits import OF_TYPES, lowered
from rasp.verification import same_outcome

# Two ways to one number: the mean of fractions, and the same mean from a count.  As floats they are
# equal or not by their last bits.
TWO_WAYS = """
seen = select(indices, indices, <=);
mean = aggregate(seen, {"a": 0.1, "b": 0.7}[tokens]);
n_b = selector_width(seen and select(tokens, "b", ==));
other = (0.1 * (indices + 1 - n_b) + 0.7 * n_b) / (indices + 1);
"""
FIRST = "first = aggregate(select(indices, 0, ==), x);"


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "rest",
    [
        # Close enough to pass for last bits, and told apart behind a read.
        f"x = 1.0 if mean == other else 1.0000000001; {FIRST} result = first == 1.0000000001;",
        f"x = 1e-13 if mean == other else 2e-13; {FIRST} result = 1 if first > 1.5e-13 else 0;",
        # Integers have no last bits.
        "x = (1000000000 if mean == other else 1000000001) + indices;"
        " result = aggregate(select(x, x, <), indices);",
        "x = 1000000000 if mean == other else 1000000001; result = x;",
        # Two doubts that would cancel, if both were looked at together.
        "third = 0.1 * (indices + 1 - n_b) / (indices + 1) + 0.7 * n_b / (indices + 1);"
        " result = (mean == other) == (mean == third);",
        # A remainder jumps where its argument hardly changes.
        "result = round(1e13 * ((mean - other) % 1e-13));",
        # What cancels is off by more than its own last bits.
        "x = 1e9 * (mean - other); result = x == 1e9 * (0.1 - 0.09999999999999999);",
    ],
)
def test_what_last_bits_decide_is_refused(rest: str, causal: bool) -> None:
    sop = rasp.loads(TWO_WAYS + rest)["result"]
    with pytest.raises(CompileError, match="last bits"):
        rasp.compile(sop, vocab="ab", max_len=4, causal=causal)


def test_whether_it_is_an_int_decides_no_number() -> None:
    """A product of ints is exact, and one of floats is not; the decoder knows which it is."""
    text = """
    mean = aggregate(select(tokens, tokens, ==), tokens_int * 1.0 if indices > 1 else tokens_int);
    result = round(mean) * 0 + mean * 9007199254740993 % 10;
    """
    sop = rasp.loads(text)["result"]
    model = rasp.compile(sop, vocab="123", max_len=3)
    assert model.certificate.ok
    assert rasp.verify(model, exhaustive=True).ok


@pytest.mark.parametrize(
    "rest",
    [
        "result = round(10 * mean + 0.2);",
        "result = mean > 0.65;",
        "result = mean + indices;",
        "x = mean if mean > 0.65 else 1 - mean; result = round(5 * x + 0.1);",
        "x = mean if mean > other else other; result = round(10 * x + 0.2);",
    ],
)
def test_what_they_do_not_decide_is_compiled(rest: str) -> None:
    sop = rasp.loads(TWO_WAYS + rest)["result"]
    model = rasp.compile(sop, vocab="ab", max_len=4)
    inputs = [tokens for n in range(1, 5) for tokens in product("ab", repeat=n)]
    expected = outcomes(sop.node, inputs, origins=sop.origins)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))


# Means of one fraction, and of the two floats next to it: no two are known to be equal.
ALIKE = """
v = 0.3 if tokens == "a" else 0.1 + 0.2;
a = aggregate(select(indices, indices, <=), v);
b = aggregate(select(indices, indices, >=), v);
c = average(v);
d = aggregate(select(indices, indices, !=), v, 0.3);
"""


@pytest.mark.parametrize(
    "result",
    [
        "a > b and d > c",
        "a > c and c > b",
        "a < c and b < c and d < c",
        "(a - b) * (c - d) > 0",
        "(a - b) * (c - d) != 0",
        "1 if (b - a) * (d - c) == 0 else 2",
        # The mean is above a number, and below the next, or neither.
        "a > 0.3 and a < 0.3000000000000001",
        "not (a <= 0.3 or a >= 0.3000000000000001)",
        "1e70 * (a - b) * (c - d) * (a - c) * (b - d) > 1",
    ],
)
def test_doubts_that_matter_together_only_are_refused(result: str) -> None:
    sop = rasp.loads(f"{ALIKE} result = {result};")["result"]
    with pytest.raises(CompileError, match="last bits"):
        rasp.compile(sop, vocab="ab", max_len=3)


@pytest.mark.parametrize(
    "result",
    [
        "mean and n > 0",
        "not (not mean or n > 1)",
        '"y" if mean and n > 0 else "z"',
        "n if mean else k",
        "n > 1 or not mean",
    ],
)
def test_whether_a_number_is_zero_is_a_question_of_last_bits(result: str) -> None:
    """0.1 + 0.2 - 0.3 is no 0, and a condition may be a number."""
    text = f"""
    mean = average({{"a": 0.1, "b": 0.2, "c": -0.3}}[tokens]);
    n = selector_width(select(tokens, "a", ==));
    k = selector_width(select(tokens, tokens, ==));
    result = {result};
    """
    with pytest.raises(CompileError, match="last bits"):
        rasp.compile(rasp.loads(text)["result"], vocab="abc", max_len=4)


@pytest.mark.parametrize("selector", ["select(1, 1, ==)", "select(indices, indices, <=)"])
def test_fetch_takes_no_numbers_for_equal_that_may_differ_in_last_bits(selector: str) -> None:
    """It fails where selected values are not equal."""
    sop = rasp.loads(f"{ALIKE} result = fetch({selector}, a, 0) > 0.1;")["result"]
    with pytest.raises(CompileError, match="last bits"):
        rasp.compile(sop, vocab="ab", max_len=3)


@pytest.mark.parametrize(
    "result", ["length * twice > length", "not (twice * length - length)", "twice > 1"]
)
def test_a_sum_of_numbers_has_no_more_bits_than_they(result: str) -> None:
    """1.0 and the next float are one fraction, and so are all of their means."""
    text = f"""
    mean = aggregate(select(indices, indices, <=), {{"a": 1.0, "b": 1 + 2 ^ -52}}[tokens]);
    twice = average(mean);
    result = {result};
    """
    with pytest.raises(CompileError, match="last bits"):
        rasp.compile(rasp.loads(text)["result"], vocab="ab", max_len=3)


HANDED_ON = "before = fetch(select(indices, indices - 1, ==), average(tokens_asis), True);"


@pytest.mark.parametrize(
    "result",
    [
        "before == 0.15",  # the constant is what it is
        '"p" if before < tokens_asis else "r"',
        "before",  # beside a truth value
        "True if tokens_asis == 0.1 else before",
        "aggregate(select(indices, indices - 1, ==), before, True)",
    ],
)
def test_they_are_not_known_of_what_is_handed_on(result: str) -> None:
    """The mean of 0.1 and 0.2 is 0.15000000000000002, which a number that a head has read may be
    or not; it is compared with a constant, and put out among values of other types."""
    sop = rasp.loads(f"{HANDED_ON} result = {result};")["result"]
    with pytest.raises(CompileError, match="last bits"):
        rasp.compile(sop, vocab=[0.1, 0.2, 0.15], max_len=3)


@pytest.mark.parametrize(
    "result", ["before", "before if tokens_asis == 1 else 0", "before if before == 1 else 5"]
)
def test_types_that_are_not_known_are_told_among_other_values(result: str) -> None:
    """The 1 that is handed on may be the mean of two of them, or of 0 and 2."""
    sop = rasp.loads(f"{HANDED_ON} result = {result};")["result"]
    model = rasp.compile(sop, vocab=[0, 1, 2], max_len=3)
    assert not model.artifact.readout.by_rule
    assert rasp.verify(model).ok


def test_a_string_takes_no_rule_for_numbers() -> None:
    sop = rasp.loads(f'{HANDED_ON} result = "p" if before == 1 else "q";')["result"]
    model = rasp.compile(sop, vocab=[0, 1, 2], max_len=3)
    assert not model.artifact.readout.by_rule
    assert rasp.verify(model).ok


def test_a_number_of_which_only_the_type_is_not_known_is_no_constant() -> None:
    """The mean of 1 is an int, that of 1.0 is not; here no mark says which beside a truth value."""
    text = """
    mean = aggregate(select(indices, indices, <=), tokens_asis);
    result = aggregate(select(indices, 1, ==), mean * 2, True);
    """
    sop = rasp.loads(text)["result"]
    with lowered(OF_TYPES):
        model = rasp.compile(sop, vocab=[1, 1.0], max_len=3)
    assert model.artifact.readout.by_rule
    assert rasp.verify(model).ok


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "condition", ["m > 0.1", "m == 0.1", "m >= 1.1", "m < 1.1 and m != 0.1", "2 * m > 0.2"]
)
def test_a_mean_is_the_smallest_number_only_if_nothing_else_is_averaged(
    condition: str, causal: bool
) -> None:
    """So the next mean, and not the last bits, decides how it compares with that."""
    text = f"m = aggregate(select(indices, indices, <=), tokens_asis); result = {condition};"
    sop = rasp.loads(text)["result"]
    model = rasp.compile(sop, vocab=[0.1, 0.3, 1.1], max_len=6, causal=causal)
    assert model.certificate.ok
    assert rasp.verify(model, exhaustive=True).ok


def test_where_last_bits_decide_it_is_refused() -> None:
    """0.2 is the mean of 0.1 and 0.3, but not exactly that of the floats."""
    sop = rasp.loads("result = average(tokens_asis) == 0.2;")["result"]
    with pytest.raises(CompileError, match="depends on the last bits") as refused:
        rasp.compile(sop, vocab=[0.1, 0.3], max_len=6)
    found = re.search(r"does not tell (\S+) from (\S+)$", refused.value.message)
    assert found is not None
    low, high = map(float, found.groups())
    assert low < high
    assert low == pytest.approx(0.2)
    assert high == math.nextafter(low, math.inf)  # and nothing that no mean is


@pytest.mark.parametrize(
    "result",
    [
        "selector_width(select(means, means, ==))",
        "aggregate(best(select(indices, indices, <=), means), tokens_int)",
        "1 if means - means[0] else 2",
    ],
)
def test_what_is_not_told_apart_is_in_the_message(result: str) -> None:
    means = "means = aggregate(so_far, aggregate(so_far, tokens_int) / 3);"
    text = f"so_far = select(indices, indices, <=); {means} result = {result};"
    with pytest.raises(CompileError, match="attention does not tell") as refused:
        rasp.compile(rasp.loads(text)["result"], vocab="012", max_len=4)
    low, high = map(float, refused.value.message.split(" tell ")[1].split(" from "))
    assert 0 < abs(high - low) < 1e-9
    assert max(abs(low), abs(high)) > 1e-300


def test_a_number_that_is_too_large_to_be_averaged_is_in_the_message() -> None:
    sop = rasp.loads('result = average(1e301 if tokens == "1" else 2);')["result"]
    with pytest.raises(CompileError, match="too large") as refused:
        rasp.compile(sop, vocab="12", max_len=2)
    assert refused.value.message.endswith("a floating-point number: 1e+301")
