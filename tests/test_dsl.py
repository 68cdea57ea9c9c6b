"""The same nodes from Python and from text."""

from __future__ import annotations

import operator

import pytest

import rasp
from rasp import dsl
from rasp.dsl import aggregate, full, indices, length, select, selector_width, tokens, where
from rasp.program import loads
from rasp.sop import Selector, SOp

before = select(indices, indices, "<")


@pytest.mark.parametrize(
    ("handle", "text"),
    [
        (tokens, "tokens"),
        (dsl.tokens_int, "tokens_int"),
        (dsl.tokens_float, "tokens_float"),
        (dsl.tokens_bool, "tokens_bool"),
        (dsl.tokens_asis, "tokens_asis"),
        (dsl.tokens_str, "tokens_str"),
        (indices, "indices"),
        (length, "length"),
        (full, "full_s"),
        (before, "select(indices, indices, <)"),
        (select(tokens, "a", operator.ne), 'select(tokens, "a", !=)'),
        (aggregate(before, tokens, "-"), 'aggregate(select(indices, indices, <), tokens, "-")'),
        (aggregate(full, 1), "aggregate(full_s, 1)"),
        (selector_width(before), "selector_width(select(indices, indices, <))"),
        (where(indices > 1, tokens, "-"), 'tokens if indices > 1 else "-"'),
        (dsl.indicator(tokens == "a"), 'indicator(tokens == "a")'),
        (dsl.round_(indices / 2), "round(indices / 2)"),
        (dsl.constant(1) < indices, "1 < indices"),
        (dsl.lookup({"a": 1, "b": 2}, tokens), '{"a": 1, "b": 2}[tokens]'),
        (dsl.lookup(["a", 1], indices % 2), '["a", 1][indices % 2]'),
        (dsl.lookup("ab", indices % 2), '"ab"[indices % 2]'),
        (dsl.and_(indices, dsl.not_(indices)), "indices and (not indices)"),
        (dsl.or_(before, full), "select(indices, indices, <) or full_s"),
        (dsl.has_focus(before), "has_focus(select(indices, indices, <))"),
        (dsl.count(tokens, "a"), 'count(tokens, "a")'),
        (dsl.contains(tokens, "a"), 'contains(tokens, "a")'),
        (dsl.average(indices), "average(indices)"),
        (dsl.total(indices), "sum(indices)"),
        (dsl.absolute(indices - 2), "abs(indices - 2)"),
        (dsl.div(indices, 2), "div(indices, 2)"),
        (dsl.div(-7, 2) + indices, "div(-7, 2) + indices"),
        (dsl.absolute(-7) + indices, "abs(-7) + indices"),
        (tokens.is_in("aeiou"), 'tokens in "aeiou"'),
        (dsl.maximum(indices, 2), "max(indices, 2)"),
        (dsl.maximum(2, indices), "max(2, indices)"),
        (dsl.minimum(dsl.maximum(3, 2), indices), "min(3, indices)"),
        (dsl.minimum(indices, length), "min(indices, length)"),
        (dsl.load_from_location(tokens, 2), "load_from_location(tokens, 2)"),
        (dsl.shift(tokens, 1, "-"), 'shift(tokens, 1, "-")'),
        (dsl.shift(tokens, indices, "-"), 'shift(tokens, indices, "-")'),
        (dsl.mark_last_instance(tokens, "a"), 'mark_last_instance(tokens, "a")'),
        (dsl.mark_first_instance(tokens, "a"), 'mark_first_instance(tokens, "a")'),
        (dsl.select_from_last(tokens, "a"), 'select_from_last(tokens, "a")'),
        (dsl.select_from_first(tokens, "a"), 'select_from_first(tokens, "a")'),
        (dsl.sort(tokens, indices), "sort(tokens, indices)"),
        (dsl.select_next_identical(tokens), "select_next_identical(tokens)"),
    ],
)
def test_same_node(handle: SOp | Selector, text: str) -> None:
    assert handle.node is loads(f"v = {text};")["v"].node


def test_every_name_of_the_library_is_there() -> None:
    renamed = {"max": "maximum", "min": "minimum", "abs": "absolute", "sum": "total"}
    from rasp.elaborate.library import base_scope

    for name in base_scope().variables:
        assert hasattr(dsl, renamed.get(name, name))


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: select(indices, 1, "="),
        lambda: select(indices, 1, max),
        lambda: select(full, 1, "=="),
        lambda: aggregate(indices, 1),
        lambda: aggregate(full, indices, indices),
        lambda: selector_width(indices),
        lambda: dsl.indicator(1),
        lambda: dsl.round_(1.5),
        lambda: where(full, 1, 2),
    ],
)
def test_misuse(misuse: object) -> None:
    assert callable(misuse)
    with pytest.raises((rasp.RaspTypeError, rasp.RaspValueError)):
        misuse()


def test_a_table_holds_atoms() -> None:
    with pytest.raises(rasp.RaspTypeError, match="a table holds only atoms, got list"):
        dsl.lookup({"a": [1]}, tokens)  # type: ignore[dict-item]
