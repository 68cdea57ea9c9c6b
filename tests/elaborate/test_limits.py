"""No program makes elaboration crash, hang or eat memory."""

from __future__ import annotations

import pytest

import rasp
from rasp.elaborate.limits import Limits
from rasp.program import loads

DEEP = 10_000


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "+".join(["1"] * DEEP) + ";",
        "x = indices" + " + 1" * DEEP + ";",
        "x = " + "(" * DEEP + "1" + ")" * DEEP + ";",
        "x = " + "-" * DEEP + "indices;",
        "x = " + "not " * DEEP + "1;",
        "x = " + "[0][" * DEEP + "0" + "]" * DEEP + ";",
        "x = " + "1 if 1 else " * DEEP + "1;",
        "x = " + "0 or " * DEEP + "indices;",
        "def f(x) { return x; } x = " + "f(" * 3_000 + "1" + ")" * 3_000 + ";",
        "def f(x) {" * 1_000 + "return 1;}" + " return 1; }" * 999,
        "for a in [1] {" * 1_000 + "x = 1;" + "}" * 1_000,
        "def f(n) { return 0 if n == 0 else 1 + f(n - 1); } x = f(999);",
        f"x = {'[' * DEEP}{']' * DEEP}; y = {'[' * DEEP}{']' * DEEP}; z = x == y; w = x >= y;",
        "x = [1]; y = [1]; for i in range(100) { x = [x, x]; y = [y, y]; } z = [x == y, x < y];",
    ],
)
def test_depth_is_no_problem(text: str) -> None:
    program = loads(text)
    assert program.last is not None or "for" in text or "def" in text


@pytest.mark.parametrize(
    "text",
    [
        "def f(n) { return 1 + f(n + 1); } x = f(0);",
        "def f() { return f(); } x = f();",
        "def f(n) { return f(n + 1) + f(n + 1); } x = f(0);",
        "for i in range(1000000) { for j in range(1000000) { x = 1; } }",
        "x = range(10^12);",
        "x = range(10^100);",
        "x = range(0, -(10^12), -1);",
        "x = [1] * 10^9;",
        "x = [1]; for i in range(100) { x = x + x; }",
        'x = "a"; for i in range(100) { x = x + x; }',
        "x = 7; for i in range(100) { x = x * x; }",
        'l = []; s = "a" * 1000000; for i in range(100000) { l = l + [s * 1]; }',
        "l = []; for i in range(100000) { l = l + [range(1000000)]; }",
        "x = range(1000000); for i in range(1000000) { y = x == x; }",
        "x = range(1000000); for i in range(1000000) { y = -1 in x; }",
    ],
)
def test_limit(text: str) -> None:
    with pytest.raises(rasp.RaspLimitError) as raised:
        loads(text, limits=Limits(steps=300_000, items=1_000_000))
    assert raised.value.labels


def test_number_of_nodes() -> None:
    text = "x = indices; for i in range(1000) { x = x + i; }"
    loads(text)
    with pytest.raises(rasp.RaspLimitError, match="s-ops and selectors"):
        loads(text, limits=Limits(nodes=500))
    loads("for i in range(1000) { x = indices + 1; }", limits=Limits(nodes=5))


def test_call_depth_is_configurable() -> None:
    text = "def f(n) { return 0 if n == 0 else 1 + f(n - 1); } x = f(%d);"
    assert loads(text % 99, limits=Limits(call_depth=100)).last == 99
    with pytest.raises(rasp.RaspLimitError, match="100 calls"):
        loads(text % 100, limits=Limits(call_depth=100))
    assert loads(text % 20_000, limits=Limits(call_depth=50_000)).last == 20_000


def test_messages_do_not_grow_with_values() -> None:
    with pytest.raises(rasp.RaspTypeError) as raised:
        loads('x = ["a" * 100000, range(100000), {1: range(1000)}] - 1;')
    assert len(str(raised.value)) < 1_000
