"""Cost follows what is emitted: masks, thresholds and places at long lengths."""

from __future__ import annotations

import random

import numpy as np
import pytest

import rasp
from rasp.certificate import Head, PlanError
from rasp.certificate.plain import plain_plan, plan_from_plain
from rasp.compiled import CompiledModel
from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.selection.masks import completed, continued
from rasp.compiler.selection.thresholds import threshold
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

PREFIX = "x = selector_width(select(tokens, tokens, ==) and select(indices, indices, <=));"
SEEN = "x = aggregate(select(tokens, tokens, ==) and select(indices, indices, <), True, False);"
COUNT_BEFORE = "x = selector_width(select(tokens, tokens, ==) and select(indices, indices, <));"
A_BEFORE = 'x = selector_width(select(tokens, "a", ==) and select(indices, indices, <));'
RANK = """
x = selector_width(select(tokens, tokens, <)
    or select(tokens, tokens, ==) and select(indices, indices, <));
"""
LATER = "x = aggregate(select(tokens, tokens, <) and select(indices, indices, >=), 1, 0);"
WINDOW = "x = has_focus(select(tokens, 0, ==) and select(indices, indices - 3, >));"
PLACES = """
plus = aggregate(select_from_first(tokens, "+"), indices);
equals = aggregate(select_from_first(tokens, "="), indices);
"""
TWO = PLACES + 'x = aggregate(select(indices, plus - equals, ==), tokens, "?");'
THREE = PLACES + 'x = aggregate(select(indices, indices - equals + plus, ==), tokens, "?");'
BACKWARDS = PLACES + 'x = aggregate(select(3 - indices, plus - equals, ==), tokens, "?");'


LARGEST_AHEAD = "x = aggregate(best(select(indices, indices, >), tokens_int), tokens_int, -1);"


def compiled(
    text: str, vocab: str, max_len: int, *, causal: bool = False, optimize: str = "patterns"
) -> CompiledModel:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(
        sop,
        vocab=vocab,
        max_len=max_len,
        causal=causal,
        optimize=optimize,  # type: ignore[arg-type]
    )


def is_exact(model: CompiledModel, text: str, vocab: str, max_len: int) -> bool:
    draw = random.Random(5)
    lengths = [n for n in (1, 2, 9, 10, 33, max_len - 1, max_len) if n <= max_len]
    inputs = []
    for length in lengths * 3:
        few = draw.sample(vocab, draw.randint(1, len(vocab)))
        inputs.append([draw.choice(few) for _ in range(length)])
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    expected = outcomes(sop.node, inputs, causal=model.report.causal, origins=sop.origins)
    found = model.outcomes(inputs)
    return all(same_outcome(*pair) for pair in zip(expected, found, strict=True))


def test_what_is_ahead_takes_no_table_of_indices_and_lengths() -> None:
    """Whether there is a key ahead was one for each value that is read: 0.4 GB at 1,024 tokens."""
    model = compiled(LARGEST_AHEAD, "01", 501)
    assert model.report.n_parameters == 2_752
    assert model.certificate.ok
    assert model.certificate.meaning.ok


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("text", [SEEN, LATER, WINDOW, TWO, THREE, BACKWARDS])
def test_exact(text: str, optimize: str, causal: bool) -> None:
    vocab = "ab+=" if text in (TWO, THREE, BACKWARDS) else "abc"
    text = text.replace("tokens, 0, ==", 'tokens, "b", ==')
    model = compiled(text, vocab, 20, causal=causal, optimize=optimize)
    assert model.certificate.ok
    assert is_exact(model, text, vocab, 20)


@pytest.mark.parametrize(
    ("text", "vocab", "causal", "most"),
    [
        (PREFIX, "abcdefghij", True, 1_161),
        (SEEN, "abcdefghij", True, 1_200),
        (COUNT_BEFORE, "abcdefghij", True, 1_161),
        (RANK, "abcdefghij", True, 3_800),
        (A_BEFORE, "abcdefghij", True, 4_500),
        (SEEN, "abcdefghij", False, 1_500),
        (TWO, "ab+=", False, 6_200),
        (THREE, "ab+=", False, 6_300),
    ],
)
def test_size(text: str, vocab: str, causal: bool, most: int) -> None:
    model = compiled(text, vocab, 256, causal=causal)
    assert model.certificate.ok
    assert model.report.n_parameters <= most
    assert is_exact(model, text, vocab, 256)


