"""A compiled model and token ids -> every number of one forward pass, and the weights it used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rasp.compiled.runnable import RunnableModel
from rasp.explorer.data import Array


@dataclass(frozen=True, slots=True)
class ForwardPass:
    """weights: by the names of `TransformerConfig.shapes`; cache: as `Transformer.run_with_cache`
    says, without its batch axis."""

    embedded: Array  # [pos, d_model]
    cache: dict[str, Array]
    output: Array  # [pos, column]
    weights: dict[str, Array]

    @classmethod
    def of(cls, model: RunnableModel, ids: list[int]) -> ForwardPass:
        """ids: BOS and the input."""
        import torch

        from rasp.model.precision import full_precision

        module, device = model.module, model.device
        with torch.inference_mode(), full_precision(device):
            batch = torch.tensor([ids], device=device)  # [1, pos]
            embedded = module.embed(batch) + module.pos_embed(batch)  # [1, pos, d_model]
            output, cache = module.run_with_cache(batch)
            return cls(
                embedded=embedded[0].cpu().numpy(),
                cache={name: tensor[0].cpu().numpy() for name, tensor in cache.items()},
                output=output[0].cpu().numpy(),
                weights=model.artifact.tensors,
            )


def nonzero_rows(matrix: Array) -> list[int]:
    """The rows of a matrix that are not all zero."""
    rows: list[int] = np.flatnonzero((matrix != 0).any(axis=1)).tolist()
    return rows
