"""docs/drawing.md shows what is drawn, and its figures are what is drawn now.

usage: python -m tests.drawing.test_documents          draws the figures again
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import rasp
from rasp.cli import main
from rasp.drawing import Drawing, limits

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "drawing.md").read_text(encoding="utf-8")
FIGURES = ROOT / "docs" / "figures"


def _sorted() -> rasp.SOp:
    path = ROOT / "examples" / "sort.rasp"
    program = rasp.loads(path.read_text(encoding="utf-8"), name="examples/sort.rasp")
    sop: rasp.SOp = program["sorted"]
    return sop


def _failing() -> Drawing:
    program = rasp.loads("number = tokens_int; share = 12 / (number - 3);", name="share.rasp")
    drawing: Drawing = program["share"].draw("135")
    return drawing


DRAWN: dict[str, Callable[[], Drawing]] = {
    "sort": lambda: _sorted().draw("badge"),
    "sort-graph": lambda: _sorted().graph(),
    "failing": _failing,
}


@pytest.mark.parametrize("name", DRAWN)
def test_figures(name: str) -> None:
    assert (FIGURES / f"{name}.svg").read_text(encoding="utf-8") == DRAWN[name]().svg
    assert f"(figures/{name}.svg)" in TEXT


def test_transcripts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    transcripts = re.findall(r"^    \$ (rasp .*)\n((?:(?:    .*)?\n)+?)(?=\S)", TEXT, re.MULTILINE)
    assert transcripts
    for command, shown in transcripts:
        assert main(shlex.split(command)[1:]) == 0
        text = re.sub(r"^    ", "", shown, flags=re.MULTILINE).rstrip("\n") + "\n"
        assert capsys.readouterr().out == text


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    (rasp draw examples/.* -o (\S+))$", TEXT, re.MULTILINE)
    assert len(commands) == 4
    for command, file in commands:
        assert main(shlex.split(command)[1:]) == 0
        assert Path(file).stat().st_size > 1000


def test_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    checked = 0
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        for line in block.splitlines():
            code, _, shown = line.partition(" # ")
            if code.strip().endswith(("]", "message")) and "=" not in code:
                assert str(eval(code, names)) == shown.strip()
                checked += 1
            else:
                exec(code, names)
    assert checked == 2
    assert Path("sort.svg").read_text(encoding="utf-8").startswith("<svg")


def test_limits() -> None:
    sentence = re.sub(r"\s+", " ", TEXT.partition("## How large")[2])
    for limit in (
        f"{limits.MAX_FLOW_TOKENS} tokens, {limits.MAX_FLOW_ROWS} operations",
        f"{limits.MAX_CELLS:,} cells",
        f"at most {limits.MAX_MATRIX_TOKENS} tokens; a table {limits.MAX_TABLE_TOKENS};",
        f"a graph {limits.MAX_GRAPH_NODES} nodes",
    ):
        assert limit in sentence


if __name__ == "__main__":
    for name, drawn in DRAWN.items():
        (FIGURES / f"{name}.svg").write_text(drawn().svg, encoding="utf-8", newline="\n")
