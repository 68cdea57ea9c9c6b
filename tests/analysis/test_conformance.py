"""As many layers as the original reports, and in no layer more heads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rasp.analysis import analyze
from rasp.program import loads
from rasp.sop import SOp

CORPUS = Path(__file__).parent.parent / "conformance"


def cases(name: str) -> list[Any]:
    lines = (CORPUS / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(json.loads(line), id=json.loads(line)["id"]) for line in lines]


def check(case: dict[str, Any], expected: dict[str, Any]) -> None:
    sop = loads(case["program"])[case["output"]]
    assert isinstance(sop, SOp)
    analysis = analyze(sop.node, origins=sop.origins)
    assert analysis.n_layers == expected["layers"]
    assert all(
        own <= original
        for own, original in zip(analysis.heads_per_layer, expected["widths"], strict=True)
    )
    assert analysis.max_heads <= expected["max_width"]
    assert len(analysis.critical_path) == analysis.n_layers
    assert analysis.to_text()
    assert json.loads(json.dumps(analysis.to_dict())) == analysis.to_dict()


@pytest.mark.parametrize("case", cases("analysis.jsonl"))
def test_analysis_cases(case: dict[str, Any]) -> None:
    check(case, case["expected"][0])


@pytest.mark.parametrize("case", cases("compile.jsonl"))
def test_programs_to_compile(case: dict[str, Any]) -> None:
    check(case, case["analysis"])


# Where the original counts a selector that is written, or made, twice as two.
SHARED = {"ana-two-layers-015", "ana-sharing-003", "ana-sharing-006"}


@pytest.mark.parametrize("case", cases("analysis.jsonl"))
def test_heads_are_as_many_as_the_original_counts_unless_shared(case: dict[str, Any]) -> None:
    sop = loads(case["program"])[case["output"]]
    widths = analyze(sop.node).heads_per_layer
    assert (widths == case["expected"][0]["widths"]) == (case["id"] not in SHARED)
