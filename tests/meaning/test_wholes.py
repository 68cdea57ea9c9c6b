"""Integers that are too many to list: they are proved as sums, and as large as they are."""

from __future__ import annotations

import pytest

from rasp.graph.nodes import Atom
from rasp.meaning.attended import Attended
from rasp.meaning.rewrites import normal
from rasp.meaning.states import UnprovedError
from rasp.meaning.wholes import ends
from rasp.testing.wrong_models import model_of, node_of

READS = "v = 0; for k in range({}) {{ v = {}; }} x = v;"
DIGIT = "aggregate(select(indices, k, ==), tokens_int, 0)"
VALUES = {
    "means": "x = round(length * average(tokens_int * {} ^ indices));",
    "means from the other end": (
        "x = round(length * average(tokens_int * {} ^ (length - 1 - indices)));"
    ),
    "reads": READS.replace("{}; }}", f"v + {{}} ^ k * {DIGIT}; }}}}"),
    "multiples": READS.replace("{}; }}", f"{{}} * v + {DIGIT}; }}}}"),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(("base", "size"), [(2, 20), (10, 8)])
def test_values_of_many_digits_are_proved(name: str, base: int, size: int) -> None:
    text = VALUES[name]
    text = text.format(base) if "length" in text else text.format(size, base)
    report = model_of(text, "0123456789"[:base], size).report
    assert str(report.meaning) == "proved"


def test_a_number_beside_is_not_the_sum() -> None:
    """What is put out is one more in a position that has it."""
    text = f'x = {VALUES["means"].format(2)[4:-1]} + (1 if tokens == "1" else 0);'
    assert str(model_of(text, "01", 16).report.meaning) == "proved"


def space_of(*tokens: Atom, max_len: int = 5) -> Attended:
    return Attended(tokens, max_len, causal=False)


def test_ends_of_what_depends_on_the_same() -> None:
    space = space_of("0", "7")
    text = "x = 3 * (indices - 2 * tokens_int) - indices + 1 + (tokens_int if indices == 0 else 0);"
    assert ends(normal(node_of(text), space), space) == (-39, 9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = round(length * average(10 ^ indices));", (0, 11111)),
        ("x = round(length * average(tokens_int - 3));", (-15, 20)),
        ("x = round(length * average((tokens_int - 3) * indices));", (-30, 40)),
        ("x = -2 * round(length * average(tokens_int - 3)) + indices;", (-40, 34)),
    ],
)
def test_ends_of_a_sum(text: str, expected: tuple[int, int]) -> None:
    space = space_of("0", "7")
    assert ends(normal(node_of(text), space), space) == expected


@pytest.mark.parametrize("text", ["x = tokens_int * 2.0 + 1;", "x = 2 ^ (50 + indices) + indices;"])
def test_what_is_no_integer_or_too_large(text: str) -> None:
    space = space_of("0", "7")
    with pytest.raises(UnprovedError):
        ends(normal(node_of(text), space), space)
