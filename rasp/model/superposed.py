"""A Transformer and inputs -> one with a narrower residual stream that does nearly the same.

The principal components of the old stream on the inputs say how the new one begins: what writes
direction k writes row k of a matrix, what reads it reads column k of another.  Directions then
share dimensions, and get into each other's way; training all weights, and the matrix `read`, makes
that smaller: the outputs should be what they were, and so should be what is read out of the stream
around every sublayer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from rasp.deadline import look
from rasp.model.basis import in_basis, rotation, widened
from rasp.model.config import TransformerConfig
from rasp.model.transformer import Transformer

_Loss: TypeAlias = Callable[[Tensor], Tensor]

BATCH = 64
RATE = 3e-3
STEEPEST = 1.0  # gradients: steps of neurons have very steep ones
LOOKED_AT = 25  # steps
SMALLEST = 1e-3  # of a direction that is hardly used


@dataclass(frozen=True)
class Squeezed:
    """tensors: by the names of `TransformerConfig.shapes`; read [width, d_model]: stream @ read is
    about what the old stream was; losses: before training and after it."""

    tensors: dict[str, NDArray[np.float64]]
    read: NDArray[np.float64]
    losses: tuple[float, float]


def squeeze(
    config: TransformerConfig,
    tensors: dict[str, NDArray[np.float64]],
    ids: NDArray[np.int64],
    width: int,
    *,
    pad_id: int,
    steps: int,
    seed: int,
) -> Squeezed:
    """The model in a stream of `width` dimensions, trained on ids [input, pos], padded.

    The best that was seen on the way is kept, the beginning included.  The same seed gives the same
    numbers on one machine.
    """
    inputs = torch.from_numpy(ids)  # [input, pos]
    known = inputs != pad_id  # [input, pos]
    shape = widened(config, config.d_model, "float64")
    with torch.no_grad():
        wide = _Streams(Transformer.from_tensors(shape, tensors, pad_id=pad_id))
        outputs, states = _run(wide, {}, inputs)
    rows = torch.cat([state[known] for state in states])  # [row, d_model]
    scale = rows.pow(2).mean(dim=0).sqrt().clamp(min=SMALLEST)  # [d_model]
    largest = outputs[known].abs().amax(dim=0).clamp(min=SMALLEST)  # [d_vocab_out]
    write, read = _principal(rows, scale, width, seed)
    begun = in_basis({name: torch.tensor(t) for name, t in tensors.items()}, write, read)
    weights = {name: tensor.clone().requires_grad_() for name, tensor in begun.items()}
    read.requires_grad_()
    narrow = _Streams(
        Transformer.from_tensors(widened(config, width, "float64"), _arrays(begun), pad_id=pad_id)
    )

    def loss(chosen: Tensor) -> Tensor:
        """Of the outputs and of each stream, in units of what is usual there."""
        there = known[chosen]  # [input, pos]
        found, streams = _run(narrow, weights, inputs[chosen])
        pairs = [(found / largest, outputs[chosen] / largest)]
        pairs += [
            (stream @ read / scale, state[chosen] / scale)
            for stream, state in zip(streams, states, strict=True)
        ]
        return torch.stack([functional.smooth_l1_loss(a[there], b[there]) for a, b in pairs]).sum()

    everything = torch.arange(len(inputs))  # [input]
    with torch.no_grad():
        before = after = float(loss(everything))
    kept, kept_read = _arrays(begun), read.detach().numpy().copy()
    for _ in _trained([*weights.values(), read], loss, len(inputs), steps, seed):
        with torch.no_grad():
            now = float(loss(everything))
        if now < after:
            after, kept, kept_read = now, _arrays(weights), read.detach().numpy().copy()
    return Squeezed(kept, kept_read, (before, after))


def _principal(rows: Tensor, scale: Tensor, width: int, seed: int) -> tuple[Tensor, Tensor]:
    """write [d_model, width] and read [width, d_model] of the main components of the rows, where
    every direction counts the same, turned by the seed."""
    _, _, components = torch.linalg.svd(rows / scale, full_matrices=True)
    turn = torch.from_numpy(rotation(width, seed))  # [width, width]
    main = components[:width]  # [width, d_model]
    return main.T / scale[:, None] @ turn, turn.T @ main * scale


def _trained(
    parameters: list[Tensor], loss: _Loss, n_inputs: int, steps: int, seed: int
) -> Iterator[None]:
    """Adam on batches by chance, at a rate that falls to 0; stops now and then to be looked at."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(parameters, lr=RATE)
    for step in range(steps):
        look()
        chosen = torch.randint(n_inputs, (min(BATCH, n_inputs),), generator=generator)
        optimizer.param_groups[0]["lr"] = RATE * (1.0 - step / steps)
        optimizer.zero_grad()
        loss(chosen).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, STEEPEST)
        optimizer.step()
        if (step + 1) % LOOKED_AT == 0:
            yield


def _arrays(tensors: dict[str, Tensor]) -> dict[str, NDArray[np.float64]]:
    return {name: tensor.detach().numpy().copy() for name, tensor in tensors.items()}


class _Streams(nn.Module):
    """A model that returns its residual streams [input, pos, d_model] around sublayers, too; of one
    without sublayers what is embedded."""

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor) -> tuple[Tensor, list[Tensor]]:
        output, cache = self.model.run_with_cache(ids)
        around = [cache[name] for name in sorted(cache) if "resid_" in name]
        return output, around or [self.model.embed(ids) + self.model.pos_embed(ids)]


def _run(module: _Streams, weights: dict[str, Tensor], ids: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Outputs [input, pos, d_vocab_out] and streams with these weights in the place of its own."""
    named = {f"model.{name}": tensor for name, tensor in weights.items()}
    found: tuple[Tensor, list[Tensor]] = functional_call(module, named, (ids,))
    return found
