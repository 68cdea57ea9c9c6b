"""Assignment, scopes, functions, loops, `out`, reserved names, REPL lines in programs."""

from __future__ import annotations

from pathlib import Path

import pytest

import rasp
from rasp.program import loads
from rasp.syntax.words import SOFT


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("a, b = 1, 2; a, b = b, a;", "ab", [2, 1]),
        ("a, b = [3, 4];", "ab", [3, 4]),
        ('a, b = "xy";', "ab", ["x", "y"]),
        ('a, b = {"p": 1, "q": 2};', "ab", ["p", "q"]),
        ("a = 1, 2;", "a", [[1, 2]]),
        ("a, a = 1, 2;", "a", [2]),
        ("for i in range(3) { y = i; }", "iy", [2, 2]),
        ("for a, b in zip([1, 2], [3, 4]) { y = a * b; }", "aby", [2, 4, 8]),
        ('y = ""; for c in "abc" { y = c + y; }', "y", ["cba"]),
        ("y = 1; for a in [] { y = 2; }", "y", [1]),
        ("for a in [1, 2] { def f(x) { return x + a; } } y = f(10);", "y", [12]),
        ("def f() { return 1, [2]; } a, b = f();", "ab", [1, [2]]),
        ("def f(x) { y = x; return y; } y = 5; z = f(1);", "yz", [5, 1]),
        ("k = 1; def f() { return k; } k = 2; y = f();", "y", [2]),
        ("def f() { return later; } later = 3; y = f();", "y", [3]),
        ("def f(a, a) { return a; } y = f(1, 2);", "y", [2]),
        ("def f(max, tokens, length) { return max + 1; } y = f(2, 3, 4);", "y", [3]),
        ("def f(x) { def x(y) { return y; } return x(3); } y = f(1);", "y", [3]),
        ("def f(x) { def g(y) { return x + y; } return g; } y = f(1)(2);", "y", [3]),
        ("def fact(n) { return 1 if n == 0 else n * fact(n - 1); } y = fact(10);", "y", [3628800]),
        ("def f(n) { return n == 0 or f(n - 1); } y = f(500);", "y", [True]),
        ("def f(n) { return n > 0 and f(n - 1); } y = f(500);", "y", [False]),
        ("tokens = 5; y = tokens;", "y", [5]),
        ("3 + 4; y = out;", "y", [7]),
        ("a = 3; y = out + 1;", "y", [4]),
        ("a, b = 1, 2; y = out;", "y", [2]),
        ('tokens("hi"); y = out;', "y", [["h", "i"]]),
        ("def f(a) { a + 1; return out; } y = f(7);", "y", [8]),
        ("5; def f() { return out; } y = f();", "y", [5]),
        ("i = 99; l = [i for i in range(3)]; y = i;", "y", [99]),
        ("select = 3; round = 2.5; y = round(round) + select;", "y", [5]),
        ("for c in [1] { # nothing\n} y = c;", "y", [1]),
    ],
)
def test_program(text: str, names: str, expected: list[object]) -> None:
    program = loads(text)
    assert [program[name] for name in names] == expected


@pytest.mark.parametrize(
    ("text", "error", "pointed_at"),
    [
        ("a, b = 1, 2, 3;", rasp.RaspTypeError, None),
        ("a, b, c = [1, 2];", rasp.RaspTypeError, "[1, 2]"),
        ("a, b = 5;", rasp.RaspTypeError, "5"),
        ("a, b = indices;", rasp.RaspTypeError, "indices"),
        ("True = 1;", rasp.RaspNameError, "True"),
        ("tokens_int = 1;", rasp.RaspNameError, "tokens_int"),
        ("out = 1;", rasp.RaspNameError, "out"),
        ("get = 1;", rasp.RaspNameError, "get"),
        ("range = 1;", rasp.RaspNameError, "range"),
        ("full_s = 1;", rasp.RaspNameError, "full_s"),
        ("for count in [1] { x = 1; }", rasp.RaspNameError, "count"),
        ("def max(a, b) { return a; }", rasp.RaspNameError, "max"),
        ("def f(indices) { return 1; }", rasp.RaspNameError, "indices"),
        ("def f(a) { out = 3; return a; } f(1);", rasp.RaspNameError, "out"),
        ("def f(a) { inside = a; return a; } f(1); y = inside;", rasp.RaspNameError, "inside"),
        ("for i in 5 { x = i; }", rasp.RaspTypeError, "5"),
        ("for a, b in [1, 2] { x = a; }", rasp.RaspTypeError, "[1, 2]"),
        ("y = out;", rasp.RaspNameError, "out"),
        ("set example 5", rasp.RaspTypeError, "set example 5"),
        ('set example ""', rasp.RaspValueError, 'set example ""'),
        ("draw(3);", rasp.RaspTypeError, "3"),
    ],
)
def test_refused(text: str, error: type[rasp.RaspError], pointed_at: str | None) -> None:
    with pytest.raises(error) as raised:
        loads(text)
    assert raised.value.span is not None
    if pointed_at is not None:
        assert raised.value.span.text == pointed_at


