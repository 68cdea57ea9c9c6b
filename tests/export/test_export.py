"""The functions and the command, whatever the target; packages that are missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rasp
from rasp.cli import main
from rasp.compiled.inputs import Encoder
from rasp.errors import ExportError
from rasp.export import OPTIONS, TARGETS, export, optional
from tests.export.made import PROGRAMS, model_of


@pytest.mark.parametrize("target", TARGETS)
def test_missing_packages_are_named(
    target: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("onnx", "onnxruntime", "transformers", "transformer_lens"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ExportError) as caught:
        model_of("sort").export(target, tmp_path / "x")
    assert caught.value.hint == f"pip install 'rasp-lang[{target}]'"
    assert "needs the package" in caught.value.message
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("target", TARGETS)
def test_the_command_says_so_before_it_does_anything(
    target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the model is read, and before what is planned for it is printed."""
    for name in ("onnx", "onnxruntime", "transformers", "transformer_lens"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["export", "nowhere.safetensors", "--to", target, "-o", "x"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("export error: this export needs the package")
    assert said.out == ""


def test_a_broken_package_is_no_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "brittle.py").write_text("raise ImportError('it is broken')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="broken"):
        optional.require("brittle", "onnx")


def test_unknown_targets_and_options(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no export to 'jax'"):
        export(model_of("sort"), "jax", tmp_path)
    for target, option in (("onnx", "head"), ("transformer-lens", "step"), ("huggingface", "x")):
        with pytest.raises(ExportError, match=f"no option '{option}'"):
            export(model_of("sort"), target, tmp_path / "x", **{option: True})
    assert set(OPTIONS) == set(TARGETS)


@pytest.mark.extras  # so that it looks where the packages are, too
def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, rasp, rasp.export\n"
        "print([n for n in ('torch', 'onnx', 'transformers', 'numpy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert rasp.export.to_onnx is not None


def checkpoint(tmp_path: Path) -> str:
    path = tmp_path / "sort.safetensors"
    model_of("sort").save(path)
    return str(path)


@pytest.mark.extras
def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnxruntime")
    out = str(tmp_path / "sort.onnx")
    assert main(["export", checkpoint(tmp_path), "--to", "onnx", "-o", out, "--json"]) == 0
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert data["bytes"] == Path(out).stat().st_size
    assert main(["export", checkpoint(tmp_path), "--to", "onnx", "-o", out]) == 0
    assert "bytes for onnx, compared with the model" in capsys.readouterr().out


@pytest.mark.extras
def test_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnxruntime")
    model = checkpoint(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main(["export", model, "--to", "onnx", "--head", "lm", "-o", str(tmp_path / "x")])
    assert caught.value.code == 2
    assert main(["export", model, "--to", "onnx", "--step", "-o", str(tmp_path / "x")]) == 1
    assert "only causal models" in capsys.readouterr().err
    missing = str(tmp_path / "no" / "folder" / "x.onnx")
    assert main(["export", model, "--to", "onnx", "-o", missing]) == 1
    assert "cannot write" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "none"), "--to", "onnx", "-o", missing]) == 1


@pytest.mark.extras
def test_weights_are_those_that_are_there(tmp_path: Path) -> None:
    """A changed model is exported as it is, and compared with itself."""
    pytest.importorskip("onnxruntime")
    import torch

    from rasp.export.onnx import running, to_bytes

    source, options = PROGRAMS["counts"]
    model = rasp.compile(rasp.loads(source)["x"], **options)  # type: ignore[arg-type]
    with torch.no_grad():
        model.module.unembed.b_U += 1
    got = running.whole(to_bytes(model))
    encoded, _ = Encoder(model.vocabulary, model.max_len).encode(["aab"])
    assert got(encoded.batch(np.array([0])), encoded.lengths) == [model("aab")]
    assert model("aab") != model_of("counts")("aab")
