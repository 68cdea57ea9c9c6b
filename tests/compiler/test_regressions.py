"""Programs that the compiler once got wrong: the smallest that random programs were shrunk to."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.errors import CompileError, RaspRuntimeError
from rasp.graph.nodes import Atom
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.testing import RandomProgram, check
from rasp.testing.limit import Limit
from rasp.testing.limits import lowered
from rasp.verification import same_outcome

DIGITS = ("3", "12", "7", "0")

PROGRAMS: dict[str, tuple[str, tuple[Atom, ...] | str, int]] = {
    "position-zero-of-a-choice": (
        "result = round(1 / aggregate(not first(select(indices, indices, !=)) "
        "or select(indices, 0, ==), indicator(indices == 0)));",
        "ab",
        4,
    ),
    "count-of-several-best-keys": (
        'n = selector_width(select(tokens, "False", !=));\n'
        'result = selector_width(best(select("True", tokens, ==), n));',
        (True, False),
        2,
    ),
    "infinity-times-a-count": (
        "result = selector_width(select(tokens, tokens, ==))"
        ' * (1e308 * 10 if tokens == "a" else 1);',
        "ab",
        4,
    ),
    "infinity-times-no-count": (
        's = select(tokens, "a", ==);\n'
        'result = selector_width(s) * aggregate(s, indicator(tokens == "b"), 1e308 * 10);',
        "ab",
        4,
    ),
    "one-value-is-saved": ("result = indices;", "ab", 1),
    "constant-compared-with-itself": (
        't1 = aggregate(select(tokens == "", True, ==), tokens, "0");\n'
        "result = selector_width(select(t1, t1, ==));",
        "01",
        4,
    ),
    "atom-outside-the-vocabulary": (
        't1 = aggregate(select(tokens == "a", True, ==), tokens, "0");\n'
        'result = has_focus(select(t1, "0", ==));',
        "01",
        4,
    ),
    "read-before-it-is-written": (
        "result = aggregate(select(indices, length - 1 - indices, ==)"
        " or select(tokens, tokens, ==), indices, 0.5);",
        DIGITS,
        4,
    ),
    "mean-of-thirds-over-a-fixed-prefix": (
        "result = aggregate(select(indices, indices, <=), indices / 3);",
        "ab",
        4,
    ),
    "mean-of-thirds-with-default": (
        "result = aggregate(select(indices, indices, <), indices / 3, 0.5);",
        "ab",
        4,
    ),
    "mean-of-thirds-in-a-conditional": (
        'result = round(indices / 2 if tokens == "a"'
        " else aggregate(select(indices, indices, <), indices / 3, 0.5)) / 2;",
        "ab",
        4,
    ),
    "mean-of-thirds-of-tokens": ("result = aggregate(full_s, tokens_int / 3);", "012", 6),
    "mean-of-tenths-of-tokens": (
        "result = aggregate(select(indices, indices, <=), tokens_int / 10);",
        "012",
        6,
    ),
    "leaf-that-is-simplified-away": (
        't1 = aggregate(select(indices, indices, ==), "a" if tokens == "a" else tokens, "a");\n'
        'result = t1 == t1 and indices < 0 if tokens == "a"'
        ' else has_focus(select(t1, t1, !=)) and tokens == "a";',
        "ab",
        4,
    ),
    "mean-that-is-simplified-away": (
        "n2 = aggregate(select(indices, indices, ==), selector_width(select(tokens, "
        '"3", <)) if 0 / length < 0.5 + indices else 0, 0);\n'
        'result = "3" * (aggregate(select(indices, indices, ==), n2, 0) % 4)'
        " if aggregate(select(tokens, tokens, ==), length)"
        " < aggregate(select_from_last(length, -2), n2) else tokens;",
        DIGITS,
        4,
    ),
    "key-of-a-width-against-a-width-or-a-token": (
        "result = aggregate(select(selector_width(select(indices, 1, ==)),"
        " selector_width(select(indices, 2, <))"
        ' if has_focus(select(tokens == "0", tokens == "2", ==)) else tokens_int, ==),'
        " indices, 0.5);",
        (0, 1, 2),
        4,
    ),
    "condition-that-is-never-true": (
        "t1 = aggregate(select(indices, indices, ==),"
        ' aggregate(select(indices, indices, ==), tokens, "a"), "a");\n'
        "n3 = indicator(length == length);\n"
        'result = "a" if tokens == "a" else (t1 if n3 < 0 else "a");',
        "ab",
        4,
    ),
    "order-of-reversed-strings": (
        "flipped = aggregate(select(indices, length - 1 - indices, ==), tokens);\n"
        "result = selector_width(select(flipped, flipped, <));",
        "ab",
        5,
    ),
    "failure-that-nobody-reads": (
        "q = aggregate(select(indices, indices - 1, ==), tokens) <= tokens;\n"
        'result = aggregate(select(tokens, "x", >), q);',
        "ab",
        4,
    ),
    "failure-that-nobody-reads-causal-sort": (
        'q1 = not (aggregate(select(tokens == "a", True, ==), tokens, "b")'
        " <= sort(tokens, tokens));\n"
        'result = aggregate(select(tokens, "x", >), indicator(q1), 0.5);',
        "ab",
        6,
    ),
    "mean-that-is-nearly-zero": (
        'result = aggregate(select(tokens == "a", tokens == "a", ==),'
        ' indices / 3 + {"a": -0.5, "b": 0.5}[tokens], 0.5);',
        "ab",
        4,
    ),
    "conditional-on-a-table-of-one-value": (
        "result = aggregate(select(indices, indices, ==), 0 + indicator("
        'tokens == "3"), 0) if {"0": 0, "12": 0, "3": 0, "7": 0}[tokens] < indices'
        ' else count(tokens == "3", True);',
        DIGITS,
        4,
    ),
    "width-that-is-a-constant": (
        "n1 = selector_width(select(indices, indices, ==) and select(indices, indices, ==));\n"
        'result = selector_width(select(n1, n1, ==) and select(tokens, "3", <));',
        DIGITS,
        4,
    ),
    "order-of-letters-and-numbers-sometimes": (
        'v = indices if tokens == "a" else tokens;\nresult = selector_width(select(v, v, <=));',
        "abc",
        5,
    ),
    "order-with-a-default": (
        "q = aggregate(select(indices, indices - 1, ==), tokens);\n"
        "result = aggregate(select(tokens, q, <), indices, -1);",
        "ab",
        5,
    ),
    "order-in-what-never-selects": (
        "q = aggregate(select(indices, indices + 1, ==), tokens, 0);\n"
        "result = selector_width(select(tokens, q, <) and select(indices, 100, ==));",
        "ab",
        4,
    ),
    "order-of-sorted-strings-causal": (
        "s = sort(tokens, tokens);\nresult = selector_width(select(s, s, >=));",
        "012",
        5,
    ),
    "mean-with-a-string-as-default": (
        'm = aggregate(select(tokens, "2", ==), indices, "none");\n'
        'result = "no" if m == "none" else ("early" if indices > 2 else "late");',
        "012",
        6,
    ),
    "mean-with-a-boolean-as-default": (
        "result = aggregate(select(indices, indices, <), tokens_int, True);",
        "012",
        5,
    ),
    "mean-of-means-with-a-string-as-default": (
        "m = aggregate(select(indices, indices, <=), tokens_int);\n"
        'result = aggregate(select(indices, indices, >), m, "end") == "end";',
        "012",
        5,
    ),
    "differences-that-rounding-makes-several": (
        "result = tokens_int - average(tokens_int);",
        "01234",
        8,
    ),
    "sum-of-squares-of-counts": (
        "result = 0;\nfor c in [0, 1, 2, 3, 4] {\n"
        "    result = result + count(tokens_int, c) * count(tokens_int, c);\n}",
        "01234",
        6,
    ),
    "sum-of-three-means": (
        'result = aggregate(select(tokens, "a", ==), indices)'
        ' + aggregate(select(tokens, "b", ==), indices)'
        ' - aggregate(select(tokens, "c", ==), indices);',
        "abc",
        6,
    ),
    "mean-of-distances-from-the-mean": (
        "d = tokens_int - average(tokens_int);\nresult = average(d if d >= 0 else -d);",
        "0123",
        5,
    ),
    "largest-by-ranks-with-ties": (
        "k = selector_width(select(tokens_int, tokens_int, >));\n"
        "result = tokens_int - aggregate(select(k, 0, ==), tokens_int);",
        "0123",
        6,
    ),
    "some-mark-compared-in-all-ways": (
        'm = aggregate(select(indices, indices, <), indicator(tokens == "a"));\n'
        "result = (1 if m > 0 else 0) + (4 if m == 0 else 0) + (16 if m <= 0 else 0)"
        " + (32 if m >= 0 else 0) + (64 if m < 0 else 0) + (128 if not (m == 0) else 0);",
        "ab",
        5,
    ),
    "multiples-of-a-sum-of-features": (
        "def f(u, v) {\n    return selector_width(select(indices, indices, >=))"
        " if has_focus(select(v, v, >)) else u % 2"
        ' if contains(tokens == "3", True) and has_focus(select(u, u, >))'
        " else aggregate(select(indices, indices, ==), u, 3);\n}\n"
        't = "axba"[indices % 4] if tokens == "3"'
        ' else {"0": "12", "12": "0", "3": "12", "7": "3"}[tokens];\n'
        'a = aggregate(select(indices, indices % 2 - 1, ==), t, "0");\n'
        "k = f(f(tokens_int, tokens), a);\n"
        's = {"0": "0", "12": "b", "3": "", "7": "x"}[tokens];\n'
        'q = count(aggregate(select(indices, indices, ==), s, "7"), "");\n'
        "result = aggregate(not select(k, q, >), 7, -0.5);",
        DIGITS,
        4,
    ),
    "feed-forward-where-attention-fell-away": (
        'n = (0 if tokens == "2" else {"-1": 0, "0.5": 0, "2": 1}[tokens])'
        " + aggregate(select(indices, indices - 1, ==),"
        " selector_width(select(indices, indices, ==)), 0);\n"
        "result = selector_width(select(n, indices, <=));",
        (0.5, 2, -1),
        4,
    ),
    "signs-of-two-differences": (
        "seen = select(indices, indices, <=);\n"
        "def level(o, c) {\n    return aggregate(seen, indicator(tokens == o))"
        " - aggregate(seen, indicator(tokens == c));\n}\n"
        'p, q = level("(", ")"), level("[", "]");\n'
        "bad = aggregate(seen, indicator(p < 0 or q < 0)) > 0;\n"
        'result = "F" if bad else ("T" if (p == 0) and (q == 0) else "P");',
        "()[]",
        5,
    ),
    "order-that-is-not-transitive": (
        "b = select((tokens_int + 1) % 3, tokens_int, ==)"
        " or (select(tokens, tokens, ==) and select(indices, indices, <));\n"
        "w = selector_width(b);\n"
        "result = aggregate(select(w, indices, ==), tokens_int, -1);",
        "012",
        5,
    ),
    "sign-of-a-difference-with-other-defaults": (
        'result = aggregate(select(tokens, "a", ==), indicator(tokens == "b"), 0)'
        ' - aggregate(select(tokens, "a", ==), indicator(indices == 1), 1) < 0;',
        "ab",
        4,
    ),
    "means-of-integers-that-rounding-makes-one": (
        "large = indices * 1000000 * 1000000 * 1000000;\n"
        "seen = select(indices, indices, <=);\n"
        "result = aggregate(seen, large) < aggregate(seen, large + 1);",
        "ab",
        4,
    ),
    "order-counted-from-the-end-of-the-longest-input": (
        "smaller = select(tokens, tokens, <)"
        " or (select(tokens, tokens, ==) and select(indices, indices, <));\n"
        'result = aggregate(select(3 - selector_width(smaller), indices, ==), tokens, "-");',
        "ab",
        4,
    ),
    "no-index-is-below-nan": (
        'place = count(tokens, "nan") - count(tokens, "1");\n'
        "result = aggregate(select(indices, place, ==)"
        ' and not select(indices, tokens_float, <), tokens, "-");',
        ("nan", "1", "0"),
        9,
    ),
    "two-means-both-of-which-may-be-ints": (
        'm = aggregate(select(indices, indices, <=), 3 if tokens == "a" else 0);\n'
        'n = average({"a": 0.5, "b": 1, "c": 1.5}[tokens]);\n'
        "result = (m + n) % 7;",
        "abc",
        2,
    ),
    "count-times-the-mean-of-another-selector": (
        'result = selector_width(select(tokens, "1", ==))'
        " * aggregate(select(indices, indices, <=), tokens_int);",
        "012",
        4,
    ),
    "function-that-always-fails-beside-a-count": (
        'result = (length - "a") + selector_width(select(tokens, tokens, ==));',
        "ab",
        4,
    ),
    "counts-of-keys-of-another-token": (
        "n = selector_width((select(tokens, tokens, ==) and select(indices, indices, <))"
        ' or (select(tokens, "b", ==) and select(indices, indices, >)));\n'
        'result = aggregate(select(tokens, "a", ==) and select(n, 1, ==), indices, 9);',
        "ab",
        3,
    ),
    "mean-of-all-that-a-causal-query-sees": (
        "s = select(indices, indices, <=) or select(tokens, tokens, ==);\n"
        "result = aggregate(s, indicator(indices == 0));",
        "ab",
        4,
    ),
    "larger-of-a-count-and-infinity": (
        'w = selector_width(select(tokens, "a", ==));\n'
        "b = aggregate(select(indices, indices, <), 1e308 * 10, 0.0);\n"
        "result = w * (w if w > b else b);",
        "ab",
        4,
    ),
}

FAILING = {
    "division": "n = indicator(indices in [5]);\nresult = indices / n;",
    "table": 'result = {"0": "0"}["" if indices == indices else "0"];',
    "key": "result = 0 in round(tokens_int / 4) - {1: 0, 2: 5, 3: 1}[indices % 4];",
    "joint": "result = indices / (tokens_int * 0 + indices * 0);",
    "read": 'v = {"0": "0"}["z" if indices == indices else "0"];\n'
    'result = aggregate(full_s, v) == "0";',
    "joint-read": "v = indices / ((tokens_int - tokens_int) * (indices + 1));\n"
    "result = aggregate(select(indices, indices, <=), v, 3);",
    "order": "result = selector_width(select(tokens, indices, <));",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_regression(name: str) -> None:
    text, vocabulary, max_len = PROGRAMS[name]
    result = check(RandomProgram(f"{text}\n", tuple(vocabulary), max_len))
    assert not result.refusals
    assert result.difference is None, f"{result.difference.kind}\n{result.difference.detail}"


@pytest.mark.parametrize("name", FAILING)
def test_failing_on_every_input(name: str) -> None:
    """The model fails on every input too, and knows where."""
    text = f"{FAILING[name]}\n"
    result = check(RandomProgram(text, ("0", "1"), 4))
    assert not result.refusals
    assert result.difference is None, f"{result.difference.kind}\n{result.difference.detail}"
    model = rasp.compile(rasp.loads(text)["result"], vocab="01", max_len=4)
    with pytest.raises(RaspRuntimeError) as failure:
        model("01")
    assert failure.value.span is not None


@pytest.mark.parametrize(
    "expression",
    [
        "1e308 * indices",
        "1e308 * 10 + indices",
        "aggregate(select(indices, indices - 1, ==), 1e308 * indices)",
        'aggregate(select(indices, indices - 1, ==), 1e308 if tokens == "a" else -1e308)',
    ],
)
def test_numbers_of_any_size_are_read_out(expression: str) -> None:
    result = check(RandomProgram(f"result = {expression};\n", ("a", "b"), 4))
    assert not result.refusals
    assert result.difference is None, result.difference


def test_neurons_of_numbers_that_overflow_are_refused() -> None:
    text = "n = (tokens_asis - tokens_asis[0]) % 7; x = n == indices % 3;"
    with pytest.raises(CompileError, match="of tokens is too large") as failure:
        rasp.compile(rasp.loads(text)["x"], vocab=[1e308, -1e308, 1.0], max_len=3)
    assert failure.value.span is not None


def test_sums_that_overflow_are_told_by_other_numbers() -> None:
    text = "n = tokens_asis[0]; n = (n + tokens_asis[1]) % 3; x = n if n > 0 else indices;"
    sop, vocabulary = rasp.loads(text)["x"], [1e308, -1e308, 1.0]
    model = rasp.compile(sop, vocab=vocabulary, max_len=2)
    assert model.certificate.meaning.ok
    for tokens in product(vocabulary, repeat=2):
        assert same_outcome(sop([*tokens]), model([*tokens]))


def test_means_of_numbers_that_overflow_are_refused() -> None:
    sop = rasp.loads("x = aggregate(full_s, 1e308 * indices) > 3;")["x"]
    with pytest.raises(CompileError, match="finite") as failure:
        rasp.compile(sop, vocab="ab", max_len=4)
    assert failure.value.span is not None


@pytest.mark.parametrize(
    "expression",
    [
        '1e37 if tokens == "a" else indices',
        '(1e37 if tokens == "a" else 0) + indices / 3',
        "1e20 if selector_width(select(tokens, tokens, ==)) > 1 else indices",
        "1e16 * indices + 1",
    ],
)
def test_results_that_no_number_holds_side_by_side_have_a_logit_each(expression: str) -> None:
    sop = rasp.loads(f"x = {expression};")["x"]
    model = rasp.compile(sop, vocab="ab", max_len=5)
    assert model.report.certificate.ok
    assert rasp.verify(model, exhaustive=True).ok


def test_means_of_numbers_that_no_float_holds_side_by_side_are_refused() -> None:
    text = 'x = aggregate(select(tokens, tokens, ==), 1e37 if tokens == "a" else indices);'
    with pytest.raises(CompileError, match="so different in size") as failure:
        rasp.compile(rasp.loads(text)["x"], vocab="ab", max_len=5)
    assert failure.value.span is not None
    nearly = "x = average(0.1 + 0.2 if indices == 1 else 0.3 * tokens_int);"
    assert rasp.compile(rasp.loads(nearly)["x"], vocab="01", max_len=4).report.certificate.ok


def test_a_default_that_is_no_number_beside_means_too_many_to_list_is_refused() -> None:
    text = 'x = aggregate(select(indices, indices - 1, <=), tokens_int * 7 ^ indices, "none");'
    with pytest.raises(CompileError, match="a default that is no finite number") as failure:
        rasp.compile(rasp.loads(text)["x"], vocab="0123456789", max_len=9)
    assert failure.value.span is not None


def test_infinity_is_compared_as_it_is() -> None:
    sop = rasp.loads("x = 1e308 * 10 > indices;")["x"]
    model = rasp.compile(sop, vocab="ab", max_len=4)
    assert rasp.verify(model, exhaustive=True).ok


def test_very_many_results_are_refused_at_once() -> None:
    text = (
        "p, q = tokens[0] + tokens[1], tokens[2] + tokens[3];\n"
        "x = tokens + p + q if indices > 1 else q + tokens + p;"
    )
    with pytest.raises(CompileError, match="59,049 possible values") as failure:
        rasp.compile(rasp.loads(text)["x"], vocab="abcdefghi", max_len=6)
    assert failure.value.span is not None
    assert "parts" in str(failure.value.hint)


def test_shuffle_dyck_needs_no_extra_sublayer() -> None:
    """Two differences are compared with 0: what combines the signs waits for the second depth."""
    text, vocabulary, max_len = PROGRAMS["signs-of-two-differences"]
    model = rasp.compile(rasp.loads(f"{text}\n")["result"], vocab=vocabulary, max_len=max_len)
    assert model.report.sublayers == "afa"


def test_a_refusal_of_what_is_written_nowhere_has_the_place_of_its_parts() -> None:
    text = "x = 0.5 in aggregate(select(tokens, tokens, <), indices / 3, 0.5);"
    with pytest.raises(CompileError, match="last bits of") as failure:
        rasp.compile(rasp.loads(text)["x"], vocab="abc", max_len=4)
    assert failure.value.span is not None
    assert failure.value.span.text.startswith("aggregate(select(tokens, tokens, <)")


def test_a_refusal_of_what_is_written_nowhere_has_the_place_of_the_program() -> None:
    """The length is what cannot be told apart, and `length` has no text in any file."""
    few = Limit("MANY_CONJUNCTIONS", ("synthesis.constructions",), 0, "conjunctions are not tried")
    sop = rasp.loads("x = length * length % 5;")["x"]
    with (
        lowered([few]),
        pytest.raises(CompileError, match="length has 6 possible values") as failure,
    ):
        rasp.compile(sop, vocab="ab", max_len=6)
    assert failure.value.span is not None


def test_what_is_left_out_of_a_feature_is_not_multiplied_unseen() -> None:
    """1 - 1e-13 is not 1: the tokens' feature was taken for constant, and a neuron is 1e13 times
    as large."""
    sop = rasp.loads("x = (2 ^ indices - tokens_asis) == 1;")["x"]
    assert isinstance(sop, SOp)
    vocab = [6.6e-34, 1e-13, 1e-300]
    model = rasp.compile(sop, vocab=vocab, max_len=3)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert _is_the_program(model, sop, vocab, 3, causal=False)


def test_a_number_of_several_leaves_is_not_the_place_of_one_among_others() -> None:
    """It was taken for that, with an error of Python's."""
    sop = rasp.loads(
        "x = average(tokens_asis) if indices == 0 else 3.6893488147419103e+19;"
        " result = x == tokens_asis % (-36893488147419103232);"
    )["result"]
    assert isinstance(sop, SOp)
    vocab = [-(10**16), -(10**4), 10**4]
    model = rasp.compile(sop, vocab=vocab, max_len=3, causal=True, optimize="size")
    assert _is_the_program(model, sop, vocab, 3, causal=True)


