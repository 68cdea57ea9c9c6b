"""Functions of several variables: how they are computed, and how large that is."""

from __future__ import annotations

import numpy as np
import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.compiler.readings import Readings
from rasp.compiler.synthesis import synthesise
from rasp.compiler.synthesis.table import Table, values_of
from rasp.compiler.variables import Length
from rasp.errors import CompileError
from rasp.sop import SOp
from tests.compiler.test_parts import variable

LETTERS = "abcdefghijklmnopqrstuvwxyz"
COUNTS = "def count_of(t) { return selector_width(select(tokens, t, ==)); }\n" + "".join(
    f'{letter} = count_of("{letter}");\n' for letter in "abc"
)
MEANS = """
whole = aggregate(select(1, 1, ==), tokens_int);
so_far = aggregate(select(indices, indices, <=), tokens_int);
"""


def compiled(text: str, vocab: str, max_len: int) -> CompiledModel:
    """The s-op `result` of a program, right on short inputs and on random ones."""
    sop = rasp.loads(text)["result"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=vocab, max_len=max_len)
    assert model.report.certificate.ok
    assert rasp.verify(model, exhaustive=True, max_length=2).ok
    assert rasp.verify(model, samples=200, seed=1).ok
    return model


@pytest.mark.parametrize(
    ("program", "vocab", "max_len", "most"),
    [
        (COUNTS + "result = a if indices % 2 == 0 else b;", "abcd", 30, 700),
        (
            COUNTS + "result = a if indices % 3 == 0 else (b if indices % 3 == 1 else c);",
            "abcd",
            30,
            1_000,
        ),
        (MEANS + "result = whole if tokens_int > 4 else 0;", "0123456789", 20, 400),
        (MEANS + "result = whole * tokens_int;", "0123456789", 10, 1_000),
        (MEANS + "result = so_far if indices % 2 == 0 else whole;", "01234", 20, 8_000),
        (MEANS + "result = so_far if so_far > whole else whole;", "01", 20, 8_000),
    ],
)
def test_numbers_chosen_by_what_is_known_take_a_neuron_or_two_each(
    program: str, vocab: str, max_len: int, most: int
) -> None:
    assert compiled(program, vocab, max_len).report.n_parameters <= most


@pytest.mark.parametrize(
    ("program", "vocab", "sublayers", "most"),
    [
        ("result = tokens + tokens[0] + tokens[1] + tokens[2];", LETTERS[:8], "a", 200_000),
        ("result = tokens + tokens[0];", LETTERS, "a", 60_000),
        ('result = tokens if tokens[0] == "a" else "-";', LETTERS, "a", 3_000),
        ("result = tokens[1] if indices % 2 == 0 else tokens;", LETTERS, "a", 12_000),
    ],
)
def test_strings_of_several_reads_need_no_neurons(
    program: str, vocab: str, sublayers: str, most: int
) -> None:
    report = compiled(program, vocab, 10).report
    assert report.sublayers == sublayers
    assert report.n_parameters <= most


@pytest.mark.parametrize(
    ("program", "vocab", "max_len", "most"),
    [
        (COUNTS + "result = a * b;", "abcd", 30, 2_500),
        (COUNTS + "result = a * b - c;", "abcd", 15, 2_500),
        ("result = indices * length;", "ab", 30, 4_000),
        ("result = indices * selector_width(select(tokens, tokens, ==));", "abcd", 30, 5_000),
        (MEANS + "result = round(whole * length) * indices;", "0123456789", 10, 1_500),
        ("result = tokens_int * tokens_int[0] - tokens_int[1];", "0123456789", 10, 1_500),
    ],
)
def test_products_are_not_listed(program: str, vocab: str, max_len: int, most: int) -> None:
    """A neuron for each sum and difference, or for each value of one factor."""
    report = compiled(program, vocab, max_len).report
    assert report.sublayers == "af"
    assert report.n_parameters <= most


def test_a_product_that_floats_round_is_read_out_in_parts() -> None:
    """An integer times a fraction: its last bits are those of two roundings, which the read-out
    does as the program does."""
    program = MEANS + "result = round(whole * length) * so_far if indices > 3 else 0;"
    model = compiled(program, "0123456789", 10)
    assert model.artifact.readout.kind == "parts"
    assert model.report.sublayers == "a"


def test_functions_of_a_sum_and_a_mean_that_no_single_layer_lists() -> None:
    program = (
        MEANS + "s = round(whole * length);\nc = round(so_far * (indices + 1));\n"
        "result = s - c if s - c > c else c;"
    )
    report = compiled(program, "0123456789", 10).report
    assert report.sublayers == "aff"
    assert report.n_parameters <= 80_000


