"""Completion in shells: the scripts know every command and option."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from rasp.cli import main
from rasp.cli.completion import subcommands
from rasp.cli.parser import COMMANDS, build_parser


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_everything_is_there(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    commands = subcommands(build_parser().parse_args(["completion", "bash"]).commands)
    assert len(commands) == len(COMMANDS)
    for command in commands:
        assert command.name in text
        for option in command.options:
            assert option.names[-1].lstrip("-") in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_takes_it(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    text = script(shell, capsys)
    subprocess.run([shell, "-n"], input=text, text=True, check=True)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("rasp ver", ["verify"]),
        ("rasp compile --m", ["--max-len"]),
        ("rasp compile --dtype fl", ["float32", "float64"]),
        ("rasp completion z", ["zsh"]),
        ("rasp run --so", ["--sop"]),
    ],
)
def test_bash(words: str, found: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    line = words.split(" ")
    quoted = " ".join(f"'{word}'" for word in line)
    code = f"{script('bash', capsys)}COMP_WORDS=({quoted}); COMP_CWORD={len(line) - 1}; _rasp\n"
    code += 'printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == found
