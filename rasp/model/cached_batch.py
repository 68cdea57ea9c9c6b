"""Many sequences at once, decoded with a key-value cache, in PyTorch.

As `rasp.model.cached`, with a batch as the first axis: every step computes one position of
every sequence.  The sequences may have different lengths; each has a position of its own, and its
query attends to the keys up to there.  It runs on the device of the module's weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rasp.model.transformer import MLP, Attention, Block, Transformer

SMALL_STEP = 2**21
"""Numbers that a step makes in one layer: fewer are made quicker by one thread than by several."""


@contextmanager
def few_threads(module: Transformer, batch: int, room: int) -> Iterator[None]:
    """One thread for the steps of a small batch: several would mostly wait for each other."""
    blocks = module.config.blocks
    most = max((max(block.n_heads * room, block.d_mlp) for block in blocks), default=0)
    n_threads = torch.get_num_threads()
    if batch * most >= SMALL_STEP or module.embed.W_E.device.type != "cpu":
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


@dataclass(frozen=True, slots=True)
class _Heads:
    """All heads of a block, joined as for one sequence."""

    n_heads: int
    W_QKV: Tensor  # [d_model, 3 * head * d_head]
    b_QKV: Tensor  # [3 * head * d_head]
    W_O: Tensor  # [head * d_head, d_model]
    b_O: Tensor  # [d_model]

    @classmethod
    def of(cls, part: Attention) -> _Heads:
        weight = torch.cat([part.W_Q, part.W_K, part.W_V])  # [3 * head, d_model, d_head]
        bias = torch.cat([part.b_Q, part.b_K, part.b_V]).flatten()  # [3 * head * d_head]
        columns = weight.transpose(0, 1).flatten(1).contiguous()  # [d_model, 3 * head * d_head]
        return cls(len(part.W_Q), columns, bias, part.W_O.flatten(0, 1), part.b_O)


class BatchDecoder:
    """The state of a batch: the length of each sequence, and the keys and values of all positions.

    n_steps counts the calls of `step`.
    """

    def __init__(self, module: Transformer, room: int) -> None:
        """room: the longest that a sequence will become, BOS included."""
        self._module = module
        self._room = min(room, module.config.n_ctx)
        self._parts: list[_Heads | MLP] = []
        with torch.inference_mode():
            for block in module.blocks:
                assert isinstance(block, Block)
                if block.attn is not None:
                    self._parts.append(_Heads.of(block.attn))
                if block.mlp is not None:
                    self._parts.append(block.mlp)
        self._caches: list[tuple[Tensor, Tensor]] = []  # keys, values [batch, head, room, d_head]
        self._positions = torch.empty(0, dtype=torch.int64)  # [batch], of the last ids
        self.n_steps = 0

    @torch.inference_mode()
    def start(self, ids: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.floating]:
        """The prompts [batch, pos], padded on the right -> the outputs [batch, pos, d_vocab_out].

        lengths [batch]: of the prompts, BOS included.  Outputs after them have no meaning.
        """
        module = self._module
        device = module.embed.W_E.device
        token_ids = torch.from_numpy(ids).to(device)  # [batch, pos]
        n_pos = token_ids.shape[1]
        later = torch.ones(n_pos, n_pos, dtype=torch.bool, device=device).triu(1)  # [query, key]
        places = torch.arange(n_pos, device=device)  # [pos]
        padding = places >= torch.from_numpy(lengths).to(device)[:, None]  # [batch, pos]
        residual = module.embed(token_ids) + module.pos_embed(token_ids)  # [batch, pos, d_model]
        for part in self._parts:
            if isinstance(part, MLP):
                residual = residual + part(residual, None, "")  # [batch, pos, d_model]
                continue
            # What neurons made of padding may be no number: see `Transformer`.
            residual = residual.masked_fill(padding[:, :, None], 0.0)  # [batch, pos, d_model]
            q, k, v = _projected(part, residual)  # [batch, head, pos, d_head] each
            shape = (*k.shape[:2], self._room, k.shape[3])
            keys, values = k.new_zeros(shape), k.new_zeros(shape)  # [batch, head, room, d_head]
            keys[:, :, :n_pos] = k  # [batch, head, pos, d_head]
            values[:, :, :n_pos] = v  # [batch, head, pos, d_head]
            self._caches.append((keys, values))
            # A padded position comes after all tokens, so that the causal mask hides it, too.
            residual = residual + _attended(part, q, k, v, later)  # [batch, pos, d_model]
        self._positions = torch.from_numpy(lengths - 1).to(device)  # [batch]
        return self._outputs(residual)

    @torch.inference_mode()
    def step(self, ids: NDArray[np.int64]) -> NDArray[np.floating]:
        """One further id of every sequence [batch] -> the output there [batch, d_vocab_out]."""
        module = self._module
        # What is done may be as long as it can be while others go on.
        self._positions = positions = (self._positions + 1).clamp(max=self._room - 1)  # [batch]
        token_ids = torch.from_numpy(ids).to(positions.device)  # [batch]
        residual = module.embed.W_E[token_ids] + module.pos_embed.W_pos[positions]
        residual = residual[:, None]  # [batch, 1, d_model]
        n_keys = int(positions.max()) + 1
        later = None
        if int(positions.min()) + 1 < n_keys:
            keys_after = torch.arange(n_keys, device=positions.device) > positions[:, None]
            later = keys_after[:, None, None]  # [batch, 1, 1, key]
        rows = torch.arange(len(token_ids), device=positions.device)  # [batch]
        caches = iter(self._caches)
        for part in self._parts:
            if isinstance(part, MLP):
                residual = residual + part(residual, None, "")  # [batch, 1, d_model]
                continue
            q, k, v = _projected(part, residual)  # [batch, head, 1, d_head] each
            keys, values = next(caches)  # [batch, head, room, d_head] each
            keys[rows, :, positions] = k[:, :, 0]  # [batch, head, d_head]
            values[rows, :, positions] = v[:, :, 0]  # [batch, head, d_head]
            seen = keys[:, :, :n_keys], values[:, :, :n_keys]  # [batch, head, key, d_head] each
            residual = residual + _attended(part, q, *seen, later)  # [batch, 1, d_model]
        self.n_steps += 1
        return self._outputs(residual)[:, 0]

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """Forget all other sequences."""
        chosen = torch.tensor(rows, device=self._positions.device)  # [batch]
        self._positions = self._positions[chosen]  # [batch]
        # [batch, head, room, d_head] each
        self._caches = [(keys[chosen], values[chosen]) for keys, values in self._caches]

    def _outputs(self, residual: Tensor) -> NDArray[np.floating]:
        output: NDArray[np.floating] = self._module.unembed(residual).cpu().numpy()
        return output  # [batch, pos, d_vocab_out]


def _projected(part: _Heads, residual: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values [batch, head, pos, d_head] each."""
    projected = residual @ part.W_QKV + part.b_QKV  # [batch, pos, 3 * head * d_head]
    shape = (*residual.shape[:2], 3, part.n_heads, -1)
    shaped = projected.view(shape)  # [batch, pos, 3, head, d_head]
    q, k, v = shaped.permute(2, 0, 3, 1, 4)  # [batch, head, pos, d_head] each
    return q, k, v


def _attended(part: _Heads, q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None) -> Tensor:
    """What the heads write [batch, query, d_model]; hidden [..., query, key], if any."""
    scores = q @ k.transpose(-1, -2)  # [batch, head, query, key]
    if hidden is not None:
        scores = scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
    z = scores.softmax(dim=-1) @ v  # [batch, head, query, d_head]
    return z.transpose(1, 2).flatten(2) @ part.W_O + part.b_O  # [batch, query, d_model]
