"""What one thing more would cost in a compiled model, in parameters of the dense tensors."""

from __future__ import annotations

from dataclasses import dataclass

from rasp.compiler.account.alternatives import Alternative, Impossible
from rasp.model.config import BlockConfig, TransformerConfig


@dataclass(frozen=True)
class Prices:
    """direction: of one more dimension of the residual stream; neuron: of one more neuron."""

    config: TransformerConfig
    direction: int
    neuron: int

    @classmethod
    def of(cls, config: TransformerConfig) -> Prices:
        direction = config.d_vocab + config.n_ctx + config.d_vocab_out
        for block in config.blocks:
            if block.n_heads:
                direction += 4 * block.n_heads * block.d_head + 1
            if block.d_mlp:
                direction += 2 * block.d_mlp + 1
        return cls(config, direction, 2 * config.d_model + 1)

    def widened(self, block: BlockConfig, n_columns: int) -> int:
        """Of heads that are so wide, at least: all heads of a block are equally wide."""
        more = max(0, n_columns - block.d_head)
        return more * block.n_heads * (4 * self.config.d_model + 3)

    def text(
        self,
        alternative: Alternative | Impossible,
        block: BlockConfig | None = None,
        beside: int = 1,
    ) -> str:
        """What it would take; beside: columns of a head that are no products."""
        if isinstance(alternative, Impossible):
            return alternative.text
        more = alternative.directions * self.direction + alternative.neurons * self.neuron
        if block is not None and alternative.products is not None:
            more += self.widened(block, alternative.products + beside)
        return f"{alternative.text}: {_signed(more)} parameters"


def _signed(number: float) -> str:
    return f"{number:+,.0f}" if round(number) else "no more"
