"""Both ways to compute attention are the same function."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rasp.model.attend import MIN_BATCH, attend, attend_by_columns, quick_by_columns, softmax
from rasp.model.config import BlockConfig, TransformerConfig
from rasp.model.transformer import Transformer

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-13}


@given(
    n_heads=st.integers(1, 3),
    d_head=st.integers(1, 6),
    n_pos=st.integers(1, 7),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    mask=st.sampled_from(["none", "padded", "causal", "both"]),
    seed=st.integers(0, 1000),
)
def test_both_ways_agree(
    n_heads: int, d_head: int, n_pos: int, dtype: torch.dtype, mask: str, seed: int
) -> None:
    random = torch.Generator().manual_seed(seed)
    projected = torch.randn(5, n_pos, 3 * n_heads, d_head, dtype=dtype, generator=random)
    projected[:, :, : 2 * n_heads] *= 10.0 ** torch.randint(0, 3, (1,), generator=random)
    padded = torch.rand(5, 1, 1, n_pos, generator=random) < 0.4
    padded[..., 0] = False
    later = torch.ones(n_pos, n_pos, dtype=torch.bool).triu(1)[None, None]
    hidden = {"none": None, "padded": padded, "causal": later, "both": padded | later}[mask]
    expected = attend(projected, hidden)[2]  # [batch, head, query, d_head]
    found = attend_by_columns(projected, hidden).permute(3, 0, 2, 1)
    assert found.shape == expected.shape
    # exp of large scores turns the last bits of a score into more than the last bits of a share.
    assert torch.allclose(found, expected, atol=TOLERANCE[dtype] * 300, rtol=0.0)


def test_what_underflows_is_nothing() -> None:
    q = torch.tensor([[[256.0]], [[256.0]]]).expand(2, 2, 1)  # [pos, batch, 1]
    projected = torch.stack([q, torch.tensor([[[0.0]], [[-1.0]]]).expand(2, 2, 1), q], dim=2)
    projected = projected.transpose(0, 1).contiguous()  # [batch, pos, 3, 1]
    for z in (attend(projected, None)[2].squeeze(), attend_by_columns(projected, None).squeeze()):
        assert (z == 256.0).all()


@pytest.mark.parametrize("causal", [False, True])
def test_large_batches_and_gradients(causal: bool) -> None:
    config = TransformerConfig(6, 8, 5, 3, (BlockConfig(2, 3, 4),), causal, "float64")
    model = Transformer(config, pad_id=1)
    torch.nn.init.normal_(model.blocks[0].attn.W_Q)
    ids = torch.randint(2, 6, (MIN_BATCH, 8), generator=torch.Generator().manual_seed(0))
    ids[: MIN_BATCH // 2, 5:] = 1
    large = model(ids)
    assert quick_by_columns(torch.zeros(MIN_BATCH, 8, 6, 3))
    assert not quick_by_columns(torch.zeros(MIN_BATCH - 1, 8, 6, 3))
    small = torch.cat([model(ids[:40]), model(ids[40:])])
    assert torch.allclose(large, small, atol=1e-13, rtol=0.0)
    assert torch.allclose(large, model.run_with_cache(ids)[0], atol=1e-13, rtol=0.0)
    by_way = []
    for output in (large, small):
        model.zero_grad()
        output.square().sum().backward()
        by_way.append([parameter.grad.clone() for parameter in model.parameters()])
    for one, other in zip(*by_way, strict=True):
        assert torch.allclose(one, other, atol=1e-10, rtol=0.0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n_keys", [1, 2, 15, 16, 17, 63, 64])
def test_softmax_of_short_and_long_rows(dtype: torch.dtype, n_keys: int) -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(50, 3, n_keys, generator=generator, dtype=dtype)
    scores *= torch.tensor([1.0, 100.0, 3000.0])[:, None]
    scores[0, 0] = torch.finfo(dtype).min
    scores[1, 0, 0] = torch.finfo(dtype).max
    scores.requires_grad_()
    found, expected = softmax(scores), scores.softmax(dim=-1)
    torch.testing.assert_close(found, expected)
    goal = torch.randn(scores.shape, generator=generator, dtype=dtype)
    gradients = [torch.autograd.grad((p * goal).sum(), scores)[0] for p in (found, expected)]
    torch.testing.assert_close(*gradients)
