"""Models that are less tidy: soft attention, a rotated residual stream, a superposed one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rasp
from rasp.cli import main
from rasp.compiled import CompiledModel
from rasp.dial import accuracy_of
from rasp.errors import CompileError
from rasp.model.basis import rotation
from rasp.sop import SOp

REVERSE = "x = aggregate(select(indices, length - indices - 1, ==), tokens);"
PAIRS = "n = selector_width(select(tokens, tokens, ==)); x = selector_width(select(n, n, ==));"
SORT = "x = sort(tokens, tokens);"
WIDTH = 3


def sop_of(text: str) -> SOp:
    value = rasp.loads(text)["x"]
    assert isinstance(value, SOp)
    return value


def compiled(text: str, **dial: int) -> CompiledModel:
    return rasp.compile(sop_of(text), vocab="abc", max_len=6, **dial)  # type: ignore[arg-type]


def saved_and_loaded(model: CompiledModel, path: Path) -> CompiledModel:
    model.save(path / "model.safetensors")
    return rasp.load_model(path / "model.safetensors")


# -- sharpness


def test_a_mixture_of_values_is_none_of_them() -> None:
    """Values of long inputs come out of one number, but not of one that attention may mix."""
    sop = sop_of('x = aggregate(select(indices, indices - 1, ==), tokens, "a");')
    hard = rasp.compile(sop, vocab="abcdefgh", max_len=130)
    soft = rasp.compile(sop, vocab="abcdefgh", max_len=130, sharpness=4)
    n_values = len(soft.artifact.readout.values)
    assert soft.module.config.d_model - hard.module.config.d_model >= n_values - 1


@pytest.mark.parametrize("text", [REVERSE, PAIRS, SORT])
@pytest.mark.parametrize("sharpness", [2048, 256, 64])
def test_sharp_is_certified(text: str, sharpness: int, tmp_path: Path) -> None:
    model = compiled(text, sharpness=sharpness)
    assert model.certificate.rounding.ok
    assert model.certificate.meaning.ok
    assert model.report.details["sharpness"] == sharpness
    loaded = saved_and_loaded(model, tmp_path)
    assert loaded.certificate == model.certificate
    assert rasp.verify(loaded, exhaustive=True, max_length=4).ok


@pytest.mark.parametrize("text", [REVERSE, PAIRS, SORT])
def test_a_certificate_is_right_at_every_sharpness(text: str, tmp_path: Path) -> None:
    certified = set()
    for sharpness in (1, 2, 4, 8, 16, 32):
        model = compiled(text, sharpness=sharpness)
        assert not model.certificate.changed
        loaded = saved_and_loaded(model, tmp_path)
        assert loaded.certificate == model.certificate
        if model.certificate.ok:
            certified.add(sharpness)
            assert rasp.verify(loaded, exhaustive=True, max_length=5).ok
    assert not rasp.verify(compiled(text, sharpness=1), samples=300).ok
    assert 1 not in certified
    assert 32 in certified


def test_attention_is_soft() -> None:
    hard, soft = compiled(REVERSE), compiled(REVERSE, sharpness=32)
    scores = [model.artifact.tensors["blocks.0.attn.W_Q"] for model in (hard, soft)]
    assert np.abs(scores[0]).max() == 8 * np.abs(scores[1]).max()


@pytest.mark.parametrize("sharpness", [0, 3, -2, 4096, 2.0, True, "8"])
def test_no_sharpness(sharpness: object) -> None:
    with pytest.raises(CompileError, match="sharpness has to be a power of two from 1 to 2048"):
        compiled(REVERSE, sharpness=sharpness)  # type: ignore[arg-type]


# -- rotate


@pytest.mark.parametrize("text", [REVERSE, PAIRS, SORT])
def test_rotated(text: str, tmp_path: Path) -> None:
    plain, turned = compiled(text), compiled(text, rotate=5)
    assert rasp.verify(turned, exhaustive=True, max_length=5).ok
    assert not turned.certificate.ok
    assert not turned.certificate.changed
    assert "rotated" in str(turned.certificate)
    assert turned.report.d_model == plain.report.d_model
    basis = turned.artifact.basis
    assert basis is not None
    # Direction k of the model that was not rotated is row k of the basis.
    assert np.abs(basis @ basis.T - np.eye(len(basis))).max() < 1e-12
    embedded = plain.artifact.tensors["embed.W_E"].astype(np.float64)
    assert np.abs(turned.artifact.tensors["embed.W_E"] @ basis.T - embedded).max() < 1e-12
    assert turned.report.details["basis"]["labels"] == list(plain.labels.residual)
    assert len(set(turned.labels.residual)) == 1
    loaded = saved_and_loaded(turned, tmp_path)
    assert loaded.artifact.basis is not None
    assert (loaded.artifact.basis == basis).all()
    assert loaded.certificate == turned.certificate
    assert rasp.verify(loaded, samples=100).ok
    again = saved_and_loaded(compiled(text, rotate=5), tmp_path)
    assert all(
        (again.artifact.tensors[name] == tensor).all()
        for name, tensor in turned.artifact.tensors.items()
    )


def test_rotations() -> None:
    assert (rotation(7, 1) == rotation(7, 1)).all()
    assert (rotation(7, 1) != rotation(7, 2)).any()


# -- width


def test_as_wide_as_it_was_is_right() -> None:
    d_model = compiled(REVERSE).report.d_model
    squeezed = compiled(REVERSE, width=d_model)
    facts = squeezed.report.details["basis"]
    assert facts["inputs_right"] == facts["positions_right"] == 1.0
    assert rasp.verify(squeezed, samples=200).ok
    assert not squeezed.certificate.ok


def test_superposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasp.dial.STEPS", 30)
    squeezed = compiled(PAIRS, sharpness=64, width=WIDTH, rotate=2)
    facts = squeezed.report.details["basis"]
    assert squeezed.report.d_model == facts["width"] == WIDTH
    assert facts["loss_after"] < facts["loss_before"]
    assert 0 <= facts["inputs_right"] <= facts["positions_right"] < 1
    assert accuracy_of(squeezed, 3) == {key: facts[key] for key in accuracy_of(squeezed, 3)}
    again = compiled(PAIRS, sharpness=64, width=WIDTH, rotate=2)
    for name, tensor in squeezed.artifact.tensors.items():
        assert (tensor == again.artifact.tensors[name]).all()
    loaded = saved_and_loaded(squeezed, tmp_path)
    assert loaded.outcomes(["abc", "aab"]) == squeezed.outcomes(["abc", "aab"])


def test_without_sublayers_what_is_embedded_is_squeezed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STEPS", "TRAINED_ON", "MEASURED_ON"):
        monkeypatch.setattr(f"rasp.dial.{name}", 4)
    squeezed = compiled("x = tokens;", width=1)
    assert squeezed.report.d_model == 1
    assert squeezed.report.n_layers == 0


def test_refused_before_work() -> None:
    with pytest.raises(
        CompileError, match=r"width has to be from 1 to the \d+ of the model, got 500"
    ):
        compiled(REVERSE, width=500)
    with pytest.raises(CompileError, match="width has to be a whole number from 1 on, got 0"):
        compiled(REVERSE, width=0)
    with pytest.raises(CompileError, match="rotate has to be a seed"):
        compiled(REVERSE, rotate=-1)
    with pytest.raises(CompileError, match="is in float64"):
        rasp.compile(sop_of(REVERSE), vocab="abc", max_len=6, rotate=1, dtype="float32")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program, out = tmp_path / "reverse.rasp", tmp_path / "out.safetensors"
    program.write_text(REVERSE)
    command = ["compile", str(program), "--vocab", "abc", "--max-len", "6", "-o", str(out)]
    assert main([*command, "--sharpness", "64"]) == 0
    assert rasp.load_model(out).certificate.ok
    assert main([*command, "--rotate", "3"]) == 0
    assert "not certified" in capsys.readouterr().out
    assert rasp.load_model(out).artifact.basis is not None
    assert main([*command, "--sharpness", "3"]) == 1
    assert "power of two" in capsys.readouterr().err
