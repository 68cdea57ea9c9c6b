"""One sequence, decoded with a key-value cache, in NumPy: a step computes one position only.

A causal Transformer never looks ahead, so the keys and values of a position stay as they are when
the sequence grows.  They are kept in arrays of the longest length, allocated once; a step projects
the new position, appends its key and value, and lets its query attend to all kept keys.  The
weights are those of `rasp.model.transformer`, and so is every formula; sums run in another order.

PyTorch spends two to three times as long on one position, most of it on its own bookkeeping.  For
batches see `rasp.model.cached_batch`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.model.config import TransformerConfig

Numbers: TypeAlias = NDArray[np.floating]
Tensors: TypeAlias = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class AttentionWeights:
    """All heads of a block, joined: one multiplication makes all queries, keys and values."""

    n_heads: int
    d_head: int
    W_QKV: Numbers  # [d_model, 3 * head * d_head]
    b_QKV: Numbers  # [3 * head * d_head]
    W_O: Numbers  # [head * d_head, d_model]
    b_O: Numbers  # [d_model]

    @classmethod
    def of(cls, tensors: Tensors, prefix: str) -> AttentionWeights:
        W_Q = tensors[prefix + "W_Q"]  # [head, d_model, d_head]
        n_heads, d_model, d_head = W_Q.shape
        heads = np.concatenate([W_Q, tensors[prefix + "W_K"], tensors[prefix + "W_V"]])
        biases = [tensors[prefix + name].ravel() for name in ("b_Q", "b_K", "b_V")]
        columns = heads.transpose(1, 0, 2).reshape(d_model, -1)  # [d_model, 3 * head * d_head]
        W_O = tensors[prefix + "W_O"].reshape(-1, d_model)  # [head * d_head, d_model]
        joined = np.ascontiguousarray(columns)  # [d_model, 3 * head * d_head]
        return cls(n_heads, d_head, joined, np.concatenate(biases), W_O, tensors[prefix + "b_O"])


@dataclass(frozen=True, slots=True)
class MLPWeights:
    W_in: Numbers  # [d_model, d_mlp]
    b_in: Numbers  # [d_mlp]
    W_out: Numbers  # [d_mlp, d_model]
    b_out: Numbers  # [d_model]

    @classmethod
    def of(cls, tensors: Tensors, prefix: str) -> MLPWeights:
        return cls(*[tensors[prefix + name] for name in ("W_in", "b_in", "W_out", "b_out")])


@dataclass(frozen=True, slots=True)
class DecoderWeights:
    """The weights of a causal Transformer, as decoding multiplies with them."""

    config: TransformerConfig
    W_E: Numbers  # [d_vocab, d_model]
    W_pos: Numbers  # [n_ctx, d_model]
    sublayers: tuple[AttentionWeights | MLPWeights, ...]
    W_U: Numbers  # [d_model, d_vocab_out]
    b_U: Numbers  # [d_vocab_out]

    @classmethod
    def of(cls, config: TransformerConfig, tensors: Tensors) -> DecoderWeights:
        """tensors: named as config.shapes(); taken in the dtype of the model."""
        assert config.causal
        dtype = np.dtype(config.dtype)
        arrays = {name: np.ascontiguousarray(t, dtype=dtype) for name, t in tensors.items()}
        sublayers: list[AttentionWeights | MLPWeights] = []
        for number, block in enumerate(config.blocks):
            if block.n_heads:
                sublayers.append(AttentionWeights.of(arrays, f"blocks.{number}.attn."))
            if block.d_mlp:
                sublayers.append(MLPWeights.of(arrays, f"blocks.{number}.mlp."))
        return cls(
            config,
            arrays["embed.W_E"],
            arrays["pos_embed.W_pos"],
            tuple(sublayers),
            arrays["unembed.W_U"],
            arrays["unembed.b_U"],
        )


class SequenceDecoder:
    """The state of one sequence: how many positions there are, and their keys and values.

    n_computed counts the positions for which the residual stream has been computed, for those who
    want to know that a step is one position.
    """

    def __init__(self, weights: DecoderWeights) -> None:
        self.weights = weights
        self.n_positions = 0
        self.n_computed = 0
        config = weights.config
        dtype = weights.W_E.dtype
        self._lowest = np.finfo(dtype).min
        self._keys: list[Numbers] = []  # for each attention [head, n_ctx, d_head]
        self._values: list[Numbers] = []  # the same
        for sublayer in weights.sublayers:
            if isinstance(sublayer, AttentionWeights):
                shape = (sublayer.n_heads, config.n_ctx, sublayer.d_head)
                self._keys.append(np.zeros(shape, dtype))
                self._values.append(np.zeros(shape, dtype))

    def extend(self, ids: Sequence[int]) -> Numbers:
        """The output at each of these further positions [pos, d_vocab_out].

        The sequence is at most n_ctx ids long, BOS included.
        """
        start, end = self.n_positions, self.n_positions + len(ids)
        if end > self.weights.config.n_ctx:
            raise ValueError(f"{end} positions, but n_ctx is {self.weights.config.n_ctx}")
        # Kernels of matrix products may say "invalid value" of numbers beyond their operands. What
        # is no number here is none in the outputs, and their reader reports that.
        with np.errstate(invalid="ignore"):
            return self._extended(ids, start, end)

    def _extended(self, ids: Sequence[int], start: int, end: int) -> Numbers:
        weights = self.weights
        residual = weights.W_E[np.asarray(ids)] + weights.W_pos[start:end]  # [pos, d_model]
        number = 0
        for sublayer in weights.sublayers:
            if isinstance(sublayer, AttentionWeights):
                residual = residual + self._attention(sublayer, number, residual)  # [pos, d_model]
                number += 1
            else:
                hidden = residual @ sublayer.W_in  # [pos, d_mlp]
                hidden += sublayer.b_in  # [pos, d_mlp]
                np.maximum(hidden, 0, out=hidden)  # [pos, d_mlp]
                residual = residual + (hidden @ sublayer.W_out + sublayer.b_out)  # [pos, d_model]
        self.n_positions = end
        self.n_computed += len(ids)
        output: Numbers = residual @ weights.W_U + weights.b_U  # [pos, d_vocab_out]
        return output

    def _attention(self, part: AttentionWeights, number: int, residual: Numbers) -> Numbers:
        """What the heads write [pos, d_model]; keys and values of the positions are kept."""
        n_new, start = len(residual), self.n_positions
        end = start + n_new
        projected = residual @ part.W_QKV  # [pos, 3 * head * d_head]
        projected += part.b_QKV  # [pos, 3 * head * d_head]
        shaped = projected.reshape(n_new, 3, part.n_heads, part.d_head)
        q, k, v = shaped.transpose(1, 2, 0, 3)  # [head, pos, d_head] each
        keys, values = self._keys[number], self._values[number]  # [head, n_ctx, d_head] each
        keys[:, start:end] = k  # [head, pos, d_head]
        values[:, start:end] = v  # [head, pos, d_head]
        scores = q @ keys[:, :end].transpose(0, 2, 1)  # [head, pos, key]
        if n_new > 1:
            later = np.arange(end) > np.arange(start, end)[:, None]  # [pos, key]
            scores[:, later] = self._lowest  # [head, pos, key]
        scores -= scores.max(axis=2, keepdims=True)  # [head, pos, key]
        np.exp(scores, out=scores)  # [head, pos, key]
        scores /= scores.sum(axis=2, keepdims=True)  # [head, pos, key]
        z = scores @ values[:, :end]  # [head, pos, d_head]
        joined = z.transpose(1, 0, 2).reshape(n_new, -1)  # [pos, head * d_head]
        written: Numbers = joined @ part.W_O + part.b_O  # [pos, d_model]
        return written
