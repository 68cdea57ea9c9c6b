"""A Transformer in NumPy, in arithmetic that is exact (for the purpose), or as bad as it may be.

`forward` gives the residual stream after the embedding and after every sublayer, and the output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.model.config import TransformerConfig

Array = NDArray[Any]


HALF_A_GAP = 100.0
"""Less than half a gap times the scale in any dtype, more than any logarithm of a weight."""


MOST_GRAIN = 4096.0


class Exact:
    """Arithmetic in the type of the numbers, which has far more digits than what is tested."""

    def matmul(self, a: Array, b: Array) -> Array:
        return np.asarray(a @ b)

    def add(self, a: Array, b: Array) -> Array:
        return np.asarray(a + b)

    def softmax(self, scores: Array) -> Array:
        shifted = scores - scores.max(axis=-1, keepdims=True)
        weights = np.where(shifted < -HALF_A_GAP, 0.0, np.exp(shifted))  # ideally, nothing leaks
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


@dataclass
class Bad(Exact):
    """Every result is off by as much as a sum in the worst order may be, at random, or always
    upwards; what is exact in every order is exact."""

    unit: float
    underflow: float
    random: np.random.Generator
    always_up: bool = False

    def _noise(self, shape: tuple[int, ...]) -> Array:
        return np.ones(shape) if self.always_up else self.random.uniform(-1, 1, shape)

    def matmul(self, a: Array, b: Array) -> Array:
        result = a @ b
        grain_a, grain_b = _grain(a, -1), _grain(b, -2)  # large for scaled queries
        n_terms = _count(a != 0, b != 0)
        size = np.abs(a) @ np.abs(b)
        odd = _count((a != 0) & _odd(a / grain_a), b != 0) + _count(
            a != 0, (b != 0) & _odd(b / grain_b)
        )
        simple = _count((a != 0) & _power(a), b != 0) + _count(a != 0, (b != 0) & _power(b))
        alone = (n_terms == 1) & (simple > 0)  # a single product with a power of 2
        inexact = ((odd > 0) | (size >= grain_a * grain_b * 2.0**-8 / self.unit)) & ~alone
        noise = self._noise(result.shape) * n_terms * self.unit * size
        return np.asarray(result + np.where(inexact & (n_terms > 0), noise, 0.0))

    def add(self, a: Array, b: Array) -> Array:
        a, b = np.broadcast_arrays(a, b)
        inexact = (a != 0) & (b != 0) & (_odd(a) | _odd(b))
        result = a + b
        return np.where(inexact, result * (1 + self.unit * self._noise(result.shape)), result)

    def softmax(self, scores: Array) -> Array:
        shifted = scores - scores.max(axis=-1, keepdims=True)
        shifted = shifted * np.where(_odd(shifted), 1 + self.unit * self._noise(scores.shape), 1.0)
        weights = np.exp(shifted)
        noise = 1 + 2 * self.unit * self._noise(scores.shape)
        weights = np.where(shifted == 0, 1.0, weights * noise)
        weights = np.where(shifted <= -self.underflow, 0.0, weights)
        total = self.matmul(weights, np.ones((*weights.shape[:-2], weights.shape[-1], 1)))
        shares = weights / total
        noise = 1 + 2 * self.unit * self._noise(scores.shape)
        return np.where((shares == 0) | (shares == 1), shares, shares * noise)


def _odd(numbers: Array) -> Array:
    """Not a multiple of 1/16."""
    return np.asarray(numbers * 16 != np.round(numbers * 16))


def _grain(numbers: Array, axis: int) -> Array:
    """1, or a higher power of 2 if all numbers along the axis are multiples of its sixteenth."""
    grain = np.ones_like(numbers.sum(axis=axis, keepdims=True))
    while True:
        larger = 2 * grain
        more = ~_odd(numbers / larger).any(axis=axis, keepdims=True) & (larger <= MOST_GRAIN)
        if not more.any():
            return grain
        grain = np.where(more, larger, grain)


def _power(numbers: Array) -> Array:
    """A power of 2."""
    return np.asarray(np.abs(np.frexp(numbers)[0]) == 0.5)


def _count(a: Array, b: Array) -> Array:
    return np.asarray(a.astype(np.float64) @ b.astype(np.float64))


def forward(
    config: TransformerConfig, tensors: dict[str, Array], ids: Array, arithmetic: Exact
) -> tuple[list[Array], Array]:
    """ids [batch, pos] without padding -> [batch, pos, d_model] each, [batch, pos, d_vocab_out]."""
    t = tensors
    x = arithmetic.add(t["embed.W_E"][ids], t["pos_embed.W_pos"][: ids.shape[1]])
    stream = [x]
    for number, block in enumerate(config.blocks):
        if block.n_heads:
            x = arithmetic.add(x, _attention(t, f"blocks.{number}.attn.", x, config, arithmetic))
            stream.append(x)
        if block.d_mlp:
            prefix = f"blocks.{number}.mlp."
            pre = arithmetic.add(arithmetic.matmul(x, t[prefix + "W_in"]), t[prefix + "b_in"])
            x = arithmetic.add(x, arithmetic.matmul(np.maximum(pre, 0), t[prefix + "W_out"]))
            stream.append(x)
    output = arithmetic.add(arithmetic.matmul(x, t["unembed.W_U"]), t["unembed.b_U"])
    return stream, output


def _attention(
    t: dict[str, Array], prefix: str, x: Array, config: TransformerConfig, arithmetic: Exact
) -> Array:
    values = []
    for head in range(len(t[prefix + "W_Q"])):
        q, k, v = (
            arithmetic.add(
                arithmetic.matmul(x, t[f"{prefix}W_{name}"][head]), t[f"{prefix}b_{name}"][head]
            )
            for name in "QKV"
        )
        scores = arithmetic.matmul(q, k.swapaxes(-1, -2))
        if config.causal:
            later = np.triu(np.ones(scores.shape[-2:], dtype=bool), 1)
            scores = np.where(later, scores.min() - 10_000.0, scores)
        values.append(arithmetic.matmul(arithmetic.softmax(scores), v))
    joined = np.concatenate(values, axis=-1)
    flat = np.concatenate(list(t[prefix + "W_O"]), axis=0)
    return arithmetic.matmul(joined, flat)