def test_assignment_is_atomic() -> None:
    session = rasp.program.Session()
    session.run("a = 1;")
    (result,) = session.run("a, out = 2, 3;")
    assert isinstance(result.error, rasp.RaspNameError)
    assert session["a"] == 1


def test_near_names_are_suggested() -> None:
    for text, name in [("y = indcies;", "indices"), ("lenght;", "length"), ("y = true;", "True")]:
        with pytest.raises(rasp.RaspNameError) as raised:
            loads(text)
        assert raised.value.hint is not None
        assert f"'{name}'" in raised.value.hint


def test_an_error_in_a_function_shows_the_calls() -> None:
    with pytest.raises(rasp.RaspTypeError) as raised:
        loads('def f(x) {\n  return x + 1;\n}\ndef g(x) {\n  return f(x);\n}\ny = g("a");')
    error = raised.value
    assert [label.span.text for label in error.labels] == ["x + 1", "f(x)", 'g("a")']
    assert "in this call of g" in str(error)


def test_an_error_in_the_library_is_shown_where_the_program_calls_it() -> None:
    with pytest.raises(rasp.RaspTypeError) as raised:
        loads('def f(x) {\n  return shift(x, "a" - 1, 0);\n}\ny = f(1) + has_focus(3);')
    assert raised.value.span is not None
    assert raised.value.span.text == '"a" - 1'
    with pytest.raises(rasp.RaspTypeError) as raised:
        loads("y = 1 + has_focus(3);")
    assert raised.value.span is not None
    assert raised.value.span.text == "has_focus(3)"


def test_examples_in_programs() -> None:
    program = loads('set example "ab"\nset selector example [1, 2]\nexamples off\nx = indices;')
    assert program.examples == {"s-op": "ab", "selector": [1, 2]}
    assert program.example == "ab"
    assert len(program.commands) == 3


def test_a_definition_never_fails_because_of_the_example() -> None:
    program = loads("x = tokens_int; y = tokens + 1; z = 1 / indices;")
    assert program["x"]("12") == [1, 2]


@pytest.mark.parametrize("name", SOFT)
@pytest.mark.parametrize(
    "text",
    [
        "{0} = 5; y = {0};",
        "def {0}() {{ return 5; }} y = {0}();",
        "for {0} in [5] {{ y = {0}; }}",
        "y = [{0} for {0} in [5]][0];",
        "def f({0}) {{ return {0}; }} y = f(5);",
        "z, {0} = 4, 5; y = {0};",
    ],
)
def test_soft_names_may_be_bound(name: str, text: str) -> None:
    program = loads(text.format(name))
    assert program["y"] == 5
    assert not program.warnings


@pytest.mark.parametrize("name", SOFT)
def test_soft_names_may_be_bound_by_what_is_loaded(name: str, tmp_path: Path) -> None:
    (tmp_path / "part.rasp").write_text(f"{name} = 5;")
    (tmp_path / "main.rasp").write_text(f'load "part";\ny = {name};')
    assert rasp.load(tmp_path / "main.rasp")["y"] == 5


def test_what_a_program_binds_changes_nothing_in_the_library() -> None:
    program = loads("def abs(x) { return 1; } def div(a, b) { return 1; } y = sum(indices);")
    assert program["y"]("abc") == [3, 3, 3]


def test_sums_are_exact() -> None:
    ones = "0" * 48 + "1"  # the mean of which is no float
    assert loads("x = sum(tokens_int);")["x"](ones) == [1] * 49
    assert all(type(value) is int for value in loads("x = sum(tokens_int);")["x"](ones))
    assert loads("x = sum(tokens_float);")["x"](["0.5", "2", "-0.25"]) == [2.25] * 3
    assert loads('x = sum(tokens == "a");')["x"]("aba") == [2, 2, 2]


def test_an_s_op_in_a_string_is_what_an_atom_in_it_is() -> None:
    words = ["a", "e", "ae", "ei", "aei", "", "x", "aex"]
    assert loads('x = tokens in "aeiou";')["x"](words) == [word in "aeiou" for word in words]
    assert loads('x = tokens not in "";')["x"](words) == [word != "" for word in words]
    with pytest.raises(rasp.RaspLimitError):
        loads(f'x = tokens in "{"ab" * 5_000}";')
