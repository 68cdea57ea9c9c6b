"""A stock model and its tokenizer -> outcomes, by the ways that users take.

Inputs become text, the tokenizer makes a padded batch of it, and the largest logit is the answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact
from rasp.compiled.inputs import Ids
from rasp.compiled.runnable import RunnableModel
from rasp.errors import ExportError, RaspError, RaspRuntimeError
from rasp.export.checking import Run, inputs_of
from rasp.export.huggingface.heads import Headed
from rasp.export.huggingface.vocabulary import Texts
from rasp.export.labels import ERROR, read_labels
from rasp.graph.nodes import Atom, atom_key
from rasp.readout import Decoder, Outcome
from rasp.vocabulary import FIRST_TOKEN, PAD

LEAST_SCORE = 0.999
"""The probability of the right label."""

N_PROMPTS = 6
GENERATED = 8


def run_of(artifact: Artifact, headed: Headed, texts: Texts, exported: Any, tokenizer: Any) -> Run:
    """One function for the three kinds of heads.

    labels: values; number: values, as the compiled model reads them; lm: the id of the token that
    comes next, or -1.
    """

    def run(ids: Ids, lengths: NDArray[np.int64]) -> list[Outcome]:
        logits = _logits(exported, tokenizer, texts, ids, lengths)[:, 1:]  # without BOS
        match headed.kind:
            case "number":
                return Decoder(artifact.readout, artifact.max_len).decode(logits, lengths)
            case "lm":
                n_tokens = FIRST_TOKEN + len(artifact.vocabulary)
                return [
                    _following(row[:length].argmax(axis=-1), n_tokens, headed)
                    for row, length in zip(logits, lengths.tolist(), strict=True)
                ]
            case _:
                return [
                    _labelled(row[:length], headed)
                    for row, length in zip(logits, lengths.tolist(), strict=True)
                ]

    return run


def _logits(
    exported: Any, tokenizer: Any, texts: Texts, ids: Ids, lengths: NDArray[np.int64]
) -> NDArray[Any]:
    """[batch, pos, column], padded on the right."""
    import torch

    written = [
        texts.written(row[1 : 1 + length].tolist())
        for row, length in zip(ids, lengths.tolist(), strict=True)
    ]
    batch = tokenizer(written, padding=True, padding_side="right", return_tensors="pt")
    if not np.array_equal(batch["input_ids"].numpy(), ids):
        raise ExportError("the tokenizer would not split inputs as the program does")
    with torch.inference_mode():
        logits: NDArray[Any] = exported(**batch).logits.numpy()
    return logits


def _labelled(logits: NDArray[Any], headed: Headed) -> Outcome:
    """logits [pos, label]."""
    best = logits.argmax(axis=-1)
    outcome = read_labels(headed.labels[number] for number in best.tolist())
    if isinstance(outcome, RaspError):
        return outcome
    apart = logits - logits.max(axis=-1, keepdims=True)
    scores = 1 / np.exp(apart.astype(np.float64)).sum(axis=-1)
    if scores.min() < LEAST_SCORE:
        return RaspRuntimeError(f"the label has a score of {scores.min():.3g} only")
    return outcome


def _following(ids: NDArray[np.int64], n_tokens: int, headed: Headed) -> Outcome:
    """Ids -> the same, or the error that one of them stands for."""
    row: list[Atom] = []
    for number in ids.tolist():
        label = headed.labels[number - n_tokens] if number >= n_tokens else ""
        if label.startswith(ERROR):
            return RaspRuntimeError(label.removeprefix(ERROR))
        row.append(-1 if label else number)
    return row


def check_generation(model: RunnableModel, exported: Any, tokenizer: Any, texts: Texts) -> None:
    """Prompts of different lengths, in one batch, go on as the model says.

    Prompts on which the program fails are left out: an error before their last position is one that
    `generate` does not look at.  Raises ExportError.
    """
    import torch

    prompts = _prompts(model)
    if not prompts:
        return
    batch = tokenizer(
        [texts.written(prompt) for prompt in prompts], padding=True, return_tensors="pt"
    )
    longest = max(map(len, prompts))
    n_new = min(GENERATED, model.max_len - longest)
    with torch.inference_mode():
        found = exported.generate(**batch, max_new_tokens=n_new)[:, 1 + longest :].tolist()
    n_tokens = FIRST_TOKEN + len(model.vocabulary)
    for prompt, got in zip(prompts, found, strict=True):
        expected = written_by(model, prompt, n_new)
        if [number for number in got if number < n_tokens and number != PAD] != expected:
            raise ExportError(
                "generation by the export would not be what the model gives",
                notes=[f"prompt: {texts.written(prompt)}"],
            )


def _prompts(model: RunnableModel) -> list[list[int]]:
    """Ids of some inputs on which the program does not fail and that are not the longest."""
    encoded = inputs_of(model, seed=1)
    ends = np.cumsum(encoded.lengths).tolist()
    inputs = [
        encoded.ids[end - length : end].tolist()
        for end, length in zip(ends, encoded.lengths.tolist(), strict=True)
        if length < model.max_len
    ]
    tokens = [[model.vocabulary.tokens[number - FIRST_TOKEN] for number in row] for row in inputs]
    outcomes = model.outcomes(tokens) if tokens else []
    good = [
        row
        for row, outcome in zip(inputs, outcomes, strict=True)
        if not isinstance(outcome, RaspError)
    ]
    return good[:N_PROMPTS]


def written_by(model: RunnableModel, prompt: list[int], n_new: int) -> list[int]:
    """The ids that the model appends to those of a prompt, up to one that is no token."""
    ids = {atom_key(token): n for n, token in enumerate(model.vocabulary.tokens, FIRST_TOKEN)}
    tokens = [model.vocabulary.tokens[number - FIRST_TOKEN] for number in prompt]
    written: list[int] = []
    while len(written) < n_new:
        (outcome,) = model.outcomes([tokens])
        number = None if isinstance(outcome, RaspError) else ids.get(atom_key(outcome[-1]))
        if number is None:
            break
        written.append(number)
        tokens.append(model.vocabulary.tokens[number - FIRST_TOKEN])
    return written
