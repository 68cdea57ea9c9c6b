"""Chains of updates of few states: some links at a time, and no table of all that they read."""

from __future__ import annotations

import random

import pytest

import rasp
from rasp.sop import SOp

COUNTER = """
state = 0;
for k in range({n}) {{
    state = (state + indicator(aggregate(select(indices, k, ==), tokens, "") == "a")) % 3;
}}
x = state;
"""
MACHINE = """
state = 0;
for k in range({n}) {{
    t = aggregate(select(indices, k, ==), tokens, "");
    next = 2 if state == 0 else (0 if state == 1 else 1);
    state = next if t == "a" else (state if t == "b" else 0);
}}
x = state;
"""
REMAINDER = """
state = 0;
for k in range({n}) {{
    state = (2 * state + indicator(aggregate(select(indices, k, ==), tokens, "") == "b")) % 5;
}}
x = "yes" if state == 0 else "no";
"""
TOGGLED = """
state = False;
for k in range({n}) {{
    state = state != (aggregate(select(indices, k, ==), tokens, "") == "a");
}}
x = state;
"""
TWO_REGISTERS = """
state = 0; on = False;
for k in range({n}) {{
    t = aggregate(select(indices, k, ==), tokens, "");
    on = not on if t == "c" else on;
    state = (state + 1) % 4 if t == "a" and on else state;
}}
x = state + (10 if on else 0);
"""
LOOKED_UP = """
next = {{"pa": "p", "pb": "q", "p-": "r", "qa": "q", "qb": "r", "q-": "p",
        "ra": "r", "rb": "p", "r-": "q"}};
state = "p";
for k in range({n}) {{
    t = aggregate(select(indices, k, ==), tokens, "-");
    state = next[state + ("a" if t == "c" else t)];
}}
x = state;
"""
LISTED = """
state = 0;
for k in range({n}) {{
    t = aggregate(select(indices, k, ==), tokens, "-");
    state = [1, 2, 0, 2, 2, 1, 0, 1, 0][3 * state + (1 if t == "a" else (2 if t == "b" else 0))];
}}
x = "pqr"[state];
"""
NUMERAL = """
state = "start";
for k in range({n}) {{
    t = aggregate(select(indices, k, ==), tokens, "");
    digit = t == "a" or t == "b";
    after_digit = "int" if digit else ("dot" if t == "c" else "dead");
    fraction = "frac" if digit else "dead";
    next = fraction if state == "dot" or state == "frac" else "dead";
    next = after_digit if state == "int" or state == "start" else next;
    state = state if t == "" else next;
}}
x = state == "int" or state == "frac";
"""


@pytest.mark.parametrize(
    "text", [COUNTER, MACHINE, REMAINDER, TOGGLED, TWO_REGISTERS, LOOKED_UP, LISTED]
)
def test_chains(text: str) -> None:
    """With 14 links in one layer, 587,082 parameters for the first of them."""
    sop = rasp.loads(text.format(n=14))["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="abc", max_len=14)
    assert model.certificate.ok
    meaning = model.artifact.report.meaning
    assert meaning is not None
    assert meaning.ok
    assert model.report.n_parameters < 30_000
    _check(sop, model, 14)


def test_states_that_others_were_found_without() -> None:
    """Some operations were looked at before the states that they read were computed."""
    sop = rasp.loads(NUMERAL.format(n=16))["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="abc", max_len=16)
    assert model.certificate.ok
    assert model.report.n_parameters < 30_000
    _check(sop, model, 16)


def test_short_chains_are_computed_at_once() -> None:
    sop = rasp.loads(COUNTER.format(n=5))["x"]
    assert isinstance(sop, SOp)
    assert rasp.compile(sop, vocab="abc", max_len=5).report.sublayers == "af"


def _check(sop: SOp, model: rasp.CompiledModel, size: int) -> None:
    draw = random.Random(7)
    for length in [1, 2, 3, size - 1, size] * 6:
        tokens = [draw.choice("abc") for _ in range(length)]
        assert model(tokens) == sop(tokens)
