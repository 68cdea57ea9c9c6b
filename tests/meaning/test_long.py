"""Programs whose proofs must not grow with all pairs of positions and tokens."""

from __future__ import annotations

from typing import Literal

import pytest

import rasp

LETTERS = "abcdefghij"
DIGITS = "0123456789"
REVERSE = "x = aggregate(select(indices, length - 1 - indices, ==), tokens);"
PREFIX = "x = selector_width(select(tokens, tokens, ==) and select(indices, indices, <=));"
MAXIMUM = """
found = 0;
for digit in range(1, 10) {
    marked = select(indices, indices, <=) and select(tokens_int, digit, ==);
    found = digit if has_focus(marked) else found;
}
x = found;
"""
INDUCTION = """
before = aggregate(select(indices, indices - 1, ==), tokens, "^");
n_times = selector_width(select(before, tokens, ==) and select(indices, indices, <=));
number = selector_width(select(before, before, ==) and select(indices, indices, <=));
x = aggregate(select(before, tokens, ==) and select(number, n_times, ==), tokens, "?");
"""


@pytest.mark.parametrize(
    ("text", "vocab", "max_len", "causal", "optimize"),
    [
        (REVERSE, LETTERS, 256, False, "patterns"),
        (REVERSE, LETTERS, 600, False, "patterns"),
        (PREFIX, LETTERS, 1024, True, "patterns"),
        (PREFIX, LETTERS, 512, False, "size"),
        (MAXIMUM, DIGITS, 512, True, "patterns"),
        (MAXIMUM, DIGITS, 512, False, "patterns"),
        (INDUCTION, LETTERS, 512, True, "patterns"),
        ("x = sort(tokens, tokens);", LETTERS, 300, False, "size"),
    ],
)
def test_long_inputs(
    text: str, vocab: str, max_len: int, causal: bool, optimize: Literal["patterns", "size"]
) -> None:
    sop = rasp.loads(text)["x"]
    model = rasp.compile(sop, vocab=vocab, max_len=max_len, causal=causal, optimize=optimize)
    assert str(model.report.certificate.meaning) == "proved"
