"""Deep programs of every construct: models, or refusals with a place, and no recursion."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Literal

import pytest

import rasp
from rasp.api import emit
from rasp.compiler.account.stages import STAGES
from rasp.compiler.selection import clauses
from rasp.errors import CompileError
from rasp.graph import construct
from rasp.graph.nodes import Select
from rasp.graph.walk import topological
from rasp.interpreter import evaluate
from rasp.sop import SOp

FRAMES = 120
"""So many calls may be open at once: what recurses once a level needs more for these programs."""

ROUNDS = 130
FEW_ROUNDS = 40  # of attention: enough for the frames if each takes three or more

SHALLOW = {
    "remainders": "s = (s + 1) % 5;",
    "tables": "s = [1, 2, 0][(s + indices) % 3];",
    "conditionals": "s = s + 1 if indices > k else s;",
    "sums": "s = s + tokens_int;",
    "conditions": 's = 1 if not (s > 2) or indices > k or tokens == "1" else 0;',
    "sums-of-counts": "s = s + selector_width(select(tokens_int, k, ==));",
    "quotients": "s = 1 if s / (indices + 4 - tokens_int) > 1 else 2;",
}
SELECTORS = {
    "disjunctions": "a = a or select(indices, k, ==);",
    "negations": "a = not (a and select(indices, k, ==));",
}
ENDS = ("selector_width(a)", "aggregate(a, tokens_int, 0)", "aggregate(a, 1, 0)", "has_focus(a)")
DEEP = {
    "reads": "s = (s + aggregate(select(indices, indices - 1, ==), s)) % 5;",
    "strings": "s = indicator(aggregate(select(indices, indices - 1, ==), s, 7) == 7) + s % 2;",
    "counts": "s = selector_width(select(s, s, ==));",
    "sums-of-reads": "s = s + aggregate(select(indices, indices - 1, ==), s) % 2;",
}


def program(start: str, step: str, end: str, rounds: int) -> SOp:
    sop = rasp.loads(f"{start}\nfor k in range({rounds}) {{ {step} }}\nx = {end};")["x"]
    assert isinstance(sop, SOp)
    return sop


@pytest.fixture
def few_frames() -> Iterator[None]:
    """What is imported on use is there already: importing recurses."""
    warm = rasp.loads("x = selector_width(select(tokens, tokens, ==)) + average(indices);")["x"]
    assert isinstance(warm, SOp)
    rasp.compile(warm, vocab="ab", max_len=3)("ab")
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + FRAMES)
    yield
    sys.setrecursionlimit(before)


def is_exact(sop: SOp) -> bool:
    inputs = [[*"0"], [*"012"], [*"2101"]]
    model = rasp.compile(sop, vocab="012", max_len=4)
    return model.outcomes(inputs) == evaluate(sop.node, inputs)


@pytest.mark.parametrize("step", SHALLOW.values(), ids=SHALLOW)
def test_deep_expressions(step: str, few_frames: None) -> None:
    assert is_exact(program("s = tokens_int;", step, "s", ROUNDS))


@pytest.mark.parametrize("step", SELECTORS.values(), ids=SELECTORS)
@pytest.mark.parametrize("end", ENDS)
def test_deep_selectors(step: str, end: str, few_frames: None) -> None:
    assert is_exact(program('a = select(tokens, "0", ==);', step, end, ROUNDS))


@pytest.mark.parametrize("step", DEEP.values(), ids=DEEP)
def test_deep_attention(step: str, few_frames: None) -> None:
    assert is_exact(program("s = tokens_int;", step, "s", FEW_ROUNDS))


@pytest.mark.parametrize("step", [DEEP["reads"], DEEP["counts"]], ids=["reads", "counts"])
@pytest.mark.parametrize("optimize", ["patterns", "size"])
def test_too_deep_to_compile(step: str, optimize: Literal["patterns", "size"]) -> None:
    """Refused before anything is lowered, whatever the vocabulary."""
    sop = program("s = tokens_int;", step, "s", 2_000)
    with pytest.raises(CompileError, match=r"2,000 aggregates and widths, and at most 1,000"):
        rasp.compile(sop, vocab="012", max_len=4, optimize=optimize)
    with pytest.raises(CompileError, match="2,000") as error:
        emit(sop, "graph", vocab="012", max_len=4)
    assert error.value.span is not None


def test_features_that_are_sums_of_sums(few_frames: None) -> None:
    """One hidden layer after the other adds to what the one before holds."""
    assert is_exact(program("s = tokens_int;", DEEP["reads"], "s", FEW_ROUNDS + 20))


def test_stages_of_a_deep_program(few_frames: None) -> None:
    sop = program("s = tokens_int;", SHALLOW["conditions"], "s", ROUNDS)
    texts = [emit(sop, stage, vocab="012", max_len=3) for stage in STAGES]
    assert any(texts)  # there are no heads to show


PAIRS = """
a = select(tokens, "0", ==);
s = tokens_int;
for k in range({rounds}) {{
    s = aggregate(select(indices, indices - 1, ==), s, 0);
    a = a {join} select(s, tokens_int, ==);
}}
x = selector_width(a);
"""


@pytest.mark.parametrize("join", ["and", "or"])
def test_many_pairs_in_one_selector(join: str) -> None:
    sop = rasp.loads(PAIRS.format(rounds=10, join=join))["x"]
    assert isinstance(sop, SOp)
    assert is_exact(sop)
    for rounds in (30, 80):
        sop = rasp.loads(PAIRS.format(rounds=rounds, join=join))["x"]
        assert isinstance(sop, SOp)
        if join == "or":  # what none of them selects is one conjunction, which one head counts
            assert is_exact(sop)
            continue
        with pytest.raises(CompileError, match="pairs of s-ops") as error:
            rasp.compile(sop, vocab="012", max_len=4)
        assert error.value.span is not None


def test_what_attention_reads_is_at_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """In each of many rounds: what was read in those before is not gone through again."""
    sop = program("s = tokens_int;", DEEP["reads"], "has_focus(select(s, 1, ==))", 3)
    select = next(node for node in reversed(topological([sop.node])) if isinstance(node, Select))
    monkeypatch.setattr(clauses, "topological", None)
    asked = clauses._Asked(select, negated=False)
    assert clauses._at(asked, construct.constant(0), causal=False) is None
