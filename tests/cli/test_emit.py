"""rasp compile --emit: one stage as text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rasp
from rasp.api import emit
from rasp.cli import main
from rasp.cli.compile import EMITTED
from rasp.compiler.account.stages import STAGES

PROGRAM = "x = aggregate(select(indices, length - 1 - indices, ==), tokens);\n"

EXPECTED = {
    "source": "aggregate(select(indices",
    "ast": "Assignment",
    "graph": "selector_width",
    "domains": "position",
    "selectors": "nearest key: taken",
    "encodings": "one-hot",
    "blocks": "head: x",
    "schedule": "sublayers: aa",
    "layout": "beginning of sequence",
    "weights": "embed.W_E",
}


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "reverse.rasp"
    path.write_text(PROGRAM)
    return str(path)


def test_every_stage_of_the_compiler_can_be_shown() -> None:
    assert ("source", "ast", *STAGES) == EMITTED
    assert set(EXPECTED) == set(EMITTED)


@pytest.mark.parametrize("stage", EMITTED)
def test_stage(stage: str, program: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compile", program, "--vocab", "abc", "--max-len", "5", "--emit", stage]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert EXPECTED[stage] in text
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stage": stage, "text": text.rstrip("\n")}


def test_an_output_or_a_stage_is_needed(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["compile", program, "--vocab", "abc", "--max-len", "5"])
    assert raised.value.code == 2
    assert "--emit" in capsys.readouterr().err


def test_a_stage_is_no_checkpoint(
    program: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "m.safetensors"
    options = ["--vocab", "abc", "--max-len", "5", "--emit", "schedule", "-o", str(out)]
    with pytest.raises(SystemExit) as raised:
        main(["compile", program, *options])
    assert raised.value.code == 2
    assert "leave out -o" in capsys.readouterr().err
    assert not out.exists()


def test_stages_and_models_refuse_the_same(program: str) -> None:
    n = rasp.load(program).last
    for max_len in (0, "3", True, 10**8):
        with pytest.raises(rasp.CompileError, match="max_len has to be"):
            rasp.compile(n, vocab="ab", max_len=max_len)  # type: ignore[arg-type]
        with pytest.raises(rasp.CompileError, match="max_len has to be"):
            emit(n, "schedule", vocab="ab", max_len=max_len)  # type: ignore[arg-type]


def test_integers_that_no_float_is_near_are_told_apart_by_their_places() -> None:
    x = rasp.loads("x = 2^1100 * indices;")["x"]
    model = rasp.compile(x, vocab="ab", max_len=3)
    assert model("aba") == x("aba") == [0, 2**1100, 2**1101]
    assert model.certificate.ok


def test_means_of_integers_too_large_for_weights() -> None:
    x = rasp.loads("x = aggregate(full_s, 2^1100 * indices);")["x"]
    with pytest.raises(rasp.CompileError, match="too large for a floating-point number"):
        rasp.compile(x, vocab="ab", max_len=3)
    with pytest.raises(rasp.CompileError, match="too large for a floating-point number"):
        emit(x, "weights", vocab="ab", max_len=3)


def test_stages_are_those_of_the_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "xor.rasp"
    path.write_text(
        'p = aggregate(select(indices, indices - 1, ==), tokens, "0");\n'
        'x = "1" if (p == "1") == (tokens == "0") else "0";\n'
    )
    arguments = ["compile", str(path), "--vocab", "01", "--max-len", "5", "--emit", "schedule"]
    texts = []
    for options in ([], ["--one-logit"]):
        assert main([*arguments, *options]) == 0
        texts.append(capsys.readouterr().out)
    assert "sublayers: a\n" in texts[0]
    assert "sublayers: af\n" in texts[1]


@pytest.mark.parametrize("option", ["--rotate", "--width"])
def test_what_changes_a_finished_model_has_no_stage(
    option: str, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["compile", program, "--vocab", "abc", "--max-len", "5", "--emit", "weights"]
    with pytest.raises(SystemExit) as raised:
        main([*arguments, option, "3"])
    assert raised.value.code == 2
    assert "--emit does not show it" in capsys.readouterr().err
