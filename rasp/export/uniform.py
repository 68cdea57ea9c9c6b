"""The tensors of a compiled model -> the same network with one shape for all blocks.

Other libraries have one number of heads, one d_head and one d_mlp for all blocks, and both parts
in every block.  Here a block gets heads, columns and neurons of zeros, and a part that is missing
is one of zeros: nothing of it is written to the residual stream, so the function is the same one.

Blocks are named as in `rasp.model.config`, and so are their tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.model.config import TransformerConfig

Array: TypeAlias = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class UniformBlock:
    """Attention, then feed-forward."""

    W_Q: Array  # [head, d_model, d_head]
    b_Q: Array  # [head, d_head]
    W_K: Array  # [head, d_model, d_head]
    b_K: Array  # [head, d_head]
    W_V: Array  # [head, d_model, d_head]
    b_V: Array  # [head, d_head]
    W_O: Array  # [head, d_head, d_model]
    b_O: Array  # [d_model]
    W_in: Array  # [d_model, d_mlp]
    b_in: Array  # [d_mlp]
    W_out: Array  # [d_mlp, d_model]
    b_out: Array  # [d_model]


@dataclass(frozen=True, slots=True)
class Uniform:
    """A network whose blocks have the same shape.  All numbers are float64."""

    W_E: Array  # [d_vocab, d_model]
    W_pos: Array  # [n_ctx, d_model]
    blocks: tuple[UniformBlock, ...]
    W_U: Array  # [d_model, d_vocab_out]
    b_U: Array  # [d_vocab_out]

    @property
    def d_model(self) -> int:
        return int(self.W_E.shape[1])

    @property
    def n_heads(self) -> int:
        return int(self.blocks[0].W_Q.shape[0])

    @property
    def d_head(self) -> int:
        return int(self.blocks[0].W_Q.shape[2])

    @property
    def d_mlp(self) -> int:
        return int(self.blocks[0].W_in.shape[1])

    def with_output(self, weight: Array, bias: Array) -> Uniform:
        """The same stream, read by another unembedding."""
        return replace(self, W_U=weight, b_U=bias)

    def with_columns(self, weight: Array, bias: Array) -> Uniform:
        """The same stream; what is put out is columns @ weight + bias."""
        return self.with_output(self.W_U @ weight, self.b_U @ weight + bias)

    def with_token_direction(self) -> Uniform:
        """With a token more at the end, which writes a 1 into a new direction and nothing else."""
        wider = self.with_tokens(1)._with_direction()
        W_E = wider.W_E.copy()
        W_E[-1, -1] = 1.0
        return replace(wider, W_E=W_E)

    def with_constant_direction(self) -> Uniform:
        """With a direction that is 1 at all positions."""
        wider = self._with_direction()
        W_pos = wider.W_pos.copy()
        W_pos[:, -1] = 1.0
        return replace(wider, W_pos=W_pos)

    def with_tokens(self, n_tokens: int) -> Uniform:
        """So many tokens more at the end, which write nothing."""
        shape = (len(self.W_E) + n_tokens, self.d_model)
        return replace(self, W_E=_padded(self.W_E, shape))

    def _with_direction(self) -> Uniform:
        """With a direction more, that nothing writes or reads."""
        d = self.d_model
        blocks = []
        for block in self.blocks:
            tensors = {field.name: getattr(block, field.name) for field in fields(block)}
            for name in ("W_Q", "W_K", "W_V", "W_in"):
                shape = list(tensors[name].shape)
                shape[-2] = d + 1
                tensors[name] = _padded(tensors[name], tuple(shape))
            for name in ("W_O", "b_O", "W_out", "b_out"):
                shape = [*tensors[name].shape[:-1], d + 1]
                tensors[name] = _padded(tensors[name], tuple(shape))
            blocks.append(UniformBlock(**tensors))
        return Uniform(
            _padded(self.W_E, (len(self.W_E), d + 1)),
            _padded(self.W_pos, (len(self.W_pos), d + 1)),
            tuple(blocks),
            _padded(self.W_U, (d + 1, self.W_U.shape[1])),
            self.b_U,
        )


def uniform(
    config: TransformerConfig,
    tensors: Mapping[str, Array],
    *,
    n_heads: int = 1,
    d_head: int = 1,
    d_mlp: int = 1,
) -> Uniform:
    """The network with at least so many heads, columns and neurons in every block."""
    h = max([n_heads, *(block.n_heads for block in config.blocks)])
    dh = max([d_head, *(block.d_head for block in config.blocks)])
    m = max([d_mlp, *(block.d_mlp for block in config.blocks)])
    d = config.d_model
    shapes: dict[str, tuple[int, ...]] = {
        **{f"attn.{name}": (h, d, dh) for name in ("W_Q", "W_K", "W_V")},
        **{f"attn.{name}": (h, dh) for name in ("b_Q", "b_K", "b_V")},
        "attn.W_O": (h, dh, d),
        "attn.b_O": (d,),
        "mlp.W_in": (d, m),
        "mlp.b_in": (m,),
        "mlp.W_out": (m, d),
        "mlp.b_out": (d,),
    }
    blocks = [
        UniformBlock(
            **{
                name.rpartition(".")[2]: _padded(tensors.get(f"blocks.{number}.{name}"), shape)
                for name, shape in shapes.items()
            }
        )
        for number in range(max(1, len(config.blocks)))
    ]
    return Uniform(
        _padded(tensors["embed.W_E"], (config.d_vocab, d)),
        _padded(tensors["pos_embed.W_pos"], (config.n_ctx, d)),
        tuple(blocks),
        _padded(tensors["unembed.W_U"], (d, config.d_vocab_out)),
        _padded(tensors["unembed.b_U"], (config.d_vocab_out,)),
    )


def _padded(tensor: Array | None, shape: tuple[int, ...]) -> Array:
    """The tensor in the corner of zeros of this shape."""
    padded = np.zeros(shape)
    if tensor is not None:
        padded[tuple(map(slice, tensor.shape))] = tensor
    return padded
