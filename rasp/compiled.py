"""A compiled program: call it with tokens, get the Python values of the s-op.

An artifact (tensors and the meaning of the output) becomes a model that encodes inputs, runs the
Transformer in padded batches and decodes.  torch is imported when a model first runs.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact, Labels
from rasp.encoding import Encoded, Encoder, Tokens
from rasp.errors import RaspError, RaspTypeError
from rasp.graph.nodes import Atom, SOpNode
from rasp.graph.operators import type_name
from rasp.graph.origins import Origins
from rasp.readout import Decoder, Outcome
from rasp.report import Report
from rasp.source import Source
from rasp.vocabulary import PAD, Vocabulary

if TYPE_CHECKING:
    import torch

    from rasp.explorer import Page
    from rasp.model.transformer import Transformer
    from rasp.sop import SOp

# About how many numbers the largest tensor of a forward pass has: on a CPU a few fit into a cache.
CHUNK_NUMBERS = 1 << 19
ACCELERATOR_FACTOR = 32
MIN_UNPADDED = 64  # so many inputs of one length have a forward pass of their own


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
        self._encoder = Encoder(artifact.vocabulary, artifact.max_len)

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
    def sop(self) -> SOp:
        """The s-op that it computes, for the interpreter and for drawings.

        A model from a checkpoint has its names and places where the program text in it gives this
        very s-op.
        """
        return _handle(self.specification)

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
        outcomes = self.outcomes(inputs)
        results = [outcome for outcome in outcomes if not isinstance(outcome, RaspError)]
        if len(results) < len(outcomes):
            raise next(outcome for outcome in outcomes if isinstance(outcome, RaspError))
        return results

    def outcomes(self, inputs: Iterable[Tokens]) -> list[Outcome]:
        """The value on each input, or the error that calling the model with it raises."""
        if not isinstance(inputs, Iterable):
            raise RaspTypeError(f"expected a list of inputs, got {type_name(inputs)}")
        encoded, errors = self._encoder.encode(list(inputs))
        decoded = self.run(encoded)
        if not errors:
            return decoded
        rest = iter(decoded)
        n_inputs = len(decoded) + len(errors)
        return [errors[place] if place in errors else next(rest) for place in range(n_inputs)]

    def run(self, encoded: Encoded) -> list[Outcome]:
        """The outcomes for encoded inputs."""
        order = np.argsort(encoded.lengths, kind="stable")
        chunks = [order[start:end] for start, end in self._chunks(encoded.lengths[order])]
        with collector_paused():
            found = self._run_chunks(encoded, chunks)
        if bool((order[1:] > order[:-1]).all()):
            return found
        outcomes = found.copy()
        for place, outcome in zip(order.tolist(), found, strict=True):
            outcomes[place] = outcome
        return outcomes

    def _run_chunks(self, encoded: Encoded, chunks: Sequence[NDArray[np.int64]]) -> list[Outcome]:
        """The outcomes of all chunks, in their order.

        On a CPU every thread has chunks of its own: threads that share every multiplication spend
        much of their time on waiting for each other, and most of it where the CPU is busy.
        """
        import torch

        run_chunk = partial(self._run_chunk, encoded)
        n_threads = torch.get_num_threads()
        if self._device.type != "cpu" or min(n_threads, len(chunks)) == 1:
            return list(chain.from_iterable(map(run_chunk, chunks)))
        pool = ThreadPoolExecutor(n_threads, initializer=partial(torch.set_num_threads, 1))
        try:
            with pool:
                return list(chain.from_iterable(pool.map(run_chunk, chunks)))
        finally:
            torch.set_num_threads(n_threads)  # threads yet to come take the number set last

    def _run_chunk(self, encoded: Encoded, places: NDArray[np.int64]) -> list[Outcome]:
        """The outcomes of inputs whose lengths ascend."""
        lengths = encoded.lengths[places]
        padded = bool(lengths[0] < lengths[-1])
        outputs = self.forward(encoded.batch(places), padded=padded)
        return self._decoder.decode(outputs[:, 1:], lengths)

    def forward(self, ids: NDArray[np.int64], *, padded: bool = True) -> NDArray[np.floating]:
        """The module's output for a batch, its numbers as they are: [batch, pos] -> [batch, pos,
        d_vocab_out].  Without `padded` no id is PAD."""
        import torch

        with torch.inference_mode():
            output = self.module(torch.from_numpy(ids).to(self._device), padded=padded)
            numbers: NDArray[np.floating] = output.cpu().numpy()
        return numbers

    @property
    def _device(self) -> torch.device:
        return next(self.module.parameters()).device

    def _chunks(self, lengths: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Stretches of inputs, whose lengths ascend, that fit into one forward pass."""
        config = self.artifact.config
        n_heads = max((block.n_heads for block in config.blocks), default=0)
        d_head = max((3 * block.n_heads * block.d_head for block in config.blocks), default=0)
        d_mlp = max((block.d_mlp for block in config.blocks), default=0)
        width = max(config.d_model, d_head, d_mlp, config.d_vocab_out)
        most = CHUNK_NUMBERS * (1 if self._device.type == "cpu" else ACCELERATOR_FACTOR)
        chunks = []
        end = len(lengths)
        while end:  # the longest first: their length is that of the batch
            longest = int(lengths[end - 1])
            n_pos = 1 + longest
            size = max(1, most // (n_pos * max(width, n_heads * n_pos)))
            start = max(0, end - size)
            shorter = int(lengths.searchsorted(longest))
            if end - shorter >= MIN_UNPADDED:
                start = max(start, shorter)
            chunks.append((start, end))
            end = start
        return chunks[::-1]

    def save(self, path: str | Path) -> None:
        """Write a checkpoint.  Raises CheckpointError."""
        from rasp.checkpoint import save

        save(self, path)

    def _repr_html_(self) -> str:
        from rasp.drawing import html, rich

        labels = self.labels
        title = f"compiled model of {self.specification.name or 'an s-op'}"
        facts = html.table((), self.report.facts(), title=title)
        layout = rich.labels(labels.residual, labels.heads, labels.neurons)
        return html.fragment(facts + rich.folded("what everything in it is for", layout))

    def explore(self, tokens: Tokens) -> Page:
        """A page on which every number of the forward pass on an input can be followed.

        Raises VocabularyError and RaspLimitError, as `rasp.explorer.page` says.
        """
        from rasp.explorer import page

        return page(self, tokens)

    def __repr__(self) -> str:
        report = self.report
        name = self.specification.name or "s-op"
        return (
            f"<CompiledModel {name}: {report.sublayers or 'no'} sublayers, "
            f"d_model {report.d_model}, {report.n_parameters:,} parameters>"
        )


def _handle(specification: Specification) -> SOp:
    from rasp.program import loads
    from rasp.sop import SOp

    node, name, source = specification.node, specification.name, specification.source
    if specification.origins is None and source is not None and name is not None:
        try:
            value = loads(source.text, name=source.name)[name]
        except RaspError:
            value = None  # a program in several files, which are not here
        # A text that gives another s-op says nothing about this one; `rasp verify` reports it.
        if isinstance(value, SOp) and value.node is node:
            return value
    return SOp(node, specification.origins, name=name)


@contextmanager
def collector_paused() -> Iterator[None]:
    """While many results are made: none can be part of a cycle, yet each would be looked at
    whenever so many new ones make the garbage collector run."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
