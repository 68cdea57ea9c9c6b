"""What `aggregate`, selectors and results are on chosen inputs, and what errors say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from rasp.errors import RaspRuntimeError, RaspTypeError
from rasp.graph.construct import (
    FULL,
    aggregate,
    elementwise,
    select,
    selector_and,
    selector_not,
    selector_or,
    selector_width,
)
from rasp.graph.nodes import INDICES, TOKENS, Atom, Node, atom_key
from rasp.graph.origins import Origins
from rasp.interpreter import evaluate, outcomes
from rasp.source import Source, Span

NEXT = select(INDICES, elementwise("add", INDICES, 1), "==")
BEFORE = select(INDICES, INDICES, "<")
UP_TO = select(INDICES, INDICES, "<=")
AT_L = select(TOKENS, "l", "==")
AFTER_2 = elementwise("greater", INDICES, 2)


def typed(values: Sequence[Atom]) -> list[object]:
    return [atom_key(value) for value in values]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (aggregate(FULL, INDICES), [2.0] * 5),
        (aggregate(select(INDICES, INDICES, "=="), INDICES), [0, 1, 2, 3, 4]),
        (aggregate(BEFORE, INDICES), [0, 0, 0.5, 1.0, 1.5]),
        (aggregate(UP_TO, elementwise("multiply", INDICES, 1.0)), [0.0, 0.5, 1.0, 1.5, 2.0]),
        (aggregate(NEXT, TOKENS, "-"), ["e", "l", "l", "o", "-"]),
        (aggregate(NEXT, elementwise("equal", INDICES, 2)), [False, True, False, False, 0]),
        (aggregate(NEXT, INDICES, 0.5), [1, 2, 3, 4, 0.5]),
        (aggregate(NEXT, INDICES, True), [1, 2, 3, 4, True]),
        # Equal values are that value, and not a mean of them.
        (aggregate(FULL, "a"), ["a"] * 5),
        (aggregate(AT_L, TOKENS), ["l"] * 5),
        (aggregate(FULL, True), [True] * 5),
        (aggregate(FULL, 1), [1] * 5),
        (aggregate(FULL, elementwise("where", AFTER_2, 1, 1.0)), [1.0] * 5),
        # Booleans count as numbers beside a number only.
        (aggregate(FULL, elementwise("where", AFTER_2, True, 2)), [1.6] * 5),
        (aggregate(select(TOKENS, "z", "=="), TOKENS), [0] * 5),
        (aggregate(select(TOKENS, "z", "=="), INDICES, "q"), ["q"] * 5),
        (selector_width(select(TOKENS, TOKENS, "==")), [1, 1, 2, 2, 1]),
        (selector_width(FULL), [5] * 5),
        (selector_width(selector_not(FULL)), [0] * 5),
        (elementwise("divide", 1, 2), [0.5] * 5),
    ],
)
def test_values_on_hello(node: Node, expected: list[Atom]) -> None:
    (values,) = evaluate(node, ["hello"])
    assert typed(values) == typed(expected)


@pytest.mark.parametrize(
    ("selector", "causal", "expected"),
    [
        (BEFORE, False, ["000", "100", "110"]),
        (NEXT, False, ["010", "001", "000"]),
        (NEXT, True, ["000", "000", "000"]),
        (FULL, False, ["111", "111", "111"]),
        (FULL, True, ["100", "110", "111"]),
        (selector_not(UP_TO), True, ["000", "000", "000"]),
        (selector_or(BEFORE, NEXT), False, ["010", "101", "110"]),
        (selector_and(UP_TO, selector_not(BEFORE)), False, ["100", "010", "001"]),
        (select(INDICES, 1, "=="), False, ["010", "010", "010"]),
        (select(1, INDICES, "=="), False, ["000", "111", "000"]),
        (select(TOKENS, INDICES, "=="), False, ["000", "000", "000"]),
    ],
)
def test_selectors_on_abc(selector: Node, causal: bool, expected: list[str]) -> None:
    (rows,) = evaluate(selector, ["abc"], causal=causal)
    assert rows == [[cell == "1" for cell in row] for row in expected]


def test_causal_means() -> None:
    (values,) = evaluate(aggregate(FULL, INDICES), ["abcd"], causal=True)
    assert values == [0, 0.5, 1.0, 1.5]


def test_inputs_of_several_lengths_keep_their_order() -> None:
    inputs = ["a", "abc", "ab", "xyz", "b"]
    reverse = elementwise("subtract", elementwise("subtract", selector_width(FULL), 1), INDICES)
    results = evaluate(aggregate(select(INDICES, reverse, "=="), TOKENS), inputs)
    assert ["".join(result) for result in results] == [text[::-1] for text in inputs]
    assert evaluate(TOKENS, []) == []


def test_inputs_may_be_strings_lists_tuples_and_dicts() -> None:
    assert evaluate(TOKENS, ["ab", [1, "x"][:1], (2.5, True), {"k": 1}]) == [  # type: ignore[list-item]
        ["a", "b"],
        [1],
        [2.5, True],
        ["k"],
    ]


class Number(int):
    pass


def test_values_are_of_the_four_types_exactly() -> None:
    ((value,),) = evaluate(TOKENS, [[Number(3)]])
    assert type(value) is int


@pytest.mark.parametrize("value", ["", [], {}, 5, None, [None], [[1]], b"ab", object(), iter([])])
def test_what_is_no_input(value: Any) -> None:
    with pytest.raises(RaspTypeError):
        evaluate(TOKENS, [value])


def error_of(
    node: Node, tokens: Sequence[Atom], origins: Origins | None = None
) -> RaspRuntimeError:
    with pytest.raises(RaspRuntimeError) as caught:
        evaluate(node, [tokens], origins=origins)
    return caught.value


def test_error_of_an_operator() -> None:
    error = error_of(elementwise("divide", 1, elementwise("subtract", INDICES, 2)), "hello")
    assert error.message == "division by zero in '/'"
    assert error.notes == (
        "s-op: (1 / (indices - 2))",
        "position: 2",
        "operand: 1 = 1",
        "operand: (indices - 2) = 0",
        'input: "hello"',
    )


def test_error_of_an_operator_names_it_once() -> None:
    error = error_of(elementwise("add", TOKENS, 1), ["a", "b"])
    assert error.message == "cannot apply '+' to string and int"


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            elementwise("index_list", INDICES, parameters=[1, 2]),
            "index 2 is out of range for a list",
        ),
        (elementwise("index_dict", TOKENS, parameters=["a", 1]), 'key "x" is not in the dict'),
        (elementwise("round", elementwise("to_float", "nan")), "cannot round nan"),
        (elementwise("to_int", TOKENS), "\"x\" is not an integer in 'tokens_int'"),
    ],
)
def test_errors_say_what_operation_failed(node: Node, message: str) -> None:
    assert error_of(node, "xxx").message.removesuffix(" of length 2") == message


def test_error_of_an_aggregate() -> None:
    error = error_of(aggregate(UP_TO, TOKENS), "aab")
    assert error.message == "several selected values are neither numbers nor all equal in aggregate"
    assert error.notes[1] == "position: 2"
    assert error.notes[2] == 'selected: "a" at 0, "a" at 1, "b" at 2 of tokens_asis'


def test_error_of_an_aggregate_anywhere_in_a_long_input() -> None:
    equal = elementwise("equal", aggregate(select(INDICES, 0, "!="), TOKENS), "a")
    assert error_of(equal, "a" * 2999 + "b").notes[1] == "position: 0"
    last = aggregate(select(INDICES, elementwise("subtract", INDICES, 1), ">="), TOKENS)
    assert error_of(elementwise("equal", last, "a"), "b" + "a" * 2999).notes[1] == "position: 0"
    up_to = elementwise("equal", aggregate(UP_TO, TOKENS), "a")
    assert error_of(up_to, "a" * 2999 + "b").notes[1] == "position: 2999"


def test_error_of_a_comparison() -> None:
    error = error_of(select(TOKENS, INDICES, "<"), [3, "b"])
    assert error.message == "cannot apply '<' to string and int in select"
    assert error.notes == (
        "selector: select(tokens_asis, indices, <)",
        "position: 0",
        'key: tokens_asis = "b" at 1',
        "query: indices = 0 at 0",
        'input: [3, "b"]',
    )


def test_a_causal_comparison_fails_only_where_it_is_made() -> None:
    smaller = selector_width(select(TOKENS, elementwise("where", AFTER_2, "x", 0), "<"))
    assert evaluate(smaller, [[1, 2, -1]], causal=True) == [[0, 0, 1]]
    error = outcomes(smaller, [[1, 2, -1, "a"]], causal=True)[0]
    assert error.notes[1] == "position: 3"


def test_error_of_a_result_of_several_types() -> None:
    error = error_of(aggregate(NEXT, TOKENS), "abc")
    expected = 'the result has values of different types: "b" at position 0, 0 at position 2'
    assert error.message == expected
    assert error.notes[0].startswith("s-op: aggregate(select(")
    assert error.notes[1] == 'input: "abc"'


def test_only_results_are_of_one_type() -> None:
    mixed = aggregate(NEXT, TOKENS)
    assert evaluate(elementwise("equal", mixed, 0), ["abc"]) == [[False, False, True]]


def test_errors_name_things_and_point_at_them() -> None:
    source = Source("p.rasp", "half = 1 / x;")
    node = elementwise("divide", 1, INDICES)
    origins = Origins()
    origins.add(node, span=Span(source, 7, 12), name="half")
    origins.add(INDICES, name="x")
    error = error_of(elementwise("add", node, 1), "ab", origins)
    assert error.span == Span(source, 7, 12)
    assert error.notes[0] == "s-op: half = (1 / indices)"
    assert "p.rasp:1:8: runtime error: division by zero" in str(error)


def test_long_inputs_and_values_are_shortened() -> None:
    error = error_of(elementwise("add", elementwise("multiply", TOKENS, 100), 1), "x" * 1000)
    assert max(map(len, error.notes)) < 160


def test_a_failing_input_does_not_harm_others() -> None:
    half = elementwise("divide", 6, TOKENS)
    found = outcomes(half, [[1, 2], [3, 0], ["a", "b"], [4]])
    assert found[0] == [6.0, 3.0]
    assert found[3] == [1.5]
    assert [type(result).__name__ for result in found[1:3]] == ["RaspRuntimeError"] * 2
    with pytest.raises(RaspRuntimeError, match="division by zero"):
        evaluate(half, [[1, 2], [3, 0], ["a", "b"]])


def test_a_failure_of_any_part_fails_the_input() -> None:
    unused = elementwise("where", True, INDICES, elementwise("divide", 1, INDICES))
    assert error_of(unused, "ab").message == "division by zero in '/'"


def test_operations_on_constants_that_fail_do_so_on_every_input() -> None:
    error = error_of(elementwise("divide", 1, 0), "ab")
    assert error.notes[1] == "position: 0"
