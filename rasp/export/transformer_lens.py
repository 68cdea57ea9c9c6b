"""A compiled model -> a TransformerBridge of TransformerLens 4, the same numbers at every hook.

The bridge is a native one: no layer norms, ReLU, scores that are not divided, the heads and neurons
of blocks that have fewer filled up with zeros (`rasp.export.uniform`).  What `run_with_cache` gives
is then, name by name, what `Transformer.run_with_cache` of this package gives.

A file for those who do not have this package has the tensors under the names of a TransformerLens
checkpoint, and the configuration as JSON in its metadata.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rasp.artifact import Artifact
from rasp.compiled.inputs import Ids
from rasp.compiled.runnable import RunnableModel
from rasp.errors import ExportError
from rasp.export.checking import compare, inputs_of
from rasp.export.described import described, in_words
from rasp.export.optional import require
from rasp.export.uniform import Array, Uniform, uniform
from rasp.files import write_whole
from rasp.graph.plain import plain_atom
from rasp.readout import Decoder, Outcome
from rasp.vocabulary import BOS, FIRST_TOKEN, PAD

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge

EXTRA = "transformer-lens"
METADATA_KEY = "rasp"

HOOKS = {
    "resid_pre": "hook_resid_pre",
    "resid_mid": "hook_resid_mid",
    "resid_post": "hook_resid_post",
    "attn.q": "attn.hook_q",
    "attn.k": "attn.hook_k",
    "attn.v": "attn.hook_v",
    "attn.pattern": "attn.hook_pattern",
    "attn.z": "attn.hook_z",
    "mlp.pre": "mlp.hook_pre",
    "mlp.post": "mlp.hook_post",
}
"""What this package calls a place in a block -> what TransformerLens calls it."""

PER_HEAD = {"attn.q", "attn.k", "attn.v", "attn.z"}
"""Here [batch, head, pos, d_head], there [batch, pos, head, d_head]."""

N_COMPARED = 16
TOLERANCE = {"float32": 1e-4, "float64": 1e-10}
"""Of activations, in units of the largest one: they are the same sums in another order.  Where
numbers with errors are computed from such numbers, in layer after layer, the certificate says how
much more they may differ (`_allowed`)."""


def to_transformer_lens(model: RunnableModel, *, check: bool = True) -> TransformerBridge:
    """A bridge that takes ids [batch, pos], each row with BOS (0), padded with 1 where an
    `attention_mask` says so, and gives what the model puts out [batch, pos, d_vocab_out].

    check: compare it with the model first, its answers and its activations.

    Raises ExportError.
    """
    require("transformer_lens", EXTRA)
    artifact = model.artifact
    network = uniform(artifact.config, artifact.tensors)
    tensors = tensors_of(network, artifact.config.dtype)
    bridge: TransformerBridge = boot(settings(artifact, network), tensors)
    if check:
        compare(model, _run_of(artifact, bridge), what="TransformerLens")
        _compare_activations(model, bridge)
    return bridge


def save(model: RunnableModel, path: str | Path, *, check: bool = True) -> None:
    """Write a safetensors file that `docs/transformer-lens.md` says how to load without this
    package.

    Raises ExportError, and OSError where the file cannot be written.
    """
    import safetensors.numpy

    if check:
        to_transformer_lens(model)
    artifact = model.artifact
    network = uniform(artifact.config, artifact.tensors)
    specification = model.specification
    data = {
        "config": settings(artifact, network),
        "name": specification.name,
        "program": specification.source.text if specification.source else None,
        "tokens": [plain_atom(token) for token in artifact.vocabulary.tokens],
        "first_token": FIRST_TOKEN,
        "bos": BOS,
        "pad": PAD,
        "columns": columns(artifact),
        "readout": described(artifact.readout, artifact.max_len),
        "reading": in_words(artifact.readout, "the metadata under `readout`"),
    }
    content = safetensors.numpy.save(
        tensors_of(network, artifact.config.dtype),
        {METADATA_KEY: json.dumps(data, ensure_ascii=False)},
    )
    write_whole(Path(path), content)


def columns(artifact: Artifact) -> list[str]:
    """What each column that the model puts out is, in words."""
    readout = artifact.readout
    if readout.kind == "categorical":
        names = [json.dumps(plain_atom(value), ensure_ascii=False) for value in readout.values]
    else:
        names = ["number"] * readout.n_values
    return [*names, *(f"error: {failure.message}" for failure in readout.failures)]


def settings(artifact: Artifact, network: Uniform) -> dict[str, Any]:
    """The arguments of a TransformerBridgeConfig, as JSON data.

    attn_scale: a scale of 1 is refused there; `boot` sets it on the layers.
    """
    config = artifact.config
    return {
        "d_model": network.d_model,
        "d_head": network.d_head,
        "n_heads": network.n_heads,
        "n_layers": len(network.blocks),
        "n_ctx": config.n_ctx,
        "d_vocab": config.d_vocab,
        "d_vocab_out": config.d_vocab_out,
        "d_mlp": network.d_mlp,
        "act_fn": "relu",
        "normalization_type": None,
        "attention_dir": "causal" if config.causal else "bidirectional",
        "positional_embedding_type": "standard",
        "use_attn_scale": True,
        "attn_scale": 2.0,
        "init_weights": False,
        "tokenizer_prepends_bos": False,
        "default_prepend_bos": False,
    }


def tensors_of(network: Uniform, dtype: str) -> dict[str, Array]:
    """The tensors under the names of a TransformerLens checkpoint."""
    tensors = {
        "embed.W_E": network.W_E,
        "pos_embed.W_pos": network.W_pos,
        "unembed.W_U": network.W_U,
        "unembed.b_U": network.b_U,
    }
    for number, block in enumerate(network.blocks):
        for field in fields(block):
            part = "mlp" if field.name in ("W_in", "b_in", "W_out", "b_out") else "attn"
            tensors[f"blocks.{number}.{part}.{field.name}"] = getattr(block, field.name)
    return {name: np.ascontiguousarray(array, dtype) for name, array in tensors.items()}


def boot(config: dict[str, Any], tensors: dict[str, Array]) -> Any:
    """The bridge."""
    import torch
    from transformer_lens.config import TransformerBridgeConfig
    from transformer_lens.model_bridge import sources
    from transformer_lens.utilities.tl_checkpoint_conversion import convert_tl_checkpoint

    dtype = getattr(torch, str(tensors["embed.W_E"].dtype))
    bridge: Any = sources.boot_native(TransformerBridgeConfig(**config, dtype=dtype), dtype=dtype)
    state = {name: torch.tensor(array) for name, array in tensors.items()}
    bridge.load_state_dict(convert_tl_checkpoint(state, bridge.cfg), strict=True)
    for block in bridge.blocks:
        block.attn.original_component.scale = 1.0
    bridge.cfg.attn_scale = 1.0
    return bridge.eval()


def activations(cache: Any, name: str) -> Any:
    """An entry of a bridge's cache by the name and in the layout of this package, a tensor."""
    _, number, place = name.split(".", 2)
    found = cache[f"blocks.{number}.{HOOKS[place]}"]
    return found.transpose(1, 2) if place in PER_HEAD else found


