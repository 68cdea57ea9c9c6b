"""Functions of several numbers: of their sum where that is all that counts, in steps where not."""

from __future__ import annotations

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.errors import CompileError
from rasp.sop import SOp
from rasp.testing.limits import LIMITS, lowered

COUNTS = """
def n(c) { return selector_width(select(tokens, c, ==)); }
"""
VOCABULARY = "abcdefghijklmnopqrstuvwxyz"


def compiled(expression: str, max_len: int) -> CompiledModel:
    sop = rasp.loads(COUNTS + f"x = {expression};")["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab=VOCABULARY, max_len=max_len)


@pytest.mark.parametrize(
    ("expression", "sublayers", "at_most"),
    [
        ('n("a") + n("b") > n("c")', "af", 1_500),
        ('n("a") + n("b") - n("c")', "a", 1_500),
        ('(n("a") + 2 * n("b") + 3 * n("c")) % 5', "af", 20_000),
        ('n("a") > n("b") and n("b") > n("c")', "aff", 2_000),
        ('n("a") == n("b") and n("b") == n("c")', "aff", 2_000),
        ('n("a") > 3 and n("b") > 3 and n("c") > 3', "af", 2_000),
        ('max(n("a"), max(n("b"), n("c")))', "aff", 2_000),
        (
            '"a" if n("a") >= n("b") and n("a") >= n("c") else ("b" if n("b") >= n("c") else "c")',
            "aff",
            3_000,
        ),
    ],
)
def test_three_counts_are_never_a_table_of_three_counts(
    expression: str, sublayers: str, at_most: int
) -> None:
    model = compiled(expression, 100)
    assert model.report.sublayers == sublayers
    assert model.report.n_parameters <= at_most
    assert model.report.certificate.ok
    assert rasp.verify(model, samples=300, seed=1).ok
    few = ["abc" * 33, "a" * 50 + "b" * 49 + "c", "c" * 99 + "a", "aab", "z"]
    sop = model.specification.node
    assert rasp.interpreter.evaluate(sop, few) == [model(text) for text in few]


@pytest.mark.parametrize("max_len", [20, 30, 50])
def test_the_size_of_three_counts_grows_with_the_length(max_len: int) -> None:
    model = compiled('"a" if n("a") >= n("b") and n("a") >= n("c") else "z"', max_len)
    assert model.report.n_parameters <= 20_000
    assert rasp.verify(model, samples=300, seed=1).ok


def test_a_negative_of_a_sum_is_the_same_number() -> None:
    model = compiled('(n("a") + n("b") > n("c")) or (n("c") - n("b") > n("a") + 20)', 60)
    assert model.report.sublayers == "af"
    assert rasp.verify(model, samples=500, seed=2).ok


def test_means_over_the_same_keys_are_compared_as_one() -> None:
    program = rasp.load("examples/dyck1.rasp")
    sop = program["dyck1"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="()", max_len=150)
    assert model.report.heads_per_layer == (1, 1)
    assert model.report.certificate.ok
    assert rasp.verify(model, samples=500, seed=3).ok


@pytest.mark.parametrize("k", [2**27 + 1, 2**39 + 1])
@pytest.mark.parametrize("asked", ["y % 7", "y > k * k + 1"])
def test_large_parts_of_sums_cancel(k: int, asked: str) -> None:
    """They are no floats, and what is left of them is no sum of such."""
    text = f'a = n("a"); k = {k}; y = k * (a + k) - k * a + n("b") + indices; x = {asked};'
    sop = rasp.loads(COUNTS + text)["x"]
    with lowered([limit for limit in LIMITS if limit.name == "MANY_SUMMED_ROWS"]):
        model = rasp.compile(sop, vocab="ab", max_len=4)
    assert rasp.verify(model).ok


def test_a_sum_so_large_that_rounding_its_mean_loses_it_is_refused() -> None:
    """Of 3 * (s / 3) for s = 2^54 - 2, rounded, the program makes 2^54."""
    text = 'x = round(length * average(({large} if tokens == "a" else 0)));'
    sop = rasp.loads(text.format(large=2**53 - 1))["x"]
    assert isinstance(sop, SOp)
    assert sop("aab") == [2**54] * 3
    with pytest.raises(CompileError, match="depends on whether"):
        rasp.compile(sop, vocab="ab", max_len=3)
    exact = rasp.loads(text.format(large=2**47 - 1))["x"]
    assert isinstance(exact, SOp)
    assert rasp.compile(exact, vocab="ab", max_len=3)("aab") == exact("aab") == [2**48 - 2] * 3


def test_what_adds_nothing_is_not_selected_where_patterns_need_not_be_faithful() -> None:
    """A joint function of token and index takes no neurons before the attention that adds it up."""
    text = """
    n = tokens_int if indices % 2 == 1 else 0;
    x = round((indices + 1) * aggregate(select(indices, indices, <=), n));
    """
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="123", max_len=6, optimize="size")
    assert model.report.sublayers.startswith("a")
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    for tokens in ("1", "23", "312", "333333", "121321"):
        assert model(tokens) == sop(tokens)


