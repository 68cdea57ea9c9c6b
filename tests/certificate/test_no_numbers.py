"""What is no number is below no margin: wherever there is a nan, nothing is certified."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from rasp.artifact import Artifact
from rasp.certificate import Deviations, Neurons, PlanError, worst
from rasp.meaning.proof import prove
from tests.meaning.test_proof import model_of

NAN = math.nan
MODELS = {
    "a width": ('x = selector_width(select(tokens, "a", ==));', ("a", "b")),
    "a sum": ("x = round(length * average(tokens_int));", ("0", "1", "2")),
    "an order": ("x = sort(tokens, tokens);", ("a", "b")),
    "the best": ('x = aggregate(best(select(tokens, tokens, !=), indices), tokens, "-");', "abc"),
    "a place": ("x = tokens[(indices + 1) % length];", ("a", "b")),
    "a mean": ("x = average(tokens_int) > 0.3;", ("0", "1")),
}


@cache
def model(name: str) -> Artifact:
    text, vocabulary = MODELS[name]
    return model_of(text, vocabulary, 2)


def is_certified(artifact: Artifact, deviations: Deviations | None = None) -> bool:
    try:
        return artifact.certify(deviations=deviations).ok
    except PlanError:
        return False


def with_nan(value: Any) -> Iterator[Any]:
    """The value with one of its numbers, wherever that is, replaced by nan."""
    match value:
        case bool() | str() | None:
            return
        case float():
            yield NAN
        case tuple():
            for place, part in enumerate(value):
                for other in with_nan(part):
                    yield (*value[:place], other, *value[place + 1 :])
        case _ if hasattr(value, "__dataclass_fields__"):
            for field in fields(value):
                for other in with_nan(getattr(value, field.name)):
                    yield replace(value, **{field.name: other})


def test_the_worst_of_bounds_is_nan_if_one_is() -> None:
    assert worst(0.5, -1.0) == 0.5
    assert all(math.isnan(worst(*bounds)) for bounds in ((NAN, 1.0), (1.0, NAN), (0.0, NAN, 2.0)))


@pytest.mark.parametrize("name", MODELS)
def test_weights(name: str) -> None:
    artifact = model(name)
    assert is_certified(artifact)
    for tensor, numbers in artifact.tensors.items():
        size = np.abs(numbers).reshape(-1)
        for number in {int(size.argmax()), int(size.argmin())} if size.size else ():
            place = np.unravel_index(number, numbers.shape)
            changed = numbers.copy()
            changed[place] = NAN
            forged = replace(artifact, tensors=artifact.tensors | {tensor: changed})
            assert not is_certified(forged), f"{tensor} {place}"


@pytest.mark.parametrize("name", MODELS)
def test_words_of_the_plan(name: str) -> None:
    artifact = model(name)
    for plan in with_nan(artifact.plan):
        assert not is_certified(replace(artifact, plan=plan)), plan


@pytest.mark.parametrize("name", MODELS)
def test_how_far_a_network_is_from_its_meaning(name: str) -> None:
    artifact = model(name)
    assert artifact.plan is not None
    found = proved(artifact)
    assert found is not None
    assert is_certified(artifact, found)
    read = [
        [not isinstance(entry, Neurons) or bool(entry.steps) for entry in sublayer]
        for sublayer in artifact.plan.sublayers
    ]
    for deviations in with_nan(found):
        known = [
            [off == off or not used for off, used in zip(*both, strict=True)]
            for both in zip(deviations.decisions, read, strict=True)
        ]
        is_unread = all(map(all, known)) and deviations.decisions != found.decisions
        assert is_unread or not is_certified(artifact, deviations), deviations


def proved(artifact: Artifact) -> Deviations | None:
    assert artifact.plan is not None
    assert artifact.witness is not None
    assert artifact.graph is not None
    proof = prove(
        artifact.config,
        artifact.tensors,
        artifact.plan,
        artifact.witness,
        artifact.readout,
        artifact.vocabulary.tokens,
        artifact.graph,
    )
    return None if proof.reason is not None else proof.deviations


@pytest.mark.parametrize("name", MODELS)
def test_words_of_the_witness(name: str) -> None:
    artifact = model(name)
    witness = artifact.witness
    assert witness is not None
    for directions in with_nan(witness.directions):
        forged = replace(artifact, witness=replace(witness, directions=directions))
        found = proved(forged)
        assert found is None or not is_certified(artifact, found)
