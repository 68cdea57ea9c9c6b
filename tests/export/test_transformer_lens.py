"""Bridges of TransformerLens: the same numbers at every hook, and its tools run on them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rasp
from rasp.errors import ExportError
from tests.export.made import PROGRAMS, model_of

pytestmark = [pytest.mark.extras, pytest.mark.filterwarnings("ignore")]
pytest.importorskip("transformer_lens")

from rasp.export import export, to_transformer_lens  # noqa: E402
from rasp.export import transformer_lens as lens  # noqa: E402

LOADED_ALONE = """
import json, sys
sys.modules["rasp"] = None  # importing it fails
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from transformer_lens.config import TransformerBridgeConfig
from transformer_lens.model_bridge.sources import boot_native
from transformer_lens.utilities.tl_checkpoint_conversion import convert_tl_checkpoint

path = sys.argv[1]
with safe_open(path, "pt") as file:
    about = json.loads(file.metadata()["rasp"])
state = load_file(path)
dtype = state["embed.W_E"].dtype
bridge = boot_native(TransformerBridgeConfig(**about["config"], dtype=dtype), dtype=dtype)
bridge.load_state_dict(convert_tl_checkpoint(state, bridge.cfg))
for block in bridge.blocks:
    block.attn.original_component.scale = 1.0
ids = [about["bos"], *(about["first_token"] + about["tokens"].index(t) for t in "cab")]
logits = bridge(torch.tensor([ids]))[0, 1:]
print(json.dumps([about["columns"][n] for n in logits.argmax(-1)]))
"""


@pytest.mark.parametrize("name", PROGRAMS)
def test_equal(name: str) -> None:
    """Compared by `to_transformer_lens` itself: answers, and activations at every hook."""
    assert to_transformer_lens(model_of(name)) is not None


def test_rounding_that_grows_from_layer_to_layer_is_no_difference() -> None:
    """Each round computes a number of another one, and what rounding comes to is multiplied."""
    program = rasp.loads("""
        k = indicator(tokens == "b");
        for step in range(4) {
            k = selector_width(select(k, k, ==) and select(indices, indices, <=)) + k % 2;
        }
    """)
    model = rasp.compile(program["k"], vocab="ab", max_len=10)
    assert to_transformer_lens(model) is not None


@pytest.mark.parametrize("name", ["sort", "next", "counts64"])
def test_every_activation_is_the_same(name: str) -> None:
    bridge = to_transformer_lens(model_of(name), check=False)
    ids = torch.tensor([[0, 2, 3, 2, 3]])
    output, ours = model_of(name).module.run_with_cache(ids)
    logits, theirs = bridge.run_with_cache(ids)
    torch.testing.assert_close(logits, output, rtol=1e-6, atol=1e-6)
    assert any(key.endswith("attn.pattern") for key in ours)
    for key, expected in ours.items():
        if not key.endswith("scores"):
            got = lens.activations(theirs, key)
            got = got[tuple(map(slice, expected.shape))]
            # A softmax of short rows is computed in another way here: in the last bit it differs.
            torch.testing.assert_close(got, expected, rtol=1e-6, atol=1e-6, msg=key)


def test_loaded_without_this_package(tmp_path: Path) -> None:
    export(model_of("sort"), "transformer-lens", tmp_path / "sort.safetensors")
    done = subprocess.run(
        [sys.executable, "-c", LOADED_ALONE, str(tmp_path / "sort.safetensors")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == ['"a"', '"b"', '"c"']


def test_hooks_change_the_answer() -> None:
    bridge = to_transformer_lens(model_of("sort"), check=False)
    ids = torch.tensor([[0, 4, 2, 3]])

    def nothing(z: Any, hook: Any) -> Any:
        return torch.zeros_like(z)

    before = bridge(ids)[0, 1:].argmax(-1).tolist()
    last = f"blocks.{bridge.cfg.n_layers - 1}.attn.hook_z"
    after = bridge.run_with_hooks(ids, fwd_hooks=[(last, nothing)])
    assert before == [0, 1, 2]
    assert not torch.equal(after, bridge(ids))


def test_attribution_patching() -> None:
    from transformer_lens.tools.analysis.attribution_patching import attribution_patch

    bridge = to_transformer_lens(model_of("sort"), check=False)
    clean, corrupt = torch.tensor([[0, 2, 4, 3]]), torch.tensor([[0, 3, 4, 3]])
    found = attribution_patch(bridge, clean, corrupt, lambda logits: logits[0, 1, 0])
    last = bridge.cfg.n_layers - 1
    effects: dict[Any, float] = {}
    for node, effect in found.top_nodes(1000):
        key = (node.kind, node.layer, node.position)
        effects[key] = effects.get(key, 0.0) + effect
    assert effects["attn_head_out", last, 1] == pytest.approx(1.0)  # it reads the smallest letter
    assert effects["attn_head_out", last, 2] == 0


def test_distributed_alignment_search() -> None:
    """The subspace of one of two conditions is found: the direction that the label says."""
    from transformer_lens.tools.analysis import interchange

    model = model_of("conditions")
    bridge = to_transformer_lens(model, check=False)
    random = np.random.default_rng(0)
    base, source = random.integers(2, 5, (2, 300, model.max_len))
    # What the program says of `base` with many_a as in `source`; its values are True, False.
    right = ((source == 2).sum(1) > 2) & ((base == 3).sum(1) > 1)
    assert model.artifact.readout.values == (True, False)
    targets = torch.tensor(~right).long()
    base_ids, source_ids = (
        torch.tensor(np.concatenate([np.zeros((300, 1), np.int64), ids], axis=1))
        for ids in (base, source)
    )
    position = torch.ones(300, dtype=torch.long)

    def answers(ids: Any) -> Any:
        return 20 * bridge(ids)[:, 1]

    place = {"base_positions": position, "source_positions": position}
    hook = "blocks.0.hook_resid_post"
    found = interchange.fit_das(
        bridge, hook, base_ids, source_ids, targets, answers, rank=1, epochs=30, **place
    )
    activations = interchange.collect_activations(
        bridge, hook, source_ids, answers, positions=position
    )

    def accuracy(basis: Any) -> float:
        logits = interchange.intervened_logits(
            bridge,
            hook,
            interchange.SubspaceInterchange(basis),
            base_ids,
            activations,
            answers,
            positions=position,
        )
        return float((logits.argmax(-1) == targets).float().mean())

    assert accuracy(found.subspace) == 1.0
    assert accuracy(interchange.random_basis(bridge.cfg.d_model, 1, 1)) < 0.9
    weights = found.subspace.basis.detach()[:, 0].abs()
    assert model.labels.residual[int(weights.argmax())].endswith("many_a == True")


def test_what_differs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    boot = lens.boot

    def changed(config: Any, tensors: Any) -> Any:
        bridge = boot(config, tensors)
        for block in bridge.blocks:
            block.attn.original_component.scale = 2.0
        return bridge

    monkeypatch.setattr(lens, "boot", changed)
    with pytest.raises(ExportError, match="would"):
        to_transformer_lens(model_of("counts"))
