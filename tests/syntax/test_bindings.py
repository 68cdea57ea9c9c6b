"""Where names are bound, and how much of a text can be run."""

from __future__ import annotations

import pytest

from rasp.source import Source
from rasp.syntax.bindings import binding_of, bindings
from rasp.syntax.parse import finished, parse

TEXT = """\
a, b = 1, 2;
for i in [1] { for j in [2] { a = j; } }
def f(x) { y = x; return y; }
a;
set example "abc"
"""


def test_bindings() -> None:
    module = parse(Source("<test>", TEXT))
    assert [binding.name.name for binding in bindings(module)] == ["a", "b", "i", "j", "a", "f"]


@pytest.mark.parametrize(
    ("name", "statement"),
    [("a", "a = j;"), ("b", "a, b = 1, 2;"), ("f", "def f(x) { y = x; return y; }")],
)
def test_the_last_binding(name: str, statement: str) -> None:
    binding = binding_of(parse(Source("<test>", TEXT)), name)
    assert binding is not None
    assert binding.span.text == statement


def test_no_binding() -> None:
    assert binding_of(parse(Source("<test>", TEXT)), "y") is None


def test_depth_is_no_problem() -> None:
    text = "for a in [1] {" * 2000 + "x = 1;" + "}" * 2000
    binding = binding_of(parse(Source("<test>", text)), "x")
    assert binding is not None
    assert binding.span.text == "x = 1;"


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("", ""),
        ("a = 1; b = 2;", "a = 1; b = 2;"),
        ("a = 1; b = (2", "a = 1; "),
        ("a = 1", ""),
        ("a = 1\ndef f(x) {", "a = 1\n"),
        ("a ! 1; def f(x) {\n return x;", "a ! 1; "),
        ("a = ; for i in [1] { b = ", "a = ; "),
        ("a = 1\nb = 2;", "a = 1\nb = 2;"),
        ("set example [1,", ""),
    ],
)
def test_finished(text: str, run: str) -> None:
    assert text[: finished(text)] == run
