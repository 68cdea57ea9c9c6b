"""Models whose modules were changed: they answer, certify, report and save what is there."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.utils import prune

import rasp
from rasp.checkpoint import from_bytes, packed, to_bytes, unpacked
from rasp.compile_report import MeaningProof, RoundingProof
from rasp.compiled import CompiledModel, Specification
from rasp.compiler.pipeline import compile_graph
from rasp.digests import FIELD, digests_of
from rasp.errors import CheckpointError
from rasp.model.precision import full_precision
from rasp.sop import SOp
from rasp.vocabulary import Vocabulary

SORT = "x = sort(tokens, tokens);"


def model_of(text: str = SORT, dtype: str = "auto") -> CompiledModel:
    return rasp.compile(rasp.loads(text)["x"], vocab="abc", max_len=5, dtype=dtype)


def swap_columns(model: CompiledModel) -> None:
    """Every rounding is as small as before, and a is said for b."""
    with torch.no_grad():
        model.module.unembed.W_U.copy_(model.module.unembed.W_U[:, [1, 0, 2]])


def ablate(model: CompiledModel) -> None:
    with torch.no_grad():
        model.module.blocks[0].attn.W_O.zero_()


def write_behind(model: CompiledModel) -> None:
    """Through an array that shares the memory, which no version counter sees."""
    model.module.unembed.b_U.detach().numpy()[0] = 0.25


def write_data(model: CompiledModel) -> None:
    model.module.unembed.W_U.data[1, 1] += 0.125


def train(model: CompiledModel) -> None:
    optimizer = torch.optim.SGD(model.module.parameters(), lr=0.1)
    model.module(torch.tensor([[0, 2, 3]])).sum().backward()
    optimizer.step()


def load_state(model: CompiledModel) -> None:
    state = {name: tensor * 1.5 for name, tensor in model.module.state_dict().items()}
    model.module.load_state_dict(state)


def prune_all(model: CompiledModel) -> None:
    prune.l1_unstructured(model.module.unembed, "W_U", 1.0)


def replace_parameter(model: CompiledModel) -> None:
    zeros = torch.zeros_like(model.module.blocks[0].attn.W_V)
    model.module.blocks[0].attn.W_V = torch.nn.Parameter(zeros)


def double(model: CompiledModel) -> None:
    model.module.double()


CHANGES = [
    swap_columns,
    ablate,
    write_behind,
    write_data,
    train,
    load_state,
    prune_all,
    replace_parameter,
    double,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changed_weights_are_certified_anew_and_saved(
    change: Callable[[CompiledModel], None], tmp_path: Path
) -> None:
    model = model_of()
    assert model.certificate.ok
    assert not model.certificate.changed
    before = to_bytes(model)
    change(model)
    certificate = model.certificate
    assert certificate.changed
    assert not certificate.ok
    assert not certificate.meaning.ok
    assert "changed since it was compiled" in model.report.to_text(1_000)
    assert model.report.certificate == certificate
    assert model.report.to_dict()["certificate"]["changed"] is True

    model.save(tmp_path / "changed.safetensors")
    loaded = rasp.load_model(tmp_path / "changed.safetensors")
    assert to_bytes(model) != before
    assert loaded.certificate == certificate
    assert "changed since it was compiled" in loaded.report.to_text(1_000)
    for name, tensor in model.artifact.tensors.items():
        np.testing.assert_array_equal(tensor, loaded.artifact.tensors[name])
        assert tensor.dtype == loaded.artifact.tensors[name].dtype
    inputs = ["a", "cab", "bbaca"]
    assert list(map(repr, loaded.outcomes(inputs))) == list(map(repr, model.outcomes(inputs)))
    for same in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert to_bytes(same) == to_bytes(model)
        assert same.specification.node is model.specification.node


def test_of_changed_weights_the_rounding_may_be_proved_and_the_meaning_is_not() -> None:
    model = model_of()
    swap_columns(model)
    assert model("cab") == ["b", "a", "c"]
    assert model.certificate.rounding.ok
    assert len(model.certificate.reads) == 4
    assert not model.certificate.ok
    assert not rasp.verify(model, samples=50).ok


def test_weights_that_are_as_they_were_are_certified_as_they_were(tmp_path: Path) -> None:
    model = model_of()
    saved = to_bytes(model)
    kept = {name: tensor.clone() for name, tensor in model.module.state_dict().items()}
    swap_columns(model)
    assert not model.certificate.ok
    model.module.load_state_dict(kept)
    assert model.certificate.ok
    assert to_bytes(model) == saved
    assert to_bytes(from_bytes(saved)) == saved


def test_arrays_of_the_artifact_are_the_weights_until_there_is_a_module() -> None:
    model = model_of()
    model.artifact.tensors["unembed.W_U"][:] = 0
    assert model.certificate.changed
    assert not model.certificate.ok
    assert isinstance(model.outcomes(["a"])[0], rasp.RaspError)
    with pytest.raises(ValueError, match="read-only"):
        model.artifact.tensors["unembed.W_U"][:] = 1
    assert not copy.deepcopy(model).certificate.ok


@pytest.mark.parametrize("claim", ["ok", "not changed"])
def test_a_changed_model_that_claims_more_is_refused(claim: str) -> None:
    model = model_of()
    ablate(model)
    manifest, tensors = unpacked(to_bytes(model))
    if claim == "ok":
        manifest["report"]["certificate"] = model_of().artifact.report.to_dict()["certificate"]
    del manifest["report"]["changed"]
    del manifest[FIELD]
    forged = packed({**manifest, FIELD: digests_of(manifest, tensors)}, tensors)
    if claim == "ok":
        with pytest.raises(rasp.CheckpointError, match="do not fit the certificate"):
            from_bytes(forged)
    else:
        assert from_bytes(forged).certificate.changed


def half(model: CompiledModel) -> None:
    model.module.half()


def bfloat16(model: CompiledModel) -> None:
    model.module.bfloat16()


def one_double(model: CompiledModel) -> None:
    model.module.unembed.double()


def other_shape(model: CompiledModel) -> None:
    model.module.unembed.W_U = torch.nn.Parameter(torch.zeros(3, 2))


def remove_heads(model: CompiledModel) -> None:
    model.module.blocks[0].attn = None


def remove_a_block(model: CompiledModel) -> None:
    del model.module.blocks[1]


def add_neurons(model: CompiledModel) -> None:
    model.module.blocks[1].mlp = model.module.blocks[0].mlp


def to_meta(model: CompiledModel) -> None:
    model.module.to("meta")


def other_module(model: CompiledModel) -> None:
    model.module = torch.nn.Linear(2, 2)  # type: ignore[assignment]


REFUSED = {
    half: "embed.W_E is in float16, and a model computes in float32 or float64",
    bfloat16: "bfloat16",
    one_double: r"several dtypes: float32 \(embed.W_E\), float64 \(unembed.W_U\)",
    other_shape: r"unembed.W_U has the shape \[3, 2\], and \[16, 3\] in this model",
    remove_heads: "it has no blocks.0.attn.W_Q",
    remove_a_block: "it has 1 blocks, and this model 2",
    add_neurons: "blocks.1.mlp is there, and this model has none",
    to_meta: "device 'meta'",
    other_module: "it has 0 blocks",
}


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.__name__)
def test_what_is_no_such_model_is_refused_everywhere_in_the_same_words(
    change: Callable[[CompiledModel], None], tmp_path: Path
) -> None:
    model = model_of()
    change(model)
    for use in (
        lambda: model("cab"),
        lambda: model.batch(["a", "b"]),
        lambda: model.forward(np.array([[0, 2]])),
        lambda: model.save(tmp_path / "no.safetensors"),
        lambda: model.explore("cab"),
        lambda: model.report,
        lambda: model.artifact,
        lambda: rasp.verify(model, samples=5),
        lambda: pickle.dumps(model),
    ):
        with pytest.raises(rasp.RaspTypeError, match=REFUSED[change]):
            use()
    assert not list(tmp_path.iterdir())
    assert not model.certificate.ok
    assert not model.certificate.rounding.ok
    assert not model.certificate.reads
    assert "changed since it was compiled" in str(model.certificate)
    assert repr(model).startswith("<CompiledModel x")
    assert "nothing is certified" in model._repr_html_()


def test_numbers_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    model = model_of()
    model.module.unembed.W_U.data[0, 0] = torch.nan
    assert not model.certificate.rounding.ok
    assert "not finite" in str(model.certificate)
    assert model.certificate == model.certificate
    with pytest.raises(rasp.CheckpointError, match=r"unembed\.W_U has numbers that are not finite"):
        model.save(tmp_path / "no.safetensors")
    with pytest.raises(rasp.RaspRuntimeError, match="finite number"):
        model("abc")


def test_float_of_a_model_in_float64_is_not_certified() -> None:
    model = model_of(dtype="float64")
    assert model.certificate.dtype == "float64"
    model.module.float()
    assert model.certificate.dtype == "float32"
    assert not model.certificate.ok
    assert from_bytes(to_bytes(model)).artifact.config.dtype == "float32"
    model.module.double()  # every number of it was one of float32
    assert from_bytes(to_bytes(model)).artifact.config.dtype == "float64"


def test_autocast_does_not_reach_the_model() -> None:
    text = "x = aggregate(select(indices, indices, <=), indicator(tokens == 'a') * 1000 + indices);"
    model = model_of(text.replace("'", '"'))
    expected = model.batch(["abcab", "a"])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert model.batch(["abcab", "a"]) == expected
        assert rasp.verify(model, samples=20).ok
        model.explore("abc")
        assert torch.is_autocast_enabled("cpu")


def test_coarse_products_are_for_others() -> None:
    before = torch.get_float32_matmul_precision()
    device = torch.device("cpu")
    try:
        torch.set_float32_matmul_precision("medium")
        outside = torch.backends.mkldnn.matmul.fp32_precision
        with full_precision(device):
            with full_precision(device):
                assert torch.backends.cuda.matmul.fp32_precision == "ieee"
            assert torch.backends.mkldnn.matmul.fp32_precision == "ieee"
        assert torch.get_float32_matmul_precision() == "medium"
        assert torch.backends.mkldnn.matmul.fp32_precision == outside
        torch.backends.mkldnn.matmul.fp32_precision = "bf16"  # the other way of asking for it
        with full_precision(device):
            assert torch.backends.mkldnn.matmul.fp32_precision == "ieee"
        assert torch.backends.mkldnn.matmul.fp32_precision == "bf16"
    finally:
        torch.set_float32_matmul_precision(before)
        assert torch.get_float32_matmul_precision() == before
    assert model_of()("cab") == ["a", "b", "c"]


def test_the_module_alone_runs_in_half_precision() -> None:
    """It is a plain Transformer, about which nothing is claimed."""
    module = model_of().module.bfloat16()
    assert torch.isfinite(module(torch.tensor([[0, 2, 3]]))).all()


def test_a_compiled_or_moved_module_is_the_same_model() -> None:
    model = model_of()
    model.module = torch.compile(model.module, backend="eager")  # type: ignore[assignment]
    assert model("cab") == ["a", "b", "c"]
    assert model.certificate.ok
    model.module.to("cpu", torch.float32).requires_grad_(False)
    assert model.certificate.ok


def hook(model: CompiledModel) -> None:
    model.module.blocks[0].attn.register_forward_hook(lambda module, inputs, output: 0 * output)


def hook_before(model: CompiledModel) -> None:
    model.module.unembed.register_forward_pre_hook(lambda module, inputs: (-inputs[0],))


def hook_compiled(model: CompiledModel) -> None:
    hook(model)
    model.module = torch.compile(model.module, backend="eager")  # type: ignore[assignment]


def other_forward(model: CompiledModel) -> None:
    model.module.unembed.forward = lambda stream: -stream[..., :3]  # type: ignore[method-assign]


def other_class(model: CompiledModel) -> None:
    class Other(type(model.module.unembed)):  # type: ignore[misc]
        def forward(self, stream: torch.Tensor) -> torch.Tensor:
            return -super().forward(stream)

    model.module.unembed.__class__ = Other


ALTERED = {
    hook: r"the forward hooks of blocks\.0\.attn may change what it computes",
    hook_before: "the forward hooks of unembed",
    hook_compiled: r"the forward hooks of blocks\.0\.attn",
    other_forward: "the forward method of unembed is not that of a model",
    other_class: "the forward method of unembed is not that of a model",
}


@pytest.mark.parametrize("change", ALTERED, ids=lambda change: change.__name__)
def test_what_computes_something_else_than_its_weights_is_not_certified(
    change: Callable[[CompiledModel], None],
) -> None:
    model = model_of()
    change(model)
    assert not rasp.verify(model, samples=5).ok
    with pytest.raises(rasp.RaspValueError, match="other processes have the weights alone"):
        rasp.verify(model, samples=5, jobs=2)
    assert not model.certificate.ok
    assert re.search(ALTERED[change], str(model.certificate))
    assert not model.report.certificate.ok
    assert re.search(ALTERED[change], model.report.to_text(1000))
    saved = from_bytes(to_bytes(model))  # the weights, which are as they were
    assert saved("cab") == ["a", "b", "c"]
    assert saved.certificate.ok


@pytest.mark.parametrize("called", [True, False])
def test_hooks_for_all_modules_are_noticed_and_forgotten(called: bool) -> None:
    """A model that was not called yet has no module, and will get one that has them."""
    model = model_of()
    if called:
        assert model("cab") == ["a", "b", "c"]
    handle = torch.nn.modules.module.register_module_forward_hook(lambda *arguments: None)
    try:
        assert not model.certificate.ok
        assert "forward hooks for all modules" in str(model.certificate)
    finally:
        handle.remove()
    assert model.certificate.ok
    assert model.report.certificate.ok


def test_a_file_is_not_believed_that_its_weights_are_those_of_the_compiler() -> None:
    """It says that nothing was changed, and that no proof was found."""
    model = rasp.compile(rasp.loads("x = tokens;")["x"], vocab="abc", max_len=3)
    w_u = model.artifact.tensors["unembed.W_U"][:, [1, 0, 2]]
    forged = replace(model.artifact, tensors=model.artifact.tensors | {"unembed.W_U": w_u})
    report = replace(forged.report, meaning=MeaningProof(False, "too large"), changed=False)
    loaded = from_bytes(
        to_bytes(CompiledModel(replace(forged, report=report), model.specification))
    )
    assert loaded("ab") == ["b", "a"]
    assert loaded.certificate.rounding.ok
    assert not loaded.certificate.ok


def test_what_is_compiled_and_not_proved_is_certified_where_it_was_compiled() -> None:
    sop = rasp.loads("x = tokens;")["x"]
    assert isinstance(sop, SOp)
    artifact = compile_graph(sop.node, vocabulary=Vocabulary.of("ab"), max_len=3, prove=False)
    model = CompiledModel(artifact, Specification(sop.node))
    assert model.certificate.ok
    assert not model.certificate.meaning.ok


def test_without_a_plan_nothing_is_proved() -> None:
    model = rasp.compile(rasp.loads("x = tokens;")["x"], vocab="ab", max_len=3)
    report = replace(model.artifact.report, rounding=RoundingProof(False, "float32"))
    forged = replace(model.artifact, plan=None, report=report)
    with pytest.raises(CheckpointError, match="no plan"):
        from_bytes(to_bytes(CompiledModel(forged, model.specification)))
