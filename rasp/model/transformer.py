"""A plain Transformer: token ids in, numbers at every position out.

    token embedding + learned positions
    for each block:  residual += attention(residual);  residual += feed-forward(residual)
    unembedding

Attention is softmax(Q K^T) V without a division by sqrt(d_head) (a scale belongs into W_Q); the
feed-forward part is one hidden ReLU layer; either part of a block may be missing.  Parameters carry
the names that interpretability libraries use (`TransformerConfig.shapes`).

Non-goals: layer normalisation, dropout; key-value caches are in `rasp.model.cached`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from rasp.model.attend import (
    add_bias,
    attend,
    attend_by_columns,
    masked,
    quick_by_columns,
    softmax,
)
from rasp.model.config import TransformerConfig
from rasp.model.taps import Cache, Taps

DTYPES = {"float32": torch.float32, "float64": torch.float64}
INITIAL_STD = 0.02


class Embed(nn.Module):
    """Token ids to residual directions."""

    def __init__(self, d_vocab: int, d_model: int) -> None:
        super().__init__()
        self.W_E = nn.Parameter(torch.empty(d_vocab, d_model))

    def forward(self, token_ids: Tensor) -> Tensor:
        return functional.embedding(token_ids, self.W_E)  # [batch, pos, d_model]


class PosEmbed(nn.Module):
    """The learned positions 0, 1, ... of a sequence."""

    def __init__(self, n_ctx: int, d_model: int) -> None:
        super().__init__()
        self.W_pos = nn.Parameter(torch.empty(n_ctx, d_model))

    def forward(self, token_ids: Tensor) -> Tensor:
        return self.W_pos[: token_ids.shape[1]]  # [pos, d_model]


class Attention(nn.Module):
    """All heads of a block."""

    def __init__(self, n_heads: int, d_model: int, d_head: int) -> None:
        super().__init__()
        self.W_Q = nn.Parameter(torch.empty(n_heads, d_model, d_head))
        self.b_Q = nn.Parameter(torch.empty(n_heads, d_head))
        self.W_K = nn.Parameter(torch.empty(n_heads, d_model, d_head))
        self.b_K = nn.Parameter(torch.empty(n_heads, d_head))
        self.W_V = nn.Parameter(torch.empty(n_heads, d_model, d_head))
        self.b_V = nn.Parameter(torch.empty(n_heads, d_head))
        self.W_O = nn.Parameter(torch.empty(n_heads, d_head, d_model))
        self.b_O = nn.Parameter(torch.empty(d_model))

    def forward(
        self, residual: Tensor, hidden: Tensor | None, taps: Taps | None, name: str
    ) -> Tensor:
        """hidden [batch | 1, 1, 1 | query, key]: keys that a query may not attend to, if any."""
        if hidden is not None and len(hidden) == len(residual):
            # What neurons made of padding may be no number: all queries would have it times 0.
            padding = hidden[:, 0, -1, :, None]  # [batch, pos, 1]: what the last query does not see
            residual = residual.masked_fill(padding, 0.0)  # [batch, pos, d_model]
        projected = self.project(residual)  # [batch, pos, 3 * head, d_head]
        if taps is not None:
            return self._tapped(projected, hidden, taps, name)
        if quick_by_columns(projected):
            z = attend_by_columns(projected, hidden)  # [head, d_head, query, batch]
            columns = z.flatten(0, 1).flatten(1)  # [head * d_head, query * batch]
            out = self.W_O.flatten(0, 1).t() @ columns  # [d_model, query * batch]
            written = out.view(-1, *z.shape[2:]).permute(2, 1, 0)  # [batch, query, d_model]
            return add_bias(written, self.b_O)  # [batch, query, d_model]
        _, _, z = attend(projected, hidden)
        return self._write(z)  # [batch, query, d_model]

    def _tapped(self, projected: Tensor, hidden: Tensor | None, taps: Taps, name: str) -> Tensor:
        """The same, step by step."""
        q, k, v = projected.transpose(1, 2).chunk(3, dim=1)  # [batch, head, pos, d_head] each
        q, k, v = taps(f"{name}.q", q), taps(f"{name}.k", k), taps(f"{name}.v", v)
        scores = masked(q @ k.transpose(-1, -2), hidden)  # [batch, head, query, key]
        scores = taps(f"{name}.scores", scores)
        pattern = taps(f"{name}.pattern", softmax(scores))  # [batch, head, query, key]
        z = taps(f"{name}.z", pattern @ v)  # [batch, head, query, d_head]
        if not taps.watch(f"{name}.result"):
            return self._write(z)  # [batch, query, d_model]
        result = taps(f"{name}.result", z @ self.W_O)  # [batch, head, query, d_model]
        return add_bias(result.sum(dim=1), self.b_O)  # [batch, query, d_model]

    def _write(self, z: Tensor) -> Tensor:
        joined = z.transpose(1, 2).flatten(2)  # [batch, query, head * d_head]
        written = joined @ self.W_O.flatten(0, 1)  # [batch, query, d_model]
        return add_bias(written, self.b_O)  # [batch, query, d_model]

    def project(self, residual: Tensor) -> Tensor:
        """Queries, keys and values of all heads, in one multiplication."""
        weight = torch.cat([self.W_Q, self.W_K, self.W_V])  # [3 * head, d_model, d_head]
        bias = torch.cat([self.b_Q, self.b_K, self.b_V])  # [3 * head, d_head]
        columns = weight.transpose(0, 1).flatten(1)  # [d_model, 3 * head * d_head]
        projected = add_bias(residual @ columns, bias.flatten())
        return projected.view(*residual.shape[:2], *bias.shape)  # [batch, pos, 3 * head, d_head]


class MLP(nn.Module):
    """One hidden ReLU layer."""

    def __init__(self, d_model: int, d_mlp: int) -> None:
        super().__init__()
        self.W_in = nn.Parameter(torch.empty(d_model, d_mlp))
        self.b_in = nn.Parameter(torch.empty(d_mlp))
        self.W_out = nn.Parameter(torch.empty(d_mlp, d_model))
        self.b_out = nn.Parameter(torch.empty(d_model))

    def forward(self, residual: Tensor, taps: Taps | None, name: str) -> Tensor:
        pre = self.project(residual)  # [batch, pos, d_mlp]
        if taps is not None:
            pre = taps(f"{name}.pre", pre)  # [batch, pos, d_mlp]
        post = pre.relu()  # [batch, pos, d_mlp]
        if taps is not None:
            post = taps(f"{name}.post", post)  # [batch, pos, d_mlp]
        return add_bias(post @ self.W_out, self.b_out)  # [batch, pos, d_model]

    def project(self, residual: Tensor) -> Tensor:
        """What the neurons get."""
        return add_bias(residual @ self.W_in, self.b_in)  # [batch, pos, d_mlp]


class Block(nn.Module):
    """Attention, then feed-forward; a part without heads or neurons is not there."""

    def __init__(self, d_model: int, n_heads: int, d_head: int, d_mlp: int) -> None:
        super().__init__()
        self.attn = Attention(n_heads, d_model, d_head) if n_heads else None
        self.mlp = MLP(d_model, d_mlp) if d_mlp else None

    def forward(
        self, residual: Tensor, hidden: Tensor | None, taps: Taps | None, name: str
    ) -> Tensor:
        if taps is not None:
            residual = taps(f"{name}.resid_pre", residual)  # [batch, pos, d_model]
        if self.attn is not None:
            written = self.attn(residual, hidden, taps, f"{name}.attn")  # [batch, pos, d_model]
            if taps is not None:
                written = taps(f"{name}.attn_out", written)  # [batch, pos, d_model]
            residual = residual + written  # [batch, pos, d_model]
        if taps is not None:
            residual = taps(f"{name}.resid_mid", residual)  # [batch, pos, d_model]
        if self.mlp is not None:
            written = self.mlp(residual, taps, f"{name}.mlp")  # [batch, pos, d_model]
            if taps is not None:
                written = taps(f"{name}.mlp_out", written)  # [batch, pos, d_model]
            residual = residual + written  # [batch, pos, d_model]
        if taps is not None:
            residual = taps(f"{name}.resid_post", residual)  # [batch, pos, d_model]
        return residual


class Unembed(nn.Module):
    """Residual directions to output columns."""

    def __init__(self, d_model: int, d_vocab_out: int) -> None:
        super().__init__()
        self.W_U = nn.Parameter(torch.empty(d_model, d_vocab_out))
        self.b_U = nn.Parameter(torch.empty(d_vocab_out))

    def forward(self, residual: Tensor) -> Tensor:
        return add_bias(residual @ self.W_U, self.b_U)  # [batch, pos, d_vocab_out]


class Transformer(nn.Module):
    """The whole model.  pad_id: the token id that fills a batch up and is never attended to."""

    def __init__(self, config: TransformerConfig, *, pad_id: int) -> None:
        super().__init__()
        self.config = config
        self.pad_id = pad_id
        self.embed = Embed(config.d_vocab, config.d_model)
        self.pos_embed = PosEmbed(config.n_ctx, config.d_model)
        self.blocks = nn.ModuleList(
            Block(config.d_model, block.n_heads, block.d_head, block.d_mlp)
            for block in config.blocks
        )
        self.unembed = Unembed(config.d_model, config.d_vocab_out)
        self.to(DTYPES[config.dtype])
        # On the meta device there are no numbers, and to draw them makes torch import its compiler.
        if not self.embed.W_E.is_meta:
            self.reset_parameters()

    @classmethod
    def from_tensors(
        cls, config: TransformerConfig, tensors: Mapping[str, Any], *, pad_id: int
    ) -> Transformer:
        """A model with the given weights (arrays or tensors, copied), named as config.shapes()."""
        with torch.device("meta"):  # no initial weights that would be thrown away
            model = cls(config, pad_id=pad_id)
        dtype = DTYPES[config.dtype]
        state = {name: torch.tensor(tensor, dtype=dtype) for name, tensor in tensors.items()}
        model.load_state_dict(state, strict=True, assign=True)
        return model

    def reset_parameters(self) -> None:
        """Random weights to train from: small normal numbers, biases zero."""
        for name, parameter in self.named_parameters():
            if name.rpartition(".")[2].startswith("W_"):
                nn.init.normal_(parameter, std=INITIAL_STD)
            else:
                nn.init.zeros_(parameter)

    def forward(
        self, token_ids: Tensor, attention_mask: Tensor | None = None, *, padded: bool = True
    ) -> Tensor:
        """[batch, pos] ids to [batch, pos, d_vocab_out].

        attention_mask [batch, pos]: nonzero where there is a token; by default, where the id is not
        pad_id.  The output at other positions is finite and without meaning.  Without `padded`
        there is a token everywhere, and no time is spent on a mask.
        """
        mask = self._mask(token_ids, attention_mask) if padded else None
        return self._run(token_ids, mask, None)

    def run_with_cache(
        self, token_ids: Tensor, attention_mask: Tensor | None = None
    ) -> tuple[Tensor, Cache]:
        """The output and what happened on the way.

        For each block i: blocks.i.resid_pre, .resid_mid, .resid_post [batch, pos, d_model].
        Where it has heads: blocks.i.attn.q, .k, .v [batch, head, pos, d_head], .scores, .pattern
        [batch, head, query, key], .z [batch, head, query, d_head].  Where it has neurons:
        blocks.i.mlp.pre, .post [batch, pos, d_mlp].
        """
        taps = Taps(kept=frozenset(self.places()))
        return self.run_with_taps(token_ids, taps, attention_mask), taps.cache

    def run_with_taps(
        self, token_ids: Tensor, taps: Taps, attention_mask: Tensor | None = None
    ) -> Tensor:
        """The output, where functions change what happens on the way.

        Besides the places of `run_with_cache` there are embed and pos_embed [batch, pos, d_model],
        for each block with heads blocks.i.attn.result [batch, head, query, d_model] and
        blocks.i.attn_out, and with neurons blocks.i.mlp_out [batch, pos, d_model].
        """
        return self._run(token_ids, self._mask(token_ids, attention_mask), taps)

    def places(self) -> list[str]:
        """What `run_with_cache` keeps, in the order in which it is computed."""
        places: list[str] = []
        for number, block in enumerate(self.config.blocks):
            name = f"blocks.{number}"
            places.append(f"{name}.resid_pre")
            if block.n_heads:
                parts = ("q", "k", "v", "scores", "pattern", "z")
                places += [f"{name}.attn.{part}" for part in parts]
            places.append(f"{name}.resid_mid")
            places += [f"{name}.mlp.pre", f"{name}.mlp.post"] if block.d_mlp else []
            places.append(f"{name}.resid_post")
        return places

    def _mask(self, token_ids: Tensor, attention_mask: Tensor | None) -> Tensor:
        return token_ids != self.pad_id if attention_mask is None else attention_mask.bool()

    def _run(self, token_ids: Tensor, mask: Tensor | None, taps: Taps | None) -> Tensor:
        n_pos = token_ids.shape[1]
        if n_pos > self.config.n_ctx:
            raise ValueError(f"{n_pos} positions, but n_ctx is {self.config.n_ctx}")
        hidden = None if mask is None else ~mask[:, None, None, :]  # [batch, 1, 1, key]
        if self.config.causal:
            later = torch.ones(n_pos, n_pos, dtype=torch.bool, device=token_ids.device).triu(1)
            hidden = later[None, None] if hidden is None else hidden | later  # [..., query, key]
        embedded = self.embed(token_ids)  # [batch, pos, d_model]
        positions = self.pos_embed(token_ids)  # [pos, d_model]
        if taps is not None:
            embedded = taps("embed", embedded)  # [batch, pos, d_model]
            everywhere = positions.expand_as(embedded)  # [batch, pos, d_model]
            positions = taps("pos_embed", everywhere)  # [batch, pos, d_model]
        residual = embedded + positions  # [batch, pos, d_model]
        for number, block in enumerate(self.blocks):
            residual = block(residual, hidden, taps, f"blocks.{number}")  # [batch, pos, d_model]
        output: Tensor = self.unembed(residual)  # [batch, pos, d_vocab_out]
        return output