def _run_of(artifact: Artifact, bridge: Any) -> Any:
    import torch

    decoder = Decoder(artifact.readout, artifact.max_len)

    def run(ids: Ids, lengths: Ids) -> list[Outcome]:
        tokens = torch.from_numpy(ids)
        with torch.inference_mode():
            output = bridge(tokens, attention_mask=(tokens != PAD).long()).numpy()
        return decoder.decode(output[:, 1:], lengths)

    return run


def _compare_activations(model: RunnableModel, bridge: Any) -> None:
    """Every activation of this package's module, at every hook.  Raises ExportError."""
    import torch

    encoded = inputs_of(model)
    ids = torch.from_numpy(encoded.batch(np.arange(min(N_COMPARED, len(encoded.lengths)))))
    mask = ids != PAD
    with torch.inference_mode():
        _, ours = model.module.run_with_cache(ids)
        _, theirs = bridge.run_with_cache(ids, attention_mask=mask.long())
    tolerance = _allowed(model)
    for name, expected in ours.items():
        if name.rpartition(".")[2] == "scores":
            continue  # there, of a key that is not seen, minus infinity
        got = activations(theirs, name)
        places = tuple(slice(0, size) for size in expected.shape)
        difference = (got[places] - expected).abs()
        position_axis = 2 if name.rpartition(".")[2] in ("q", "k", "v", "pattern", "z") else 1
        real = mask.reshape(
            [size if axis in (0, position_axis) else 1 for axis, size in enumerate(expected.shape)]
        )
        largest = max(1.0, float(expected.abs().max()))
        worst = float((difference * real).max()) / largest
        if not worst <= tolerance:
            raise ExportError(
                f"the export to TransformerLens would differ by {worst:.2g} at {name}"
            )


def _allowed(model: RunnableModel) -> float:
    """How far activations may be apart, in units of the largest one.

    Both are within the bounds of the certificate from what they would be without rounding; but no
    more is allowed in float64 than in float32.
    """
    bounds = [float(read["bound"]) for read in model.certificate.reads if read["ok"]]
    proved = min(2 * max(bounds, default=0.0), TOLERANCE["float32"])
    return max(TOLERANCE[model.artifact.config.dtype], proved)
