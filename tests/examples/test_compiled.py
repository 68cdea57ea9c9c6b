"""Every example program, compiled: equal to the interpreter, and shaped as the theory says."""

from __future__ import annotations

from pathlib import Path

import pytest

import rasp
from rasp.interpreter import outcomes
from rasp.verification import same_outcome
from tests.examples.test_examples import PROGRAMS, applications, main_sop

OF_WHOLE_INPUTS = [path for path in PROGRAMS if path.parent.name == "examples"]
"""Those that write are in tests/decoding/test_machines.py."""


@pytest.mark.parametrize("path", OF_WHOLE_INPUTS, ids=lambda path: path.stem)
def test_compiled_example(path: Path, tmp_path: Path) -> None:
    program = rasp.load(path)
    name = main_sop(program)
    inputs = [found.arguments[0] for found in applications(path) if found.name == name]
    vocabulary = list(dict.fromkeys(token for tokens in inputs for token in tokens))
    longest = max(len(tokens) for tokens in inputs) + 1
    model = rasp.compile(program[name], vocab=vocabulary, max_len=longest)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    got = model.outcomes(inputs)
    expected = outcomes(program[name].node, inputs)
    assert all(map(same_outcome, expected, got)), (expected, got)
    assert model.report.rasp_layers == rasp.analyze(program[name]).n_layers
    assert model.report.sublayers.count("a") <= model.report.rasp_layers
    model.save(tmp_path / "model.safetensors")
    loaded = rasp.load_model(tmp_path / "model.safetensors")
    assert loaded.specification.source is not None
    assert loaded.specification.source.text == path.read_text(encoding="utf-8")
    verification = rasp.verify(loaded, samples=200)
    assert verification.ok, verification.to_text()
