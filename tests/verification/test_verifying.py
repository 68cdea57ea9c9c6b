"""Verification finds differences, shows them on short inputs, and invents none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rasp
from rasp.compiled import CompiledModel, Specification
from rasp.errors import RaspLimitError, RaspRuntimeError, RaspValueError
from rasp.graph import construct
from rasp.graph.nodes import TOKENS, SOpNode
from rasp.source import Source
from rasp.verification import (
    Verification,
    count_inputs,
    every_input,
    same_outcome,
    sampled_inputs,
    verify,
)
from tests import handmade

ERROR = RaspRuntimeError("it fails")


def of(model: CompiledModel, node: SOpNode, **rest: Any) -> CompiledModel:
    """The model, claiming to be of another s-op."""
    return CompiledModel(model.artifact, Specification(node, **rest))


@pytest.mark.parametrize(
    "model",
    [
        handmade.identity(),
        handmade.digits(),
        handmade.mean_index(),
        handmade.share_of_a(),
        handmade.the_token(),
        handmade.identity((1, 1.0, True, "1")),
    ],
)
def test_models_that_are_right(model: CompiledModel) -> None:
    verification = verify(model, exhaustive=True, max_length=4)
    assert verification.ok, verification.to_text()
    assert verification.n_checked == count_inputs(len(model.vocabulary), 4)
    assert verify(model, samples=300).ok


def test_a_wrong_model() -> None:
    model = handmade.identity()
    model.artifact.tensors["unembed.W_U"][2] = [0, 1, 0]  # says b for c
    verification = verify(model, samples=100)
    assert not verification.ok
    assert verification.counterexample is not None
    assert verification.counterexample.input == ("c",)
    assert verification.to_text().startswith(
        "FAILED: the model differs from the program\n"
        'input     "c"\nexpected  ["c"]\ngot       ["b"]\n'
        "note      compiled again, the program has another shape"
    )
    data = verification.to_dict()["counterexample"]
    assert data["departure"].pop("note").startswith("compiled again")
    assert data == {
        "input": ["c"],
        "expected": {"values": ["c"]},
        "got": {"values": ["b"]},
        "departure": {"first_wrong": None, "weight": None, "unknown": []},
    }


def test_it_says_where_no_value_was_compared() -> None:
    """Program and model fail on every input: equal they are, but a reader has to know."""
    model = rasp.compile(rasp.loads("x = tokens_int;")["x"], vocab="ab", max_len=3)
    verification = verify(model, samples=40)
    assert verification.ok
    assert verification.n_failing == verification.n_checked
    assert "no value was compared" in str(verification)
    some = verify(handmade.digits(), samples=40)
    assert some.n_failing is not None
    assert 0 <= some.n_failing < 40
    assert "no value" not in str(some)


def test_wrong_on_one_input_only() -> None:
    # The model averages; the s-op does too, but not on inputs of five tokens.
    model = handmade.mean_index()
    length = construct.selector_width(handmade.FULL)
    five = construct.elementwise("equal", length, 5)
    mean = construct.aggregate(handmade.FULL, construct.elementwise("where", five, 7, 0))
    node = construct.elementwise("add", model.specification.node, mean)
    verification = verify(of(model, node), exhaustive=True)
    assert verification.n_checked == 2 + 4 + 8 + 16 + 1
    assert verification.counterexample is not None
    assert verification.counterexample.input == ("a",) * 5
    assert verification.counterexample.expected == [9.0] * 5


def test_errors_have_to_agree() -> None:
    assert not verify(of(handmade.digits(), TOKENS), samples=50).ok
    failing = construct.elementwise("divide", 1, 0)
    verification = verify(of(handmade.mean_index(), failing), samples=10)
    assert verification.counterexample is not None
    assert isinstance(verification.counterexample.expected, RaspRuntimeError)
    assert "error: division by zero" in verification.to_text()


def test_types_have_to_agree() -> None:
    model = handmade.identity((0, 1))
    as_bool = construct.elementwise("equal", TOKENS, 1)
    verification = verify(of(model, as_bool), samples=10)
    assert verification.counterexample is not None
    assert verification.counterexample.to_text().startswith(
        "input     [0]\nexpected  [False]\ngot       [0]\n"
    )


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ([1], [1], True),
        ([1], [1.0], False),
        ([1.0], [1.0], True),
        ([0.1], [0.1 + 1e-16], False),
        ([0.0], [-0.0], False),
        ([-0.0], [-0.0], True),
        ([1], [True], False),
        ([False], [0], False),
        (["1"], [1], False),
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "a"], False),
        ([2**70], [2**70 + 1], False),
        ([float("nan")], [float("nan")], True),
        ([float("inf")], [float("inf")], True),
        ([float("inf")], [1.0], False),
        (ERROR, RaspRuntimeError("another"), True),
        (ERROR, [1], False),
        ([1], ERROR, False),
    ],
)
def test_same_outcome(expected: Any, got: Any, same: bool) -> None:
    assert same_outcome(expected, got) is same


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ([1], [1.0], True),
        ([2.0, 0.5], [2, 0.5], True),
        ([0], [-0.0], False),
        ([1], [True], False),
        ([2**53 + 1], [float(2**53)], False),
        ([0.1], [0.1 + 1e-16], False),
        ([1], ERROR, False),
    ],
)
def test_same_outcome_by_the_rule_for_types(expected: Any, got: Any, same: bool) -> None:
    assert same_outcome(expected, got, by_rule=True) is same


# -- program text


def test_the_program_text_counts() -> None:
    model = handmade.identity()
    right = of(model, TOKENS, name="x", source=Source("p.rasp", "x = tokens_asis;"))
    assert verify(right, samples=10).ok
    for text, problem in [
        ("x = tokens_str;", "does not give its s-op 'x'"),
        ("x = 3;", "does not give its s-op 'x'"),
        ("y = tokens_asis;", "is wrong: undefined"),
        ("x = ;", "is wrong: "),
    ]:
        wrong = of(model, TOKENS, name="x", source=Source("p.rasp", text))
        verification = verify(wrong, samples=10)
        assert not verification.ok
        assert verification.problem is not None
        assert problem in verification.problem
        assert verification.to_text().startswith("FAILED: the program text")


def test_programs_in_several_files_are_not_looked_for() -> None:
    source = Source("p.rasp", 'load "no/such/file"; x = y;')
    assert verify(of(handmade.identity(), TOKENS, name="x", source=source), samples=10).ok


# -- inputs


def test_progress() -> None:
    calls: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        calls.append((done, total))

    verify(handmade.identity(max_len=3), exhaustive=True, batch_size=20, progress=note)
    assert calls == [(0, 39), (3, 39), (12, 39), (32, 39), (39, 39)]


def test_too_many_inputs() -> None:
    model = handmade.identity(tuple("abcdefghij"), max_len=9)
    with pytest.raises(RaspLimitError, match="1,111,111,110 inputs of 1 to 9 tokens"):
        verify(model, exhaustive=True)
    assert verify(model, exhaustive=True, max_length=3).n_checked == 1110


@pytest.mark.parametrize(
    "options", [{"max_length": 0}, {"max_length": 6}, {"samples": 0}, {"seed": -1}]
)
def test_arguments_out_of_range(options: dict[str, int]) -> None:
    with pytest.raises(RaspValueError):
        verify(handmade.identity(), **options)  # type: ignore[arg-type]


@given(n_tokens=st.integers(1, 5), max_length=st.integers(1, 4), batch_size=st.integers(1, 50))
def test_every_input_once(n_tokens: int, max_length: int, batch_size: int) -> None:
    batches = list(every_input(n_tokens, max_length, batch_size))
    rows = [tuple(row) for batch in batches for row in batch]
    assert len(rows) == len(set(rows)) == count_inputs(n_tokens, max_length)
    assert {number for row in rows for number in row} == set(range(n_tokens))
    assert max(map(len, batches)) <= batch_size
    assert sorted(rows, key=len) == rows


@settings(deadline=None)
@given(
    n_tokens=st.sampled_from([1, 2, 7, 5000]),
    max_length=st.integers(1, 30),
    samples=st.integers(1, 300),
    seed=st.integers(0, 5),
)
def test_samples(n_tokens: int, max_length: int, samples: int, seed: int) -> None:
    def draw() -> list[list[int]]:
        batches = sampled_inputs(n_tokens, max_length, samples, seed, 100)
        return [list(row) for batch in batches for row in batch]

    rows = draw()
    assert rows == draw()
    assert len(rows) == samples
    assert {number for row in rows for number in row} <= set(range(n_tokens))
    assert all(1 <= len(row) <= max_length for row in rows)
    assert any(len(row) == 1 for row in rows)
    if samples > 1:
        assert any(len(row) == max_length for row in rows)


def test_sampled_shapes() -> None:
    rows = [row for batch in sampled_inputs(8, 8, 2000, 0, 500) for row in batch]
    longest = [row for row in rows if len(row) == 8]
    assert any(len(set(row)) == 1 for row in longest)
    assert any(len(set(row)) == 2 for row in longest)
    assert any(len(set(row)) == 8 for row in longest)


def test_result_is_plain_data() -> None:
    verification = Verification(True, 5, True, 2)
    assert replace(verification, ok=False) != verification
    assert verification.to_text() == (
        "ok: equal to the interpreter on 5 inputs (all, of 1 to 2 tokens)"
    )
    assert np.all([isinstance(key, str) for key in verification.to_dict()])
