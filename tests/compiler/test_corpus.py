"""The corpus of programs for the compiler: exact on its inputs, with the theory's attention."""

from __future__ import annotations

from typing import Any

import pytest

import rasp
from rasp.errors import CompileError, RaspRuntimeError
from rasp.sop import SOp
from tests.interpreter.test_corpus import CASES, OTHER_SUMS, same

SAMPLES = 300

REFUSED = {"comp-smooth-five-times": "last bits that are not known"}
"""Means of rounded means: no attention rounds in between, so the last bits are not known."""


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_exact(case: dict[str, Any]) -> None:
    sop = rasp.loads(case["program"])[case["output"]]
    assert isinstance(sop, SOp)
    if case["id"] in REFUSED:
        with pytest.raises(CompileError, match=REFUSED[case["id"]]) as refusal:
            rasp.compile(sop, vocab=case["vocab"], max_len=case["max_len"])
        assert refusal.value.span is not None
        return
    model = rasp.compile(sop, vocab=case["vocab"], max_len=case["max_len"])
    found = model.outcomes(case["inputs"])
    for text, values, expected in zip(case["inputs"], found, case["expected"], strict=True):
        if "error" in expected:
            assert isinstance(values, RaspRuntimeError), text
            continue
        assert isinstance(values, list), (text, values)
        assert len(values) == len(expected["values"])
        for value, wanted in zip(values, expected["values"], strict=True):
            last_bits = case["id"] in OTHER_SUMS
            assert same(value, wanted, last_bits=last_bits), (text, values, expected["values"])
    verification = rasp.verify(model, samples=SAMPLES, seed=1)
    assert verification.ok, verification.to_text()
    assert model.report.rasp_layers == rasp.analyze(sop).n_layers
    assert model.report.sublayers.count("a") <= case["analysis"]["layers"]
