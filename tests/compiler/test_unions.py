"""Selectors that no sum of scores expresses: as products of comparisons, or value by value."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rasp
import rasp.api
from rasp.compiled import CompiledModel
from rasp.compiler.selection.combinations import _cover
from rasp.compiler.synthesis.products import by_products
from rasp.compiler.synthesis.table import Table, values_of
from rasp.errors import RaspError
from rasp.interpreter import evaluate as interpret
from rasp.sop import SOp
from tests.compiler.test_parts import variable

COMPARISONS = [
    "select(tokens, tokens, ==)",
    "select(indices, indices, <)",
    "select(indices, indices - 1, ==)",
    'select(tokens, "b", ==)',
    "select(indices, 2, ==)",
    "select(True, indices > 1, ==)",
    "select(tokens, tokens, <)",
    "select(indices, tokens_int, ==)",
]


def loaded(expression: str) -> SOp:
    sop = rasp.loads(f"x = {expression};\n")["x"]
    assert isinstance(sop, SOp)
    return sop


def compiled(selector: str, value: str, vocab: str, max_len: int) -> CompiledModel:
    return rasp.compile(loaded(f"aggregate({selector}, {value})"), vocab=vocab, max_len=max_len)


def random_selector(draw: random.Random, n_comparisons: int) -> str:
    if n_comparisons == 1:
        text = draw.choice(COMPARISONS)
        return f"not {text}" if draw.random() < 0.2 else text
    left = draw.randint(1, n_comparisons - 1)
    sides = random_selector(draw, left), random_selector(draw, n_comparisons - left)
    text = f"({sides[0]} {draw.choice(['or', 'or', 'and'])} {sides[1]})"
    return f"not {text}" if draw.random() < 0.2 else text


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_random_selectors_are_exact_on_every_input(seed: int, causal: bool) -> None:
    draw = random.Random(seed)
    selector = random_selector(draw, draw.randint(2, 4))
    value = draw.choice(["indices", 'tokens == "1"', "tokens", "tokens_int"])
    sop = loaded(f"aggregate({selector}, {value})")
    try:
        model = rasp.compile(sop, vocab="012", max_len=4, causal=causal)
    except RaspError as error:
        pytest.fail(f"{selector}: {error}")
    assert model.report.certificate.ok
    assert model.report.sublayers.count("a") <= 1
    for length in range(1, 5):
        for tokens in itertools.product("012", repeat=length):
            try:
                (wanted,) = interpret(sop.node, [tokens], causal=causal)
            except RaspError:
                with pytest.raises(RaspError):
                    model(tokens)
                continue
            assert list(model(tokens)) == list(wanted), (selector, tokens)


# selector, value, and the most parameters and neurons that it may take with 26 letters, up to 40
LARGE = [
    (
        "select(tokens, tokens, ==) or select(indices, indices - 1, ==)",
        'indicator(tokens == "a")',
        12_000,
        52,
    ),
    # A third of the parameters are for a column that tells ints from floats.
    ('select(tokens, "a", ==) or select(indices, 0, ==)', "indices", 560, 3),
    (
        "select(tokens, tokens, ==) or select(indices, indices, <=)",
        'indicator(tokens == "a")',
        150_000,
        82,
    ),
    (
        "(select(tokens, tokens, ==) or select(indices, indices - 1, ==))"
        " and select(indices, indices, <)",
        "indices",
        40_000,
        52,
    ),
]


@pytest.mark.parametrize(("selector", "value", "most", "neurons"), LARGE)
def test_choices_do_not_take_a_neuron_for_each_combination(
    selector: str, value: str, most: int, neurons: int
) -> None:
    vocab = "abcdefghijklmnopqrstuvwxyz"
    model = compiled(selector, value, vocab, 40)
    assert model.report.certificate.ok
    assert model.report.sublayers == "fa"
    assert model.report.n_parameters <= most
    assert model.report.d_mlp <= neurons
    draw = random.Random(1)
    sop = loaded(f"aggregate({selector}, {value})")
    for length in (1, 2, 9, 10, 11, 31, 39, 40) * 3:
        tokens = draw.choices(vocab[: draw.choice([2, 26])], k=length)
        assert list(model(tokens)) == list(sop(tokens))


def test_the_report_says_what_products_save() -> None:
    sop = loaded(f"aggregate({LARGE[0][0]}, {LARGE[0][1]})")
    schedule = rasp.api.emit(sop, "schedule", vocab="abcdefghijklmnopqrstuvwxyz", max_len=40)
    assert "products of comparisons 18 (instead of 1,040 joint values, one by one: +" in schedule
    assert "extra feed-forward sublayer before all attention, for (tokens, indices)" in schedule


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_boxes_cover_the_cells_and_nothing_else(seed: int, shape: list[int]) -> None:
    cells = np.random.default_rng(seed).random(shape) < 0.6
    covered = np.zeros_like(cells)
    for box in _cover(cells):
        assert cells[np.ix_(*box)].all()
        covered[np.ix_(*box)] = True
    assert (covered == cells).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 4), st.integers(2, 4))
def test_products_are_what_the_table_says(seed: int, rows: int, columns: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    values = draw.integers(-2, 3, (rows, columns, n)).astype(np.float64)
    codes = np.array(list(itertools.product(range(rows), range(columns))))
    table = Table((variable(rows), variable(columns)), codes, values[codes[:, 0], codes[:, 1]])
    solution = by_products(table, np.inf)
    assert solution is not None
    hidden = [np.maximum(values_of(neuron, table), 0.0) for neuron in solution.neurons]
    for feature in range(n):
        given_by = values_of(solution.direct[feature], table)
        for number, activation in enumerate(hidden):
            given_by = given_by + solution.outputs[feature, number] * activation
        assert np.allclose(given_by, table.targets[:, feature])


def test_joint_values_are_too_many_whoever_asked_for_them_before() -> None:
    text = (
        "a = aggregate(select(tokens, tokens, ==) or select(indices, indices - 1, ==), indices);\n"
        "x = aggregate(select(tokens, tokens, <) or select(indices, indices, <), a);\n"
    )
    with pytest.raises(rasp.CompileError, match="joint values of ") as failure:
        rasp.compile(rasp.loads(text)["x"], vocab=[f"t{n:02}" for n in range(30)], max_len=110)
    assert "the selector of x needs 3300" in failure.value.message
    assert failure.value.span is not None


EQUAL_BEFORE = """
c = selector_width(select(tokens, tokens, ==) and select(indices, indices, <));
x = {};
"""


def offsets(text: str, n: int) -> str:
    return " or ".join(f"({text.format(number, 'abcdefghij'[number])})" for number in range(n))


@pytest.mark.parametrize(
    ("selector", "most"),
    [
        # functions of one count are compared as functions of one variable
        (offsets("select(c, c - {}, ==) and select(tokens, '{}', ==)", 8), 9_500),  # 4 million
        (offsets("select(indices, c - {}, ==)", 6), 14_000),  # 341,707
        (offsets("select(c, c - {}, ==)", 6), 9_000),  # 355,917
    ],
)
@pytest.mark.parametrize("form", ["selector_width({})", "aggregate({}, indices, -1)"])
def test_functions_of_one_number_are_one_variable(selector: str, most: int, form: str) -> None:
    text = EQUAL_BEFORE.format(form.format(selector.replace("'", '"')))
    sop = rasp.loads(text)["x"]
    model = rasp.compile(sop, vocab="abcdefghij", max_len=12)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert model.report.n_parameters <= most * (1 if "width" in form else 1.2)
    draw = random.Random(0)
    inputs = [
        [draw.choice("abcdefghij"[:few]) for _ in range(length)]
        for length in (1, 2, 5, 11, 12)
        for few in (1, 2, 10)
    ]
    assert model.batch(inputs) == interpret(sop.node, inputs)


def test_means_over_too_much_are_refused_at_once() -> None:
    text = """
    b = aggregate(select(indices, indices - 1, ==), tokens, "a");
    c = aggregate(select(indices, indices - 2, ==), tokens, "a");
    same = select(tokens, tokens, ==) or select(b, b, ==) or select(c, c, ==);
    x = aggregate(same, indices, 0);
    """
    sop = rasp.loads(text)["x"]
    letters = "abcdefghijklmnopqrstuvwxyz"
    with pytest.raises(RaspError, match="products, of features of 17,576 joint values") as caught:
        rasp.compile(sop, vocab=letters, max_len=20, time_limit=20)
    assert caught.value.labels
    counted = rasp.loads(text.replace("aggregate(same, indices, 0)", "selector_width(same)"))["x"]
    assert rasp.compile(counted, vocab=letters, max_len=20).report.n_parameters <= 80_000


def test_places_that_are_one_sum_but_for_a_shift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are functions of the sum that is known first, and of nothing else that is at hand."""
    monkeypatch.setattr("rasp.compiler.lowering.elementwise.MANY_SUMMED_ROWS", 20)
    program = """
    a, b = selector_width(select(tokens, "a", ==)), selector_width(select(tokens, "b", ==));
    places = select(indices, a + (b - 1), ==) or select(indices, a + (b - 2), ==);
    x = aggregate(places, indices, 7);
    """
    sop = rasp.loads(program)["x"]
    model = rasp.compile(sop, vocab="ab", max_len=5)
    inputs = ["".join(word) for n in range(1, 6) for word in itertools.product("ab", repeat=n)]
    assert model.batch(inputs) == [sop(word) for word in inputs]
    assert model.certificate.ok
