"""Counts that are written as conditions are sums, where they are integers."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp.errors import VocabularyError
from rasp.graph import construct
from rasp.graph.counters import as_sum, is_integer
from rasp.graph.nodes import TOKENS, Elementwise
from rasp.interpreter import outcomes
from rasp.verification import same_outcome
from rasp.vocabulary import Vocabulary


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


INTEGERS = (
    *("indices", "-indices", "2 * indices - length_of_a", "length_of_a"),
    *("round(1 / (indices - 1))", "indicator(indices > 0)", '(indices if tokens == "a" else 3)'),
)
OTHERS = ("tokens_float", "(tokens_float > 0.5)", "-(0 * tokens_float)", "tokens", "indices / 2")

CONDITIONS = ("indices > 1", 'tokens == "0.0"', "1 / indices > 0.5", "tokens_float > 0", "indices")
INPUTS = [list(some) for n in (1, 2, 3) for some in product(["a", "0.0", "1"], repeat=n)]


@pytest.mark.parametrize("base", [*INTEGERS, *OTHERS])
def test_the_sum_has_the_values_types_and_failures_of_the_choice(base: str) -> None:
    """By the interpreter alone: the compiler and the proof of meaning both use the rule."""
    n_changed = 0
    for condition, then, other in product(CONDITIONS, ("", " + 1", " - 2"), ("", " - 2", " + 0")):
        text = 'length_of_a = selector_width(select(tokens, "a", ==));\n'
        text += f"x = {base}{then} if {condition} else {base}{other};"
        sop = rasp.loads(text)["x"]
        found = as_sum(sop.node, {})
        n_changed += found is not sop.node
        before, after = (outcomes(node, INPUTS, causal=False) for node in (sop.node, found))
        assert all(map(same_outcome, before, after)), text
        assert [*map(str, before)] == [*map(str, after)], text
    assert (n_changed > 20) == (base in INTEGERS)
    assert (n_changed == 0) == (base in OTHERS)


LARGE = "h = 2 ^ 13999 - 1 + 2 ^ 13999;\n"  # no integer has more bits


@pytest.mark.parametrize(
    "text",
    [
        "indices + h if tokens == 'a' else indices",
        "k + 1 if tokens == 'a' else k",
        "f + 1 if tokens == 'a' else f",
    ],
)
def test_a_choice_that_fails_on_either_side_stays(text: str) -> None:
    program = LARGE + "k = -(0 - h) - indices;\nf = fetch(select(tokens, indices, ==), 1, h);\n"
    node = _node(program + f"f = round(f);\nx = {text};".replace("'", '"'))
    assert as_sum(node, {}) is node


def test_what_a_token_may_stand_for_is_small() -> None:
    """So that one more than a token is no failure: of two tokens together nobody knows."""
    is_a = construct.elementwise("equal", TOKENS, "a")
    for inner, changed in ((TOKENS, True), (construct.elementwise("add", TOKENS, TOKENS), False)):
        number = construct.elementwise("to_int", inner)
        more = construct.elementwise("add", number, 1)
        choice = construct.elementwise("where", is_a, more, number)
        assert (as_sum(choice, {}) is not choice) == changed
    for token in ("9" * 4_100, 10**4_100):
        with pytest.raises(VocabularyError, match="more than 13000 bits"):
            Vocabulary.of(["a", token])
    assert Vocabulary.of(["a", "9" * 3_900, "x" * 5_000, "9" * 5_000]).size > 3


def test_a_sum_fails_where_the_choice_did() -> None:
    sop = rasp.loads(LARGE + 'x = (indices + h if tokens == "a" else indices) > 5;')["x"]
    model = rasp.compile(sop, vocab="ab", max_len=2)
    inputs = [list(some) for n in (1, 2) for some in product("ab", repeat=n)]
    found, expected = model.outcomes(inputs), outcomes(sop.node, inputs)
    assert all(map(same_outcome, expected, found))
    assert not isinstance(expected[0], list) or not isinstance(expected[-1], list)
