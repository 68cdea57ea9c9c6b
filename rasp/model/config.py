"""The shape of a Transformer: all that `rasp.model.transformer` needs besides tensors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BlockConfig:
    """One block: attention (n_heads > 0), then feed-forward (d_mlp > 0); either may be missing."""

    n_heads: int
    d_head: int
    d_mlp: int


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """d_vocab token ids in, n_ctx positions at most (BOS included), d_vocab_out numbers out."""

    d_vocab: int
    n_ctx: int
    d_model: int
    d_vocab_out: int
    blocks: tuple[BlockConfig, ...]
    causal: bool
    dtype: str  # "float32" or "float64"

    @property
    def sublayers(self) -> str:
        """The order of sublayers: a for attention, f for feed-forward."""
        return "".join(
            ("a" if block.n_heads else "") + ("f" if block.d_mlp else "") for block in self.blocks
        )

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor, in order."""
        d = self.d_model
        shapes: dict[str, tuple[int, ...]] = {
            "embed.W_E": (self.d_vocab, d),
            "pos_embed.W_pos": (self.n_ctx, d),
        }
        for number, block in enumerate(self.blocks):
            if block.n_heads:
                h, dh = block.n_heads, block.d_head
                prefix = f"blocks.{number}.attn."
                shapes |= {
                    prefix + "W_Q": (h, d, dh),
                    prefix + "b_Q": (h, dh),
                    prefix + "W_K": (h, d, dh),
                    prefix + "b_K": (h, dh),
                    prefix + "W_V": (h, d, dh),
                    prefix + "b_V": (h, dh),
                    prefix + "W_O": (h, dh, d),
                    prefix + "b_O": (d,),
                }
            if block.d_mlp:
                prefix = f"blocks.{number}.mlp."
                shapes |= {
                    prefix + "W_in": (d, block.d_mlp),
                    prefix + "b_in": (block.d_mlp,),
                    prefix + "W_out": (block.d_mlp, d),
                    prefix + "b_out": (d,),
                }
        return shapes | {"unembed.W_U": (d, self.d_vocab_out), "unembed.b_U": (self.d_vocab_out,)}
