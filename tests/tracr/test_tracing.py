"""What Python functions do, written down: by calling them with stand-ins for values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from rasp.dsl import indices, tokens
from rasp.graph.text import to_text
from rasp.tracr.tracing import NotTracedError, trace

X, Y = indices.node, tokens.node


def text(function: Callable[..., Any], truths: bool = False) -> str:
    traced = trace(function, [X, Y], lambda node: truths)
    assert not isinstance(traced, tuple)
    return to_text(traced, limit=200)


@pytest.mark.parametrize(
    ("function", "written"),
    [
        (lambda x, y: x + 1, "(indices + 1)"),
        (lambda x, y: 1 - x, "(1 - indices)"),
        (lambda x, y: x + -2, "(indices - 2)"),
        (lambda x, y: x - -2, "(indices + 2)"),
        (lambda x, y: 2**x % 3, "((2 ^ indices) % 3)"),
        (lambda x, y: x // 2, "round(((indices - (indices % 2)) / 2))"),
        (lambda x, y: math.floor(x), "round((indices - (indices % 1)))"),
        (lambda x, y: abs(x), "((-indices) if (indices < 0) else indices)"),
        (lambda x, y: 5, "5"),
        (lambda x, y: 1 * x + y * -1, "(indices + (-tokens))"),
        (lambda x, y: x > 1 and y == "a", '((indices > 1) and (tokens == "a"))'),
        (lambda x, y: x > 1 or y == "a", '((indices > 1) or (tokens == "a"))'),
        (lambda x, y: not x > 1, "not((indices > 1))"),
        (lambda x, y: not x, "not(indices)"),
        (lambda x, y: x in (1, 2, 3), "indices in [1, 2, 3]"),
        (lambda x, y: 1 if x == 1 or x == 2 else 0, "(1 if indices in [1, 2] else 0)"),
        (lambda x, y: max(x, 3), "(3 if (indices < 3) else indices)"),
        (lambda x, y: 1 if x > 1 and y else 0, "(1 if ((indices > 1) and tokens) else 0)"),
        (lambda x, y: x > 0 and y in [1, 2], "((indices > 0) and tokens in [1, 2])"),
    ],
)  # fmt: skip
def test_what_is_written(function: Callable[..., Any], written: str) -> None:
    assert text(function) == written


def test_truths() -> None:
    assert text(lambda x, y: x and not y, truths=True) == "(indices and not(tokens))"
    assert text(lambda x, y: x or y, truths=True) == "(indices or tokens)"
    assert text(lambda x, y: x or y) == "(indices if indices else tokens)"


def test_tuples() -> None:
    traced = trace(lambda pair, n: (pair[1], pair[0] + n), [(X, Y), X])
    assert isinstance(traced, tuple)
    assert [to_text(part) for part in traced if not isinstance(part, tuple)] == [
        "tokens",
        "(indices + indices)",
    ]


def count_down(x: Any) -> int:
    steps = 0
    while x > 0:
        x, steps = x - 1, steps + 1
    return steps


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: f"{x}",
        lambda x, y: str(x),
        lambda x, y: {1: 2}[x],
        lambda x, y: x in {1, 2},
        lambda x, y: len(x),
        lambda x, y: math.sin(x),
        lambda x, y: int(x),
        lambda x, y: [x],
        lambda x, y: None,
        lambda x, y: x == None,  # noqa: E711
        lambda x, y: (x, y) if x > 0 else x,
        lambda x, y: (x, y) if x > 0 else (x, y, 0),
        lambda x, y: round(x, 2),
        lambda x, y: count_down(x),
        lambda x, y: sum(1 for n in range(100) if n * x > y),
        lambda x, y: range(x),
        lambda x, y: x.upper(),
    ],
)
def test_what_no_s_op_does(function: Callable[..., Any]) -> None:
    with pytest.raises(NotTracedError):
        trace(function, [X, Y])
