"""A compiled model -> the same in another basis of its residual stream, or in a narrower stream.

In a compiled model every dimension of the stream holds one thing, which no trained model's does.
`rotated` turns the stream by a random rotation, and the network computes the same; `superposed`
squeezes it into fewer dimensions by training, and it computes nearly the same.

Neither has a certificate.  The proofs speak of dimensions that hold one thing each, of weights that
are multiples of 1/4, and of numbers that are exactly 0; in another basis there are none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact, Labels
from rasp.compile_report import MeaningProof, RoundingProof, frozen
from rasp.compiled import CompiledModel
from rasp.compiled.inputs import Encoded
from rasp.errors import CompileError, RaspError
from rasp.model.basis import in_basis, rotation, widened
from rasp.verification.inputs import sampled_inputs
from rasp.vocabulary import FIRST_TOKEN, PAD

STEPS = 400
TRAINED_ON = 512  # inputs
MEASURED_ON = 1_000
HELD_OUT = 1  # added to the seed, for inputs that were not trained on
MIXED = "a mixture of directions"

ROTATED = "the residual stream is rotated, and the proof is about one direction for each dimension"
SUPERPOSED = "the residual stream is superposed, which was trained and is not proved"


def rotated(model: CompiledModel, seed: int) -> CompiledModel:
    """The model in a random orthogonal basis of its residual stream, in float64.

    What direction k of the model's labels was is row k of the result's `artifact.basis`.
    """
    artifact = model.artifact
    turn = rotation(artifact.config.d_model, seed)  # [d_model, d_model]
    tensors = in_basis(_wide(artifact), turn, turn.T)
    facts = {
        "rotate": seed,
        "labels": list(artifact.labels.residual),
        "dtype": artifact.config.dtype,  # what it was in, before it was rotated
    }
    return _in_basis(model, tensors, turn, facts, ROTATED)


def superposed(model: CompiledModel, width: int, seed: int) -> CompiledModel:
    """The model with its residual stream squeezed into so many dimensions, by training.

    What direction k of the labels was is about the stream times row k of `artifact.basis`.  The
    report says under "basis" how often the result is right on inputs that it was not trained on.
    Deterministic on one machine.  Raises CompileError for a width that is none.
    """
    from rasp.model.superposed import squeeze

    artifact = model.artifact
    d_model = artifact.config.d_model
    if not 1 <= width <= d_model:
        raise CompileError(f"width has to be from 1 to the {d_model} of the model, got {width}")
    rows = _sampled(model, TRAINED_ON, seed)
    encoded = Encoded.of([[FIRST_TOKEN + token for token in row] for row in rows])
    ids = encoded.batch(np.arange(len(rows)))  # [input, pos]
    wide = _wide(artifact)
    found = squeeze(artifact.config, wide, ids, width, pad_id=PAD, steps=STEPS, seed=seed)
    facts: dict[str, Any] = {
        "rotate": seed,
        "labels": list(artifact.labels.residual),
        "width": width,
        "loss_before": found.losses[0],
        "loss_after": found.losses[1],
    }
    narrow = _in_basis(model, found.tensors, found.read.T, facts, SUPERPOSED)
    accuracy = accuracy_of(narrow, seed + HELD_OUT)
    return _in_basis(model, found.tensors, found.read.T, facts | accuracy, SUPERPOSED)


def accuracy_of(model: CompiledModel, seed: int) -> dict[str, Any]:
    """How many inputs were tried, on which share of them the model is right, and at which share of
    positions; the reference is the interpreter."""
    from rasp.interpreter import outcomes

    tokens = model.vocabulary.tokens
    inputs = [[tokens[token] for token in row] for row in _sampled(model, MEASURED_ON, seed)]
    causal = model.artifact.config.causal
    expected = outcomes(model.specification.node, inputs, causal=causal)
    right = n_positions = n_right = 0
    for wanted, got in zip(expected, model.outcomes(inputs), strict=True):
        if isinstance(wanted, RaspError):
            n_positions, n_right = n_positions + 1, n_right + isinstance(got, RaspError)
            right += isinstance(got, RaspError)
            continue
        values = [None] * len(wanted) if isinstance(got, RaspError) else got
        same = [_same(a, b) for a, b in zip(wanted, values, strict=True)]
        n_positions, n_right = n_positions + len(same), n_right + sum(same)
        right += all(same)
    return {
        "n_inputs": len(inputs),
        "inputs_right": right / len(inputs),
        "positions_right": n_right / n_positions,
    }


def _same(wanted: object, got: object) -> bool:
    return type(wanted) is type(got) and wanted == got


def _sampled(model: CompiledModel, count: int, seed: int) -> list[list[int]]:
    """Inputs by chance, as places in the vocabulary."""
    n_tokens = len(model.vocabulary)
    parts = sampled_inputs(n_tokens, model.max_len, count, seed, count)
    return [row for part in parts for row in part]


def _wide(artifact: Artifact) -> dict[str, NDArray[np.float64]]:
    return {name: tensor.astype(np.float64) for name, tensor in artifact.tensors.items()}


def _in_basis(
    model: CompiledModel,
    tensors: dict[str, NDArray[np.float64]],
    basis: NDArray[np.float64],
    facts: dict[str, Any],
    reason: str,
) -> CompiledModel:
    artifact, width = model.artifact, basis.shape[1]
    labels = artifact.labels
    report = replace(
        artifact.report,
        changed=False,
        basis=frozen(facts),
        rounding=RoundingProof(False, "float64", reason=reason),
        meaning=MeaningProof(False, reason),
    )
    turned = replace(
        artifact,
        config=widened(artifact.config, width, "float64"),
        tensors=tensors,
        labels=Labels((MIXED,) * width, labels.heads, labels.neurons),
        report=report,
        certified=False,
        plan=None,
        witness=None,
        basis=np.ascontiguousarray(basis),
    )
    return CompiledModel(turned, model.specification)
