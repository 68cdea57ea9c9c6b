"""Wide selectors: inequalities as few products, and widths counted by widths of simpler ones."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.compiler.facts.rows import Lines
from rasp.compiler.selection.factors import Factors
from rasp.compiler.selection.thresholds import with_uneven
from rasp.compiler.selection.unequal import unequal
from rasp.graph import construct
from rasp.graph.complements import counted_apart, widths_of
from rasp.graph.nodes import INDICES, TOKENS, SelectorNode, SOpNode
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
EITHER = """
before = aggregate(select(indices, indices - 1, ==), tokens, "w0");
x = selector_width(select(tokens, tokens, ==) or select(tokens, before, ==));
"""
ANY_OF_FOUR = """
before = aggregate(select(indices, indices - 1, ==), tokens, "w0");
same = select(tokens, tokens, ==) or select(tokens, before, ==);
x = selector_width((same or select(tokens, "w3", ==) or select(tokens, "w4", ==))
    and select(indices, indices, <=));
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
        (EITHER, 8_000),
        (ANY_OF_FOUR, 30_000),
        (ANY_OTHER, 3_000),
        (OTHER_BEFORE, 9_000),
    ],
)
def test_many_words(text: str, most: int, causal: bool) -> None:
    model = rasp.compile(sop_of(text), vocab=WORDS, max_len=9, causal=causal)
    assert model.certificate.ok
    assert model.artifact.report.meaning is not None
    assert model.artifact.report.meaning.ok or text is ANY_OF_FOUR  # of too many combinations
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
        found = unequal(Lines.of(matrix))
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
        assert unequal(Lines.of(matrix)) is None


def test_what_misses_beside_an_inequality_misses_by_more() -> None:
    found = unequal(Lines.of(~np.eye(9, dtype=bool)))
    assert found is not None
    many = Factors("one-hot", [(np.ones(9), -np.ones(9))] * 20)
    scaled = with_uneven([many, many], [None, found])
    assert scaled is not None
    forms, uneven = scaled
    assert uneven == 1
    (_, key) = forms[0].pairs[0]
    assert key is not None
    assert float(key[0]) == -(1.0 + found.largest)


def counted(selector: SelectorNode) -> list[SOpNode]:
    return [way.counted for way in counted_apart(construct.selector_width(selector))]


def test_a_width_as_a_difference() -> None:
    differs = construct.select(TOKENS, TOKENS, "!=")
    filtered = construct.select(TOKENS, "a", "!=")
    assert counted_apart(TOKENS) == []
    assert counted(filtered) == []
    (found,) = counted(construct.selector_and(filtered, differs))
    equal = construct.select(TOKENS, TOKENS, "==")
    whole = construct.selector_width(filtered)
    both = construct.selector_width(construct.selector_and(filtered, equal))
    assert found == construct.elementwise("subtract", whole, both)
    assert widths_of(found) == [whole, both]


def test_alternatives_of_a_rank_are_left_alone() -> None:
    """They exclude each other, and that they do is what makes a rank one."""
    smaller = construct.select(TOKENS, TOKENS, "<")
    equal = construct.select(TOKENS, TOKENS, "==")
    before = construct.select(INDICES, INDICES, "<")
    rank = construct.selector_or(smaller, construct.selector_and(equal, before))
    assert counted(rank) == []
    assert counted(construct.selector_not(rank)) == []


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("first", "last"), [(-2, 0), (-2, 1), (-20, 3), (1, 1), (2, 1)])
def test_windows(first: int, last: int, causal: bool, optimize: str) -> None:
    text = f"""
    x = selector_width(select(tokens, tokens, ==) and select(indices, indices + {last}, <=)
        and select(indices, indices - {-first + 1}, >));
    """
    model = rasp.compile(
        sop_of(text),
        vocab="abc",
        max_len=40,
        causal=causal,
        optimize=optimize,  # type: ignore[arg-type]
    )
    assert model.certificate.ok
    draw = random.Random(4)
    inputs = [[draw.choice("abc") for _ in range(n)] for n in (1, 2, 3, 5, 20, 39, 40)]
    assert agrees(model, text, inputs)


@pytest.mark.parametrize(("last", "most"), [(0, 25_000), (30, 70_000)])
def test_long_windows(last: int, most: int) -> None:
    text = f"""
    x = selector_width(select(tokens, tokens, ==) and select(indices, indices + {last}, <=)
        and select(indices, indices - 5, >));
    """
    model = rasp.compile(sop_of(text), vocab="abcdefghij", max_len=256)
    assert model.certificate.ok
    assert model.report.n_parameters < most
    draw = random.Random(4)
    inputs = [[draw.choice("abcdefghij") for _ in range(n)] for n in (1, 7, 60, 255, 256)]
    assert agrees(model, text, inputs)
