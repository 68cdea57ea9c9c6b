"""rasp generate, and rasp verify --generate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import Command, rasp

__all__ = ["rasp"]

PARITY = 'ones = selector_width(select(tokens, "1", ==));\nnext = "01"[ones % 2];\n'


@pytest.fixture
def parity(tmp_path: Path) -> Path:
    path = tmp_path / "parity.rasp"
    path.write_text(PARITY, encoding="utf-8")
    return path


@pytest.fixture
def model(rasp: Command, parity: Path) -> Path:
    path = parity.with_suffix(".safetensors")
    compiled = rasp("compile", parity, "--vocab", "01", "--max-len", "12", "--causal", "-o", path)
    assert compiled.status == 0
    return path


def test_program_and_model_write_the_same(rasp: Command, parity: Path, model: Path) -> None:
    for file in (parity, model):
        result = rasp("generate", file, "1", "10", "--max-new-tokens", "4")
        assert (result.status, result.out, result.err) == (0, "11000\n101000\n", "")


def test_stop_and_stream(rasp: Command, parity: Path, model: Path) -> None:
    for file in (parity, model):
        result = rasp("generate", file, "11", "--stop", "0", "--stream")
        assert result.out == "110\n"


def test_prompts_from_standard_input(rasp: Command, model: Path) -> None:
    result = rasp("generate", model, "-", "--max-new-tokens", "2", stdin="1\n0\n")
    assert result.out == "110\n000\n"


def test_json(rasp: Command, model: Path) -> None:
    result = rasp("generate", model, "1", "2", "--max-new-tokens", "2", "--json")
    assert result.status == 1
    first, second = result.json["results"]
    assert result.json["sop"] == "next"
    assert first == {"prompt": ["1"], "written": ["1", "0"]}
    assert second["error"]["message"] == 'unknown token "2" at position 0'


def test_tokens_that_are_no_characters(rasp: Command, tmp_path: Path) -> None:
    path = tmp_path / "sum.rasp"
    path.write_text("next = tokens_asis + tokens_asis[0];\n", encoding="utf-8")
    arguments = ["--tokens-json", "--max-new-tokens", "2"]
    assert rasp("generate", path, "[2, 3]", *arguments).out == "[2, 3, 5, 7]\n"
    assert rasp("generate", path, "[2, 3]", *arguments, "--stream").out == "2 3 5 7\n"
    assert rasp("generate", path, "[2, 3]", *arguments, "--stop", "5").out == "[2, 3, 5]\n"


def test_what_is_written_before_an_error_is_shown(rasp: Command, tmp_path: Path) -> None:
    path = tmp_path / "count.rasp"
    path.write_text('next = {"a": "b", "b": "c"}[tokens];\n', encoding="utf-8")
    result = rasp("generate", path, "a", "--stream")
    assert result.status == 1
    assert result.out == "abc\n"
    assert "key" in result.err
    data = rasp("generate", path, "a", "--json").json
    assert data["results"][0]["written"] == ["b", "c"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--max-new-tokens", "0"], "expected a whole number from 1 on"),
        (["--json", "--stream"], "--json is one object at the end"),
        (["--sop", "next"], "a compiled model has one s-op only"),
    ],
)
def test_usage_errors(rasp: Command, model: Path, arguments: list[str], message: str) -> None:
    result = rasp("generate", model, "1", *arguments)
    assert result.status == 2
    assert message in result.err


def test_a_model_that_is_not_causal(rasp: Command, parity: Path) -> None:
    path = parity.with_name("both.safetensors")
    rasp("compile", parity, "--vocab", "01", "--max-len", "5", "-o", path)
    result = rasp("generate", path, "1")
    assert result.status == 1
    assert "the model is not causal" in result.err
    assert "--causal" in result.err


def test_verify_generation(rasp: Command, parity: Path, model: Path) -> None:
    result = rasp("verify", model, "--generate", "--samples", "20")
    assert result.status == 0
    assert "tokens written as by the interpreter, after 20 prompts" in result.out
    options = ["--vocab", "01", "--max-len", "9", "--causal", "--exhaustive", "--max-length", "2"]
    data = json.loads(rasp("verify", parity, "--generate", "--json", *options).out)
    assert (data["ok"], data["n_prompts"], data["n_tokens"]) == (True, 6, 2 * 8 + 4 * 7)
    stopped = rasp("verify", model, "--generate", "--stop", "0", "--max-new-tokens", "3")
    assert stopped.status == 0
    assert rasp("verify", model, "--stop", "0").status == 2
    assert rasp("verify", model, "--generate", "--jobs", "2").status == 2
