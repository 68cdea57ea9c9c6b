"""The REPL in a pipe, and on a terminal that takes plain text only."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

RASP = [sys.executable, "-m", "rasp"]


def piped(text: str | bytes, *options: str) -> subprocess.CompletedProcess[str]:
    data = text.encode() if isinstance(text, str) else text
    done = subprocess.run([*RASP, *options], input=data, capture_output=True, check=False)
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def test_pipe() -> None:
    done = piped('x = indices;\nfoo;\n"a";\nx = (1')
    assert done.stdout == (
        "     s-op: x\n"
        ' \t Example: x("hello") = [0, 1, 2, 3, 4] (ints)\n'
        "<line 2>:1:1: name error: undefined variable 'foo'\n"
        "  1 | foo;\n"
        "    | ^^^\n"
        '    value: out =  "a"\n'
        "<line 4>:1:5: syntax error: '(' is not closed\n"
        "  1 | x = (1\n"
        "    |     ^\n"
        "  help: a ')' is missing\n"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_strict() -> None:
    assert piped("1;\n", "--strict").returncode == 0
    assert piped("1/0;\n1;\n", "--strict").returncode == 1
    assert piped(":nonsense\n", "--strict").returncode == 1
    assert piped("x = 1/indices;\n", "--strict").returncode == 0, "only its example fails"


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\xff\xfe;\n1;\n", b"\x00;\n1;", b"\xef\xbb\xbf1;\n"]
)
def test_odd_input(data: bytes) -> None:
    done = piped(data)
    assert done.returncode == 0
    assert done.stderr == ""
    if b"1" in data:
        assert done.stdout.endswith("value: out =  1\n")


def test_a_first_answer_needs_nothing_heavy() -> None:
    code = (
        "import sys; from rasp.cli import main; main([]);"
        "assert not {'torch', 'numpy', 'prompt_toolkit', 'pygments'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], input=b"length;\n", check=True)


def test_the_prompt_needs_no_parser() -> None:
    code = (
        "import sys, rasp.cli, rasp.repl, rasp.repl.editor;"
        "heavy = {'torch', 'numpy', 'lark', 'rasp.program'} & set(sys.modules); assert not heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def on_terminal(text: str, **variables: str) -> str:
    """What a terminal shows when the text is typed there."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **variables}
    with subprocess.Popen(RASP, stdin=follower, stdout=follower, stderr=follower, env=environment):
        os.close(follower)
        os.write(leader, text.encode())
        shown = b""
        while select.select([leader], [], [], 20)[0]:
            try:
                shown += os.read(leader, 4096)
            except OSError:  # the terminal is gone
                break
    os.close(leader)
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_plain_terminal(variables: dict[str, str], tmp_path: Path) -> None:
    shown = on_terminal("indices\n;\nfoo;\nexit\n", XDG_STATE_HOME=str(tmp_path), **variables)
    assert "\x1b" not in shown
    assert "running example is: hello" in shown
    assert ">> .. " in shown.replace("indices\n", "").replace(";\n", "")
    assert "name error: undefined variable 'foo'" in shown
