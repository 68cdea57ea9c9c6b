"""Classes of trees are what frozen dataclasses with slots are."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import pytest

from rasp.source import Source, Span
from rasp.syntax import ast
from rasp.syntax.parse import parse

HERE = Span(Source("<test>", "a + b"), 0, 1)
THERE = Span(Source("<test>", "a + b"), 4, 5)


def test_places_are_not_compared() -> None:
    assert ast.Name("a", HERE) == ast.Name("a", THERE)
    assert hash(ast.Name("a", HERE)) == hash(ast.Name("a", THERE))
    assert ast.Name("a", HERE) != ast.Name("b", HERE)
    assert ast.Name("a", HERE) != ast.Identifier("a", HERE)
    assert ast.Name("a", HERE).__eq__("a") is NotImplemented


def test_nodes_are_frozen_and_have_nothing_else() -> None:
    node = ast.Name("a", HERE)
    with pytest.raises(FrozenInstanceError, match="'name'"):
        node.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="'other'"):
        node.other = "b"  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError, match="'name'"):
        del node.name
    assert not hasattr(node, "__dict__")


def test_nodes_are_dataclasses() -> None:
    node = ast.Binary(left=ast.Name("a", HERE), operator="+", right=ast.Name("b", THERE), span=HERE)
    assert is_dataclass(node)
    assert [part.name for part in fields(node)] == ["left", "operator", "right", "span"]
    assert ast.Binary.__match_args__ == ("left", "operator", "right", "span")
    assert replace(node, operator="-").operator == "-"
    assert repr(node) == "Binary(left=Name(name='a'), operator='+', right=Name(name='b'))"
    assert list(inspect.signature(ast.Name).parameters) == ["name", "span"]
    with pytest.raises(TypeError, match="span"):
        ast.Name("a")  # type: ignore[call-arg]


def test_copies_and_pickles_are_equal() -> None:
    module = parse(Source("<test>", "def f(x) { return x + [1, 2][indices]; } y = f(tokens);"))
    assert copy.deepcopy(module) == module
    again = pickle.loads(pickle.dumps(module))
    assert again == module
    assert again.items[0].span.text == module.items[0].span.text
