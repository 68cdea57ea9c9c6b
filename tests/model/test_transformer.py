"""The plain Transformer against a straightforward NumPy version, and its promises on padding."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rasp.model.cached_batch import BatchDecoder
from rasp.model.config import BlockConfig, TransformerConfig
from rasp.model.transformer import Transformer

PAD = 1
BLOCKS = (BlockConfig(2, 3, 5), BlockConfig(0, 0, 4), BlockConfig(1, 4, 0), BlockConfig(3, 1, 2))


def make(*, causal: bool = False, dtype: str = "float64", seed: int = 0) -> Transformer:
    config = TransformerConfig(
        d_vocab=7, n_ctx=9, d_model=6, d_vocab_out=4, blocks=BLOCKS, causal=causal, dtype=dtype
    )
    generator = np.random.default_rng(seed)
    tensors = {name: generator.normal(size=shape) for name, shape in config.shapes().items()}
    return Transformer.from_tensors(config, tensors, pad_id=PAD)


def numpy_forward(model: Transformer, ids: list[int]) -> NDArray[np.float64]:
    """One sequence without padding, head by head and query by query."""
    w = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    x = w["embed.W_E"][ids] + w["pos_embed.W_pos"][: len(ids)]
    for number, block in enumerate(model.config.blocks):
        if block.n_heads:
            p = f"blocks.{number}.attn."
            total = np.zeros_like(x)
            for h in range(block.n_heads):
                q = x @ w[p + "W_Q"][h] + w[p + "b_Q"][h]
                k = x @ w[p + "W_K"][h] + w[p + "b_K"][h]
                v = x @ w[p + "W_V"][h] + w[p + "b_V"][h]
                for i in range(len(ids)):
                    seen = i + 1 if model.config.causal else len(ids)
                    scores = k[:seen] @ q[i]
                    weights = np.exp(scores - scores.max())
                    total[i] += (weights / weights.sum()) @ v[:seen] @ w[p + "W_O"][h]
            x = x + total + w[p + "b_O"]
        if block.d_mlp:
            p = f"blocks.{number}.mlp."
            hidden = np.maximum(x @ w[p + "W_in"] + w[p + "b_in"], 0)
            x = x + hidden @ w[p + "W_out"] + w[p + "b_out"]
    result: NDArray[np.float64] = x @ w["unembed.W_U"] + w["unembed.b_U"]
    return result


@pytest.mark.parametrize("causal", [False, True])
def test_agrees_with_numpy(causal: bool) -> None:
    model = make(causal=causal)
    for ids in ([0, 2, 3, 4, 4, 6], [0], [0, 5, 5, 5, 5, 5, 5, 5, 2]):
        output = model(torch.tensor([ids]))[0].detach().numpy()
        np.testing.assert_allclose(output, numpy_forward(model, ids), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("causal", [False, True])
def test_padding_changes_nothing(causal: bool) -> None:
    model = make(causal=causal)
    alone = model(torch.tensor([[0, 2, 3]]))
    batch = model(torch.tensor([[0, 2, 3, PAD, PAD], [0, 4, 4, 5, 6]]))
    torch.testing.assert_close(batch[:1, :3], alone)
    assert bool(batch.isfinite().all())


@pytest.mark.parametrize("causal", [False, True])
def test_padding_that_overflows(causal: bool) -> None:
    """A neuron makes what is no number of a position that has no token, and nothing reads it."""
    blocks = (BlockConfig(0, 0, 1), BlockConfig(1, 1, 0))
    config = TransformerConfig(
        d_vocab=3, n_ctx=4, d_model=3, d_vocab_out=1, blocks=blocks, causal=causal, dtype="float32"
    )
    tensors = {name: np.zeros(shape) for name, shape in config.shapes().items()}
    tensors["embed.W_E"][[0, 2], 1] = 1.0
    tensors["blocks.0.mlp.W_in"][1, 0] = -(2.0**100)
    tensors["blocks.0.mlp.b_in"][0] = 2.0**100
    tensors["blocks.0.mlp.W_out"][0, 2] = 2.0**40
    tensors["blocks.1.attn.b_V"][0, 0] = tensors["blocks.1.attn.W_O"][0, 0, 0] = 1.0
    tensors["unembed.W_U"][0, 0] = 1.0
    model = Transformer.from_tensors(config, tensors, pad_id=PAD)
    batch = torch.tensor([[0, 2, PAD, PAD], [0, 2, 2, 2]])
    assert model(batch)[0, :2].tolist() == model(batch[:1, :2])[0].tolist() == [[1.0], [1.0]]
    if causal:
        found = BatchDecoder(model, 4).start(batch.numpy(), np.array([2, 4]))
        assert found[0, :2].tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("causal", [False, True])
def test_without_padding_there_need_be_no_mask(causal: bool) -> None:
    model = make(causal=causal)
    ids = torch.tensor([[0, 2, 3, 5], [0, 4, 4, 5]])
    torch.testing.assert_close(model(ids, padded=False), model(ids))


def test_mask_replaces_padding_ids() -> None:
    model = make()
    mask = torch.tensor([[1, 1, 1, 0, 0]])
    masked = model(torch.tensor([[0, 2, 3, 4, 5]]), mask)
    torch.testing.assert_close(masked[:, :3], model(torch.tensor([[0, 2, 3]])))


def test_a_row_of_padding_is_finite() -> None:
    output = make(dtype="float32")(torch.full((2, 5), PAD))
    assert bool(output.isfinite().all())


def test_parameters_are_named_and_shaped_as_the_config_says() -> None:
    model = make()
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert shapes == model.config.shapes()
    assert list(shapes) == list(model.config.shapes())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype(dtype: str) -> None:
    model = make(dtype=dtype)
    assert {str(p.dtype) for p in model.parameters()} == {f"torch.{dtype}"}
    assert str(model(torch.tensor([[0, 2]])).dtype) == f"torch.{dtype}"


def test_from_tensors_copies() -> None:
    config = make().config
    tensors = {name: np.zeros(shape) for name, shape in config.shapes().items()}
    for array in tensors.values():
        array.flags.writeable = False
    model = Transformer.from_tensors(config, tensors, pad_id=PAD)
    with torch.no_grad():
        model.embed.W_E.add_(1)
    assert not tensors["embed.W_E"].any()


def test_cache() -> None:
    model = make()
    ids = torch.tensor([[0, 2, 3, PAD], [0, 4, 4, 5]])
    output, cache = model.run_with_cache(ids)
    torch.testing.assert_close(output, model(ids))
    pattern = cache["blocks.0.attn.pattern"]
    assert pattern.shape == (2, 2, 4, 4)
    torch.testing.assert_close(pattern.sum(-1), torch.ones(2, 2, 4, dtype=torch.float64))
    assert not pattern[0, :, :, 3].any()
    assert "blocks.1.attn.pattern" not in cache
    assert "blocks.2.mlp.post" not in cache
    torch.testing.assert_close(cache["blocks.1.resid_pre"], cache["blocks.0.resid_post"])
    torch.testing.assert_close(cache["blocks.1.resid_mid"], cache["blocks.1.resid_pre"])
    torch.testing.assert_close(model.unembed(cache["blocks.3.resid_post"]), output)


def test_every_parameter_gets_a_gradient() -> None:
    model = make()
    output = model(torch.tensor([[0, 2, 3, 4], [0, 5, 6, PAD]]))
    torch.autograd.backward(output.square().sum())
    without = {name for name, p in model.named_parameters() if p.grad is None}
    assert without == set()
    assert bool(model.embed.W_E.grad is not None and model.embed.W_E.grad.isfinite().all())


def test_too_many_positions() -> None:
    with pytest.raises(ValueError, match="10 positions, but n_ctx is 9"):
        make()(torch.zeros(1, 10, dtype=torch.long))


def test_fresh_models_train() -> None:
    torch.manual_seed(0)
    model = Transformer(make(dtype="float32").config, pad_id=PAD)
    ids = torch.randint(2, 7, (16, 6))
    goal = ids % 4
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(150):
        loss = torch.nn.functional.cross_entropy(model(ids).flatten(0, 1), goal.flatten())
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 10
