"""The editor: keys in, entries out."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from rasp.repl.completion import RaspCompleter
from rasp.repl.editor import edit
from rasp.repl.shell import Shell
from rasp.repl.style import Painter
from rasp.repl.typed import late_interrupts

CTRL_C, CTRL_D, ENTER, ALT_ENTER, UP = "\x03", "\x04", "\r", "\x1b\r", "\x1b[A"
CTRL_R, BACKSPACE = "\x12", "\x7f"
PASTE = "\x1b[200~{}\x1b[201~"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def typed(*keys: str) -> list[str]:
    """What is printed when keys are pressed."""
    printed: list[str] = []
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text("".join(keys) + CTRL_D)
        edit(Shell(printed.append, Painter(colour=False)))
    return printed


def test_a_statement_over_several_lines() -> None:
    assert typed("def f(x) {", ENTER, "return 2 *", ENTER, "x; }", ENTER, "f(4);", ENTER) == [
        "     console function: f(x)",
        "    value: out =  8",
    ]


def test_lines_are_indented() -> None:
    source = typed("def f(x) {", ENTER, "y = {}; return y;", ENTER, "}", ENTER, ":source f", ENTER)
    assert source[1].endswith("def f(x) {\n    y = {}; return y;\n}")


def test_ctrl_c_abandons_the_statement() -> None:
    assert typed("f(", ENTER, "1", CTRL_C, "2;", ENTER) == ["    value: out =  2"]


def test_an_interrupt_waits_until_the_editor_is_done() -> None:
    before = signal.getsignal(signal.SIGINT)
    with late_interrupts() as came:
        assert not came
        signal.raise_signal(signal.SIGINT)
        assert came
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_between_entries_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(shell: Shell, entry: str, name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Shell, "run", interrupted)
    assert typed("1;", ENTER, "2;", ENTER) == ["interrupted", "interrupted"]


def test_alt_enter_submits_what_is_unfinished() -> None:
    (printed,) = typed("x = (1", ALT_ENTER)
    assert printed.startswith("<input 1>:1:5: syntax error: '(' is not closed")


def test_pasted_statements_run_in_order() -> None:
    text = "a = 1; b = 2;\n:causal\ndef f(x) {\n    return x;\n}\nc = f(a + b)\nexamples off\n"
    printed = typed(PASTE.format(text), ENTER, "c;", ENTER)
    assert printed[:3] == [
        "    value: a =  1",
        "    value: b =  2",
        "causal off: selectors see all positions",
    ]
    assert "missing ';'" in printed[4]
    assert printed[-1].startswith("<input 5>"), "each entry has a number"


def test_what_was_begun_behind_a_mistake_is_gone_on_with() -> None:
    printed = typed("a = 1", ENTER, "def f(x) {", ENTER, "return x; }", ENTER, "f(5);", ENTER)
    assert "missing ';'" in printed[0]
    assert printed[1:] == ["     console function: f(x)", "    value: out =  5"]


def test_history_goes_over_runs() -> None:
    assert typed("1 + 1;", ENTER) == ["    value: out =  2"]
    assert typed(UP, ENTER) == ["    value: out =  2"]


def test_enter_ends_a_search() -> None:
    typed("1 + 1;", ENTER, "2 + 1;", ENTER)
    assert typed(CTRL_R, "1 +", ENTER, "4", BACKSPACE, ENTER) == ["    value: out =  2"]


def test_no_history_without_a_folder(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    assert typed("1;", ENTER) == ["    value: out =  1"]


@pytest.mark.parametrize("line", ["exit", "quit()", "exit;"])
def test_leaving(line: str) -> None:
    assert typed("1;", ENTER, line, ENTER, "2;", ENTER) == ["    value: out =  1"]


def test_changed_files_are_mentioned(tmp_path: Path) -> None:
    path = tmp_path / "p.rasp"
    path.write_text("x = 1;")
    printed: list[str] = []
    shell = Shell(printed.append, Painter(colour=False))
    shell.run(":load p", "<0>")
    os.utime(path, (1, 1))
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text(f"1;{ENTER}{CTRL_D}")
        edit(shell)
    assert printed[1:] == ["p.rasp has changed; :reload runs it again", "    value: out =  1"]


def completions(text: str, *statements: str) -> list[str]:
    shell = Shell(lambda _: None, Painter(colour=False))
    shell.run("1;", "<0>")
    for statement in statements:
        shell.run(statement, "<1>")
    document = Document(text)
    found = RaspCompleter(shell).get_completions(document, CompleteEvent())
    return [text[: len(text) + c.start_position] + c.text for c in found]


def test_completion(tmp_path: Path) -> None:
    assert completions(":com") == [":compile"]
    assert completions(":help ver") == [":help verify"]
    assert completions("x = sel") == [
        "x = select",
        "x = select_from_first",
        "x = select_from_last",
        "x = select_next_identical",
        "x = selector_width",
    ]
    assert completions("se")[:2] == ["set example", "set s-op example"]
    assert completions("mine + mi", "mine_too = 1;")[0] == "mine + mine_too"
    assert completions(":trace mi", "mine = 1;") == [":trace mine", ":trace min"]
    assert completions("1 + 2") == []
    (tmp_path / "progs").mkdir()
    (tmp_path / "progs" / "sort.rasp").touch()
    (tmp_path / "progs" / "notes.txt").touch()
    assert completions('load "pr') == ['load "progs/']
    assert completions('load "progs/s') == ['load "progs/sort.rasp']
    assert completions(":load progs/") == [":load progs/sort.rasp"]
    assert completions('x = 1; load "no') == []
