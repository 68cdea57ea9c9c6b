"""Counts that are written as conditions are sums, where they are integers."""

from __future__ import annotations

import pytest

import rasp
from rasp.graph.counters import as_sum, is_integer
from rasp.graph.nodes import Elementwise


def _node(program: str) -> Elementwise:
    node = rasp.loads(program)["x"].node
    assert isinstance(node, Elementwise)
    return node


@pytest.mark.parametrize(
    ("program", "same"),
    [
        (
            "indices + 1 if tokens == 'a' else indices",
            "(1 if tokens == 'a' else 0) + indices",
        ),
        (
            "indices if tokens == 'a' else indices - 2",
            "(0 if tokens == 'a' else -2) + indices",
        ),
    ],
)
def test_a_choice_between_an_integer_and_another_is_a_sum(program: str, same: str) -> None:
    written, expected = (f"x = {text};".replace("'", '"') for text in (program, same))
    assert as_sum(_node(written), {}) is _node(expected)


@pytest.mark.parametrize(
    "program",
    [
        'x = tokens_float + 1 if tokens == "1" else tokens_float;',  # -0.0 + 0 is 0.0
        'x = (tokens == "1") + 1 if tokens == "a" else (tokens == "1");',  # True + 0 is 1
        'x = indices + 1.0 if tokens == "a" else indices;',
        'x = indices + 1 if tokens == "a" else length;',
        'x = 1 if tokens == "a" else 0;',
    ],
)
def test_other_choices_stay(program: str) -> None:
    node = _node(program)
    assert as_sum(node, {}) is node


def test_a_chain_of_ten_thousand_is_looked_at_with_a_loop() -> None:
    program = "x = indices;\nfor k in range(10000) { x = x + indices; }"
    assert is_integer(rasp.loads(program)["x"].node, {})
