"""What is known of selectors without inputs, and why finitely many lengths are enough."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasp.analysis.growth import growth
from rasp.analysis.linear import Row, length_bound
from rasp.analysis.masks import Mask
from rasp.analysis.patterns import Pattern, linear_forms
from rasp.graph.construct import (
    aggregate,
    best,
    constant,
    elementwise,
    select,
    selector_and,
    selector_not,
    selector_or,
)
from rasp.graph.derived import LENGTH
from rasp.graph.nodes import COMPARISONS, INDICES, TOKENS, SelectorNode, SOpNode
from rasp.graph.walk import topological
from rasp.interpreter import evaluate

POSITIONAL = st.recursive(
    st.sampled_from([INDICES, LENGTH, constant(1), constant(-2), constant(0.5)]),
    lambda parts: (
        st.builds(elementwise, st.sampled_from(["add", "subtract"]), parts, parts)
        | st.builds(elementwise, st.sampled_from(["negate", "plus"]), parts)
        | st.builds(elementwise, st.just("multiply"), parts, st.sampled_from([2, -1, 3]))
        | st.builds(elementwise, st.just("divide"), parts, st.sampled_from([2, -4]))
    ),
    max_leaves=4,
)


def comparisons(sops: st.SearchStrategy[SOpNode]) -> st.SearchStrategy[SelectorNode]:
    return st.builds(select, sops, sops, st.sampled_from(COMPARISONS))


def selectors(leaves: st.SearchStrategy[SelectorNode]) -> st.SearchStrategy[SelectorNode]:
    return st.recursive(
        leaves,
        lambda parts: (
            st.builds(selector_not, parts)
            | st.builds(selector_and, parts, parts)
            | st.builds(selector_or, parts, parts)
        ),
        max_leaves=4,
    )


def choosing(parts: st.SearchStrategy[SelectorNode]) -> st.SearchStrategy[SelectorNode]:
    """Selectors with `best` in them, by positions and by tokens."""
    score = elementwise("modulo", INDICES, 2)
    scores = st.sampled_from([INDICES, elementwise("negate", INDICES), score, TOKENS])
    return selectors(parts | st.builds(best, parts, scores))


@given(POSITIONAL)
def test_linear_forms_are_what_is_evaluated(node: SOpNode) -> None:
    form = linear_forms(topological([node])).get(node)
    assert form is not None
    for length in (1, 4):
        values = evaluate(node, [[0] * length])[0]
        wanted = [form.index * i + form.length * length + form.constant for i in range(length)]
        assert values == [float(value) for value in wanted]


@pytest.mark.parametrize(
    "node",
    [
        elementwise("divide", INDICES, 3),
        elementwise("modulo", INDICES, 2),
        elementwise("multiply", INDICES, INDICES),
        elementwise("round", elementwise("divide", INDICES, 2)),
        elementwise("add", TOKENS, 1),
        elementwise("add", INDICES, 0.1),
        elementwise("add", INDICES, float("nan")),
        elementwise("add", INDICES, float("inf")),
        elementwise("add", INDICES, 10**30),
        constant("a"),
    ],
)
def test_what_is_not_linear(node: SOpNode) -> None:
    assert node not in linear_forms(topological([node]))


@given(selectors(comparisons(POSITIONAL)))
def test_positional_selectors_are_known_exactly(selector: SelectorNode) -> None:
    pattern = Pattern(selector)
    assert pattern.is_exact
    assert pattern.is_linear
    for length in (1, 3, 5):
        lower, upper = pattern.bounds(length)
        wanted = evaluate(selector, [[0] * length])[0]
        assert lower.tolist() == upper.tolist() == wanted


MIXED = st.one_of(
    comparisons(st.sampled_from([INDICES, constant(1), elementwise("modulo", INDICES, 2)])),
    st.builds(
        select, st.just(TOKENS), st.sampled_from([TOKENS, INDICES]), st.sampled_from(COMPARISONS)
    ),
)


@given(selectors(MIXED))
def test_all_inputs_are_between_the_bounds(selector: SelectorNode) -> None:
    pattern = Pattern(selector)
    for only_linear in (False, True):
        lower, upper = pattern.bounds(3, only_linear=only_linear)
        for matrix in evaluate(selector, list(product([0, 1, 2], repeat=3))):
            assert (lower <= np.array(matrix)).all()
            assert (np.array(matrix) <= upper).all()


@given(choosing(selectors(comparisons(POSITIONAL))))
def test_positional_choices_are_known_exactly(selector: SelectorNode) -> None:
    pattern = Pattern(selector)
    for length in (1, 3, 5) if pattern.is_exact else ():
        lower, upper = pattern.bounds(length)
        wanted = evaluate(selector, [[0] * length])[0]
        assert lower.tolist() == upper.tolist() == wanted


@given(choosing(selectors(MIXED)))
def test_all_choices_are_between_the_bounds(selector: SelectorNode) -> None:
    pattern = Pattern(selector)
    lower, upper = pattern.bounds(3)
    loosest = pattern.bounds(3, only_linear=True)
    most = 0
    for matrix in evaluate(selector, list(product([0, 1, 2], repeat=3))):
        for least, largest in ((lower, upper), loosest):
            assert (least <= np.array(matrix)).all()
            assert (np.array(matrix) <= largest).all()
        most = max(most, int(np.array(matrix).sum()))
    assert most <= pattern.most(3)


def test_the_last_match_is_one_pair_for_each_query() -> None:
    same = select(TOKENS, TOKENS, "==")
    assert Pattern(best(same, INDICES)).most(7) == 7
    assert Pattern(same).most(7) == 49
    earlier = selector_and(same, select(INDICES, INDICES, "<"))
    assert Pattern(best(earlier, INDICES)).most(7) == 6
    ties = best(same, elementwise("modulo", INDICES, 2))
    assert Pattern(ties).most(7) == 49


def test_comparisons_that_fail_are_unknown() -> None:
    fails = select(elementwise("divide", 1, INDICES), INDICES, "<")
    lower, upper = Pattern(fails).bounds(2)
    assert not lower.any()
    assert upper.all()


MASKS = ["causal", "window:1", "window:5", "global:2", "strided:3", "block:2", "causal+global:1"]


@settings(max_examples=80, deadline=None)
@given(selectors(comparisons(POSITIONAL)), st.sampled_from(MASKS))
def test_no_first_counterexample_is_beyond_the_bound(selector: SelectorNode, text: str) -> None:
    pattern, mask = Pattern(selector), Mask.of(text)
    assert mask.rows is not None
    bound = length_bound([*pattern.rows, *mask.rows])
    if bound is None:
        return
    outside = (
        length
        for length in range(1, 80)
        if (pattern.bounds(length)[1] & ~mask.allowed(length)).any()
    )
    first = next(outside, None)
    assert first is None or first <= bound


@pytest.mark.parametrize(("distance", "bound"), [(1, 100), (50, 500)])
def test_bounds_are_of_the_size_of_the_numbers(distance: int, bound: int) -> None:
    pattern = Pattern(select(INDICES, elementwise("subtract", INDICES, distance), "=="))
    rows = Mask.of(f"window:{distance}").rows
    assert rows is not None
    found = length_bound([*pattern.rows, *rows])
    assert found is not None
    assert distance < found <= bound


def test_what_is_too_large_for_a_bound() -> None:
    assert length_bound([Row.of(i=2**40, j=1)]) is None
    assert length_bound(Row.of(i=k, j=1, u=1, v=k) for k in range(1, 60)) is None


@pytest.mark.parametrize(
    ("counts", "text", "degree"),
    [
        (lambda n: 0, "0", 0),
        (lambda n: 7, "7", 0),
        (lambda n: n, "n", 1),
        (lambda n: 3 * n - 2, "3n - 2", 1),
        (lambda n: n * (n + 1) // 2, "(n^2 + n)/2", 2),
        (lambda n: n * n - 1, "n^2 - 1", 2),
        (lambda n: (n + 1) // 2, "about n/2", 1),
        (lambda n: n * n // 2, "about n^2/2", 2),
        (lambda n: n % 2 + 4, "at most 5", 0),
        (lambda n: n * n if n < 3 else 5 * n - 6, "5n - 6 from n = 2 on", 1),
    ],
)
def test_growth(counts: object, text: str, degree: int) -> None:
    assert callable(counts)
    found = growth([counts(n) for n in range(1, 41)])
    assert found is not None
    assert (found.text, found.degree) == (text, degree)


def test_growth_is_not_seen_in_everything() -> None:
    assert growth([2**n for n in range(1, 20)]) is None
    assert growth([1, 2, 3]) is None
    assert growth([n * n if n < 30 else n for n in range(1, 41)]) is None
    assert growth([n // 5 for n in range(1, 60)]) is None
    by_five = growth([n // 5 for n in range(1, 60)], [5])
    assert by_five is not None
    assert by_five.text == "about n/5"


def test_growth_with_attention_below() -> None:
    # A selector of values that attention computes has bounds as any other.
    mean = aggregate(select(INDICES, INDICES, "<="), TOKENS)
    pattern = Pattern(selector_and(select(mean, mean, "=="), select(INDICES, INDICES, "<")))
    assert not pattern.is_exact
    assert int(pattern.bounds(6)[1].sum()) == 15
