"""What is said of a model is a value: it cannot be changed, and goes to JSON data and back."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

import rasp
from rasp.compile_report import CompileReport, MeaningProof, RoundingProof, Theory, frozen
from rasp.manifest.parts import read_report

READ = {"read": "a head", "bound": 0.1, "margin": 0.5, "ok": True}
SAID = CompileReport(
    Theory(2, (1, 3)),
    extra_sublayers=("after attention 1, for x",),
    addresses=(0, 1),
    dtype_reason="in float32 a head is off by 1",
    rounding=RoundingProof(False, "float64", frozen([READ]), "some reason"),
    optimize="size",
    sharpness=8,
    one_logit=True,
    meaning=MeaningProof(False, "who knows", "x", 2),
    tested=100,
    changed=False,
    basis=frozen({"rotate": 1, "labels": ["a", "b"]}),
)


@pytest.mark.parametrize("said", [SAID, CompileReport(Theory()), CompileReport(Theory(1, (2,)))])
def test_to_json_and_back(said: CompileReport) -> None:
    data = json.loads(json.dumps(said.to_dict()))
    assert read_report(data) == said
    assert read_report(data).to_dict() == data


def test_only_what_there_is_to_say() -> None:
    said = CompileReport(Theory(), rounding=RoundingProof(True, "float32"))
    assert said.to_dict() == {
        "rasp_layers": 0,
        "rasp_heads_per_layer": [],
        "certificate": {"ok": True, "dtype": "float32", "reads": []},
    }


def test_nobody_changes_it() -> None:
    model = rasp.compile(rasp.tokens, vocab="ab", max_len=3)
    said = model.artifact.report
    with pytest.raises(FrozenInstanceError):
        said.optimize = "size"  # type: ignore[misc]
    assert SAID.basis is not None
    assert SAID.rounding is not None
    for entries in (SAID.basis, SAID.rounding.reads[0]):
        with pytest.raises(TypeError):
            entries["ok"] = True  # type: ignore[index]
    model.report.details["optimize"] = "size"  # a dict of the caller's own
    assert model.report.details == said.to_dict()
    assert said.to_dict()["optimize"] == "patterns"


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("speed", 3),
        ("optimize", 1),
        ("tested", True),
        ("changed", "no"),
        ("meaning", {"ok": 1}),
        ("meaning", []),
        ("certificate", {"ok": True, "dtype": 32}),
        ("certificate", {"ok": True, "dtype": "float32", "reads": [1]}),
        ("extra_sublayers", [1]),
        ("addresses", 1),
        ("addresses", [-1]),
        ("addresses", [True]),
        ("basis", 3),
        ("rasp_layers", -1),
        ("rasp_heads_per_layer", [0.5]),
    ],
)
def test_entries_of_files_are_checked(entry: str, value: Any) -> None:
    with pytest.raises(rasp.CheckpointError, match="the manifest does not fit"):
        read_report({**replace(SAID, tested=None).to_dict(), entry: value})


def test_what_is_frozen_is_copied_and_sent_to_other_processes() -> None:
    entries = frozen({"a": [1, {"b": None}]})
    assert entries == {"a": (1, {"b": None})}
    for other in (copy.deepcopy(entries), pickle.loads(pickle.dumps(entries))):
        assert other == entries
    with pytest.raises(TypeError):
        entries["a"] = 2
