"""Each trap is warned about, once, and parentheses or a comment silence the warning."""

from __future__ import annotations

import time

import pytest

from rasp.diagnostics import Warning
from rasp.source import Source
from rasp.syntax import ast
from rasp.syntax.lint import CODES, _text, lint
from rasp.syntax.parse import parse


def warnings(text: str, ignore: tuple[str, ...] = ()) -> tuple[Warning, ...]:
    return lint(parse(Source("<test>", text)), ignore=ignore)


TRAPS = [
    ("x = not a == b;", "tight-not", "(not a) == b", "not (a == b)"),
    ("x = not a + b;", "tight-not", "(not a) + b", "not (a + b)"),
    ("x = -a ^ b;", "tight-sign", "(-a) ^ b", "-(a ^ b)"),
    ("x = a or b and c;", "mixed-logic", "(a or b) and c", "a or (b and c)"),
    ("x = 1 < a < 3;", "chained-comparison", "(1 < a) < 3", "1 < a and a < 3"),
    ("x = a > 2 == True;", "chained-comparison", "(a > 2) == True", "a > 2"),
    ("x = a > 2 != True;", "chained-comparison", "(a > 2) != True", "not (a > 2)"),
    ("x = False == a > 2;", "chained-comparison", "(False == a) > 2", "not (a > 2)"),
    ("x = a ^ b ^ c;", "chained-power", "(a ^ b) ^ c", "a ^ (b ^ c)"),
    ("x = 1 if a else 2 if b else 3;", "nested-conditional", "(1 if a else 2) if b", ""),
    ("x = a in b and c;", "loose-in", "a in (b and c)", ""),
    ("x = a and b in c;", "loose-in", "(a and b) in c", ""),
    ("x = not a in b;", "loose-in", "(not a) in b", ""),
    ("x = a in b == c;", "loose-in", "a in (b == c)", ""),
    ("x = a in b if c else d;", "loose-in", "a in (b if c else d)", ""),
    ("x = a in b in c;", "loose-in", "(a in b) in c", ""),
    ('x = a == "b" or "c";', "constant-condition", "", 'a == "b" or a == "c"'),
    ("x = a == 1 and 2;", "constant-condition", "", "a == 1 and a == 2"),
    ("x = a < 1 or a < 2 or 3;", "constant-condition", "", "a < 1 or a < 2 or a < 3"),
    ("x = a % b * c;", "loose-modulo", "a % (b * c)", "(a % b) * c"),
]


@pytest.mark.parametrize(("text", "code", "read", "other"), TRAPS)
def test_trap(text: str, code: str, read: str, other: str) -> None:
    (warning,) = warnings(text)
    assert warning.code == code
    assert read in "".join(warning.notes)
    assert warning.hint is not None
    assert other in warning.hint
    assert warning.labels[0].span.text == text[4:-1]
    assert warnings(text, (code,)) == ()
    assert warnings(f"{text} # rasp: ignore[{code}]") == ()
    assert warnings(f"{text} # rasp: ignore") == ()
    assert len(warnings(f"{text} # rasp: ignore[other]")) == 1
    assert len(warnings(f'y = "# rasp: ignore"; {text}')) == 1


def test_every_code_has_a_trap() -> None:
    others = {"lone-arrow", "repeated-parameter"}
    assert {code for _, code, _, _ in TRAPS} | others == set(CODES)


def test_a_parameter_twice() -> None:
    (warning,) = warnings("def f(a, b, a) { return a; }")
    assert warning.code == "repeated-parameter"
    assert (warning.labels[0].span.text, warning.labels[0].span.start) == ("a", 12)
    assert warnings("def f(a, a) { return a; } # rasp: ignore[repeated-parameter]") == ()


@pytest.mark.parametrize(
    ("text", "meant"), [("x <- 3;", "x = 3"), ("x<-indices + 1;", "x = indices + 1")]
)
def test_arrow(text: str, meant: str) -> None:
    (warning,) = warnings(text)
    assert warning.code == "lone-arrow"
    assert warning.hint is not None
    assert meant in warning.hint
    assert warnings(f"{text}  # rasp: ignore[lone-arrow]") == ()


@pytest.mark.parametrize("text", ["x < -3;", "x <(-3);", "y = x<-3;", "x <= -3;", "f(x <-3);"])
def test_no_arrow(text: str) -> None:
    assert warnings(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "x = (not a) == b;",
        "x = not (a == b);",
        "x = not a and b;",
        "x = a and b or c;",
        "x = a and b and c;",
        "x = (a or b) and c;",
        "x = a or (b and c);",
        "x = a * b % c;",
        "x = (a % b) * c;",
        "x = a in b;",
        "x = (a in b) and c;",
        "x = a + 1 in b;",
        "x = -a in b;",
        "x = 1 if a else (2 if b else 3);",
        "x = 1 if a in b else 2;",
        "x = -a + b;",
        "x = a == b or c;",
        "x = a or 1;",
        'x = a == 1 or "b";',
        "x = 1 and a == 2;",
        "x = 2 ^ -1;",
        "x = a == b and c < d;",
    ],
)
def test_no_warning(text: str) -> None:
    assert warnings(text) == ()


def test_warnings_come_in_the_order_of_the_text_from_anywhere_in_it() -> None:
    text = "def f(a) {\n  for i in [not a == 1] { x = -i ^ 2; }\n  return a % 2 * 3;\n}"
    assert [w.code for w in warnings(text)] == ["tight-not", "tight-sign", "loose-modulo"]


def test_what_is_shown_of_a_long_expression_is_not_cut_out_of_all_of_it() -> None:
    """In a chain of a megabyte every part was copied for every warning: half a minute."""
    module = parse(Source("<test>", "x = 1 + (" + " " * 900_000 + "1);"))
    (assignment,) = module.items
    assert isinstance(assignment, ast.Assignment)
    start = time.process_time()
    for _ in range(20_000):
        assert _text(assignment.values[0]) == "1 + ("
    assert time.process_time() - start < 0.8
