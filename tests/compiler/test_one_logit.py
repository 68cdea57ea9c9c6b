"""One logit for each value, where the compiler would give several."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

import rasp
from rasp import SOp
from rasp.cli import main
from rasp.compiler.options import Optimize
from rasp.verification.departure import compiled_again

TEXT = """
left = aggregate(select(indices, indices - 1, ==), tokens, "0");
next = "1" if (left == "1") == (tokens == "0") else "0";
"""


def xor() -> SOp:
    return rasp.loads(TEXT)["next"]


@pytest.mark.parametrize("optimize", ["patterns", "size"])
def test_one_logit_for_each_value(optimize: Optimize) -> None:
    several = rasp.compile(xor(), vocab="01", max_len=6, causal=True)
    assert len(several.artifact.readout.values) > 2
    model = rasp.compile(
        xor(), vocab="01", max_len=6, causal=True, one_logit=True, optimize=optimize
    )
    assert sorted(map(str, model.artifact.readout.values)) == ["0", "1"]
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    for length in range(1, 7):
        for tokens in product("01", repeat=length):
            assert model(tokens) == xor()(tokens)


def test_the_command_knows_it(tmp_path: Path) -> None:
    program, out = tmp_path / "xor.rasp", tmp_path / "xor.safetensors"
    program.write_text(TEXT)
    options = ["--sop", "next", "--vocab", "01", "--max-len", "6", "--causal", "--one-logit"]
    assert main(["compile", str(program), *options, "-o", str(out)]) == 0
    assert len(rasp.load_model(out).artifact.readout.values) == 2


def test_compiled_again_it_is_the_same(tmp_path: Path) -> None:
    """What looks for the weight that was changed compiles the program as the model was."""
    model = rasp.compile(xor(), vocab="01", max_len=5, causal=True, one_logit=True)
    model.save(tmp_path / "xor.safetensors")
    loaded = rasp.load_model(tmp_path / "xor.safetensors")
    again = compiled_again(loaded.artifact, loaded).artifact
    assert again.tensors.keys() == loaded.artifact.tensors.keys()
    for name, tensor in again.tensors.items():
        assert np.array_equal(tensor, loaded.artifact.tensors[name]), name


def test_rotated_it_has_its_circuit() -> None:
    plain = rasp.compile(xor(), vocab="01", max_len=4, causal=True, one_logit=True)
    rotated = rasp.compile(xor(), vocab="01", max_len=4, causal=True, one_logit=True, rotate=1)
    assert len(rotated.circuit(n_pairs=0).edges) == len(plain.circuit(n_pairs=0).edges)
