"""One shape for all blocks, and the function stays the same."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch

from rasp.export.uniform import Uniform, uniform
from rasp.model.config import BlockConfig, TransformerConfig
from rasp.model.transformer import Transformer
from tests.export.made import PROGRAMS, model_of


def run(network: Uniform, ids: Any, *, causal: bool) -> np.ndarray:
    """The network as a module of this package."""
    block = BlockConfig(network.n_heads, network.d_head, network.d_mlp)
    config = TransformerConfig(
        len(network.W_E),
        len(network.W_pos),
        network.d_model,
        len(network.b_U),
        (block,) * len(network.blocks),
        causal,
        "float64",
    )
    tensors = {
        "embed.W_E": network.W_E,
        "pos_embed.W_pos": network.W_pos,
        "unembed.W_U": network.W_U,
        "unembed.b_U": network.b_U,
    }
    for number, one in enumerate(network.blocks):
        for field in fields(one):
            part = "mlp" if field.name in ("W_in", "b_in", "W_out", "b_out") else "attn"
            tensors[f"blocks.{number}.{part}.{field.name}"] = getattr(one, field.name)
    module = Transformer.from_tensors(config, tensors, pad_id=1)
    with torch.inference_mode():
        return module(torch.tensor(ids)).numpy()


IDS = [[0, 2, 3, 3], [0, 3, 2, 1], [0, 2, 1, 1]]


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_function(name: str) -> None:
    artifact = model_of(name).artifact
    network = uniform(artifact.config, artifact.tensors, n_heads=3, d_head=5, d_mlp=7)
    assert (network.n_heads >= 3, network.d_head >= 5, network.d_mlp >= 7) == (True,) * 3
    with torch.inference_mode():
        expected = model_of(name).module(torch.tensor(IDS)).double().numpy()
    got = run(network, IDS, causal=artifact.config.causal)
    real = np.array(IDS) != 1
    assert np.abs(got - expected)[real].max() < 1e-5 * max(1, np.abs(expected[real]).max())


def test_more_directions_and_tokens() -> None:
    artifact = model_of("counts").artifact
    network = uniform(artifact.config, artifact.tensors)
    wider = network.with_constant_direction().with_token_direction()
    assert wider.W_E.shape == (network.W_E.shape[0] + 1, network.d_model + 2)
    assert np.array_equal(run(wider, IDS, causal=False), run(network, IDS, causal=False))
    read = np.zeros((wider.d_model, 2))
    read[-2, 0] = read[-1, 1] = 1.0  # the constant, and where the new token is
    got = run(wider.with_output(read, np.zeros(2)), [[0, 2, 4, 3]], causal=False)
    assert got.tolist() == [[[1, 0], [1, 0], [1, 1], [1, 0]]]
