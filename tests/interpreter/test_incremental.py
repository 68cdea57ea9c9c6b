"""Inputs that grow token by token have the values of whole inputs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasp import interpreter, loads
from rasp.errors import RaspError, RaspRuntimeError
from rasp.graph.construct import is_sop
from rasp.graph.nodes import SOP_TYPES, Atom, Node, SOpNode, atom_key
from rasp.interpreter.incremental import Continuation
from tests.interpreter.oracle import ATOMS, graphs


def whole(node: Node, tokens: list[Atom]) -> object:
    """The value at every position, or the message of the error."""
    (outcome,) = interpreter.outcomes(node, [tokens], causal=True)
    return outcome if isinstance(outcome, RaspError) else [*map(atom_key, outcome)]


def check_prefixes(node: SOpNode, tokens: list[Atom]) -> int:
    """That every prefix has the value of the whole input, up to the first that fails: how many."""
    continuation = Continuation(node)
    for n in range(1, len(tokens) + 1):
        expected = whole(node, tokens[:n])
        if isinstance(expected, RaspError):
            with pytest.raises(RaspRuntimeError) as caught:
                continuation.append(tokens[n - 1])
            assert str(caught.value) == str(expected)
            return n - 1
        assert isinstance(expected, list)
        assert atom_key(continuation.append(tokens[n - 1])) == expected[-1], tokens[:n]
    return len(tokens)


@settings(max_examples=600, deadline=None)
@given(graphs(), st.lists(ATOMS, min_size=1, max_size=9))
def test_every_prefix_has_the_value_of_the_whole_input(node: Node, tokens: list[Atom]) -> None:
    if not is_sop(node):
        return
    assert isinstance(node, SOP_TYPES)
    check_prefixes(node, tokens)


def test_long_inputs_of_large_and_of_mixed_values() -> None:
    text = "s = select(tokens_asis, tokens_asis, <=);"
    text += "x = aggregate(s, tokens_asis) + selector_width(s);"
    program = loads(text)
    tokens: list[Atom] = [(-1) ** n * (2**53 + n) if n % 7 else n / 4 for n in range(200)]
    node = program["x"].node
    continuation = Continuation(node)
    values = [continuation.append(token) for token in tokens]
    assert [*map(atom_key, values)] == whole(node, tokens)


def test_an_error_is_that_of_the_whole_input_with_its_place() -> None:
    program = loads("x = 6 / (tokens_int - 1);")
    x = program["x"]
    continuation = Continuation(x.node, x.origins)
    assert continuation.extend("23") == 3.0
    with pytest.raises(RaspRuntimeError) as caught:
        continuation.append("1")
    with pytest.raises(RaspRuntimeError) as expected:
        interpreter.evaluate(x.node, ["231"], causal=True, origins=x.origins)
    assert str(caught.value) == str(expected.value)
    assert caught.value.span is not None


SEEN = "select(indices, indices, <=)"
HARD = [
    # Which conditions of the histories these need is found by `python -m rasp.testing.rooms`.
    f"x = aggregate({SEEN} and select(tokens_asis, tokens_asis, ==), indices);",
    "x = selector_width(select(tokens_asis, tokens_asis, ==) or select(indices, 0, ==));",
    f"x = aggregate(best({SEEN}, tokens_asis), indices);",
    f"x = aggregate(best({SEEN}, 6 / (tokens_asis - 1)), indices);",
    "x = aggregate(best(select(tokens_asis, 2, >), 6 / (tokens_asis - 1)), indices, -1);",
    f"x = aggregate({SEEN}, tokens_asis, -0.0);",
    "x = aggregate(select(tokens_asis, 2, >), tokens_asis, 0.5);",
    "x = fetch(select(tokens_asis, tokens_asis, ==), tokens_asis);",
    f"x = aggregate({SEEN}, tokens_asis) if indices % 2 == 0 else indices;",
    "x = selector_width(select(tokens_asis, tokens_asis, <));",
]
LISTS: list[list[Atom]] = [
    [1, 2, 2, 3, 1],
    [3, 2.5, 2.5, 3.0, True],
    [2**53, 2**53 + 1, 2**53 + 2, float(2**53), -(2**53) - 1],
    [float("nan"), 1.0, float("nan"), 2, 2.0],
    [float("inf"), 3, float("-inf"), float("inf"), 0],
    [float("nan")] * 3,
    [0, -0.0, 0.0, -0.0],
    ["b", "a", "b", ""],
    [1, "a", 2],
    [2**60, 0.5, "x", 2**60],
    [5, 1, 4, 0],
]


@pytest.mark.parametrize("text", HARD)
def test_histories_of_values_that_are_hard_to_compare(text: str) -> None:
    node = loads(text)["x"].node
    n_values = sum(check_prefixes(node, tokens) for tokens in LISTS)
    assert n_values > 5
