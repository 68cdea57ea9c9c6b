"""The bounds hold: what a model computes is no further from the ideal than the certificate says.

Models run in their own arithmetic, and in one that rounds as badly as it may; the ideal is the
same network, with the weights before they are rounded, in arithmetic with many more digits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rasp
from rasp.certificate import PlanError, Stream
from rasp.certificate.rounding import UNDERFLOW, UNIT
from rasp.compiler.emission import DType
from rasp.compiler.options import Optimize
from rasp.compiler.pipeline import compile_stages
from rasp.compiler.weights import transcribe
from rasp.errors import CompileError, RaspError
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.testing import inputs_of, random_program
from rasp.vocabulary import BOS, Vocabulary
from tests.certificate.arithmetic import Array, Bad, Exact, forward

CORPUS = Path(__file__).parents[1] / "conformance" / "compile.jsonl"
CASES = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
SMALL = 20_000  # parameters; longdouble is slow

HARD = 256.0  # a gap of which nothing is left that counts

# The numbers of the ideal, by dtype: many more digits.
MORE = {"float32": np.float64, "float64": np.longdouble}


@dataclass
class Bounds:
    """After each sublayer: which dimensions hold something, and the errors they may have."""

    held: list[Array]
    error: list[Array]
    bos_error: list[Array]

    def add(self, stream: Stream) -> None:
        self.held.append(stream.held >= 0)
        self.error.append(stream.error.copy())
        self.bos_error.append(stream.bos_error.copy())


def deviations(
    sop: SOp,
    vocab: Any,
    max_len: int,
    inputs: list[Any],
    dtype: DType,
    optimize: Optimize = "patterns",
    sharpness: int | None = None,
) -> float:
    """The largest error that was met, as a part of its bound.  Fails where it is above 1."""
    vocabulary = Vocabulary.of(vocab)
    stages = compile_stages(
        sop.node,
        vocabulary=vocabulary,
        max_len=max_len,
        dtype=dtype,
        optimize=optimize,
        sharpness=sharpness,
        origins=sop.origins,
    )
    artifact = stages.artifact
    config = artifact.config
    bounds = Bounds([], [], [])
    certificate = artifact.certify(bounds.add)
    assert artifact.plan is not None
    scale = artifact.plan.scale(config.dtype) if sharpness is None else HARD
    _, ideal, _ = transcribe(
        stages.blocks, stages.layout, vocabulary, max_len, config.causal, config.dtype, scale
    )
    more = MORE[config.dtype]
    expected = outcomes(sop.node, inputs, origins=sop.origins)
    sound = [
        tokens
        for tokens, outcome in zip(inputs, expected, strict=True)
        if not isinstance(outcome, RaspError)
    ]
    random = np.random.default_rng(0)
    unit, underflow = UNIT[config.dtype], UNDERFLOW[config.dtype]
    ways: list[Exact] = [Bad(unit, underflow, random), Bad(unit, underflow, random, True)]
    worst = 0.0
    for length in sorted({len(tokens) for tokens in sound}):
        rows = [vocabulary.encode(tokens, max_len) for tokens in sound if len(tokens) == length]
        ids = np.array(rows)
        assert (ids[:, 0] == BOS).all()
        right, output = forward(config, _cast(ideal, more), ids, Exact())
        runs = [forward(config, _cast(artifact.tensors, more), ids, way) for way in ways]
        runs.append(forward(config, artifact.tensors, ids, Exact()))  # as it is
        for found, found_output in runs:
            worst = max(worst, _compare(right, found, bounds))
            off = float(np.abs(found_output - output)[:, 1:].max())
            assert off <= max(read.bound for read in certificate.reads) * 1.001 + 1e-300
    return worst


def _cast(tensors: dict[str, Array], dtype: Any) -> dict[str, Array]:
    return {name: tensor.astype(dtype) for name, tensor in tensors.items()}


def _compare(right: list[Array], found: list[Array], bounds: Bounds) -> float:
    worst = 0.0
    for number, (ideal, got) in enumerate(zip(right, found, strict=True)):
        off = np.abs(got - ideal).astype(np.float64)
        held = bounds.held[number]
        for error, bound in (
            (off[:, 1:][..., held].max(axis=(0, 1)), bounds.error[number][held]),
            (off[:, 0].max(axis=0), bounds.bos_error[number]),
        ):
            tiny = 1e-300 + bound * 1e-3  # the ideal is not quite that
            assert (error <= bound + tiny).all(), (number, error, bound)
            worst = max(worst, float((error / (bound + 1e-300)).max(initial=0.0)))
    return worst


@pytest.mark.parametrize("case", CASES[::4], ids=lambda case: str(case["id"]))
def test_corpus(case: dict[str, Any]) -> None:
    sop = rasp.loads(case["program"])[case["output"]]
    assert isinstance(sop, SOp)
    inputs = [list(tokens) for tokens in case["inputs"]][:12]
    worst = deviations(sop, case["vocab"], case["max_len"], inputs, "auto")
    assert worst <= 1.001


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_heads_that_add_up_in_one_direction(dtype: DType) -> None:
    sop = rasp.load("examples/sort.rasp")["sorted"]
    assert isinstance(sop, SOp)
    vocab = [f"t{number:02}" for number in range(64)]
    draw = np.random.default_rng(0)
    inputs = [[vocab[n] for n in draw.integers(0, 64, length)] for length in (1, 2, 30, 64) * 2]
    worst = deviations(sop, vocab, 64, inputs, dtype, "size")
    assert worst <= 1.001


@pytest.mark.parametrize("case", CASES[5::16], ids=lambda case: str(case["id"]))
def test_corpus_for_size(case: dict[str, Any]) -> None:
    sop = rasp.loads(case["program"])[case["output"]]
    assert isinstance(sop, SOp)
    inputs = [list(tokens) for tokens in case["inputs"]][:12]
    worst = deviations(sop, case["vocab"], case["max_len"], inputs, "auto", "size")
    assert worst <= 1.001


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sharpness", [8, 32, 64])
def test_soft_attention(seed: int, sharpness: int) -> None:
    """The ideal has hard attention; what leaks is among the errors that are bounded."""
    program = random_program(seed, layers=2)
    sop = rasp.loads(program.text)[program.sop]
    assert isinstance(sop, SOp)
    inputs = inputs_of(program, seed)[::7][:20]
    try:
        deviations(sop, program.vocabulary, program.max_len, inputs, "float64", sharpness=sharpness)
    except PlanError:
        pytest.skip("attention is too soft: neurons are not off at BOS")


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_random_programs(seed: int, dtype: DType) -> None:
    program = random_program(seed)
    sop = rasp.loads(program.text)[program.sop]
    assert isinstance(sop, SOp)
    inputs = inputs_of(program, seed)[::7][:20]
    try:
        deviations(sop, program.vocabulary, program.max_len, inputs, dtype)
    except CompileError:
        pytest.skip("the compiler refuses it")
