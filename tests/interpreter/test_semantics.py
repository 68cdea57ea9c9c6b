"""The interpreter agrees with the one-value-at-a-time oracle, on anything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasp.errors import RaspRuntimeError
from rasp.graph.construct import aggregate, select
from rasp.graph.nodes import INDICES, TOKENS, Atom, Node, atom_key
from rasp.interpreter import outcomes, plan, selectors

from .oracle import ATOMS, Fails, evaluate_slowly, graphs

INPUTS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=6),
        st.lists(st.integers(0, 4), min_size=1, max_size=4),
        st.lists(ATOMS, min_size=1, max_size=4),
        st.lists(st.floats(), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=4,
)


def typed(result: Any) -> Any:
    if isinstance(result, list):
        return [typed(part) for part in result]
    return atom_key(result)


def check(root: Node, inputs: list[list[Atom]], causal: bool) -> None:
    for tokens, outcome in zip(inputs, outcomes(root, inputs, causal=causal), strict=True):
        try:
            expected = evaluate_slowly(root, tokens, causal=causal)
        except Fails:
            assert isinstance(outcome, RaspRuntimeError)
            assert outcome.notes[-1].startswith("input: ")
        else:
            if isinstance(outcome, RaspRuntimeError):
                raise outcome
            assert typed(outcome) == typed(expected)


@given(graphs(risky=False), INPUTS, st.booleans())
@settings(max_examples=400)
def test_agrees_with_the_oracle(root: Node, inputs: list[list[Atom]], causal: bool) -> None:
    check(root, inputs, causal)


@given(graphs(), INPUTS, st.booleans())
@settings(max_examples=400)
def test_fails_where_the_oracle_fails(root: Node, inputs: list[list[Atom]], causal: bool) -> None:
    check(root, inputs, causal)


@given(graphs(risky=False), INPUTS, st.booleans())
@settings(max_examples=200)
def test_blocks_of_any_size_agree(root: Node, inputs: list[list[Atom]], causal: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "BLOCK_CELLS", 3)
        patch.setattr(selectors, "BLOCK_CELLS", 3)
        patch.setattr(selectors, "MATRIX_BYTES", 20)
        check(root, inputs, causal)


@given(
    st.lists(st.floats(-1e6, 1e6) | st.integers(-(2**52), 2**52), min_size=2, max_size=40),
    st.sampled_from(["<=", ">=", "!="]),
)
@settings(max_examples=300)
def test_means_are_correctly_rounded(tokens: list[Atom], comparison: str) -> None:

    check(aggregate(select(INDICES, INDICES, comparison), TOKENS), [tokens], causal=False)