def test_a_function_of_more_sums_than_neurons_tell_apart_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It said that no number tells 0 and 1 apart, and to round."""
    monkeypatch.setattr("rasp.compiler.synthesis.constructions.MANY_CONJUNCTIONS", 100)
    sop = rasp.loads("x = sum(selector_width(select(tokens, tokens, <))) % 2;")["x"]
    assert isinstance(sop, SOp)
    with pytest.raises(CompileError, match=r"has 2\d\d possible values, which are more") as found:
        rasp.compile(sop, vocab="abc", max_len=16)
    assert found.value.labels


PREFIX = "round((indices + 1) * aggregate(select(indices, indices, <=), tokens_int))"


@pytest.mark.parametrize(
    ("expression", "vocabulary", "max_len", "at_most"),
    [
        (f"{PREFIX} % 7", "0125", 20, 2_000),  # at the ends some sums do not occur
        (
            f"{PREFIX} % 35",
            ["5", "10", "25"],
            20,
            2_000,
        ),  # nor all that occur somewhere at one index
        ('["off", "on"][count(tokens, "1") % 2]', "01", 33, 500),
    ],
)
def test_steps_of_a_sum_are_those_of_a_product(
    expression: str, vocabulary: list[str], max_len: int, at_most: int
) -> None:
    sop = rasp.loads(f"x = {expression};")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=list(vocabulary), max_len=max_len, causal=True)
    assert model.report.n_parameters <= at_most
    assert model.certificate.ok
    assert rasp.verify(model, samples=60, seed=1).ok


def test_a_count_that_bends_often_is_read_as_a_number() -> None:
    sop = rasp.loads('x = count(tokens, "a") % 7;')["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=["a", "b"], max_len=251)
    assert model.report.n_parameters <= 1_500  # two neurons for each seventh count, not for each
    assert model.certificate.ok
    assert rasp.verify(model, max_length=5, seed=1).ok


@pytest.mark.parametrize("rest", ["q", 'tokens == "#" and q % 2 == 0'])
def test_a_short_prefix_counts_the_query_too(rest: str) -> None:
    before = 'selector_width(select(tokens, "k", ==) and select(indices, indices, <))'
    sop = rasp.loads(f"q = {before}; x = {rest};")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=["k", "#"], max_len=33, causal=True)
    assert model.report.n_parameters <= 1_000
    assert model.certificate.ok
    assert rasp.verify(model, samples=60, seed=1).ok


def test_how_far_a_count_is_from_an_index_is_computed_from_a_number() -> None:
    sop = rasp.loads('d = abs(indices - count(tokens, "a")); x = aggregate(best(full_s, d), d);')[
        "x"
    ]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=["a", "b"], max_len=16)
    assert model.report.n_parameters <= 1_000  # not two neurons for each count at each index
    assert model.certificate.ok
    assert rasp.verify(model, max_length=5, seed=1).ok


def test_a_mean_whose_values_are_not_quite_listed_is_a_sum_times_a_count() -> None:
    """Ten digits were refused at 385 to 420 tokens, and compiled below and beyond."""
    model = rasp.compile(rasp.loads("x = sum(tokens_int);")["x"], vocab="0123456789", max_len=400)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert model("9" * 400) == [3600] * 400
