"""The programs of examples/decoding/, exported: they write the same tokens elsewhere."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from benchmarks.machines import compiled
from benchmarks.references import MACHINES, Machine
from rasp.compiled import CompiledModel
from rasp.errors import ExportError
from rasp.export.onnx import to_bytes
from tests.decoding.test_machines import small

pytestmark = pytest.mark.extras

N_PROMPTS = 3

each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


def generations(machine: Machine) -> list[tuple[str, str]]:
    """Prompts, and what the model writes after each with its cache."""
    model, random = small(machine), Random(7)
    found: list[tuple[str, str]] = []
    while len(found) < N_PROMPTS:
        prompt = machine.prompt(random)
        if len(prompt) < model.max_len:
            n_new = model.max_len - len(prompt)
            tokens = model.generate(prompt, n_new, stop=list(machine.stops) or None)
            found.append((prompt, "".join(map(str, tokens[len(prompt) :]))))
    return found


def has_several_logits(model: CompiledModel) -> bool:
    """Is a token told by any of several logits?  A language model has one for each."""
    values = model.artifact.readout.values
    return len(set(values)) < len(values)


def test_several_logits_are_refused_with_the_way_out() -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("tokenizers")
    from rasp.export import to_huggingface

    several = [machine for machine in MACHINES if has_several_logits(small(machine))]
    assert several
    for machine in several:
        with pytest.raises(ExportError, match="several logits") as caught:
            to_huggingface(small(machine), head="lm")
        assert "one_logit=True" in str(caught.value)


@each_machine
def test_hugging_face_generates_the_same(machine: Machine) -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("tokenizers")
    from rasp.export import to_huggingface

    model = small(machine)
    if has_several_logits(model):
        model = compiled(machine, model.max_len, one_logit=True)
        assert not has_several_logits(model)
        assert model.certificate.ok
    exported, tokenizer = to_huggingface(model, head="lm")
    for prompt, written in generations(machine):
        given = tokenizer(prompt, return_tensors="pt")
        n_given = given["input_ids"].shape[1]
        ids = exported.generate(**given, max_new_tokens=len(written))[0, n_given:].tolist()
        assert ids == tokenizer(written, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids) == written


@each_machine
def test_onnx_steps_write_the_same(machine: Machine) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from rasp.export.onnx import running

    model = small(machine)
    session, about = running.session_of(to_bytes(model, step=True))
    for prompt, written in generations(machine):
        ids = [about["first_token"] + about["tokens"].index(token) for token in written]
        assert by_steps(session, about, model, prompt, len(written)) == ids


def by_steps(
    session: Any, about: dict[str, Any], model: CompiledModel, prompt: str, n_new: int
) -> list[int]:
    """The ids that the step graph writes: the prompt at once, then one id at a time."""
    caches = {item.name: item for item in session.get_inputs() if item.name.startswith("past.")}
    dtype = np.dtype(model.report.dtype)
    past = {n: np.zeros((1, c.shape[1], 0, c.shape[3]), dtype) for n, c in caches.items()}
    outputs = ["next", *(name.replace("past", "present", 1) for name in caches)]
    new = [about["bos"], *(about["first_token"] + about["tokens"].index(t) for t in prompt)]
    written: list[int] = []
    n_done = 0
    while len(written) < n_new:
        n_all = n_done + len(new)
        given = {
            "tokens": np.array([new]),
            "positions": np.arange(n_done, n_all)[None],
            "mask": np.ones((1, n_all), np.int64),
        }
        following, *present = session.run(outputs, given | past)
        past, n_done = dict(zip(caches, present, strict=True)), n_all
        new = [int(following[0, -1])]
        written += new
    return written
