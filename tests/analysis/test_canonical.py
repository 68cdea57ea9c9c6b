"""Selectors that are taken for one select the same, and the usual rewritings are taken for one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasp.analysis import canonical as module
from rasp.analysis.canonical import CanonicalSelectors
from rasp.graph.construct import (
    EMPTY,
    FULL,
    best,
    constant,
    elementwise,
    select,
    selector_and,
    selector_not,
    selector_or,
)
from rasp.graph.nodes import COMPARISONS, INDICES, SELECTOR_TYPES, TOKENS, SelectorNode
from rasp.graph.walk import topological
from rasp.interpreter import evaluate

A = select(TOKENS, INDICES, "<")
B = select(TOKENS, TOKENS, "==")
C = select(INDICES, 1, "==")
LAST = best(A, INDICES)

LEAVES = st.one_of(
    st.sampled_from([FULL, EMPTY]),
    st.builds(
        select,
        st.sampled_from([TOKENS, INDICES]),
        st.sampled_from([INDICES, TOKENS]),
        st.sampled_from(COMPARISONS),
    ),
)


def _combined(parts: st.SearchStrategy[SelectorNode]) -> st.SearchStrategy[SelectorNode]:
    combine: st.SearchStrategy[Callable[..., SelectorNode]]
    combine = st.sampled_from([selector_and, selector_or])
    scores = st.sampled_from([INDICES, constant(1), elementwise("negate", INDICES)])
    chosen = st.builds(best, parts, scores)
    return (
        chosen
        | st.builds(selector_not, parts)
        | combine.flatmap(lambda c: st.builds(c, parts, parts))
    )


SELECTORS = st.recursive(LEAVES, _combined, max_leaves=8)


def numbers(*selectors: SelectorNode) -> list[int]:
    canonical = CanonicalSelectors()
    canonical.add_all(n for n in topological(selectors) if isinstance(n, SELECTOR_TYPES))
    return [canonical[selector] for selector in selectors]


@pytest.mark.parametrize(
    "equal",
    [
        [selector_and(A, B), selector_and(B, A), selector_and(A, selector_and(B, A))],
        [selector_or(A, selector_or(B, C)), selector_or(selector_or(C, B), A)],
        [selector_not(A), select(TOKENS, INDICES, ">=")],
        [best(selector_and(A, B), INDICES), best(selector_and(B, A), INDICES)],
        [
            selector_not(best(A, INDICES)),
            selector_not(best(selector_not(selector_not(A)), INDICES)),
        ],
        [best(A, constant(3)), A],
        [A, selector_not(selector_not(A)), selector_or(A, A)],
        [selector_not(selector_and(A, B)), selector_or(selector_not(B), selector_not(A))],
        [A, selector_and(A, FULL), selector_or(EMPTY, A)],
        [FULL, selector_not(EMPTY), selector_or(A, FULL)],
        [EMPTY, selector_not(FULL), selector_and(A, EMPTY)],
    ],
)
def test_equal_selectors(equal: list[SelectorNode]) -> None:
    assert len(set(numbers(*equal))) == 1


def test_different_selectors() -> None:
    different = [A, B, C, selector_not(A), selector_and(A, B), selector_or(A, B), FULL, EMPTY]
    different += [LAST, selector_not(LAST), best(A, TOKENS), best(B, INDICES), best(LAST, TOKENS)]
    different += [selector_and(A, selector_or(B, C)), selector_or(selector_and(A, B), C)]
    assert len(set(numbers(*different))) == len(different)


@given(SELECTORS, SELECTORS)
def test_what_counts_as_equal_selects_the_same(left: SelectorNode, right: SelectorNode) -> None:
    one, other = numbers(left, right)
    inputs = [[1, 0, 2, 1], [3, 3], [0, 2, 2]]
    if one == other:
        assert evaluate(left, inputs) == evaluate(right, inputs)


@given(SELECTORS, SELECTORS)
def test_rewriting_does_not_count(left: SelectorNode, right: SelectorNode) -> None:
    both = selector_and(left, right)
    negated = selector_not(selector_or(selector_not(right), selector_not(left)))
    assert len(set(numbers(both, negated, selector_and(right, left)))) == 1


def test_long_combinations_are_compared_as_nested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TERMS", 2)
    nested = [selector_and(A, selector_and(B, C)), selector_and(selector_and(A, B), C)]
    assert len(set(numbers(*nested))) == 2
    assert len(set(numbers(selector_and(A, B), selector_and(B, A)))) == 1
