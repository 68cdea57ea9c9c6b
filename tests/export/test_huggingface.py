"""Stock models of `transformers`: equal to the compiled ones, loaded where this package is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rasp.errors import ExportError, RaspError
from tests.export.made import PROGRAMS, model_of

transformers = pytest.importorskip("transformers")

from rasp.export import export, to_huggingface  # noqa: E402
from rasp.export.huggingface import exporting, mirrored, plan, stock  # noqa: E402
from rasp.export.huggingface.rederived import check_parameters  # noqa: E402
from rasp.export.uniform import uniform  # noqa: E402

pytestmark = [
    pytest.mark.extras,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

LOADED_ALONE = """
import json, sys
sys.modules["rasp"] = None  # importing it fails
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline
path, texts = sys.argv[1], json.loads(sys.argv[2])
classify = pipeline("token-classification", model=path, tokenizer=path)
rows = [[[t["entity"], float(t["score"])] for t in classify(text)] for text in texts]
print(json.dumps(rows))
"""


def alone(code: str, *arguments: str) -> str:
    """What a process prints that has neither this package nor a network."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", PROGRAMS)
def test_equal(name: str) -> None:
    """Compared by `to_huggingface` itself, by way of the tokenizer, in padded batches."""
    exported, tokenizer = to_huggingface(model_of(name))
    causal = model_of(name).artifact.config.causal
    assert type(exported).__name__ == exporting.class_name("labels", causal=causal)
    assert tokenizer.padding_side == "right"


def test_loaded_without_this_package(tmp_path: Path) -> None:
    export(model_of("sort"), "huggingface", tmp_path / "sort")
    (rows, other) = json.loads(alone(LOADED_ALONE, str(tmp_path / "sort"), '["cab", "b"]'))
    assert [json.loads(label) for label, _ in rows] == ["a", "b", "c"]
    assert [label for label, _ in other] == ['"b"']
    assert all(score > 0.999 for _, score in rows + other)
    files = {path.name for path in (tmp_path / "sort").iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= files
    assert not any(name.endswith(".py") for name in files)
    assert "auto_map" not in json.loads((tmp_path / "sort" / "config.json").read_text())


@pytest.mark.parametrize("name", ["counts", "counts64"])
def test_dtypes_survive(name: str, tmp_path: Path) -> None:
    export(model_of(name), "huggingface", tmp_path)
    loaded = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path)
    assert str(loaded.dtype) == f"torch.{model_of(name).artifact.config.dtype}"
    exported, _ = to_huggingface(model_of(name), dtype="float64")
    assert exported.dtype == torch.float64


def test_labels_that_need_float64() -> None:
    exported, _ = to_huggingface(model_of("prefix"))
    labels = {json.loads(text) for text in exported.config.id2label.values() if "err" not in text}
    assert {0, 1, 0.5, 3 / 7} <= labels


def test_numbers_are_read_as_the_card_says(tmp_path: Path) -> None:
    """Fractions depend on the place; the recipe in config.json, in plain Python."""
    from fractions import Fraction

    model = model_of("fractions")
    export(model, "huggingface", tmp_path)
    loaded = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert loaded.config.problem_type == "regression"
    readout = loaded.config.rasp["readout"]
    assert (readout["kind"], readout["context"]) == ("fraction", "i")
    with torch.inference_mode():
        logits = loaded(**tokenizer("1 9 2 2", return_tensors="pt")).logits[0, 1:].tolist()
    got: list[Any] = []
    for (number, *others), row in zip(logits, readout["fractions"], strict=False):
        start, step, below, least, most = row
        q = Fraction((number * below - start) / step).limit_denominator(most)
        if least == most:
            q = Fraction(round((number * below - start) / step * most), most)
        value = float((start + step * q) / below)
        whole = readout["whole_numbers_are_ints"]
        if "spread" in readout:
            how = readout["spread"]
            whole = others[0] - (value - how["middle"]) ** 2 < how["apart"] / 2
        got.append(int(value) if whole and value.is_integer() else value)
    assert list(map(repr, got)) == list(map(repr, model([1, 9, 2, 2])))


def test_failures_are_labels() -> None:
    exported, tokenizer = to_huggingface(model_of("failing"))
    classify = transformers.pipeline("token-classification", model=exported, tokenizer=tokenizer)
    labels = [token["entity"] for token in classify("aba")]
    assert "error: division by zero in x (failing.rasp:1:5)" in labels
    assert isinstance(model_of("failing").outcomes(["aba"])[0], RaspError)


def test_unknown_tokens_are_labels_or_errors() -> None:
    exported, tokenizer = to_huggingface(model_of("sort"))
    classify = transformers.pipeline("token-classification", model=exported, tokenizer=tokenizer)
    assert classify("az")[1]["entity"] == "error: unknown token"
    _, tokenizer = to_huggingface(model_of("next"), head="lm")
    with pytest.raises(Exception, match="UNK"):
        tokenizer("az")


