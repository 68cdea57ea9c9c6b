"""Where a model departs from its program: found in models with a changed weight, not in others."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rasp
from rasp.compiled import CompiledModel
from rasp.compiler.account.contents import Contents
from rasp.compiler.account.sublayers import stage_name
from rasp.compiler.pipeline import compile_stages
from rasp.errors import CompileError
from rasp.graph.nodes import Atom
from rasp.interpreter import traced
from rasp.testing import inputs_of, random_program
from rasp.verification import departure_of, verify
from rasp.verification.departure import forward

SORT = """
smaller = select(tokens, tokens, <);
before = select(tokens, tokens, ==) and select(indices, indices, <);
place = selector_width(smaller or before);
sorted = aggregate(select(place, indices, ==), tokens);
"""


def compiled(text: str, name: str, vocab: str, max_len: int, **options: Any) -> CompiledModel:
    sop = rasp.loads(text)[name]
    assert isinstance(sop, rasp.SOp)
    return rasp.compile(sop, vocab=vocab, max_len=max_len, **options)


def random_model(seed: int, *, causal: bool = False) -> CompiledModel | None:
    program = random_program(seed)
    try:
        sop = rasp.loads(program.text)[program.sop]
        return rasp.compile(sop, vocab=program.vocabulary, max_len=program.max_len, causal=causal)
    except CompileError:
        return None


def changed(model: CompiledModel, name: str, place: tuple[int, ...], to: float) -> CompiledModel:
    tensor = model.artifact.tensors[name].copy()
    tensor[place] = to
    tensors = {**model.artifact.tensors, name: tensor}
    return CompiledModel(replace(model.artifact, tensors=tensors), model.specification)


@pytest.mark.parametrize("causal", [False, True])
def test_right_models_hold_what_they_should(causal: bool) -> None:
    """Nowhere on any input: what is said of directions is true of the models that there are."""
    n_checked = 0
    for seed in range(40):
        model = random_model(seed, causal=causal)
        if model is None:
            continue
        inputs = inputs_of(random_program(seed), seed)
        for tokens in random.Random(seed).sample(inputs, 2):
            departure = departure_of(model, tuple(tokens))
            assert departure.wrong is None, f"{seed} {tokens}\n{departure.to_text()}"
            assert departure.weight is None
            assert departure.note == (
                "all that the model holds is as it should be, so the read-out is at fault"
            )
            n_checked += 1
    assert n_checked > 60


def sublayers(model: CompiledModel) -> list[str]:
    artifact = model.artifact
    compilation = compile_stages(
        model.specification.node,
        vocabulary=artifact.vocabulary,
        max_len=artifact.max_len,
        dtype=artifact.config.dtype,  # type: ignore[arg-type]
        origins=model.specification.origins,
    )
    return ["embedding", *map(stage_name, compilation.layout.stages), "unembedding"]


def first_that_differs(
    model: CompiledModel, mutant: CompiledModel, tokens: tuple[Atom, ...]
) -> int:
    """After which sublayer the two hold different numbers."""
    (right, right_output), (wrong, output) = forward(model, tokens), forward(mutant, tokens)
    pairs = zip([*right, right_output], [*wrong, output], strict=True)
    return next(n for n, (a, b) in enumerate(pairs) if not np.abs(a - b).max() <= 1e-3)


def mutants(model: CompiledModel, choices: random.Random, count: int) -> list[tuple[Any, ...]]:
    """Name of a tensor, place, model with another weight there."""
    found = []
    for _ in range(count):
        name = choices.choice(list(model.artifact.tensors))
        tensor = model.artifact.tensors[name]
        places = np.argwhere(tensor != 0 if choices.random() < 0.7 else tensor == tensor)
        if not len(places):
            continue
        place = tuple(places[choices.randrange(len(places))].tolist())
        old = float(tensor[place])
        new = choices.choice([0.0, 2 * old, old + 0.7, -old, 1.1 * old])
        if new != old:
            found.append((name, place, changed(model, name, place, new)))
    return found


def test_names_of_a_model_from_a_file(tmp_path: Path) -> None:
    """They are in its program text; without them `place` was written out as an expression."""
    model = compiled(SORT, "sorted", "abc", 4)
    with torch.no_grad():
        model.module.blocks[0].mlp.W_out[0] *= 1.5
    model.save(tmp_path / "sort.safetensors")
    loaded = rasp.load_model(tmp_path / "sort.safetensors")
    departure = departure_of(loaded, ("a", "a", "a"))
    assert departure.wrong is not None
    assert "(place " in departure.to_text()


def test_one_changed_weight() -> None:
    """The sublayer said to be wrong first is the first that differs from the model's own."""
    choices = random.Random(1)
    found: Counter[str] = Counter()
    for seed in range(16):
        model = random_model(seed)
        if model is None:
            continue
        names = sublayers(model)
        for name, place, mutant in mutants(model, choices, 5):
            verification = verify(mutant, samples=200)
            if verification.counterexample is None:
                found["harmless"] += 1
                continue
            departure = verification.counterexample.departure
            assert departure is not None
            text = f"{seed} {name}{place}\n{verification.to_text()}"
            assert departure.weight is not None, text
            assert departure.weight.startswith(f"{name}{list(place)} is "), text
            if departure.wrong is None and departure.unknown and name.startswith("unembed."):
                found["read out of what is not known"] += 1
                continue
            assert departure.wrong is not None, text
            expected = first_that_differs(model, mutant, verification.counterexample.input)
            assert departure.wrong.sublayer == names[expected], text
            found["found"] += 1
    assert found["found"] >= 15, found
    assert found["read out of what is not known"] <= 2, found


