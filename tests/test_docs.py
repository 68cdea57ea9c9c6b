"""What the documents show is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from rasp.cli import main
from rasp.cli.parser import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLI = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def in_a_folder_with_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)


def test_python_of_the_readme() -> None:
    names: dict[str, object] = {}
    checked = 0
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        for line in block.splitlines():
            code, _, shown = line.partition(" # ")
            value = re.match(r"\[.*?\]|\d+", shown.strip())
            if value is None:
                exec(code, names)
            else:
                assert repr(eval(code, names)) == value[0], line
                checked += 1
    assert checked == 4


def test_program_of_the_readme() -> None:
    (program,) = re.findall(r"```\n(smaller = .*?)```", README, re.DOTALL)
    assert program in (ROOT / "examples" / "sort.rasp").read_text(encoding="utf-8")


def test_commands_of_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```\n(rasp run .*?)```", README, re.DOTALL)
    for line in block.splitlines():
        if "FILE..." not in line:
            assert main(shlex.split(re.split(r"\s{3,}", line)[0])[1:]) == 0, line
    assert '["a", "b", "d", "e", "g"]' in capsys.readouterr().out


def test_transcripts(capsys: pytest.CaptureFixture[str]) -> None:
    transcripts = re.findall(r"^    \$ (rasp .*)\n((?:    .*\n)+)", CLI, re.MULTILINE)
    assert len(transcripts) >= 2
    for command, output in transcripts:
        assert main(shlex.split(command)[1:]) == 0
        assert capsys.readouterr().out == re.sub(r"^    ", "", output, flags=re.MULTILINE)


def test_every_command_is_documented() -> None:
    for module in COMMANDS:
        assert re.search(rf"\| `rasp {module.__name__.rpartition('.')[2]}[ `]", CLI)