def test_too_long_inputs_are_errors() -> None:
    """And not cut off, which would give the labels of another input."""
    exported, tokenizer = to_huggingface(model_of("sort"))
    classify = transformers.pipeline("token-classification", model=exported, tokenizer=tokenizer)
    with pytest.raises((RuntimeError, IndexError)):
        classify("abcabcabc")


# ---- language models


def written(name: str, prompt: list[Any], n_new: int) -> list[Any]:
    """What the model appends, by whole passes."""
    tokens = list(prompt)
    for _ in range(n_new):
        tokens.append(model_of(name)(tokens)[-1])
    return tokens[len(prompt) :]


def test_generation_with_and_without_a_cache() -> None:
    exported, tokenizer = to_huggingface(model_of("next"), head="lm")
    assert type(exported).__name__ == "GPT2LMHeadModel"
    prompts = ["a", "abca", "bb"]
    batch = tokenizer(prompts, padding=True, return_tensors="pt")
    assert tokenizer.padding_side == "left"
    for use_cache in (True, False):
        ids = exported.generate(**batch, max_new_tokens=7, use_cache=use_cache)
        texts = tokenizer.batch_decode(ids, skip_special_tokens=True)
        for prompt, text in zip(prompts, texts, strict=True):
            assert text == prompt + "".join(written("next", list(prompt), 7))


def test_generation_to_the_longest_input(tmp_path: Path) -> None:
    model = model_of("next")
    export(model, "huggingface", tmp_path, head="lm")
    loaded = transformers.AutoModelForCausalLM.from_pretrained(tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    ids = loaded.generate(**tokenizer("ab", return_tensors="pt"), max_length=model.max_len + 1)
    assert tokenizer.decode(ids[0], skip_special_tokens=True) == "ab" + "".join(
        written("next", ["a", "b"], model.max_len - 2)
    )


def test_values_that_are_no_tokens_end_generation() -> None:
    exported, tokenizer = to_huggingface(model_of("modulo"), head="lm")
    prompt = [1, 1, 3]
    values = model_of("modulo")(prompt)
    assert values[-1] == 4
    assert 4 not in model_of("modulo").vocabulary.tokens
    ids = exported.generate(**tokenizer("1 1 3", return_tensors="pt"), max_new_tokens=5)
    assert tokenizer.decode(ids[0], skip_special_tokens=True) == "1 1 3 <no token: 4>"


def test_language_models_are_causal() -> None:
    with pytest.raises(ExportError, match="causal"):
        to_huggingface(model_of("sort"), head="lm")


def test_values_have_to_be_tokens() -> None:
    with pytest.raises(ExportError, match="values are tokens"):
        to_huggingface(model_of("prefix"), head="lm")


# ---- what is refused


@pytest.mark.parametrize("name", ["sort", "next"])
def test_parameters_that_are_another_network(name: str) -> None:
    artifact = model_of(name).artifact
    network = uniform(artifact.config, artifact.tensors)
    causal = artifact.config.causal
    shape = mirrored.smallest_shape(
        network.d_model, network.n_heads, network.d_head, powers_of_four=not causal
    )
    _, parameters = (
        stock.gpt2(network, shape, head="score") if causal else stock.bert(network, shape)
    )
    check_parameters(network, shape, parameters, "float32")
    random = np.random.default_rng(0)
    for key, tensor in parameters.items():
        changed = tensor.copy()
        place = random.integers(changed.size)
        changed.flat[place] += 1 + abs(changed.flat[place])
        with pytest.raises(ExportError, match="would"):
            check_parameters(network, shape, {**parameters, key: changed}, "float32")


def test_layer_norms_that_do_something(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(stock, "EPSILON", 1e-5)
    with pytest.raises(ExportError, match="would not compute"):
        export(model_of("sort"), "huggingface", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_wrong_arguments(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no head 'x'"):
        to_huggingface(model_of("sort"), head="x")
    with pytest.raises(ExportError, match="dtype"):
        to_huggingface(model_of("sort"), dtype="float16")
    with pytest.raises(ExportError, match="no numbers"):
        to_huggingface(model_of("sort"), head="number")
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="no folder"):
        export(model_of("sort"), "huggingface", tmp_path / "file")


def test_plan_is_what_comes() -> None:
    for name in ("sort", "prefix", "fractions"):
        exported, _ = to_huggingface(model_of(name), check=False)
        assert f" {exported.num_parameters():,} parameters" in plan(model_of(name))
        assert f"{exported.config.num_labels:,} " in plan(model_of(name))


def test_shapes() -> None:
    assert mirrored.smallest_shape(10, 2, 3, powers_of_four=False).hidden == 20
    shape = mirrored.smallest_shape(10, 2, 3, powers_of_four=True)
    assert (shape.d_head, shape.hidden) == (4, 20)
