"""The first line of a terminal, which is read before the editor is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from rasp.repl.first_line import FirstLine, read_first_line
from rasp.repl.shell import Shell
from rasp.repl.style import Painter
from tests.repl.terminal import ALT_ENTER, CTRL_C, CTRL_D, ENTER, PASTE, TAB, UP, Terminal

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

BACKSPACE, LEFT, ESCAPE = "\x7f", "\x1b[D", "\x1b"


class Keyboard:
    """Keys for `read_first_line`, and the terminal that they go to."""

    def __init__(self) -> None:
        self.leader, self.follower = os.openpty()

    def line(self, *keys: str) -> FirstLine:
        os.write(self.leader, "".join(keys).encode())
        return read_first_line(Shell(lambda _: None, Painter(colour=True)))


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyboard]:
    made = Keyboard()
    modes = termios.tcgetattr(made.follower)
    modes[0] &= ~termios.ICRNL
    modes[3] &= ~(termios.ICANON | termios.ISIG)  # keys pressed before lie there one by one
    termios.tcsetattr(made.follower, termios.TCSANOW, modes)
    modes = termios.tcgetattr(made.follower)
    with open(made.follower, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setenv("COLUMNS", "40")
        yield made
        assert termios.tcgetattr(made.follower) == modes, "the terminal is left as it was"
    os.close(made.leader)


@pytest.mark.parametrize(
    ("keys", "text", "left"),
    [
        (["1;", "\r"], "1;", ""),
        (["1;", "\n"], "1;", ""),
        (["\r"], "", ""),
        (["12", BACKSPACE, BACKSPACE, BACKSPACE, "3;", "\r"], "3;", ""),
        ([":help", "\r"], ":help", ""),
        (["1; ", TAB], "1; ", TAB),
        (["1", LEFT, "2"], "1", LEFT + "2"),
        (["def f(x) {", "\r", "return x"], "def f(x) {", "\rreturn x"),
        (["é;", "\r"], "", "é;\r"),
        ([CTRL_C], "", CTRL_C),
        (["x" * 36 + "y"], "x" * 36, "y"),
    ],
)
def test_a_line(keyboard: Keyboard, keys: list[str], text: str, left: str) -> None:
    assert keyboard.line(*keys) == FirstLine(text, left)


def test_what_comes_after_the_line_is_not_taken(keyboard: Keyboard) -> None:
    assert keyboard.line("1;\r2;\r") == FirstLine("1;", "")
    assert keyboard.line() == FirstLine("2;", "")


def test_it_is_in_colour(keyboard: Keyboard, capsys: pytest.CaptureFixture[str]) -> None:
    keyboard.line('x = "a" if 1;\r')
    shown = capsys.readouterr().out.split("\r")[-2]
    assert shown.endswith('x = \033[31m"a"\033[0m \033[1;32mif\033[0m \033[36m1\033[0m;')


def test_a_first_answer_needs_no_editor(tmp_path: Path) -> None:
    code = """
import sys, types
from rasp.repl import main
editor = types.ModuleType("rasp.repl.editor")
editor.edit = lambda *_, **__: print("loaded:", {"asyncio", "prompt_toolkit"} & set(sys.modules))
sys.modules["rasp.repl.editor"] = editor
main()
"""
    with Terminal(tmp_path, command=["-c", code]) as terminal:
        terminal.wait_for_prompt()
        terminal.press("indices;", ENTER)
        assert terminal.wait_for_end() == 0
        terminal.wait_for("loaded: set()")
        assert "[0, 1, 2, 3, 4] (ints)" in terminal.text()


def first(folder: Path, *keys: str, shows: str) -> str:
    """The screen after a first line."""
    with Terminal(folder) as terminal:
        terminal.wait_for_prompt()
        terminal.press(*keys)
        terminal.wait_for(shows)
        return terminal.text()


def test_keys_that_the_editor_knows(tmp_path: Path) -> None:
    shown = first(tmp_path, "12", LEFT, "3;", BACKSPACE, " +", "\x05", ";", ENTER, shows="value")
    assert ">> 13 +2;\n" in shown
    assert first(tmp_path, UP, shows="13 +2;").count(">>") == 1
    assert "select_next_identical" in first(tmp_path, "sel", TAB, shows="selector_width")
    assert "is not closed" in first(tmp_path, "(1", ALT_ENTER, shows="not closed")
    assert ">> é" in first(tmp_path, "é", shows=">> é")
    assert ">> 17;" in first(tmp_path, ESCAPE, "1", BACKSPACE, "17;", shows="17;")


def test_lines_pasted_first(tmp_path: Path) -> None:
    text = "def f(x) {\n    y = x + 1;\n    return y;\n}\nf(1);"
    shown = first(tmp_path, PASTE.format(text), ENTER, shows="value: out =  2")
    assert ">> def f(x) {\n..     y = x + 1;\n..     return y;" in shown


def test_a_long_paste_is_all_there(tmp_path: Path) -> None:
    text = "\n".join(f"x{n} = {n};" for n in range(1500))
    with Terminal(tmp_path) as terminal:
        terminal.wait_for_prompt()
        for at in range(0, len(text), 1000):
            terminal.press(PASTE.format("{}").split("{}")[0] * (at == 0), text[at : at + 1000])
        terminal.press("\x1b[201~", ENTER)
        terminal.wait_for("value: x1499 =  1499")


def test_a_line_longer_than_the_terminal(tmp_path: Path) -> None:
    line = " + ".join(["1"] * 40) + ";"
    shown = first(tmp_path, line, ENTER, shows="value: out =  40")
    assert "".join(shown.split("\n")[3:5]).replace("1..  +", "1 +") == f">> {line}"


def test_lines_typed_ahead(tmp_path: Path) -> None:
    shown = first(
        tmp_path, "a = 1;", ENTER, "b = a + 1;", ENTER, "b;", ENTER, shows="value: b =  2"
    )
    assert "value: a =  1" in shown


def test_ctrl_c_and_ctrl_d(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.press("1 +", CTRL_C)
        terminal.wait_for_prompt()
        terminal.press("2;", ENTER)
        terminal.wait_for("value: out =  2")
    with Terminal(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.press(CTRL_D)
        assert terminal.wait_for_end() == 0
        assert "Traceback" not in terminal.text()


def test_what_is_begun_behind_a_mistake(tmp_path: Path) -> None:
    keys = ["a = = 1; def f(x) {", ENTER]
    shown = first(tmp_path, *keys, "return x; }", ENTER, "f(5);", ENTER, shows="value: out =  5")
    assert "syntax error: unexpected '='" in shown


def test_the_first_line_is_remembered(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.press("40 + 2;", ENTER)
        terminal.wait_for("value: out =  42")
        terminal.wait_for_prompt()
        terminal.press(UP)
        terminal.wait_for("=  42\n>> 40 + 2;")
    assert ">> 40 + 2;" in first(tmp_path, UP, shows="40 + 2;")


def test_a_terminal_that_is_closed(tmp_path: Path) -> None:
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rasp"],
        stdin=follower,
        stdout=follower,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": ""},
        start_new_session=True,
    )
    os.close(follower)
    seen = b""
    while b">>" not in seen:
        seen += os.read(leader, 1024)
    os.close(leader)
    _, errors = process.communicate(timeout=60)
    assert b"Traceback" not in errors
