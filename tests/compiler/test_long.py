"""Programs at long lengths: what they are made of, and that it is exact and certified."""

from __future__ import annotations

import random

import numpy as np
import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.compiler.facts.rows import distinct_lines
from rasp.interpreter import evaluate
from rasp.sop import SOp

LETTERS = "abcdefghijklmnopqrstuvwxyz"

UNTIL_SAME = """
ahead = select_next_identical(tokens);
position = aggregate(ahead, indices, -1);
x = position - indices if position >= 0 else 0;
"""
CLUSTERS = """
v = tokens in ["a", "e"];
begins = v and not shift(v, 1, False);
cluster = selector_width(select(begins, True, ==) and select(indices, indices, <=));
size = selector_width(select(cluster, cluster, ==) and select(v, True, ==));
x = size / max(count(begins, True), 1) if v else -1;
"""
RUNNING = "x = round((indices + 1) * aggregate(select(indices, indices, <=), tokens_int));"
COMMON_DIVISOR = """
a, b = count(tokens, "a"), count(tokens, "b");
for step in range(6) {
    r = a % (b if b > 0 else 1);
    a, b = b if b > 0 else a, r if b > 0 else 0;
}
x = a;
"""


def compiled(sop: object, vocab: str, max_len: int, optimize: str = "patterns") -> CompiledModel:
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab=vocab, max_len=max_len, optimize=optimize)  # type: ignore[arg-type]


def is_exact(model: CompiledModel, vocab: str, max_len: int) -> bool:
    """On texts of few and of many different tokens, the longest among them."""
    draw = random.Random(7)
    inputs = []
    for number in range(24):
        few = draw.sample(vocab, draw.randint(1, len(vocab)))
        length = max_len if number % 2 else draw.randint(1, max_len)
        inputs.append([draw.choice(few) for _ in range(length)])
    return model.batch(inputs) == evaluate(model.specification.node, inputs)


def neurons_of(model: CompiledModel, label: str) -> int:
    """How many neurons are there for the s-op of this name, in all blocks?"""
    groups = [group for block in model.artifact.labels.neurons for group in block]
    return sum(end - start for start, end, name in groups if name == label)


@pytest.mark.parametrize(
    ("text", "vocab", "max_len", "most"),
    [
        (UNTIL_SAME, "abc", 64, 60_000),  # 2,487,812 with a staircase for each position
        (RUNNING, "01234", 64, 40_000),  # 91,625 with two neurons for each sum
        (COMMON_DIVISOR, "ab", 40, 30_000),
        (CLUSTERS, "aebcd", 40, 240_000),
    ],
    ids=["until-same", "running-total", "common-divisor", "clusters"],
)
def test_lines_behind_gates(text: str, vocab: str, max_len: int, most: int) -> None:
    model = compiled(rasp.loads(text)["x"], vocab, max_len)
    assert model.report.n_parameters <= most
    assert model.report.certificate.ok
    assert is_exact(model, vocab, max_len)


@pytest.mark.parametrize("max_len", [100, pytest.param(256, marks=pytest.mark.slow)])
def test_sort_by_frequency_needs_no_extra_sublayer_however_long(max_len: int) -> None:
    """Which tokens are the first of their kind, and how often they are there, is one number."""
    sop = rasp.load("examples/sort_by_frequency.rasp")["by_frequency"]
    model = compiled(sop, LETTERS, max_len)
    assert model.report.sublayers == "afafa"
    assert neurons_of(model, "key") <= 2 * max_len
    assert model.report.certificate.ok
    assert is_exact(model, LETTERS, max_len)


@pytest.mark.slow
def test_sort_by_frequency_for_size_is_certified() -> None:
    sop = rasp.load("examples/sort_by_frequency.rasp")["by_frequency"]
    model = compiled(sop, LETTERS, 256, "size")
    assert model.report.n_parameters <= 300_000
    assert model.report.certificate.ok
    assert is_exact(model, LETTERS, 256)


def test_dyck_2_reads_one_value_however_long() -> None:
    """Brackets on one level are numbered differently: nothing has to notice that they differ."""
    model = compiled(rasp.load("examples/dyck2.rasp")["dyck2"], "(){}", 120)
    assert model.report.sublayers == "afafafa"
    assert neurons_of(model, "selected values of partner differ") == 0
    assert model.report.certificate.ok
    assert is_exact(model, "(){}", 120)


def test_what_is_not_certified_is_tried_with_errors_that_end_in_every_layer() -> None:
    model = compiled(rasp.load("examples/dyck3.rasp")["dyck3"], "(){}[]", 100)
    assert model.report.certificate.ok
    assert is_exact(model, "(){}[]", 100)


@pytest.mark.parametrize(
    "condition",
    ["n == 0", "n == length", 'not (n > 0 or tokens == "b")', 'n == 0 and tokens != "a"', "n < 1"],
)
def test_conditionals_are_exact(condition: str) -> None:
    text = (
        'n, m = count(tokens, "a"), selector_width(select(tokens, tokens, ==));\n'
        f"x = select(m if {condition} else 0, m, ==);\n"
        "y = selector_width(x) + (m if n == 0 else -7);"
    )
    model = compiled(rasp.loads(text)["y"], "abc", 7)
    assert rasp.verify(model, exhaustive=True).ok


@pytest.mark.parametrize("n_columns", [1, 7, 8, 9, 70])
def test_different_lines_are_those_of_numpy(n_columns: int) -> None:
    matrix = np.random.default_rng(n_columns).random((60, n_columns)) < 0.1
    lines, place = distinct_lines(matrix)
    expected, inverse = np.unique(matrix, axis=0, return_inverse=True)
    assert np.array_equal(lines, expected)
    assert np.array_equal(place, inverse.reshape(-1))
