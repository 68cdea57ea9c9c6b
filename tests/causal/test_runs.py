"""Forward passes from tokens: names, shapes and labels of what is in them, and hooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import rasp
from rasp.causal.runs import HookPoint
from rasp.compiled import CompiledModel
from rasp.errors import RaspTypeError, RaspValueError, VocabularyError

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def model() -> CompiledModel:
    return rasp.compile(rasp.load(EXAMPLES / "sort.rasp")["sorted"], vocab="abcd", max_len=6)


def test_answers_and_shapes(model: CompiledModel) -> None:
    answers, cache = model.run_with_cache(["dcba", "ba"])
    assert answers == [["a", "b", "c", "d"], ["a", "b"]]
    config = model.artifact.config
    sizes = {"batch": 2, "pos": 5, "query": 5, "key": 5, "d_model": config.d_model}
    assert tuple(cache) == model.points
    for name, tensor in cache.items():
        block = config.blocks[int(name.split(".")[1])] if "." in name else None
        for axis, size in zip(cache.axes(name), tensor.shape, strict=True):
            here = {}
            if block is not None:
                here = {"head": block.n_heads, "d_head": block.d_head, "neuron": block.d_mlp}
            assert size == {**sizes, **here}[axis], (name, axis)
    assert cache.logits.shape == (2, 5, config.d_vocab_out)
    assert cache.mask.tolist() == [[True] * 5, [True, True, True, False, False]]


def test_same_numbers_as_the_module(model: CompiledModel) -> None:
    ids = torch.tensor([model.vocabulary.encode("dcba", 6)])
    with torch.inference_mode():
        output, theirs = model.module.run_with_cache(ids)
    _, ours = model.run_with_cache("dcba")
    assert torch.equal(output, ours.logits)
    for name, tensor in theirs.items():
        turned = tensor.transpose(1, 2) if name.rpartition(".")[2] in "qkvz" else tensor
        assert torch.equal(turned, ours[name]), name
    total = ours["blocks.1.attn.hook_result"].sum(dim=2) + model.module.get_parameter(
        "blocks.1.attn.b_O"
    )
    assert torch.allclose(total, ours["blocks.1.hook_attn_out"])


def test_unequal_lengths_are_as_alone(model: CompiledModel) -> None:
    _, together = model.run_with_cache(["dcbaab", "ba"])
    _, alone = model.run_with_cache("ba")
    cut = together.only(1)
    assert cut.inputs == (("b", "a"),)
    for name in alone:
        assert torch.allclose(alone[name], cut[name], atol=1e-5), name


def test_labels(model: CompiledModel) -> None:
    _, cache = model.run_with_cache(["dcba", "ba"])
    heads, queries, keys = cache.labels("blocks.0.attn.hook_pattern", 1)
    assert heads == ("place (equal_earlier)", "place (smaller)")
    assert queries == keys == ("BOS", '"b"', '"a"', "-", "-")
    _, neurons = cache.labels("blocks.0.mlp.hook_post")
    assert neurons[0] == "place 0"
    assert cache.labels("blocks.0.hook_resid_mid")[1] == model.labels.residual


def test_a_list_of_numbers_is_one_input() -> None:
    counts = rasp.loads("x = selector_width(select(tokens_int, tokens_int, ==));")["x"]
    model = rasp.compile(counts, vocab=[0, 1, 2], max_len=4)
    assert model.run_with_cache([0, 1, 0])[0] == [[2, 1, 2]]
    assert model.run_with_cache([[0, 1, 0], [2]])[0] == [[2, 1, 2], [1]]


def test_hooks_replace(model: CompiledModel) -> None:
    _, other = model.run_with_cache("abcd")
    patched = model.run_with_hooks(
        "dcba", {"blocks.1.attn.hook_pattern": lambda pattern: other["blocks.1.attn.pattern"]}
    )
    # Each query looks where it looks in a sorted input: at itself.
    assert patched == [["d", "c", "b", "a"]]


def test_hooks_in_place_and_by_name(model: CompiledModel) -> None:
    seen: list[HookPoint] = []

    def zero(tensor: Tensor, hook: HookPoint) -> None:
        seen.append(hook)
        tensor[:, :, 0] = 0.0

    before = model("dcba")
    (after,) = model.run_with_hooks("dcba", {"blocks.1.attn.z": zero})
    assert after != before
    assert model("dcba") == before
    assert [(hook.name, hook.inputs) for hook in seen] == [
        ("blocks.1.attn.hook_z", (tuple("dcba"),))
    ]


def test_hooks_of_one_argument_with_defaults(model: CompiledModel) -> None:
    def same(tensor: Tensor, factor: float = 1.0) -> Tensor:
        return tensor * factor

    assert model.run_with_hooks("dcba", {"hook_embed": same}) == [["a", "b", "c", "d"]]


@pytest.mark.parametrize("name", ["blocks.0.attn.hook_result", "blocks.1.hook_attn_out"])
def test_results_can_be_hooked(model: CompiledModel, name: str) -> None:
    (after,) = model.run_with_hooks("dcba", {name: torch.zeros_like})
    assert after != ["a", "b", "c", "d"]


def test_every_point_can_be_hooked(model: CompiledModel) -> None:
    for name in model.points:
        calls: list[Any] = []
        answers = model.run_with_hooks("dcba", {name: calls.append})
        assert answers == [["a", "b", "c", "d"]]
        assert len(calls) == 1, name


def test_a_cache_of_a_run_with_hooks(model: CompiledModel) -> None:
    names = ["blocks.1.hook_resid_pre", "blocks.0.mlp.pre"]
    _, cache = model.run_with_cache("ab", {"blocks.0.hook_resid_post": torch.zeros_like}, names)
    assert list(cache) == ["blocks.1.hook_resid_pre", "blocks.0.mlp.hook_pre"]
    assert not cache["blocks.1.hook_resid_pre"].any()
    with pytest.raises(RaspValueError, match="was not kept"):
        cache["hook_embed"]


def test_wrong_uses(model: CompiledModel) -> None:
    with pytest.raises(RaspValueError, match=r"no point 'blocks.0.attn.hook_pat'"):
        model.run_with_hooks("ab", {"blocks.0.attn.hook_pat": torch.zeros_like})
    with pytest.raises(RaspTypeError, match="gives a number|gives float|not a tensor"):
        model.run_with_hooks("ab", {"hook_embed": lambda tensor: 1.0})
    with pytest.raises(RaspTypeError, match="is needed"):
        model.run_with_hooks("ab", {"hook_embed": lambda tensor: tensor[:1, :1]})
    with pytest.raises(RaspTypeError, match="is no function"):
        model.run_with_hooks("ab", {"hook_embed": 3})  # type: ignore[dict-item]
    with pytest.raises(VocabularyError):
        model.run_with_cache("xyz")
    with pytest.raises(RaspValueError, match="no input"):
        model.run_with_cache([])
    with pytest.raises(RaspTypeError):
        model.run_with_cache(3)  # type: ignore[arg-type]
