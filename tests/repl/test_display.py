"""How values are shown where the original has no say: wide tokens, failures, size, colours."""

from __future__ import annotations

import pytest

from rasp.repl.display import MAX_LINES
from rasp.repl.sequences import matrix, rows, sequence, width
from rasp.repl.style import Painter

from .conftest import Terminal

PLAIN = Painter(colour=False)


def test_columns_of_wide_tokens() -> None:
    lines = matrix(["a", "bcd", "日"], [[True, False, True]] * 3, PLAIN)
    assert lines == [
        " \t\t\t       a bcd 日",
        " \t\t\t   a | 1      1",
        " \t\t\t bcd | 1      1",
        " \t\t\t  日 | 1      1",
    ]
    assert {width(line) for line in lines[1:]} == {width(lines[1])}


def test_rows_are_aligned_and_rounded() -> None:
    assert rows(["a", "b"], [1 / 3, 10.0], PLAIN) == [
        " \t\tinput:       a     b \t (strings)",
        " \t\toutput:  0.333  10.0 \t (floats)",
    ]
    assert rows([1, 2], [True, False], PLAIN) == [
        " \t\tinput:   1 2 \t (ints)",
        " \t\toutput:  T F \t (bools)",
    ]
    assert rows(["a"], ["b"], PLAIN) is None


def test_sequences() -> None:
    assert sequence([-0.0001, 2], PLAIN) == "[-0.0, 2] (floats)"
    assert sequence([float("nan")] * 2, PLAIN) == "[nan, nan] (floats)"
    assert sequence([10**5000], PLAIN) == "[an integer of 16610 bits] (ints)"


def test_an_example_that_fails_does_not_veto(terminal: Terminal) -> None:
    printed = terminal("x = 1 / (indices - 2);")
    assert printed == (
        "     s-op: x\n \t Example: x(\"hello\") fails: division by zero in '/' (position 2)"
    )
    assert not terminal.shell.failed
    assert terminal('x("ab");') == "\t =  [-0.5, -1.0] (floats)"


def test_the_input_row_is_that_of_the_right_example(terminal: Terminal) -> None:
    printed = terminal('set s-op example "xy"', "full seq display on", "indices;")
    assert "input:   x y" in printed


def test_application_of_a_selector_shows_its_input(terminal: Terminal) -> None:
    assert terminal('full_s(["no", "yes"]);').split("\n")[1] == " \t\t\t       no yes"


def test_results_of_applications_are_values(terminal: Terminal) -> None:
    assert terminal('r = tokens("ab");', "r;", "r[0];") == (
        "     list: r = ['a', 'b']\n     list: r = ['a', 'b']\n    value: out =  \"a\""
    )


def test_draw_shows_the_value_and_the_drawing(terminal: Terminal) -> None:
    assert terminal("draw(indices);").split("\n")[0] == "\t =  [0, 1, 2, 3, 4] (ints)"
    assert terminal('draw(indices, "ab");').split("\n")[:2] == [
        "\t =  [0, 1] (ints)",
        'indices on "ab"',
    ]
    assert "layer 1: 1 head\n" in terminal('draw(length, "ab");')
    assert not terminal.shell.failed
    assert "limit error" in terminal(f'draw(length, "{"a" * 99}");')
    assert terminal.shell.failed


@pytest.mark.parametrize(
    "program",
    [
        "x = [1]; for i in range(5000) { x = [x, indices]; }",
        "x = [1]; for i in range(60) { x = [x, x]; }",
        "x = [[i] for i in range(20000)];",
    ],
)
def test_large_containers_are_cut_short(terminal: Terminal, program: str) -> None:
    terminal("examples off", program)
    printed = terminal("x;")
    assert printed.count("\n") <= MAX_LINES
    assert printed.endswith("...")


def test_control_characters_are_shown_by_their_codes(terminal: Terminal) -> None:
    assert terminal('"\x1b[31m";') == '    value: out =  "\\x1b[31m"'
    assert "\x1b" not in terminal('set example "\x1b"', "tokens;", '["\x1b"];', "full_s;", "\x1b;")


def test_colours() -> None:
    paint = Painter(colour=True)
    assert sequence([1], paint) == "\033[36m[1]\033[0m (ints)"
    text = "<x>:1:1: name error: undefined variable 'y'\n  1 | y;\n    | ^\n  help: none"
    painted = paint.diagnostic(text).split("\n")
    assert painted[0].startswith("<x>:1:1: \033[31mname error\033[0m")
    assert painted[2] == "    | \033[31m^\033[0m"
    assert PLAIN.diagnostic(text) == text
