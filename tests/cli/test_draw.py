"""rasp draw: what it writes, prints and refuses."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import rasp
from rasp.cli import main

ROOT = Path(__file__).parents[2]
SORT = str(ROOT / "examples" / "sort.rasp")
FAILING = "x = tokens_int;\ny = 10 / (x - 3);\n"


@pytest.fixture
def failing(tmp_path: Path) -> str:
    path = tmp_path / "failing.rasp"
    path.write_text(FAILING)
    return str(path)


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = str(tmp_path / "sort.safetensors")
    assert main(["compile", SORT, "--vocab", "abc", "--max-len", "4", "-o", path]) == 0
    return path


def status(*arguments: str | Path) -> int:
    try:
        return main(["draw", *map(str, arguments)])
    except SystemExit as end:  # argparse
        return int(end.code or 0)


def test_text_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(SORT, "badge") == 0
    out, err = capsys.readouterr()
    assert out.startswith('sorted on "badge"\n\ninput\n  tokens   b a d g e\n')
    assert out.endswith("sorted  a b d e g  = aggregate(select(place, indices, ==), tokens, 0)\n")
    assert err == ""


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for suffix in ("svg", "html", "dot", "txt", "SVG"):
        path = tmp_path / f"out.{suffix}"
        assert status(SORT, "badge", "-o", path) == 0
        assert "sorted" in path.read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""
    ET.parse(tmp_path / "out.svg")
    assert (tmp_path / "out.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "out.dot").read_text().startswith("digraph rasp {")


def test_chooses_an_sop_or_a_selector(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(SORT, "ba", "--sop", "place") == 0
    assert capsys.readouterr().out.startswith('place on "ba"')
    assert status(SORT, "ba", "--sop", "smaller") == 0
    assert capsys.readouterr().out.startswith("smaller = select(tokens, tokens, <)\n")
    assert status(SORT, "ba", "--sop", "nothing") == 1
    assert "undefined variable 'nothing'" in capsys.readouterr().err
    assert status(SORT, "ba", "--sop", "shift") == 1
    assert "'shift' is not an s-op" in capsys.readouterr().err


def test_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(SORT, "--graph", "-o", tmp_path / "g.svg") == 0
    assert status(SORT, "--graph", "--sop", "equal_earlier") == 0
    assert capsys.readouterr().out.startswith("graph of equal_earlier\n")
    assert status(SORT, "ab", "--graph") == 2


def test_causal(capsys: pytest.CaptureFixture[str], model: str) -> None:
    assert status(SORT, "ba", "--sop", "length", "--causal") == 0
    assert "  length  1 2  = " in capsys.readouterr().out
    assert status(model, "ba", "--causal") == 2
    assert status(SORT, "--graph", "--causal") == 2


def test_standard_input_and_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, "x = indices + 1;")
    assert status("-", "ab", "-o", "-", "--format", "dot") == 0
    assert capsys.readouterr().out.startswith("digraph rasp {")
    feed(monkeypatch, "badge\n")
    assert status(SORT, "-") == 0
    assert 'sorted on "badge"' in capsys.readouterr().out
    feed(monkeypatch, "a\nb\n")
    assert status(SORT, "-") == 1
    assert "expected one line with one input, got 2 lines" in capsys.readouterr().err
    assert status("-", "-") == 2


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_json(tmp_path: Path, failing: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.svg"
    assert status(SORT, "ba", "-o", path, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "sop": "sorted",
        "title": 'sorted on "ba"',
        "file": str(path),
        "format": "svg",
        "error": None,
    }
    assert status(failing, "13", "-o", path, "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "runtime"
    assert status(SORT, "ba", "--json") == 2
    assert status(SORT, "", "-o", path, "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "type"


def test_json_tokens(failing: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(failing, "--tokens-json", "[1, true, 13]") == 0
    assert "tokens       1  T 13" in capsys.readouterr().out
    assert status(failing, "--tokens-json", "3") == 1
    assert "not a JSON list" in capsys.readouterr().err


def test_failing_is_drawn_and_reported(
    tmp_path: Path, failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.svg"
    assert status(failing, "135", "-o", path) == 1
    assert f"{failing}:2:5: runtime error: division by zero" in capsys.readouterr().err
    drawn = path.read_text(encoding="utf-8")
    assert "✗" in drawn
    assert "division by zero" in drawn


@pytest.mark.parametrize("name", ["out.gif", "out", "out.svg.gz"])
def test_unknown_suffix(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(SORT, "ba", "-o", tmp_path / name) == 2
    assert ".svg, .png, .html, .dot, .txt" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert status(SORT, "ba", "-o", tmp_path / name, "--format", "svg") == 0


def test_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(SORT, "ba", "-o", tmp_path / "no" / "folder.svg") == 1
    assert "cannot write" in capsys.readouterr().err
    assert status(tmp_path / "missing.rasp", "ba") == 1
    assert "missing.rasp" in capsys.readouterr().err
    assert status(SORT, "a" * 200, "-o", tmp_path / "out.svg") == 1
    assert "limit error: an input of 200 tokens is too large" in capsys.readouterr().err
    assert not (tmp_path / "out.svg").exists()
    assert status(SORT) == 2
    assert "required: INPUT" in capsys.readouterr().err


def test_model(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert status(model, "cab") == 0
    out = capsys.readouterr().out
    assert out.startswith('sorted on "cab"')
    assert "layer 2: 1 head" in out
    assert status(model, "cab", "-o", tmp_path / "out.svg") == 0
    assert status(model, "cax") == 1
    assert 'unknown token "x"' in capsys.readouterr().err
    assert status(model, "aaaaaa") == 1
    assert "at most 4" in capsys.readouterr().err
    assert status(model, "cab", "--sop", "place") == 2


def test_explorer_of_a_model(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page is made by `rasp.explorer`, which has tests of its own."""
    from rasp.explorer import page as explored

    path = tmp_path / "out.html"
    assert status(model, "cab", "-o", path) == 0
    page = explored(rasp.load_model(model), "cab")
    assert path.read_text(encoding="utf-8") == page.html
    assert status(model, "cax", "-o", path) == 1
    assert 'unknown token "x"' in capsys.readouterr().err
    assert status(model, "--graph", "-o", tmp_path / "g.html") == 0
    assert "graph of sorted" in (tmp_path / "g.html").read_text(encoding="utf-8")


def test_models_that_are_causal_or_fail(
    tmp_path: Path, failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    length = tmp_path / "length.rasp"
    length.write_text("n = length + 0;")
    causal = rasp.compile(rasp.load(length)["n"], vocab="ab", max_len=4, causal=True)
    causal.save(tmp_path / "causal.safetensors")
    assert status(tmp_path / "causal.safetensors", "aba") == 0
    assert "  n  1 2 3  = (length + 0)" in capsys.readouterr().out
    model = tmp_path / "failing.safetensors"
    rasp.compile(rasp.load(failing)["y"], vocab="1234", max_len=3).save(model)
    for suffix in ("svg", "html"):
        assert status(model, "13", "-o", tmp_path / f"out.{suffix}") == 1
        assert "division by zero" in capsys.readouterr().err
        assert (tmp_path / f"out.{suffix}").stat().st_size > 1000
