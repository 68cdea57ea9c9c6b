"""Checkpoints changed on purpose: everything that changes an answer is caught, at every level."""

from __future__ import annotations

from functools import cache

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.sop import SOp
from rasp.testing.mutations import MUTATIONS, Examination, Mutation, examine

PROGRAMS = {
    "sort": (
        "place = selector_width(select(tokens, tokens, <)"
        " or (select(tokens, tokens, ==) and select(indices, indices, <)));\n"
        "x = aggregate(select(place, indices, ==), tokens);\n",
        3,
    ),
    "count": ("x = selector_width(select(tokens, tokens, ==));\n", 4),
    "reverse": ("x = aggregate(select(indices, length - 1 - indices, ==), tokens);\n", 4),
    "failing": (
        'x = 1 / (selector_width(select(tokens, "b", ==)) + indices - 1);\n',
        4,
    ),
}


@cache
def model(name: str) -> CompiledModel:
    source, max_len = PROGRAMS[name]
    sop = rasp.loads(source)["x"]
    assert isinstance(sop, SOp)
    compiled = rasp.compile(sop, vocab="ab", max_len=max_len)
    assert compiled.report.certificate.ok
    return compiled


@cache
def examined(name: str, mutation: Mutation) -> Examination | None:
    return examine(model(name), mutation)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_every_mutation_is_caught(mutation: Mutation) -> None:
    found = [examined(name, mutation) for name in PROGRAMS]
    caught = [examination for examination in found if examination is not None]
    assert caught, "no program has anything to change"
    for examination in caught:
        assert examination.file in ("digest", "structure"), examination
        if examination.memory == "verify":  # whoever forges digests or certificate
            assert examination.forged != "harmless", examination
            assert examination.certified != "harmless", examination


@pytest.mark.parametrize(
    ("name", "mutation", "forged", "certified"),
    [
        ("sort", "weights: scores divided by 4", "structure", "structure"),
        ("sort", "weights: score of BOS raised", "structure", "structure"),
        ("sort", "weight of W_Q 1 ulp larger", "certificate", "harmless"),
        ("sort", "weights: rows of W_E in another order", "structure", "structure"),
        ("sort", "weights: columns of W_U in another order", "meaning", "meaning"),
        ("sort", "vocabulary: a token renamed", "meaning", "meaning"),
        ("sort", "dtype changed", "structure", "structure"),
        ("sort", "max_len raised", "certificate", "meaning"),
        ("sort", "graph: other comparisons", "meaning", "meaning"),
        ("sort", "program: another text and hash", "verify", "verify"),
        ("sort", "plan: a bound halved", "structure", "structure"),
        ("failing", "weights: a step moved", "certificate", "meaning"),
        ("count", "weight of W_Q doubled", "structure", "structure"),
        ("count", "weight of W_K zeroed", "structure", "structure"),
        ("count", "readout: a centre moved", "certificate", "meaning"),
        ("count", "certificate: verdict", "certificate", "harmless"),
        ("count", "certificate: margin", "certificate", "harmless"),
    ],
)
def test_who_catches(name: str, mutation: str, forged: str, certified: str) -> None:
    (change,) = (change for change in MUTATIONS if change.name == mutation)
    examination = examined(name, change)
    assert examination is not None
    assert (examination.file, examination.forged, examination.certified) == (
        "digest",
        forged,
        certified,
    )


def test_nothing_is_caught_where_nothing_is_changed() -> None:
    assert examine(model("count"), Mutation("nothing", lambda manifest, tensors: True)) is None


def test_memory_is_verified_as_it_is_now() -> None:
    import torch

    compiled = rasp.compile(rasp.loads(PROGRAMS["count"][0])["x"], vocab="ab", max_len=4)
    assert rasp.verify(compiled, exhaustive=True).ok
    with torch.no_grad():
        compiled.module.unembed.W_U.neg_()
    assert not rasp.verify(compiled, exhaustive=True).ok