def test_what_is_said() -> None:
    model = compiled(SORT, "sorted", "abc", 4)
    tensor = model.artifact.tensors["blocks.0.attn.W_O"]
    place = tuple(np.argwhere(tensor)[0].tolist())
    mutant = changed(model, "blocks.0.attn.W_O", place, 3 * float(tensor[place]))
    verification = verify(mutant, exhaustive=True)
    assert verification.counterexample is not None
    departure = verification.counterexample.departure
    assert departure is not None
    assert departure.wrong is not None
    wrong = departure.wrong
    assert wrong.sublayer == "attention 1"
    assert wrong.dimension == place[2]
    assert "place" in wrong.holds
    assert wrong.position is None or 0 <= wrong.position < 4
    assert f"begins    after attention 1, direction {place[2]} ({wrong.holds}) at " in (
        verification.to_text()
    )
    assert "\nweights   blocks.0.attn.W_O[" in verification.to_text()
    data = verification.to_dict()["counterexample"]["departure"]
    assert data["first_wrong"]["sublayer"] == "attention 1"
    assert data["first_wrong"]["holds"] == wrong.holds


def test_the_unembedding() -> None:
    model = compiled(SORT, "sorted", "abc", 3)
    mutant = changed(model, "unembed.b_U", (2,), 5.0)
    departure = departure_of(mutant, ("a", "b"))
    assert departure.wrong is not None
    assert (departure.wrong.sublayer, departure.wrong.dimension) == ("unembedding", 2)
    assert departure.wrong.holds == '"c"'
    assert departure.to_text().startswith('begins    after unembedding, column 2 ("c") at position')


def test_numbers_that_are_none() -> None:
    model = compiled(SORT, "place", "abc", 3)
    mutant = changed(model, "blocks.0.attn.W_V", (0, 0, 0), float("nan"))
    departure = departure_of(mutant, ("a", "b"))
    assert departure.wrong is not None
    assert departure.wrong.to_dict()["number"] == "nan"


def test_models_of_something_else() -> None:
    model = compiled(SORT, "sorted", "abc", 3)
    other = compiled("x = indices;", "x", "abc", 3)
    departure = departure_of(CompiledModel(model.artifact, other.specification), ("a",))
    assert departure.note is not None
    assert "has another shape" in departure.note


def test_values_that_are_not_in_the_domain() -> None:
    model = compiled(SORT, "place", "abc", 3)
    node = model.specification.node
    compilation = compile_stages(node, vocabulary=model.vocabulary, max_len=3)
    values = traced([node], list("ba"))
    assert Contents(compilation, 2, values).unexpected == []
    values[compilation.graph] = [1, 17]
    (unexpected,) = Contents(compilation, 2, values).unexpected
    assert (unexpected.position, unexpected.value) == (1, 17)
