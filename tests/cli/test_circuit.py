"""rasp circuit: what it prints, writes and finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rasp
from rasp.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("circuit") / "reverse.safetensors"
    sop = rasp.load(EXAMPLES / "reverse.rasp")["reversed"]
    rasp.compile(sop, vocab="abc", max_len=4).save(path)
    return path


def test_text_and_check(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["circuit", str(model), "--check", "--pairs", "48"]) == 0
    out = capsys.readouterr().out
    assert "circuit of reversed: 5 parts, 10 edges between 10 pairs of parts" in out
    assert "a0.h0      a1.h0<q>  length" in out
    assert "the largest effect is 0.0" in out


def test_json(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["circuit", str(model), "--json", "--check", "--pairs", "48"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["outside"]["largest"] == 0.0
    assert "a0.h0->a1.h0<q>" in data["node_edges"]
    assert all(edge["witness"] is not None for edge in data["edges"])


@pytest.mark.parametrize("suffix", ["json", "dot", "svg"])
def test_files(
    model: Path, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"circuit.{suffix}"
    assert main(["circuit", str(model), "-o", str(path), "--pairs", "0"]) == 0
    assert capsys.readouterr().out == f"{path}: circuit of reversed, 5 parts, 10 edges\n"
    assert "a1.h0" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--pairs", "0", "--check"], 2, "--check needs pairs"),
        (["--pairs", "-1"], 2, "at least 0"),
        (["-o", "circuit.xyz", "--pairs", "0"], 1, "is not written as .xyz"),
    ],
)
def test_refused(
    model: Path,
    arguments: list[str],
    status: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        found = main(["circuit", str(model), *arguments])
    except SystemExit as end:
        found = int(end.code or 0)
    assert found == status
    assert message in capsys.readouterr().err
