"""Syntax errors: what they say, and at which text they point."""

from __future__ import annotations

import pytest

from rasp.errors import RaspError
from rasp.source import Source
from rasp.syntax.parse import parse


def mistake(text: str) -> RaspError:
    with pytest.raises(RaspError) as raised:
        parse(Source("<test>", text))
    return raised.value


@pytest.mark.parametrize(
    ("text", "pointed_at", "message", "hint"),
    [
        ("x = (1 + 2;", "(", "'(' is not closed", "')' is missing"),
        ("x = [1, 2;", "[", "'[' is not closed", "']' is missing"),
        ("x = f([1, 2);", ")", "'[' is closed by ')'", "']' is missing"),
        ("x = 1);", ")", "')' closes nothing", "no open '('"),
        ("x = 'a';", "'a'", "has no meaning here", "double quotes"),
        ('x = "a;\ny = 1;', '"a;', "the string is not closed", None),
        ("x = a & b;", "&", "has no meaning here", "'and'"),
        ("x = a | b;", "|", "has no meaning here", "'or'"),
        ("x = é;", "é", "has no meaning here", "ASCII"),
        ("x = a // b;", "//", "no operator '//'", None),
        ("x = a ** b;", "**", "no operator '**'", "'^'"),
        ("x += 1;", "+=", "no operator '+='", "x = x +"),
        ("f(g = 1);", "=", "unexpected '='", "'=='"),
        ("a[0] = 1;", "=", "unexpected '='", "do not change"),
        ("a = b = 1;", "=", "unexpected '='", "chained"),
        ("if = 3;", "if", "keyword and cannot be a name", None),
        ("return 3;", "return", "outside a function", "def f"),
        ("def f(a) {\n b = a;\n}", "}", "returns nothing", "'return value;'"),
        ("def f(a) { return 1; x = 2; }", "x", "after 'return'", "last statement"),
        ("def f(a): return 1;", ":", "unexpected ':'", "'{'"),
        ("def len(a) { return 1; }", "len", "cannot be the name", "built in"),
        ("x = (1, 2);", ",", "unexpected ','", "no tuples"),
        ("x = a[1, 2];", ",", "unexpected ','", "one expression"),
        ("x = a[1:2];", ":", "unexpected ':'", "no slices"),
        ("x = {1, 2};", ",", "unexpected ','", "key: value"),
        ("x = select(a, b);", ")", "unexpected ')'", "select(key, query, comparison)"),
        ("x = aggregate(a);", ")", "unexpected ')'", "aggregate(selector, value)"),
        ("x = len(a, b);", "b", "unexpected name 'b'", "len(list)"),
        ("x = 1 +;", ";", "unexpected ';'", "an expression"),
        ("x = a if b;", ";", "unexpected ';'", "else b"),
        ("x = a b;", "b", "unexpected name 'b'", "an operator"),
        ("load foo;", "foo", "unexpected name 'foo'", 'load "file";'),
        ("show exmple", "exmple", "unexpected name", "show example"),
        ("for i in range(3) {\n}", "{\n}", "no body", "between its braces"),
    ],
)
def test_message(text: str, pointed_at: str, message: str, hint: str | None) -> None:
    error = mistake(text)
    assert error.span is not None
    assert error.span.text == pointed_at
    assert message in error.message
    if hint is not None:
        assert error.hint is not None
        assert hint in error.hint


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a = 3\nb = 4;", 1, 6),
        ("a = 3\n\n# c\ndef f() { return 1; }", 1, 6),
        ("def f(a) {\n\treturn a\n}", 2, 10),
        ("for i in x { y = i }", 1, 19),
        ("x = 1", 1, 6),
    ],
)
def test_missing_semicolon_is_shown_where_it_is_missing(text: str, line: int, column: int) -> None:
    error = mistake(text)
    assert error.message == "missing ';'"
    assert error.span is not None
    assert (error.span.line, error.span.column) == (line, column)


def test_unfinished_text() -> None:
    assert mistake("def f(x) { y = 1;").message == "the text ends within a function"
    assert mistake("x = f(1,").message == "'(' is not closed"
    error = mistake("x = [a for a in")
    assert error.message == "the text ends within a statement"
    assert [label.span.text for label in error.labels] == ["", "["]
