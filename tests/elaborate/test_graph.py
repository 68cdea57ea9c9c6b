"""Programs give the nodes they say, with their places and names."""

from __future__ import annotations

import pytest

from rasp.graph import construct
from rasp.graph.construct import EMPTY, FULL
from rasp.graph.derived import LENGTH
from rasp.graph.nodes import INDICES, Aggregate, Node, Select, SelectorWidth
from rasp.graph.walk import topological
from rasp.program import loads


def node(text: str) -> Node:
    result: Node = loads(f"v = {text};")["v"].node
    return result


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("indices + 1 - 1 * 2", "(indices + 1) - 2"),
        ("full_s", "select(1, 1, ==)"),
        ("select(True, 1, ==)", "full_s"),
        ("length", "round(1 / aggregate(full_s, indicator(indices == 0)))"),
        ("tokens[2]", "aggregate(select(indices, 2, ==), tokens)"),
        ("tokens[True]", "tokens[1]"),
        ("tokens[1.0]", "tokens[1]"),
        ("tokens[-1]", "aggregate(select(indices, length + -1, ==), tokens)"),
        ("tokens[length - 1 - indices]", "load_from_location(tokens, length - 1 - indices)"),
        ('"a" in tokens', 'contains(tokens, "a")'),
        ('"a" in tokens', 'aggregate(full_s, indicator(tokens == "a")) > 0'),
        ("tokens not in [1]", "not (tokens in [1])"),
        ("1 not in tokens", "not (1 in tokens)"),
        ("False or indices > 1", "(False or (indices > 1))"),
        ("[1, 2][indices]", "[1, 2][(indices)]"),
        ("max(indices, 2)", "indices if indices > 2 else 2"),
        ("tokens if True else 3", "tokens"),
    ],
)
def test_same_node(left: str, right: str) -> None:
    assert node(left) is node(right)


def test_constants() -> None:
    assert node("full_s") is FULL
    assert node("select(1, 2, ==)") is EMPTY
    assert node("length") is LENGTH
    assert node("indices") is INDICES
    assert node("tokens") is construct.tokens("str")
    assert node('select("a", 1, <)') is not EMPTY  # it fails on every input


@pytest.mark.parametrize(
    "text", ["True or indices > 1", "0 and indices", '"a" or tokens', "1 or max(indices, 1)"]
)
def test_a_decided_logical_operation_with_an_sop_is_an_sop(text: str) -> None:
    result = loads(f"v = {text};")["v"]
    assert len(set(result("abc"))) == 1
    assert isinstance(result("abc")[0], bool)


def test_lists_beside_an_sop_are_equal_to_nothing() -> None:
    program = loads("x = indices == [1]; y = indices != max;")
    assert program["x"]("ab") == [False, False]
    assert program["y"]("ab") == [True, True]


def test_places_and_names() -> None:
    program = loads("x = indices + 1;\ndef f(s) {\n  t = s * 2;\n  return t;\n}\ny = f(x);\nz = x;")
    x, y = program["x"].node, program["y"].node
    origins = program.origins
    assert [span.text for span in origins.spans(x)] == ["indices + 1"]
    assert origins.names(x) == ("x", "z")
    assert [span.text for span in origins.spans(y)] == ["s * 2"]
    assert origins.names(y) == ("t", "y")
    assert program["z"].name == "z"


def test_what_the_library_makes_was_written_where_it_was_called() -> None:
    program = loads("def f(s) { return sort(s, s); }\nx = f(tokens);")
    spans = {
        span.text
        for part in topological([program["x"].node])
        if isinstance(part, (Aggregate, Select, SelectorWidth))
        for span in program.origins.spans(part)
    }
    assert spans == {"sort(s, s)"}
    assert program.origins.name(LENGTH) == "length"


def test_programs_do_not_share_places() -> None:
    first, second = loads("x = indices + 7;"), loads("y = indices + 7;")
    assert first["x"].node is second["y"].node
    assert first.origins.names(first["x"].node) == ("x",)
    assert second.origins.names(first["x"].node) == ("y",)
