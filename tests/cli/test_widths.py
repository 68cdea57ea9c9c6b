"""On a terminal nothing that commands say is wider than it, but for values and JSON."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

import pytest

from rasp.cli import main
from rasp.repl.fitting import visible_width

PROGRAM = """\
# 漢字
same = selector_width(select(tokens, tokens, ==));
mirrored = aggregate(select(indices, length - 1 - indices, ==), tokens, "漢");
#> same("漢字漢") = [2, 1, 2]
#> same("漢字漢") = [2, 1, 3]
"""
WRONG = 'x = aggregate(select(indices, length - 1 - indices, ==), tokens, "漢字漢字") + nowhere;\n'
COMMANDS = {
    "check": ["check", "wide.rasp", "wrong.rasp"],
    "test": ["test", "wide.rasp"],
    "draw": ["draw", "wide.rasp", "--sop", "same", "漢字👍🏽漢字漢字漢字漢字漢字"],
    "graph": ["draw", "wide.rasp", "--sop", "same", "--graph", "漢"],
    "analyze": ["analyze", "wide.rasp", "--sop", "mirrored"],
    "compile": [
        "compile",
        "wide.rasp",
        "--sop",
        "same",
        "--vocab",
        "漢字a",
        "--max-len",
        "4",
        "-o",
        "a.safetensors",
    ],
    "info": ["info", "model.safetensors"],
    "circuit": ["circuit", "model.safetensors"],
    "verify": ["verify", "model.safetensors"],
    "wrong": ["chek", "wide.rasp"],
    "help": ["--help"],
    **{
        f"help-{name}": [name, "--help"]
        for name in [
            "run",
            "generate",
            "check",
            "test",
            "fmt",
            "analyze",
            "compile",
            "info",
            "verify",
            "export",
            "circuit",
            "dataset",
            "draw",
            "lsp",
            "completion",
        ]
    },
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("model")
    (folder / "wide.rasp").write_text(PROGRAM, encoding="utf-8")
    path = folder / "model.safetensors"
    options = ["--sop", "same", "--vocab", "漢字a", "--max-len", "4", "-o", str(path)]
    assert main(["compile", str(folder / "wide.rasp"), *options]) == 0
    return path.read_bytes()


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_commands_say(
    name: str, columns: int, model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wide.rasp").write_text(PROGRAM, encoding="utf-8")
    Path("wrong.rasp").write_text(WRONG, encoding="utf-8")
    Path("model.safetensors").write_bytes(model)
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    with contextlib.suppress(SystemExit):
        main(COMMANDS[name])
    written = terminal.getvalue().replace("\r", "\n")
    assert written.strip()
    for line in written.split("\n"):
        assert visible_width(line) <= columns or len(line.split()) == 1, line


def test_graphs_go_on_below_what_an_operation_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    text = "x = selector_width(select(tokens, tokens, ==) and select(indices, indices, <=));\n"
    (tmp_path / "x.rasp").write_text(text)
    assert main(["draw", str(tmp_path / "x.rasp"), "--graph"]) == 0
    lines = terminal.getvalue().split("\n")
    assert lines[-4:] == [
        "  width, layer 1     x = selector_width((select(tokens,",
        "                     tokens, ==) and select(indices,",
        "                     indices, <=)))",
        "",
    ]