@pytest.mark.parametrize("text", [SEEN, COUNT_BEFORE, A_BEFORE, RANK])
@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("max_len", [9, 130])
def test_what_is_before_a_query_is_exact_and_proved(text: str, optimize: str, max_len: int) -> None:
    model = compiled(text, "abc", max_len, causal=True, optimize=optimize)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert is_exact(model, text, "abc", max_len)


def test_short_patterns_leave_the_query_out() -> None:
    """Where patterns should look like the selector, the query is not among the keys before it."""
    kept, small = (
        compiled(COUNT_BEFORE, "abc", 20, causal=True, optimize=optimize).report.n_parameters
        for optimize in ("patterns", "size")
    )
    assert kept > 2 * small


def test_a_place_that_is_many_joint_values_with_the_length_is_one_number_less_the_other() -> None:
    model = compiled(THREE, "ab+=", 2_100)
    assert model.certificate.ok
    assert model.report.n_parameters <= 20_200
    assert is_exact(model, THREE, "ab+=", 2_100)


def test_short_patterns_look_like_the_selector() -> None:
    """Where an order is short, all selected keys share the attention; for size they need not."""

    def uneven(optimize: str) -> list[int | None]:
        plan = compiled(SEEN, "ab", 20, optimize=optimize).artifact.plan
        assert plan is not None
        return [head.uneven for head in plan.sublayers[0] if isinstance(head, Head)]

    assert uneven("patterns") == [None]
    assert uneven("size") != [None]


def test_threshold() -> None:
    smaller = np.tri(5, dtype=bool) & ~np.eye(5, dtype=bool)  # [query, key]
    found = threshold(smaller)
    assert found is not None
    factors, largest = found
    scores = np.zeros((5, 5))
    for query, key in factors.pairs:
        scores += np.outer(
            np.ones(5) if query is None else query, np.ones(5) if key is None else key
        )
    assert (scores[smaller] >= 1).all()
    assert (scores[~smaller] <= -1).all()
    assert scores.max() <= largest
    assert threshold(np.eye(3, dtype=bool)) is None


def test_masks() -> None:
    up_to = np.tri(4, dtype=bool)
    assert completed(up_to).all()
    first = np.zeros((4, 4), dtype=bool)
    first[1:, 0] = True
    first[0, 1:] = True  # which no query sees
    assert (completed(first & ~np.eye(4, dtype=bool)) == first).all()
    window = up_to & ~np.tri(4, k=-2, dtype=bool)  # the query and the key before
    assert threshold(window) is None
    assert any(threshold(matrix) for matrix in continued(window))


def test_bounds_are_as_narrow_as_what_they_say() -> None:
    contexts = Contexts(4, causal=False)
    up_to = Bounds(contexts, np.arange(1, 5)[None, :], np.arange(1, 5)[None, :])
    assert up_to.below(np.arange(1, 5)[:, None]).low.shape == (1, 4)
    assert up_to.below(np.arange(4)[:, None]).high.shape == (4, 4)
    assert up_to.pairs[0] == "i"
    assert (up_to.by_index == np.arange(1, 5)).all()
    assert Bounds.of(contexts, 1, 1).at_most_one
    assert up_to.at_length(2).tolist() == [[1, 1], [2, 2]]


def test_a_plan_with_uneven_scores_needs_agreement() -> None:
    model = compiled(SEEN, "ab", 70)
    plan = model.artifact.plan
    assert plan is not None
    plain = plain_plan(plan)
    assert plain["sublayers"][0][0]["uneven"] in (0, 1)
    assert plan_from_plain(plain) == plan
    plain["sublayers"][0][0]["agrees"] = [False]
    with pytest.raises(PlanError, match="unequal scores"):
        plan_from_plain(plain)


@pytest.mark.parametrize("comparison", ["==", "!=", "<", "<=", ">", ">="])
def test_strings_compare_as_the_interpreter_compares_them(comparison: str) -> None:
    """Keys and queries of different strings, some of which are prefixes of others, or not ASCII."""
    names = '{"a": "b", "b": "ab", "c": "B", "d": "é"}'
    text = f'x = selector_width(select({names}[tokens], tokens + "b", {comparison}));'
    model = compiled(text, "abcd", 4)
    assert rasp.verify(model, exhaustive=True).ok
