"""Columns of weights -> the quantities that they read, by what the residual stream holds.

Which dimensions a column touches is not yet what it reads: where one direction holds a feature less
a part of something else, and another this part, the sum of both is the feature alone.  So the
meanings of the dimensions are added up with the weights, as vectors, and what does not cancel is
read.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact
from rasp.causal.anatomy import Part
from rasp.causal.meanings import Contents
from rasp.causal.subspace import Space
from rasp.meaning.witness import Quantity

Array = NDArray[Any]

CLOSE = 1e-6
"""What is left of a sum of which everything cancels, relative to its terms."""


class Readings:
    """What the parts of a model read."""

    def __init__(self, artifact: Artifact, contents: Contents) -> None:
        self.artifact, self.contents = artifact, contents
        self._meanings = cache(self._meanings_at)

    def output(self, sublayer: int) -> list[Quantity]:
        """What the unembedding reads."""
        return self._read(self.artifact.tensors["unembed.W_U"], sublayer)

    def into(self, part: Part, place: int) -> list[Quantity]:
        """What a part reads for what it writes into a dimension."""
        tensors = self.artifact.tensors
        if part.neurons is not None:
            prefix = f"blocks.{part.block}.mlp."
            first, end = part.neurons
            used = tensors[prefix + "W_out"][first:end, place] != 0
            return self._read(tensors[prefix + "W_in"][:, first:end][:, used], part.sublayer)
        prefix = f"blocks.{part.block}.attn."
        queries, keys, values, written = (
            tensors[prefix + name][part.head] for name in ("W_Q", "W_K", "W_V", "W_O")
        )
        columns = np.concatenate([queries, keys, values[:, written[:, place] != 0]], axis=1)
        return self._read(columns, part.sublayer)

    def _read(self, columns: Array, sublayer: int) -> list[Quantity]:
        """columns [d_model, n], read by a sublayer."""
        witness = self.artifact.witness
        if witness is None:
            return []
        space, meanings = self._meanings(sublayer)
        weights = columns.astype(np.float64)
        found = weights.T @ meanings  # [column, coordinate]
        terms = np.abs(weights).T @ np.abs(meanings)  # [column, coordinate]
        read = []
        for number, quantity in enumerate(witness.quantities):
            start, end = space.range(number)
            if space.differs(found[:, start:end], terms[:, start:end], CLOSE):
                read.append(quantity)
        return read

    def _meanings_at(self, sublayer: int) -> tuple[Space, Array]:
        """By dimension what it holds for the sublayer [d_model, coordinate]."""
        assert self.artifact.witness is not None
        space = Space(self.artifact.witness)
        meanings = np.zeros((self.artifact.config.d_model, space.size))
        for content in self.contents.contents:
            known = content.meaning is not None and np.isfinite(content.meaning.constant)
            if content.meaning is not None and known and content.held_at(sublayer):
                meanings[content.direction.place] = space.vector(content.meaning)
        return space, meanings
