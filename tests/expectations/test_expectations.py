"""What is read from comments, and what is found to hold."""

from __future__ import annotations

from typing import Any

import pytest

from rasp.errors import RaspError
from rasp.expectations import check_text, difference, expectations
from rasp.expectations.checking import same
from rasp.expectations.literals import read_value
from rasp.source import Source


def verdicts(text: str) -> list[bool]:
    report = check_text(text)
    assert not report.errors, report.errors
    return [checked.ok for checked in report.checked]


@pytest.mark.parametrize(
    ("text", "holds", "does_not"),
    [
        ("x = tokens;\n", '#> x("ab") = ["a", "b"]', '#> x("ab") = ["a", "c"]'),
        ("x = tokens;\n", '#> x(["a#b"]) = ["a#b"]', '#> x(["a#b"]) = ["a"]'),
        ("x = indices / 4;\n", '#> x("abc") = [0, 0.25, 0.5]', '#> x("abc") = [0, 0.25, 0.4]'),
        ("x = indices > 0;\n", '#> x("ab") = [False, True]', '#> x("ab") = [0, 1]'),
        ("x = indices > 0;\n", '#> x("ab") = [false, true]', '#> x("ab") = ["F", "T"]'),
        ("x = -indices;\n", '#> x("ab") = [0, -1]', '#> x("ab") = [0, 1]'),
        (
            "x = select(indices, 1, ==);\n",
            '#> x("ab") = [[False, True], [False, True]]',
            '#> x("ab") = [[0, 1], [1, 0]]',
        ),
        ("x = select(indices, 1, ==);\n", '#> x("ab") = [[0, 1], [0, 1]]', '#> x("ab") = [0, 1]'),
        ("x = tokens_int;\n", '#> x("a") ! is not an integer', '#> x("1") ! is not an integer'),
        ("x = tokens_int;\n", '#> x("a") ! is not an integer', '#> x("a") ! is not a number'),
        ("def f(a, b) { return a - b; }\n", "#> f(5, 3) = 2", "#> f(3, 5) = 2"),
        ("1 + 2;", "  #> 3", "  #> 4"),
        ("1 + 2;", "  #> 3  by counting", "  #> 2  by guessing"),
        ('x = {"a": [1, True]};\n', '#> {"a": [1, True]}', '#> {"a": [1, 1]}'),
        ("1 / 0;", "  #! value: division", "  #! value: modulo"),
        ("1 / 0;", "  #! value: division", "  #! type: division"),
        ('"#";', '  #> "#"', '  #> "b"'),
        ("x = nan;\n", "#! name: undefined variable 'nan'", "#! name: something"),
    ],
)
def test_forms(text: str, holds: str, does_not: str) -> None:
    assert verdicts(text + holds) == [True]
    assert verdicts(text + does_not) == [False]


def test_an_expectation_is_about_what_stands_before_it() -> None:
    assert verdicts('x = 1;  #> 1\nx = 2;  #> 2\nx = tokens;\n#> x("a") = ["a"]') == [True] * 3
    assert verdicts('#> x("a") = ["a"]\nx = tokens;') == [True], (
        "or behind it, if nothing is before"
    )
    assert verdicts("def f() {\n  y = 1;  # a comment\n  return y;\n}\nf();  #> 1") == [True]


def test_errors_of_whole_programs() -> None:
    assert verdicts("# about\n#! value: division by zero\nx = 1 / 0;\ny = x;\n") == [True]
    assert verdicts("#! value: division by zero\nx = 1 / 1;\n") == [False]
    assert verdicts("#!/usr/bin/env rasp\nx = 1;  #> 1\n") == [True]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('x = tokens;\n#> x("a" = 3', "2:1"),
        ('x = tokens;\n  #> x("a") = y', "2:3"),
        ("x = 1;  #>", "1:9"),
        ("x = 1;  #! wrong: text", "1:9"),
        ("x = 1;  #> 1 + 1", "1:9"),
    ],
)
def test_what_cannot_be_read(text: str, place: str) -> None:
    (error,) = (found for found in expectations(Source("x", text)) if isinstance(found, RaspError))
    assert str(error).startswith(f"x:{place}: syntax error: this expectation cannot be read")
    assert error in check_text(text).errors or error.message in {
        e.message for e in check_text(text).errors
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('x = tokens;  #> ["a"]', "is an s-op, whose values depend on the input"),
        ("x = full_s;  #> [[1]]", "is a selector, whose"),
        ("def f() { return 1; }  #> 1", "is a function, whose"),
        ("#> 3", "there is no value before this expectation"),
        ("#> y(3) = 3", "undefined variable 'y'"),
    ],
)
def test_expectations_that_are_mistaken(text: str, message: str) -> None:
    (checked,) = check_text(text).checked
    assert not checked.ok
    assert checked.error is not None
    assert message in checked.error.message
    assert "#>" in difference(checked), "the line is shown"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, -2.5, .5]", [1, -2.5, 0.5]),
        ('["a", "\\n"]', ["a", "\n"]),
        ("[True, False]", [True, False]),
        ('{"a": True}', {"a": True}),
        ("(1)", 1),
        ("[T, F] (bools)", [True, False]),
        ("[1, 2.5]  (floats)", [1, 2.5]),
        ('"a (ints)"', "a (ints)"),
        ('["T"]', ["T"]),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert read_value(text) == value


@pytest.mark.parametrize(
    "text", ["a", "1 + 1", "[h, i] (strings)", "[a, T]", "[1", "f(1)", "[" * 100_000]
)
def test_what_is_no_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_value(text)


def test_sameness() -> None:
    assert same(1, 1.0)
    assert same(float("nan"), float("nan"))
    assert not same(True, 1)
    assert not same(1, True)
    assert not same("1", 1)
    assert not same([1, 2], [1])


def test_differences_of_long_sequences_go_on_below() -> None:
    text = 'x = indices;\n#> x("' + "a" * 40 + '") = [' + ", ".join(["0"] * 40) + "]"
    (checked,) = check_text(text).checked
    lines = difference(checked, 40).splitlines()[1:]
    assert max(map(len, lines)) <= 40
    assert sum(line.strip().startswith("got") for line in lines) > 1


def test_differences_of_selectors_are_side_by_side() -> None:
    text = 'x = select(indices, 0, ==);\n#> x("ab") = [[1, 0], [0, 1]]'
    (checked,) = check_text(text).checked
    assert difference(checked).splitlines()[1:] == [
        "    expected   got",
        "    1 0        1 0",
        "    0 1        1 0   <",
    ]


def test_what_is_written() -> None:
    program = 'twice = "ab"[indicator(tokens == "a")];\n'
    report = check_text(f'{program}#> twice("a") writes "bab"\n#> twice("a") writes "bb"\n')
    assert [one.ok for one in report.checked] == [True, False]
    text = difference(report.checked[1])
    assert "writes something else" in text
    assert "expected" in text
    assert '"b"  "a"' in text


def test_what_is_written_has_to_be_tokens() -> None:
    report = check_text('x = tokens;\n#> x("a") writes ""\n#> x("a") writes 3\n')
    assert len(report.errors) == 2
    assert "is a string or a list of tokens" in report.errors[0].message
