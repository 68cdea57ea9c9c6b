"""Equality as a parabola: of numbers of values, and of an index with a sum."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rasp
from rasp.certificate import PlanError
from rasp.compiled import CompiledModel
from rasp.compiler.selection.forms import factor, factorisations
from rasp.errors import RaspError
from rasp.interpreter import evaluate
from rasp.sop import SOp

COUNT = "before = selector_width(select(tokens, tokens, ==) and select(indices, indices, <));\n"

# Programs whose equality is that of an index with a sum, which is always one of the input.
SUMS = {
    "last": "aggregate(select(indices, length - 1, ==), tokens)",
    "mirrored": "aggregate(select(indices, length - 1 - indices, ==), tokens)",
    "mirrored keys": "aggregate(select(length - 1 - indices, indices, ==), tokens)",
    "length on both sides": "aggregate(select(indices + 1, length - indices, ==), tokens)",
    "downwards": "aggregate(select(-indices, indices - length + 1, ==), tokens)",
    "back by a count": "aggregate(select(indices, indices - before, ==), tokens)",
    "count from the end": "aggregate(select(indices, length - 1 - before, ==), tokens)",
    "a number": "aggregate(select(indices, length - 1 - indices, ==), length)",
    "a mean": "aggregate(select(indices, length - 1, ==),"
    " aggregate(select(indices, indices, <=), indices))",
}

# And programs that look like it, but may select no key, or several.
OTHERS = {
    "before the last": 'aggregate(select(indices, length - 2, ==), tokens, "none")',
    "behind the end": 'aggregate(select(indices, length, ==), tokens, "none")',
    "twice": 'aggregate(select(indices, 2 * indices + 1 - length, ==), tokens, "none")',
    "not one by one": 'aggregate(select(2 * indices, length - 1, ==), tokens, "none")',
    "with a filter": "aggregate(select(indices, length - 1 - indices, ==)"
    ' and select(tokens, tokens, ==), tokens, "none")',
}


def loaded(expression: str) -> SOp:
    sop = rasp.loads(f"{COUNT}x = {expression};\n")["x"]
    assert isinstance(sop, SOp)
    return sop


def compiled(expression: str, *, causal: bool = False, max_len: int = 5) -> CompiledModel:
    return rasp.compile(loaded(expression), vocab="ab", max_len=max_len, causal=causal)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", [*SUMS, *OTHERS])
def test_exact_on_every_input(name: str, causal: bool) -> None:
    expression = {**SUMS, **OTHERS}[name]
    node = loaded(expression).node
    model = compiled(expression, causal=causal)
    assert model.report.certificate.ok
    for length in range(1, 6):
        for tokens in itertools.product("ab", repeat=length):
            try:
                (wanted,) = evaluate(node, [tokens], causal=causal)
            except RaspError:
                with pytest.raises(RaspError):
                    model(tokens)
                continue
            assert list(model(tokens)) == list(wanted), tokens


@pytest.mark.parametrize("name", SUMS)
def test_no_neuron_for_the_sum(name: str) -> None:
    model = compiled(SUMS[name])
    assert model.report.sublayers == "aa"
    assert model.report.n_layers == 2


@pytest.mark.parametrize("max_len", [2, 9, 33, 100, 300])
def test_reverse_at_every_length(max_len: int) -> None:
    model = compiled(SUMS["mirrored"], max_len=max_len)
    assert model.report.certificate.ok
    draw = np.random.default_rng(0)
    for length in {1, 2, max_len // 2, max_len - 1, max_len}:
        tokens = draw.choice(["a", "b"], length).tolist()
        assert list(model(tokens)) == tokens[::-1]


def test_a_lone_count_keeps_its_pattern() -> None:
    expression = "aggregate(select(indices, before, ==), tokens)"
    assert compiled(expression).report.sublayers == "afa"


def test_weights_that_miss_by_less_than_a_gap_are_refused() -> None:
    model = compiled(SUMS["mirrored"], max_len=8)
    artifact = model.artifact
    assert artifact.certify().ok
    keys = artifact.tensors["blocks.1.attn.W_K"]
    assert keys[0, :, 1].any()  # the squares of the keys
    keys[0, :, 1] *= 1.5
    with pytest.raises(PlanError, match="missed by a whole gap"):
        artifact.certify()


@given(
    st.integers(1, 40),
    st.lists(st.integers(0, 39), min_size=1, max_size=40),
    st.lists(st.integers(0, 39), min_size=1, max_size=40),
)
def test_all_forms_of_an_equality_agree(size: int, queries: list[int], keys: list[int]) -> None:
    matrix = np.equal.outer(np.array(queries) % size, np.array(keys) % size)
    matrix &= (np.array(queries) % size % 3 > 0)[:, None]  # some select nothing
    for factors in factorisations(matrix, 240):
        scores = np.full(matrix.shape, factors.bias)
        for query, key in factors.pairs:
            q = np.ones(matrix.shape[0]) if query is None else query
            k = np.ones(matrix.shape[1]) if key is None else key
            scores += np.outer(q, k)
        assert (scores[matrix] == 0).all(), factors.form
        assert (scores[~matrix] <= -1).all(), factors.form


def test_many_values_are_numbered() -> None:
    shifted = np.eye(50, k=-1, dtype=bool)
    found = factor(shifted, 240)
    assert found.form == "parabola"
    assert len(found.pairs) == 3
    # The number of a query is that of its index, so both can be one direction.
    query, key = found.pairs[0]
    assert query is not None
    assert key is not None
    assert (np.diff(query) == 2).all()
    assert (np.diff(key) == 1).all()
    assert factor(shifted).form == "sign code"
    assert factor(np.eye(4, dtype=bool), 240).form == "sign code"  # two products
