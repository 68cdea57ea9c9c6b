"""What differs from the query: as few products, and counted by what is equal."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.compiler.facts.rows import distinct_lines
from rasp.compiler.selection.factors import Factors
from rasp.compiler.selection.thresholds import with_uneven
from rasp.compiler.selection.unequal import unequal
from rasp.graph import construct
from rasp.graph.complements import counted_by_complement
from rasp.graph.nodes import TOKENS, SelectorWidth
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

WORDS = [f"w{number}" for number in range(150)]
OTHERS = "x = selector_width(select(tokens, tokens, !=));"
OTHERS_BEFORE = """
x = selector_width(select(tokens, tokens, !=) and select(indices, indices, <));
"""
NOT_EQUAL = """
x = selector_width(select(indices, indices, <=) and not select(tokens, tokens, ==)) > 2;
"""
UNLIKE_BOTH = """
before = aggregate(select(indices, indices - 1, ==), tokens, "w0");
x = selector_width(select(tokens, tokens, !=) and select(tokens, before, !=));
"""
ANY_OTHER = "x = aggregate(select(tokens, tokens, !=), 1, 0);"
OTHER_BEFORE = """
before = aggregate(select(indices, indices - 1, ==), tokens, "w0");
x = aggregate(select(tokens, before, !=) and select(indices, indices, <), True, False);
"""


def sop_of(text: str) -> SOp:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop


def agrees(model: CompiledModel, text: str, inputs: list[list[str]]) -> bool:
    sop = sop_of(text)
    expected = outcomes(sop.node, inputs, causal=model.report.causal, origins=sop.origins)
    found = model.outcomes(inputs)
    return all(same_outcome(*pair) for pair in zip(expected, found, strict=True))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    ("text", "most"),
    [
        (OTHERS, 4_000),
        (OTHERS_BEFORE, 6_000),
        (NOT_EQUAL, 6_000),
        (UNLIKE_BOTH, 30_000),
        (ANY_OTHER, 3_000),
        (OTHER_BEFORE, 9_000),
    ],
)
def test_many_words(text: str, most: int, causal: bool) -> None:
    model = rasp.compile(sop_of(text), vocab=WORDS, max_len=9, causal=causal)
    assert model.certificate.ok
    assert model.artifact.report.meaning is not None
    assert model.artifact.report.meaning.ok
    assert model.report.n_parameters < most
    draw = random.Random(3)
    few = [[draw.choice(WORDS[:k]) for _ in range(n)] for k in (1, 2, 5, 150) for n in range(1, 10)]
    assert agrees(model, text, few)


@pytest.mark.parametrize("text", [ANY_OTHER, OTHER_BEFORE])
def test_all_inputs_of_few_words(text: str) -> None:
    model = rasp.compile(sop_of(text), vocab=WORDS[:3], max_len=5, optimize="size")
    inputs = [list(words) for n in range(1, 6) for words in product(WORDS[:3], repeat=n)]
    assert model.certificate.ok
    assert agrees(model, text, inputs)


@pytest.mark.parametrize("n_keys", [2, 3, 9])
def test_scores_of_an_inequality(n_keys: int) -> None:
    for queries in ([0, 1], [1, 0, 1], [0, 20, 1, 21]):  # 20 and 21 are equal to no key
        matrix = np.array(queries)[:, None] != np.arange(n_keys)
        found = unequal(*distinct_lines(matrix))
        assert found is not None
        scores = np.full(matrix.shape, found.bias)
        for query, key in found.pairs:
            assert query is not None
            assert key is not None
            scores += np.outer(query, key)
        assert (scores[matrix] >= 0).all()
        assert (scores[~matrix] == -1).all()
        assert scores.max() <= found.largest


def test_what_is_no_inequality() -> None:
    up_to = np.tri(4, dtype=bool)
    for matrix in (up_to, np.ones((3, 3), dtype=bool), np.eye(3, dtype=bool)):
        assert unequal(*distinct_lines(matrix)) is None


def test_what_misses_beside_an_inequality_misses_by_more() -> None:
    found = unequal(*distinct_lines(~np.eye(9, dtype=bool)))
    assert found is not None
    many = Factors("one-hot", [(np.ones(9), -np.ones(9))] * 20)
    scaled = with_uneven([many, many], [None, found])
    assert scaled is not None
    forms, uneven = scaled
    assert uneven == 1
    (_, key) = forms[0].pairs[0]
    assert key is not None
    assert float(key[0]) == -(1.0 + found.largest)


def test_a_width_as_a_difference() -> None:
    differs = construct.select(TOKENS, TOKENS, "!=")
    filtered = construct.select(TOKENS, "a", "!=")
    assert counted_by_complement(construct.selector_width(filtered)) == construct.selector_width(
        filtered
    )
    assert counted_by_complement(TOKENS) is TOKENS
    found = counted_by_complement(
        construct.selector_width(construct.selector_and(filtered, differs))
    )
    equal = construct.select(TOKENS, TOKENS, "==")
    whole = construct.selector_width(filtered)
    both = construct.selector_width(construct.selector_and(filtered, equal))
    assert found == construct.elementwise("subtract", whole, both)
    assert isinstance(whole, SelectorWidth)
