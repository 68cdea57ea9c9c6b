"""Names of places in a forward pass: those of TransformerLens, and which places they are here.

A point is named and shaped as in TransformerLens 2 to 4 (`HookedTransformer`, and the names that
`TransformerBridge` takes from it): `blocks.0.attn.hook_q` is [batch, pos, head, d_head].  What is
here without `hook_` may be written without it: `blocks.0.attn.q` is the same point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rasp.errors import RaspValueError
from rasp.model.config import TransformerConfig

if TYPE_CHECKING:
    from torch import Tensor

STREAM = ("batch", "pos", "d_model")
PER_HEAD = ("batch", "pos", "head", "d_head")
PAIRS = ("batch", "head", "query", "key")
NEURONS = ("batch", "pos", "neuron")


@dataclass(frozen=True, slots=True)
class Point:
    """name: in TransformerLens; place: in `Transformer.run_with_taps`; axes: of its tensors; block:
    None for the embedding; by_head: in the module the heads come before the positions."""

    name: str
    place: str
    axes: tuple[str, ...]
    block: int | None = None
    by_head: bool = False

    def outside(self, tensor: Tensor) -> Tensor:
        """The module's tensor, as the point has it."""
        return tensor.transpose(1, 2) if self.by_head else tensor

    inside = outside
    """The point's tensor, as the module has it: the same exchange of two axes."""


_IN_BLOCK: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("hook_resid_pre", "resid_pre", STREAM, ""),
    ("attn.hook_q", "attn.q", PER_HEAD, "heads"),
    ("attn.hook_k", "attn.k", PER_HEAD, "heads"),
    ("attn.hook_v", "attn.v", PER_HEAD, "heads"),
    ("attn.hook_attn_scores", "attn.scores", PAIRS, "heads"),
    ("attn.hook_pattern", "attn.pattern", PAIRS, "heads"),
    ("attn.hook_z", "attn.z", PER_HEAD, "heads"),
    ("attn.hook_result", "attn.result", ("batch", "pos", "head", "d_model"), "heads"),
    ("hook_attn_out", "attn_out", STREAM, "heads"),
    ("hook_resid_mid", "resid_mid", STREAM, ""),
    ("mlp.hook_pre", "mlp.pre", NEURONS, "neurons"),
    ("mlp.hook_post", "mlp.post", NEURONS, "neurons"),
    ("hook_mlp_out", "mlp_out", STREAM, "neurons"),
    ("hook_resid_post", "resid_post", STREAM, ""),
)
"""name and place within a block, axes, and what a block has to have for it to be there."""


def points_of(config: TransformerConfig) -> dict[str, Point]:
    """All points of a model by name, in the order in which they are computed."""
    points = {
        "hook_embed": Point("hook_embed", "embed", STREAM),
        "hook_pos_embed": Point("hook_pos_embed", "pos_embed", STREAM),
    }
    for number, block in enumerate(config.blocks):
        there = {"": 1, "heads": block.n_heads, "neurons": block.d_mlp}
        for name, place, axes, needs in _IN_BLOCK:
            if there[needs]:
                full = f"blocks.{number}.{name}"
                by_head = axes[1:3] == ("pos", "head")
                points[full] = Point(full, f"blocks.{number}.{place}", axes, number, by_head)
    return points


def find(points: Mapping[str, Point], name: object) -> Point:
    """The point of a name.  Raises RaspValueError."""
    for spelling in _spellings(name):
        if spelling in points:
            return points[spelling]
    near = get_close_matches(str(name), points, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else None
    raise RaspValueError(
        f"the model has no point {name!r}", hint=hint or "model.points lists all of them"
    )


def _spellings(name: object) -> Iterator[str]:
    if not isinstance(name, str):
        return
    yield name
    front, dot, last = name.rpartition(".")
    yield f"{front}{dot}hook_{last}"
    if last in ("scores", "hook_scores"):
        yield f"{front}{dot}hook_attn_scores"
