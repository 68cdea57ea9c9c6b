"""A Transformer and inputs -> a narrower residual stream in which it does nearly the same.

Two matrices are learned, as Tracr's authors do with one: `write` [d_model, width] takes directions
of the old stream into the new one, `read` [width, d_model] out of it again.  All other weights stay
what they are.  They begin as the principal components of the residual stream on the inputs, and
are trained so that what is read out of every layer is what should be there, and so are the outputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from rasp.model.basis import in_basis, rotation, widened
from rasp.model.config import TransformerConfig
from rasp.model.transformer import Transformer

BATCH = 64
RATE = 3e-3
SMALLEST = 1e-3  # of a direction that is hardly used
OUTPUTS = 10.0  # weight of the outputs against that of the stream


@dataclass(frozen=True)
class Squeezed:
    """write [d_model, width], read [width, d_model]; losses: before the first step and after the
    last, of the stream and the outputs."""

    write: NDArray[np.float64]
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
    """Matrices for the model with these tensors, trained on ids [input, pos], padded.

    Deterministic on one machine: the same seed gives the same matrices.
    """
    inputs = torch.from_numpy(ids)  # [input, pos]
    shape = widened(config, config.d_model, "float64")
    wide = Transformer.from_tensors(shape, tensors, pad_id=pad_id)
    known = inputs != pad_id  # [input, pos]
    with torch.no_grad():
        outputs, states = _run(_Streams(wide), {}, inputs)
    rows = torch.cat([state[known] for state in states])  # [row, d_model]
    scale = rows.pow(2).mean(dim=0).sqrt().clamp(min=SMALLEST)  # [d_model]: what is large is no more
    _, _, components = torch.linalg.svd(rows / scale, full_matrices=True)
    turn = torch.from_numpy(rotation(width, seed))  # [width, width]
    main = components[:width]  # [width, d_model]
    write = (main.T / scale[:, None] @ turn).clone().requires_grad_()  # [d_model, width]
    read = (turn.T @ main * scale).clone().requires_grad_()  # [width, d_model]
    narrow = _Streams(
        Transformer.from_tensors(
            widened(config, width, "float64"),
            in_basis(tensors, write.detach().numpy(), read.detach().numpy()),
            pad_id=pad_id,
        )
    )
    fixed = {name: torch.from_numpy(np.array(t, dtype=np.float64)) for name, t in tensors.items()}
    largest = outputs[known].abs().amax(dim=0).clamp(min=1e-3)  # [d_vocab_out]

    weights = {n: t.detach().clone().requires_grad_() for n, t in in_basis(fixed, write, read).items()}
    def loss(chosen: Tensor) -> Tensor:
        found, streams = _run(narrow, weights, inputs[chosen])
        there = known[chosen]
        total = OUTPUTS * functional.smooth_l1_loss(
            found[there] / largest, outputs[chosen][there] / largest
        )
        for stream, state in zip(streams, states, strict=True):
            total = total + functional.smooth_l1_loss(
                (stream @ read)[there] / scale, state[chosen][there] / scale
            )
        return total

    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam([*weights.values(), read], lr=RATE)
    with torch.no_grad():
        before = float(loss(torch.arange(len(inputs))))
    best, kept = before, (write.detach().clone(), read.detach().clone())
    for step in range(steps):
        chosen = torch.randint(len(inputs), (min(BATCH, len(inputs)),), generator=generator)
        optimizer.param_groups[0]["lr"] = RATE * (1.0 - step / steps)
        optimizer.zero_grad()
        loss(chosen).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        after = float(loss(torch.arange(len(inputs))))
    if after < best:
        best, kept = after, (write.detach().clone(), read.detach().clone())
    S_W.update({n: t.detach().numpy() for n,t in weights.items()})
    return Squeezed(kept[0].numpy(), kept[1].numpy(), (before, best))


class _Streams(nn.Module):
    """A model that returns its residual streams [input, pos, d_model] around sublayers, too."""

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor) -> tuple[Tensor, list[Tensor]]:
        output, cache = self.model.run_with_cache(ids)
        return output, [cache[name] for name in sorted(cache) if "resid_" in name]


def _run(module: _Streams, weights: dict[str, Tensor], ids: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Outputs [input, pos, d_vocab_out] and streams with these weights in the place of its own."""
    named = {f"model.{name}": tensor for name, tensor in weights.items()}
    found: tuple[Tensor, list[Tensor]] = functional_call(module, named, (ids,))
    return found

S_W = {}