def test_a_function_of_too_much_is_refused_before_it_is_listed() -> None:
    """A sample of what can meet was drawn from a list of all of it: 500 million cells."""
    sop = rasp.loads(
        "x = aggregate(select(tokens_int, 1, >) and select(indices, indices, <), indices, 0)"
        ' == selector_width(select(tokens, "1", ==));'
    )["x"]
    assert isinstance(sop, SOp)
    with pytest.raises(CompileError, match="joint values"):
        rasp.compile(sop, vocab="0123", max_len=100, time_limit=30)


def _is_the_program(
    model: CompiledModel, sop: SOp, vocab: list[Atom], max_len: int, *, causal: bool
) -> bool:
    """Is it, on every input, in values and types?"""
    inputs = [list(word) for n in range(1, max_len + 1) for word in product(vocab, repeat=n)]
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    return all(map(same_outcome, expected, model.outcomes(inputs)))


def test_a_sample_of_what_can_meet_leaves_out_lengths_at_which_the_program_fails() -> None:
    """It drew from no values, with an error of Python's, where such sums had few joint values."""
    sop = rasp.loads(
        "value = round(1 / aggregate(full_s, indicator(indices != 0)));"
        'shifted = round(value + aggregate(full_s, indicator(tokens == "a")));'
        "large = 549755813889 * (shifted + 549755813889) - 549755813889 * shifted;"
        'x = (large + round(value * aggregate(full_s, indicator(tokens == "b"))) + indices) % 7;'
    )["x"]
    assert isinstance(sop, SOp)
    with lowered([Limit("MANY_SUMMED_ROWS", ("lowering.elementwise",), 0, "")]):
        model = rasp.compile(sop, vocab="ab", max_len=4)
    assert _is_the_program(model, sop, ["a", "b"], 4, causal=False)
