"""The tensors of a compiled model -> the operations of its forward pass, in an ONNX graph.

It is `rasp.model.transformer` operation by operation, blocks of any shape, in the dtype of the
weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.export.onnx.graph import Graph
from rasp.model.config import BlockConfig, TransformerConfig


@dataclass(frozen=True, slots=True)
class Past:
    """Keys and values [batch, head, pos, d_head] of one block."""

    keys: str
    values: str


class Network:
    """Adds the layers of one model to a graph."""

    def __init__(
        self, graph: Graph, config: TransformerConfig, tensors: Mapping[str, NDArray[Any]]
    ) -> None:
        self.graph = graph
        self.config = config
        self.dtype = np.dtype(config.dtype)
        self._tensors = tensors

    def embed(self, tokens: str, positions: str) -> str:
        """tokens, positions [batch | 1, pos] -> residual [batch, pos, d_model]."""
        of_tokens = self.graph.op("Gather", self._weight("embed.W_E"), tokens)
        of_positions = self.graph.op("Gather", self._weight("pos_embed.W_pos"), positions)
        return self.graph.op("Add", of_tokens, of_positions)

    def blocks(
        self, residual: str, hidden: str, past: Mapping[int, Past] | None = None
    ) -> tuple[str, dict[int, Past]]:
        """residual [batch, pos, d_model] before and after, and the keys and values of each block.

        hidden [batch | 1, 1, query | 1, key]: where a query may not attend to a key.  past: what
        earlier positions have offered, to be put in front.
        """
        present: dict[int, Past] = {}
        for number, block in enumerate(self.config.blocks):
            if block.n_heads:
                before = past[number] if past is not None else None
                written, present[number] = self._attention(number, block, residual, hidden, before)
                residual = self.graph.op("Add", residual, written)
            if block.d_mlp:
                residual = self.graph.op("Add", residual, self._mlp(number, residual))
        return residual, present

    def unembed(self, residual: str) -> str:
        """[batch, pos, d_model] -> [batch, pos, d_vocab_out]."""
        return self._affine(residual, self._weight("unembed.W_U"), "unembed.b_U")

    def _attention(
        self, number: int, block: BlockConfig, residual: str, hidden: str, past: Past | None
    ) -> tuple[str, Past]:
        prefix = f"blocks.{number}.attn."
        graph, h, dh = self.graph, block.n_heads, block.d_head
        names = [("W_Q", "b_Q"), ("W_K", "b_K"), ("W_V", "b_V")]
        weights = np.concatenate([self._tensors[prefix + w] for w, _ in names])  # [3 * h, d, dh]
        columns = weights.transpose(1, 0, 2).reshape(self.config.d_model, 3 * h * dh)
        bias = np.concatenate([self._tensors[prefix + b] for _, b in names]).reshape(-1)
        projected = graph.op("MatMul", residual, self._constant(columns, prefix + "W_QKV"))
        projected = graph.op("Add", projected, self._constant(bias, prefix + "b_QKV"))
        projected = graph.op("Reshape", projected, graph.constant([0, 0, 3 * h, dh]))
        projected = graph.op("Transpose", projected, perm=[0, 2, 1, 3])  # [batch, 3 * h, pos, dh]
        q, k, v = graph.ops("Split", projected, n_outputs=3, axis=1)  # [batch, h, pos, dh] each
        if past is not None:
            k = graph.op("Concat", past.keys, k, axis=2)
            v = graph.op("Concat", past.values, v, axis=2)
        scores = graph.op("MatMul", q, graph.op("Transpose", k, perm=[0, 1, 3, 2]))
        lowest = self._constant(np.array(np.finfo(self.dtype).min), "")
        scores = graph.op("Where", hidden, lowest, scores)  # [batch, h, query, key]
        z = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), v)  # [batch, h, query, dh]
        z = graph.op("Transpose", z, perm=[0, 2, 1, 3])  # [batch, query, h, dh]
        z = graph.op("Reshape", z, graph.constant([0, 0, h * dh]))
        w_o = self._tensors[prefix + "W_O"].reshape(h * dh, self.config.d_model)
        written = self._affine(z, self._constant(w_o, prefix + "W_O"), prefix + "b_O")
        return written, Past(k, v)

    def _mlp(self, number: int, residual: str) -> str:
        prefix = f"blocks.{number}.mlp."
        pre = self._affine(residual, self._weight(prefix + "W_in"), prefix + "b_in")
        post = self.graph.op("Relu", pre)  # [batch, pos, d_mlp]
        return self._affine(post, self._weight(prefix + "W_out"), prefix + "b_out")

    def _affine(self, numbers: str, weight: str, bias: str) -> str:
        product = self.graph.op("MatMul", numbers, weight)
        if not self._tensors[bias].any():
            return product
        return self.graph.op("Add", product, self._weight(bias))

    def _weight(self, name: str) -> str:
        return self._constant(self._tensors[name], name)

    def _constant(self, array: NDArray[Any], name: str) -> str:
        return self.graph.constant(array.astype(self.dtype), name)


def range_of(graph: Graph, count: str) -> str:
    """0, 1, ... [count]; count: a number without axes."""
    zero, one = graph.constant(np.int64(0)), graph.constant(np.int64(1))
    return graph.op("Range", zero, count, one)


def size_of(graph: Graph, tensor: str, axis: int) -> str:
    """The size of an axis, a number without axes."""
    shape = graph.op("Shape", tensor)
    return graph.op("Gather", shape, graph.constant(np.int64(axis)), axis=0)
