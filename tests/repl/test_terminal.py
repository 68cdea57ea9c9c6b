"""The REPL in a real terminal, as a new user meets it; docs/repl-screens.md shows its screens.

usage: python -m tests.repl.test_terminal          writes the screens of now into the document
"""

from __future__ import annotations

import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repl.terminal import (
    ALT_ENTER,
    CTRL_C,
    CTRL_D,
    CTRL_R,
    ENTER,
    PASTE,
    TAB,
    UP,
    Terminal,
)

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "repl-screens.md"
DOCUMENT_BEGINS = """\
# The REPL on the screen

What a terminal of 88 columns shows in one session, key by key. A test presses the keys in a real
terminal and compares the screens; [repl.md](repl.md) explains what they mean.
"""


def run(terminal: Terminal, line: str, shows: str) -> None:
    """Types a line, and waits for what it shows."""
    terminal.press(line, ENTER)
    terminal.wait_for(shows)
    terminal.wait_for_prompt()


def screens(folder: Path) -> Iterator[tuple[str, str]]:
    """A session: what was done, and the screen after it."""
    (folder / "examples").symlink_to(ROOT / "examples")
    with Terminal(folder, lines=32, environment={"PAGER": "cat"}) as terminal:
        terminal.wait_for_prompt()
        yield "`rasp` is there at once.", terminal.text()

        terminal.press("before = sel", TAB)
        terminal.wait_for("select_next_identical")
        yield "Tab completes names: `before = sel`, Tab.", terminal.text()

        terminal.press(CTRL_C)
        terminal.wait_for_prompt()
        terminal.press("def histogram(seq) {", ENTER, "return selector_width(", ENTER)
        terminal.press("select(seq, seq, ==)); }", ENTER)
        terminal.wait_for("console function: histogram(seq)")
        terminal.wait_for_prompt()
        run(terminal, "histogram(tokens);", "[1, 1, 2, 2, 1] (ints)")
        yield (
            "Ctrl-C abandons what is typed. Enter begins a new line, indented, until the statement "
            "is complete.",
            terminal.text(),
        )

        terminal.press("a = 3", ENTER, "b = 4;", ENTER)
        terminal.wait_for("value: b =  4")
        terminal.wait_for_prompt()
        run(terminal, "histgram(tokens);", "did you mean 'histogram'?")
        yield "A mistake ends at the next statement, which runs.", terminal.text()

        terminal.press(PASTE.format('set example ["the", "cat", "the"]\nx = tokens;\nfull_s;\n'))
        terminal.press(ENTER)
        terminal.wait_for("selector: full_s")
        terminal.wait_for_prompt()
        yield "Pasted statements run in order; columns of long tokens are aligned.", terminal.text()

        terminal.press(UP)
        terminal.wait_for("1   1   1\n>> set example [")
        terminal.press(CTRL_C)
        terminal.wait_for_prompt()
        terminal.press(CTRL_R, "histogram(t")
        terminal.wait_for(">> histogram(tokens);\nI-search backward: histogram(t")
        yield "Up goes back in the history, Ctrl-R searches it.", terminal.text()

        terminal.press(CTRL_C)
        terminal.wait_for_prompt()
        run(terminal, 'load "examples/sort";', "s-op: sorted")
        run(terminal, ":trace sorted ba", "sorted = aggregate(")
        yield "`:trace` shows where a value comes from.", terminal.text()

        run(terminal, ":compile sorted abcde 12 sort.safetensors", "certificate exact")
        run(terminal, ":verify sorted 2000", "ok: equal to the interpreter on 2,000 inputs")
        yield "From a program to weights, and a comparison with the program.", terminal.text()

        terminal.press("for i in range(1000) { for j in range(10000) { k = i * j; } }", ENTER)
        terminal.wait_until_it_runs()
        terminal.press(CTRL_C)
        terminal.wait_for("interrupted")
        terminal.wait_for_prompt()
        terminal.press(CTRL_D)
        assert terminal.wait_for_end() == 0
        yield "Ctrl-C stops what runs, Ctrl-D leaves.", terminal.text()


def document(folder: Path) -> str:
    parts = [DOCUMENT_BEGINS]
    for title, screen in screens(folder):
        parts.append(f"{title}\n\n```text\n{screen}\n```\n")
    return "\n".join(parts)


def comparable(text: str) -> str:
    """Without the figures of compiled models: the compiler has tests of its own."""
    return re.sub(r"\d[\d,.]*", "0", text)


def test_screens(tmp_path: Path) -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert comparable(document(tmp_path)) == comparable(written)


def test_ctrl_c_at_once(tmp_path: Path) -> None:
    with Terminal(tmp_path, lines=200) as terminal:
        terminal.wait_for_prompt()
        for n in range(8):
            terminal.press("for i in range(1000) { for j in range(10000) { k = i * j; } }", ENTER)
            terminal.wait_until_it_runs()
            terminal.press(CTRL_C)
            terminal.wait_for_prompt()
            terminal.press(f"{n};", ENTER)
            terminal.wait_for(f"value: out =  {n}")
            terminal.wait_for_prompt()
        assert "Traceback" not in terminal.text()


def test_colours(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.press('y = "a" if tokens == "b" else 1;')
        terminal.wait_for("else 1;")
        plain, string, word = (terminal.colour(text) for text in ("y =", '"a"', "else"))
        assert len({plain, string, word}) == 3
        run(terminal, "", "s-op: y")
        run(terminal, "nonsense;", "undefined variable")
        assert terminal.colour("name error") != plain


def test_without_colours(tmp_path: Path) -> None:
    with Terminal(tmp_path, environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for_prompt()
        run(terminal, "nonsense;", "undefined variable")
        terminal.press("exit", ENTER)
        assert terminal.wait_for_end() == 0
        assert b"\x1b" not in terminal.received


def test_a_dumb_terminal(tmp_path: Path) -> None:
    with Terminal(tmp_path, environment={"TERM": "dumb"}) as terminal:
        terminal.wait_for_prompt()
        run(terminal, "1 + 1;", "value: out =  2")
        terminal.press(CTRL_D)
        assert terminal.wait_for_end() == 0
        assert b"\x1b" not in terminal.received


def test_long_answers_page(tmp_path: Path) -> None:
    with Terminal(tmp_path, lines=12, environment={"PAGER": "tail -n 3"}) as terminal:
        terminal.wait_for_prompt()
        run(terminal, ":help", "exit  ")
        assert "selector" not in terminal.text()


def test_alt_enter_submits_what_is_unfinished(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.press("x = (1", ALT_ENTER)
        terminal.wait_for("'(' is not closed")


def test_a_terminal_that_goes_away_ends_the_session(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.signal(signal.SIGHUP)
        assert terminal.wait_for_end() != 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        DOCUMENT.write_text(document(Path(temporary)), encoding="utf-8")
