"""A compile that takes longer than it may ends, with the stage, the place and what would help."""

from __future__ import annotations

import time

import pytest

import rasp
from rasp.deadline import TimeIsUpError, at_stage, limited, look, working_on
from rasp.errors import CompileError, RaspTypeError
from rasp.sop import SOp

ROUNDS = """
s = tokens_int;
for k in range(150) { s = (s + aggregate(select(indices, indices - 1, ==), s)) % 5; }
"""
LARGE = """
a = selector_width(select(tokens, "a", ==));
b = selector_width(select(tokens, "b", ==));
s = (a * a + b * 7 + indices) % 13;
"""
ORDERS = "s = sort(tokens, tokens);"


def sop_of(text: str) -> SOp:
    sop = rasp.loads(text)["s"]
    assert isinstance(sop, SOp)
    return sop


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize(
    ("text", "vocab", "max_len"),
    [(ROUNDS, list("01234"), 30), (LARGE, list("abc"), 60), (ORDERS, list(range(900)), 60)],
)
def test_it_ends_and_says_where(
    text: str, vocab: list[str | int], max_len: int, optimize: str
) -> None:
    with pytest.raises(CompileError) as caught:
        rasp.compile(
            sop_of(text),
            vocab=vocab,
            max_len=max_len,
            optimize=optimize,  # type: ignore[arg-type]
            time_limit=0.05,
        )
    error = caught.value
    assert error.message.startswith("compiling takes longer than 0.05 s: the stage of ")
    assert error.labels
    assert "time limit" in (error.hint or "")


def test_without_a_limit_nothing_is_said() -> None:
    look()
    working_on(None)
    at_stage("domains")
    model = rasp.compile(sop_of("s = tokens;"), vocab="ab", max_len=3, time_limit=600)
    assert model("ab") == ["a", "b"]


def test_the_limit_ends_with_what_it_is_for() -> None:
    with limited(1e-6):
        time.sleep(0.001)
        with pytest.raises(TimeIsUpError):
            look()
    look()


def test_a_limit_is_a_number_of_seconds() -> None:
    with pytest.raises(RaspTypeError, match="number of seconds"):
        rasp.compile(sop_of("s = tokens;"), vocab="ab", max_len=3, time_limit="1")  # type: ignore[arg-type]
    with pytest.raises(CompileError, match="above 0"):
        rasp.compile(sop_of("s = tokens;"), vocab="ab", max_len=3, time_limit=0)
