"""How lines become entries: statements run when they are complete, and mistakes stay alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasp.repl.entries import Entries
from rasp.syntax.parse import finished

from .conftest import Terminal


def split(*lines: str) -> list[str]:
    entries = Entries(finished)
    completed = [entry for line in lines for entry in entries.add(line)]
    return [*completed, *entries.finish()]


def test_lines() -> None:
    assert split("a", "=1; b=2;", "", "# c", ":list ", "f(") == [
        "a\n=1; b=2;",
        "# c",
        ":list",
        "f(",
    ]
    assert split("def f(x) {", "return x;", "}", "1;") == ["def f(x) {\nreturn x;\n}", "1;"]
    assert split("set example [1,", "2]", "exit") == ["set example [1,\n2]", "exit"]


def test_what_is_complete_on_a_line_does_not_wait() -> None:
    entries = Entries(finished)
    assert list(entries.add("a = 1; b = (")) == ["a = 1; "]
    assert entries.pending == "b = ("
    assert list(entries.add("2);")) == ["b = (\n2);"]
    assert entries.first_line == 1


def test_a_mistake_takes_nothing_with_it() -> None:
    assert split("a = 3", "b = 4;") == ["a = 3\nb = 4;"]
    assert split("a", "def f(x) {", "return x;", "}") == ["a", "def f(x) {\nreturn x;\n}"]
    assert split("a = 1", ":list", "b;") == ["a = 1", ":list", "b;"]
    assert split('d = {"a"', ":1};") == ['d = {"a"\n:1};'], "a colon of the statement's own"


def test_a_mistake_is_reported_once(terminal: Terminal) -> None:
    printed = terminal("indices+1", "def f(x) {", "y = 2 * x;", "return y;", "}", "f(4);")
    assert printed.count("error") == 1
    assert "missing ';'" in printed
    assert printed.endswith("     console function: f(x)\n    value: out =  8")


def test_continuation_prompt() -> None:
    entries = Entries(finished)
    for line, prompt in [("x = (", ".. "), ("1", ".. ")]:
        list(entries.add(line))
        assert entries.continuation() == prompt
    entries = Entries(finished)
    for line, prompt in [("def f(x) {", "..   "), ("def g(y) {", "..     ")]:
        list(entries.add(line))
        assert entries.continuation() == prompt


@pytest.mark.parametrize("line", ["x = [", "def f(x) {"])
def test_long_statements_take_no_quadratic_time(line: str) -> None:
    start = time.perf_counter()
    body = ["a = 1;"] * 1500 if "def" in line else ["1,"] * 1500
    assert len(split(line, *body)) == 1
    assert time.perf_counter() - start < 10


def test_the_end_of_a_long_statement_is_noticed_at_once() -> None:
    for n_lines in range(1, 60):
        lines = ["def f(x) {", *['    y = "}"; # }'] * n_lines, "return y;", "}"]
        entries = Entries(finished)
        assert [entry for line in lines for entry in entries.add(line)] == ["\n".join(lines)]


@given(
    st.lists(
        st.sampled_from(
            ["a = 1;", "a", ";", ":list", "def f(x) {", "return x;", "}", "(", ")", "", "# c", '"']
        ),
        max_size=12,
    )
)
def test_no_text_is_lost(lines: list[str]) -> None:
    wanted = " ".join(" ".join(lines).split())
    assert " ".join(" ".join(split(*lines)).split()) == wanted


@given(st.text(st.sampled_from('ab1=+;(){}[]:",#\n. '), max_size=40))
def test_any_text_runs(text: str) -> None:
    terminal = Terminal()
    terminal(*text.split("\n"))
    terminal.shell.run(terminal.pending, "<rest>")