def test_the_larger_of_values_computed_before_is_one_of_them_and_a_neuron() -> None:
    program = (
        "def smaller(x, y) { return x if x < y else y; }\n"
        + COUNTS
        + 'd = count_of("d");\nresult = smaller(smaller(a, b), smaller(c, d));'
    )
    report = compiled(program, "abcdefgh", 30).report
    assert report.sublayers == "aff"
    assert report.n_parameters <= 2_000


@pytest.mark.parametrize(
    ("max_len", "sublayers", "most"),
    [
        (8, "af", 20_000),
        (15, "aff", 17_000),  # 108,362 in one layer: 7,200 neurons, not 908
    ],
)
def test_a_product_of_three_counts_takes_one_layer_if_that_is_not_much_larger(
    max_len: int, sublayers: str, most: int
) -> None:
    report = compiled(COUNTS + "result = a * b * c;", "abcd", max_len).report
    assert report.sublayers == sublayers
    assert report.n_parameters <= most
    assert report.certificate.ok


def test_a_value_that_is_given_in_two_ways_has_two_logits() -> None:
    model = compiled('result = tokens if tokens[0] == "a" else tokens[0];', "abc", 6)
    assert model.report.sublayers == "a"
    assert model("acb") == ["a", "c", "b"]
    assert model("bca") == ["b", "b", "b"]


def test_a_string_that_cannot_be_computed_is_an_error_without_neurons_for_the_value() -> None:
    program = 'known = {"a": "1", "b": "2"};\nresult = known[tokens[0]] + tokens;'
    with pytest.raises(rasp.RaspError):
        compiled(program, "abc", 6)("cab")


def test_pieces_are_off_where_their_gates_are_closed() -> None:
    """Three linear functions of a number, chosen by a leaf, with values that act alike."""
    gate = variable(7)
    number = Length(node=gate.node, label="n", depth=1, possible=variable(40).domain)
    rows = np.array([[g, n] for g in range(7) for n in range(40)])
    slopes = np.array([1.0, -2.0, 0.0])[rows[:, 0] % 3]
    table = Table((gate, number), rows, (slopes * Readings().of(number)[rows[:, 1]] + 3.0)[:, None])
    solution = synthesise(table, [], exact=False)
    assert solution is not None
    assert solution.method == "pieces"
    assert len(solution.neurons) == 2
    given = values_of(solution.direct[0], table)
    for neuron, weight in zip(solution.neurons, solution.outputs[0], strict=True):
        given = given + weight * np.maximum(values_of(neuron, table), 0.0)
    assert np.abs(given - table.targets[:, 0]).max() < 1e-9


def test_values_of_too_many_contexts_are_refused_before_memory_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At 500 tokens these took 18 GB, and an error of NumPy's where there is less."""
    monkeypatch.setattr("rasp.compiler.lowering.computed.MAX_MASK", 4_000)
    sop = rasp.loads("x = length / (indices + 1);")["x"]
    message = r"x has \d+ possible values, in 400 contexts"
    with pytest.raises(CompileError, match=message) as refusal:
        rasp.compile(sop, vocab="ab", max_len=20)
    assert refusal.value.labels


def test_a_table_too_large_to_be_listed_is_refused_with_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A function of two words among a thousand took sixteen gigabytes before anybody said so."""
    monkeypatch.setattr("rasp.compiler.encoding.neurons.MOST_TARGETS", 20)
    text = (
        'b = aggregate(select(indices, indices - 1, ==), tokens, "");\n'
        'x = b + tokens == "ab" or b + tokens == "ca";'
    )
    with pytest.raises(CompileError, match="x needs too many neurons") as refusal:
        rasp.compile(rasp.loads(text)["x"], vocab="abcdef", max_len=4)
    assert refusal.value.span is not None
    assert refusal.value.span.line == 2


def test_what_may_fail_is_compared_with_what_else_there_is() -> None:
    """The values of both sides were put in one order, those that are no values, too."""
    text = (
        'p = aggregate(select(indices, indices - 1, ==), tokens, "-");\n'
        'x = {"b": 5}[tokens] if tokens == "b" else 0;\n'
        'y = x == {"a": 1, "b": 5, "c": 0, "-": 7}[p];'
    )
    model = rasp.compile(rasp.loads(text)["y"], vocab="abc", max_len=3)
    assert model.certificate.ok
    assert rasp.verify(model, exhaustive=True).ok
