"""Where names are bound."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from rasp.source import Source
from rasp.syntax import ast
from rasp.syntax.parse import parse
from rasp.syntax.scopes import Scopes, scopes_of


def of(text: str, loaded: Iterable[str] = ()) -> Scopes:
    return scopes_of(parse(Source("x.rasp", text)), lambda load: loaded)


def shown(text: str, name: str, loaded: Iterable[str] = ()) -> str:
    """For every occurrence of a name the numbers of the scopes it may be bound in.

    `-` stands for none of the text, and follows where it may be none.
    """
    found = [o for o in of(text, loaded).occurrences if o.name == name]
    return " ".join("".join(map(str, o.scopes)) + "-" * o.outside for o in found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x = 1; y = x;", "0 0"),
        ("y = x; x = 1;", "- 0"),
        ("x = x + 1;", "0 -"),
        # functions
        ("def f(x) { return x; } y = x;", "1 1 -"),
        ("x = 1; def f() { return x; }", "0 0"),
        ("def f() { return x; } x = 1;", "0- 0"),
        ("x = 1; def f() { y = x; x = 2; return x; }", "0 0 1 1"),
        ("def f() { x = 1; def g() { return x; } return g; }", "1 1"),
        ("def f() { def g() { return x; } x = 1; return g; }", "1- 1"),
        ("x = 1; def f() { def g() { return x; } x = 1; return g; }", "0 10 1"),
        ("def x(n) { return x(n - 1); }", "0 0"),
        ("def f(x) { def x(x) { return x; } return x; }", "1 1 2 2 1"),
        # loops
        ("for x in [1] { y = x; } z = x;", "0 0 0-"),
        ("x = 0; for i in [1] { x = x + 1; }", "0 0 0"),
        ("x = 0; def f() { for i in [1] { y = x; x = 1; } return x; }", "0 10 1 10"),
        ("x = 0; def f() { for i in [1] { for x in [1] { y = x; } } return x; }", "0 1 1 10"),
        ("for x in x { y = 1; }", "0 -"),
        # comprehensions
        ("x = [1]; y = [x for x in x];", "0 1 1 0"),
        ("y = [x for x in [1] if x > 0]; z = x;", "1 1 1 -"),
        ("y = {x: x for x in [1]};", "1 1 1"),
        ("y = [[x for x in [x]] for x in [1]];", "2 2 1 1"),
        ("def f(x) { return [x + y for y in x]; }", "1 1 1"),
        ("x = [[1]]; y = [x for x in x for x in x if x > 0];", "0 2 1 0 2 1 2"),
        # loaded files
        ('load "p"; y = x;', "0"),
        ('y = x; load "p"; x = 1;', "- 0"),
        ('def f() { load "p"; return x; } y = x;', "1 -"),
    ],
)
def test_scopes(text: str, wanted: str) -> None:
    found = shown(text, "x", ["x"])
    assert found == wanted


def test_deep_programs() -> None:
    text = "x = 1;\n" + "y = " + "(" * 5000 + "x" + ")" * 5000 + ";"
    assert shown(text, "x") == "0 0"


def test_what_is_around_a_place() -> None:
    text = "def f(a) { b = [c for c in a]; return b; } d = 1;"
    scopes = of(text)
    assert list(scopes.around(text.index("c for"))) == [2, 1, 0]
    assert list(scopes.around(text.index("return"))) == [1, 0]
    assert list(scopes.around(len(text))) == [0]
    assert list(scopes.scopes[1].bindings) == ["a", "b"]
    assert isinstance(scopes.scopes[2].node, ast.ListComprehension)


def test_the_name_at_a_place() -> None:
    scopes = of("ab = cd;")
    assert [found and found.name for found in map(scopes.at, range(9))] == (
        ["ab"] * 3 + [None] * 2 + ["cd"] * 3 + [None]
    )
