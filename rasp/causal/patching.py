"""Edges of a model, patched: one reader gets from one writer what another input gave.

    runs        the forward pass of a batch, with what every part contributed
    effect      what the model puts out if a reader's input has another contribution in it

Everything else is as it was: what the reader reads from others, and what others read from the
writer.  All numbers come from the same products of the same shapes, so that a contribution which
the reader's weights do not touch changes no bit of the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rasp.causal.anatomy import Part, Reader
from rasp.compiled.inputs import Encoder, Tokens
from rasp.compiled.runnable import RunnableModel
from rasp.readout import Decoder, Outcome

if TYPE_CHECKING:
    from torch import Tensor

    from rasp.model.taps import Taps

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """A forward pass.  ids [batch, pos], with BOS and padding; lengths [batch], without; cache: by
    the places of `Transformer.run_with_taps`; output [batch, pos, d_vocab_out]."""

    ids: Ids
    lengths: Ids
    cache: Mapping[str, Tensor]
    output: Tensor


class Patching:
    """Forward passes of a model as it is now, whole or patched."""

    def __init__(self, model: RunnableModel) -> None:
        artifact = model.artifact
        self.model, self.module, self.device = model, model.module, model.device
        self.config = artifact.config
        self.blocks: list[Any] = list(model.module.blocks)  # rasp.model.transformer.Block
        self._encoder = Encoder(model.vocabulary, model.max_len)
        self._decoder = Decoder(artifact.readout, model.max_len)

    def encode(self, inputs: Sequence[Tokens]) -> tuple[Ids, Ids]:
        """Ids [batch, pos] and lengths.  Raises the error of the first input that has one."""
        encoded, errors = self._encoder.encode(inputs)
        for error in errors.values():
            raise error
        return encoded.batch(np.arange(len(encoded.lengths))), encoded.lengths

    def run(self, ids: Ids, lengths: Ids) -> Run:
        """The forward pass on a batch."""
        from rasp.model.taps import Taps

        places = ["embed", "pos_embed", *self.module.places()]
        taps = Taps(kept=frozenset(places))
        output = self._output(ids, taps)
        return Run(ids, lengths, taps.cache, output)

    def outcomes(self, output: Tensor, lengths: Ids) -> list[Outcome]:
        """What the output says, input by input."""
        numbers = output[:, 1:].cpu().numpy()  # [batch, token, column]
        return self._decoder.decode(numbers, lengths)

    def contribution(self, run: Run, part: Part) -> Tensor:
        """What a part adds to the residual stream, biases aside [batch, pos, d_model]."""
        written: Tensor
        with _quiet(self):
            match part.kind:
                case "embedding":
                    return run.cache["embed"]  # [batch, pos, d_model]
                case "positions":
                    return run.cache["pos_embed"].detach()  # [batch, pos, d_model]
                case "head":
                    z = run.cache[f"blocks.{part.block}.attn.z"][:, part.head]
                    written = z @ self.blocks[part.block].attn.W_O[part.head]
                    return written  # [batch, pos, d_model]
            assert part.neurons is not None
            first, end = part.neurons
            post = run.cache[f"blocks.{part.block}.mlp.post"][..., first:end]
            weights = self.blocks[part.block].mlp.W_out[first:end]  # [neuron, d_model]
            written = post @ weights  # [batch, pos, d_model]
        return written

    def change(self, base: Run, source: Run, places: Ids, part: Part) -> Tensor:
        """What a part adds on the sources, less what it adds on the bases [batch, pos, d_model].

        places [batch, pos]: for each position of the base the one of the source, -1 for none.
        """
        import torch

        here = self.contribution(base, part)  # [batch, pos, d_model]
        there = self.contribution(source, part)  # [batch, pos of the source, d_model]
        index = torch.from_numpy(places).to(there.device)[..., None]  # [batch, pos, 1]
        index = index.expand(*index.shape[:2], there.shape[2])  # [batch, pos, d_model]
        moved = there.gather(1, index.clamp(min=0))  # [batch, pos, d_model]
        return torch.where(index < 0, 0.0, moved - here)  # [batch, pos, d_model]

    def effect(self, base: Run, reader: Reader, change: Tensor) -> Tensor:
        """The output with `change` [batch, pos, d_model] added to what a reader reads.

        What the reader makes of it is compared first: where that is the same to the last bit, so is
        all that comes after it.
        """
        from rasp.model.taps import Taps

        part = reader.part
        if part.kind == "output":
            with _quiet(self):
                output: Tensor = self.module.unembed(self._last(base) + change)
                return output  # [batch, pos, d_vocab_out]
        place, residual = self._input(base, reader)
        before = base.cache[place]
        with _quiet(self):
            after = self._read(residual + change, before, reader)
            if after.equal(before):
                return base.output
        return self._output(base.ids, Taps({place: lambda tensor: after}))

    def _last(self, base: Run) -> Tensor:
        n_blocks = len(self.config.blocks)
        if n_blocks:
            return base.cache[f"blocks.{n_blocks - 1}.resid_post"]
        return base.cache["embed"] + base.cache["pos_embed"]

    def _input(self, base: Run, reader: Reader) -> tuple[str, Tensor]:
        """The place of what a reader computes first, and the residual stream that it reads."""
        prefix = f"blocks.{reader.part.block}"
        if reader.part.kind == "neurons":
            return f"{prefix}.mlp.pre", base.cache[f"{prefix}.resid_mid"]
        return f"{prefix}.attn.{reader.letter}", base.cache[f"{prefix}.resid_pre"]

    def _read(self, residual: Tensor, before: Tensor, reader: Reader) -> Tensor:
        """What all neurons, or all heads, compute first, that of the reader from another residual
        stream."""
        part, block = reader.part, self.blocks[reader.part.block]
        after = before.clone()
        if part.neurons is not None:
            first, end = part.neurons
            after[..., first:end] = block.mlp.project(residual)[..., first:end]
            return after  # [batch, pos, d_mlp]
        three = block.attn.project(residual).transpose(1, 2).chunk(3, dim=1)
        after[:, part.head] = three["qkv".index(reader.letter)][:, part.head]
        return after  # [batch, head, pos, d_head]

    def _output(self, ids: Ids, taps: Taps) -> Tensor:
        import torch

        with _quiet(self):
            batch = torch.from_numpy(ids).to(self.device)  # [batch, pos]
            output: Tensor = self.module.run_with_taps(batch, taps)
            return output  # [batch, pos, d_vocab_out]


@contextmanager
def _quiet(patching: Patching) -> Iterator[None]:
    """No gradients, and products in full precision."""
    import torch

    from rasp.model.precision import full_precision

    with torch.inference_mode(), full_precision(patching.device):
        yield
