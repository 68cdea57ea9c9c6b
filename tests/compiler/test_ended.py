"""Numbers that are handed from round to round: steps end their errors where nothing else does."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

import rasp
from rasp.compiler import pipeline
from rasp.compiler.lowering import computed
from rasp.compiler.options import Options
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

SORT = """
x = tokens_int;
for round in range(7) {
    l = aggregate(select(indices, indices - 1, ==), x, 0);
    r = aggregate(select(indices, indices + 1, ==), x, 9);
    x = min(x, r) if (indices + round) % 2 == 0 else max(l, x);
}
"""
CASES = """
def back(n) {
    return aggregate(select(indices, indices - n, ==), tokens, "0") == "1";
}
y = 3 if back(3) else (2 if back(2) else (1 if back(1) else 0));
x = aggregate(select(indices, indices - 1, ==), y, 0);
"""


def test_errors_end_where_a_head_carries_a_number_on() -> None:
    """Each round made errors about thirteen times larger, and nothing ended them."""
    sop = rasp.loads(SORT)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="0123456789", max_len=24, dtype="float32")
    assert model.certificate.ok
    assert model.certificate.meaning is not None
    assert model.certificate.meaning.ok
    assert model.report.n_parameters < 6_000
    rng = random.Random(0)
    inputs = [rng.choices("0123456789", k=length) for length in (1, 2, 9, 10, 23, 24) for _ in "ab"]
    right = outcomes(sop.node, inputs)
    for tokens, one, found in zip(inputs, right, model.outcomes(inputs), strict=True):
        assert same_outcome(one, found), tokens


def test_what_is_known_in_cases_has_no_number_before_its_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its rows are one for each case, and of them alone the number before the steps was made."""
    whole = pipeline._compile

    def restored(*given: Any) -> Any:
        changed: list[Any] = [
            replace(one, restored=True) if isinstance(one, Options) else one for one in given
        ]
        return whole(*changed)

    monkeypatch.setattr(pipeline, "_compile", restored)
    monkeypatch.setattr(computed, "MANY_CASE_ROWS", 0)
    sop = rasp.loads(CASES)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="01", max_len=4)
    assert model.certificate.ok
    inputs = [[*some] for length in (1, 2, 3, 4) for some in product("01", repeat=length)]
    right = outcomes(sop.node, inputs)
    for tokens, one, found in zip(inputs, right, model.outcomes(inputs), strict=True):
        assert same_outcome(one, found), tokens
