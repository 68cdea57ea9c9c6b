"""A compiled program: call it with tokens, get the Python values of the s-op.

An artifact (tensors and the meaning of the output) becomes a model that encodes inputs, runs the
Transformer in padded batches and decodes.  torch is imported when a model first runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact, Labels
from rasp.errors import RaspError, RaspTypeError, VocabularyError
from rasp.graph.nodes import Atom, SOpNode
from rasp.graph.operators import type_name
from rasp.graph.origins import Origins
from rasp.readout import Decoded, Decoder
from rasp.report import Report
from rasp.source import Source
from rasp.vocabulary import BOS, PAD, Vocabulary

if TYPE_CHECKING:
    from rasp.model.transformer import Transformer

Tokens: TypeAlias = Iterable[Atom]
Outcome: TypeAlias = list[Atom] | RaspError

CHUNK_NUMBERS = 1 << 22  # about how many numbers the largest tensor of one forward pass has


@dataclass(frozen=True, slots=True)
class Specification:
    """What a model computes: the s-op, and the program text that it was written in, if any."""

    node: SOpNode
    name: str | None = None
    source: Source | None = None
    origins: Origins | None = None


class CompiledModel:
    """A Transformer that computes an s-op.  Equal to the interpreter on every input it takes."""

    def __init__(self, artifact: Artifact, specification: Specification) -> None:
        self.artifact = artifact
        self.specification = specification
        self._decoder = Decoder(artifact.readout, artifact.max_len, specification.source)
        self._character_ids = {
            token: artifact.vocabulary.encode([token], 1)[1]
            for token in artifact.vocabulary.tokens
            if isinstance(token, str)
        }

    @property
    def vocabulary(self) -> Vocabulary:
        return self.artifact.vocabulary

    @property
    def max_len(self) -> int:
        return self.artifact.max_len

    @property
    def labels(self) -> Labels:
        """What every residual direction, head and neuron is for."""
        return self.artifact.labels

    @cached_property
    def report(self) -> Report:
        return Report.of(self.artifact)

    @cached_property
    def module(self) -> Transformer:
        """The torch module; move it to another device or change its weights at will."""
        from rasp.model.transformer import Transformer

        return Transformer.from_tensors(self.artifact.config, self.artifact.tensors, pad_id=PAD)

    def __call__(self, tokens: Tokens) -> list[Atom]:
        """The s-op's value on an input: a string, or any sequence of tokens.

        Raises VocabularyError for an input that the model does not take and RaspRuntimeError where
        the s-op fails.
        """
        return self.batch([tokens])[0]

    def batch(self, inputs: Iterable[Tokens]) -> list[list[Atom]]:
        """The values on many inputs.  Raises the error of the first input that has one."""
        results: list[list[Atom]] = []
        for outcome in self.outcomes(inputs):
            if isinstance(outcome, RaspError):
                raise outcome
            results.append(outcome)
        return results

    def outcomes(self, inputs: Iterable[Tokens]) -> list[Outcome]:
        """The value on each input, or the error that calling the model with it raises."""
        outcomes: list[Outcome] = []
        rows: list[list[int]] = []
        places: list[int] = []
        for tokens in inputs:
            try:
                rows.append(self.encode(tokens))
                places.append(len(outcomes))
                outcomes.append([])
            except VocabularyError as error:
                outcomes.append(error)
        for place, decoded in zip(places, self.run(rows), strict=True):
            outcomes[place] = decoded
        return outcomes

    def encode(self, tokens: Tokens) -> list[int]:
        """BOS and the ids of an input.  Raises VocabularyError."""
        if isinstance(tokens, str) and 0 < len(tokens) <= self.max_len:
            try:
                return [BOS, *map(self._character_ids.__getitem__, tokens)]
            except KeyError:
                pass  # reported below
        if not isinstance(tokens, Iterable):
            raise RaspTypeError(
                f"an input is a string or a sequence of tokens, got {type_name(tokens)}"
            )
        return self.vocabulary.encode(list(tokens), self.max_len)

    def run(self, rows: Sequence[Sequence[int]]) -> list[Decoded]:
        """The outcomes for encoded inputs, each beginning with BOS."""
        outcomes: list[Decoded] = [[]] * len(rows)
        for places in self._chunks(rows):
            lengths = np.array([len(rows[place]) for place in places], dtype=np.int64)
            ids = np.full((len(places), int(lengths.max())), PAD, dtype=np.int64)
            ids[np.arange(ids.shape[1]) < lengths[:, None]] = [
                number for place in places for number in rows[place]
            ]
            decoded = self._decoder.decode(self.forward(ids)[:, 1:], lengths - 1)
            for place, outcome in zip(places, decoded, strict=True):
                outcomes[place] = outcome
        return outcomes

    def forward(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The module's output for a padded batch: [batch, pos] -> [batch, pos, d_vocab_out]."""
        import torch

        device = next(self.module.parameters()).device
        with torch.inference_mode():
            output = self.module(torch.from_numpy(ids).to(device))  # [batch, pos, d_vocab_out]
            numbers: NDArray[np.float64] = output.double().cpu().numpy()
        return numbers

    def _chunks(self, rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """Numbers of inputs of similar length, as many as fit into one forward pass."""
        config = self.artifact.config
        n_heads = max((block.n_heads for block in config.blocks), default=0)
        d_head = max((block.n_heads * block.d_head for block in config.blocks), default=0)
        d_mlp = max((block.d_mlp for block in config.blocks), default=0)
        width = max(config.d_model, d_head, d_mlp, config.d_vocab_out)
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        end = len(order)
        while end:  # the longest first: their length is that of the batch
            n_pos = len(rows[order[end - 1]])
            size = max(1, CHUNK_NUMBERS // (n_pos * max(width, n_heads * n_pos)))
            start = max(0, end - size)
            yield order[start:end]
            end = start

    def save(self, path: str | Path) -> None:
        """Write a checkpoint.  Raises CheckpointError."""
        from rasp.checkpoint import save

        save(self, path)

    def __repr__(self) -> str:
        report = self.report
        name = self.specification.name or "s-op"
        return (
            f"<CompiledModel {name}: {report.sublayers or 'no'} sublayers, "
            f"d_model {report.d_model}, {report.n_parameters:,} parameters>"
        )
