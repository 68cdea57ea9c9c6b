"""Programs whose proofs must not grow with all pairs of positions and tokens."""

from __future__ import annotations

from typing import Literal

import pytest

import rasp
from rasp.certificate import Plan
from rasp.meaning.attended import Attended
from rasp.meaning.scores import Scoring, is_there
from rasp.meaning.selectors import keys_of, queries_of, truth_of
from rasp.meaning.stream import Streams
from rasp.meaning.witness import Witness

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


PLACES = """
plus = aggregate(select_from_first(tokens, "+"), indices);
equals = aggregate(select_from_first(tokens, "="), indices);
x = aggregate(select(indices, plus - equals, ==), tokens, "?");
"""
LAST_PLACES = """
plus = aggregate(last(select(tokens, "+", ==)), indices, -1);
eq = aggregate(last(select(tokens, "=", ==)), indices, -1);
x = aggregate(select(indices, plus - eq, ==), tokens, "?");
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
        (PREFIX, LETTERS, 3000, True, "patterns"),
        (PLACES, "ab+=", 64, False, "patterns"),
        (LAST_PLACES, "01+=", 20, True, "patterns"),
        ("x = sort(tokens, tokens);", LETTERS, 300, False, "size"),
    ],
)
def test_long_inputs(
    text: str, vocab: str, max_len: int, causal: bool, optimize: Literal["patterns", "size"]
) -> None:
    sop = rasp.loads(text)["x"]
    model = rasp.compile(sop, vocab=vocab, max_len=max_len, causal=causal, optimize=optimize)
    assert str(model.report.certificate.meaning) == "proved"


@pytest.mark.parametrize("causal", [False, True])
def test_keys_that_are_certainly_there(causal: bool) -> None:
    """Of tokens that are numbers only 0 is an index in every input; of the index, itself is."""
    space = Attended(("0", "1", "2"), 4, causal=causal)
    scoring = Scoring({}, [], Streams(space, Plan((), (), ()), Witness((), (), ()), 1), 1.0)
    for text, expected in (
        ("select(indices, tokens_int, ==)", [True, False, False]),
        ("select(indices, indices, ==)", [True] * 4),
        ("select(tokens_int, tokens_int, ==)", [False] * 3),
    ):
        selector = rasp.loads(f"x = selector_width({text});")["x"].node.selector
        query, key = space.states(queries_of(selector)), space.states(keys_of(selector))
        chosen = truth_of(selector, query, key).chosen
        surely = scoring._surely_there(selector, query, key)
        assert is_there(surely, slice(0, query.size), chosen).tolist() == expected
