"""The weights of a Transformer in another basis of its residual stream.

Whatever writes direction k of the old stream writes row k of `write` [d_model, width] in the new
one; whatever reads it reads column k of `read` [width, d_model].  Where read is the inverse of
write (a rotation and its transpose), the new network computes what the old one does; where the
width is smaller, directions share dimensions, and it does so approximately.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rasp.model.config import TransformerConfig

_Array = TypeVar("_Array", bound=Any)  # of NumPy or of torch

WRITE = {"embed.W_E", "pos_embed.W_pos"}
WRITE_ENDS = ("attn.W_O", "attn.b_O", "mlp.W_out", "mlp.b_out")
READ_ENDS = ("attn.W_Q", "attn.W_K", "attn.W_V", "mlp.W_in", "unembed.W_U")


def in_basis(tensors: dict[str, _Array], write: _Array, read: _Array) -> dict[str, _Array]:
    """The tensors of `TransformerConfig.shapes` with a stream as wide as write and read say."""
    return {name: _moved(name, tensor, write, read) for name, tensor in tensors.items()}


def _moved(name: str, tensor: _Array, write: _Array, read: _Array) -> _Array:
    if name in WRITE or name.endswith(WRITE_ENDS):
        written: _Array = tensor @ write  # [..., width]
        return written
    if name.endswith(READ_ENDS):
        taken: _Array = read @ tensor  # [..., width, out]
        return taken
    return tensor  # biases of what is computed, which is in no basis


def widened(config: TransformerConfig, width: int, dtype: str) -> TransformerConfig:
    """The shape of the model in a stream of so many dimensions."""
    return replace(config, d_model=width, dtype=dtype)


def rotation(d_model: int, seed: int) -> NDArray[np.float64]:
    """A random orthogonal matrix [d_model, d_model], uniform, the same for the same seed."""
    numbers = np.random.Generator(np.random.PCG64(seed)).standard_normal((d_model, d_model))
    q, r = np.linalg.qr(numbers)
    turned: NDArray[np.float64] = q * np.sign(np.diag(r))  # [d_model, d_model]
    return turned
