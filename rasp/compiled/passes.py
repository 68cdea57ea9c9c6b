"""Encoded inputs -> outcomes, in forward passes of a size that fits into caches.

Inputs of about one length share a pass; on a CPU every thread has passes of its own.  torch is
imported when a pass is made.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rasp.compiled.inputs import Encoded
from rasp.model.config import TransformerConfig
from rasp.readout import Decoder, Outcome

if TYPE_CHECKING:
    import torch

    from rasp.model.transformer import Transformer

# About how many numbers the largest tensor of a forward pass has: on a CPU a few fit into a cache.
CHUNK_NUMBERS = 1 << 19
ACCELERATOR_FACTOR = 32
MIN_UNPADDED = 64  # so many inputs of one length have a forward pass of their own


@dataclass(frozen=True, slots=True)
class Passes:
    """A network on a device, and what its numbers mean."""

    module: Transformer
    config: TransformerConfig
    decoder: Decoder
    device: torch.device

    def outcomes(self, encoded: Encoded) -> list[Outcome]:
        """The outcomes of all inputs, in their order."""
        order = np.argsort(encoded.lengths, kind="stable")
        stretches = self._chunks(encoded.lengths[order])
        chunks = [order[start:end] for start, end in stretches]
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
        if self.device.type != "cpu" or min(n_threads, len(chunks)) == 1:
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
        return self.decoder.decode(outputs[:, 1:], lengths)

    def forward(self, ids: NDArray[np.int64], *, padded: bool) -> NDArray[np.floating]:
        """The numbers of one pass: [batch, pos] -> [batch, pos, d_vocab_out]."""
        import torch

        from rasp.model.precision import full_precision

        with torch.inference_mode(), full_precision(self.device):
            output = self.module(torch.from_numpy(ids).to(self.device), padded=padded)
            numbers: NDArray[np.floating] = output.cpu().numpy()
        return numbers

    def _chunks(self, lengths: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Stretches of inputs, whose lengths ascend, that fit into one forward pass."""
        config = self.config
        n_heads = max((block.n_heads for block in config.blocks), default=0)
        d_head = max((3 * block.n_heads * block.d_head for block in config.blocks), default=0)
        d_mlp = max((block.d_mlp for block in config.blocks), default=0)
        width = max(config.d_model, d_head, d_mlp, config.d_vocab_out)
        most = CHUNK_NUMBERS * (1 if self.device.type == "cpu" else ACCELERATOR_FACTOR)
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
