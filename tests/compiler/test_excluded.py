"""How many keys one of many selectors selects: counted by what none of them does."""

from __future__ import annotations

import pytest

import rasp
from rasp.compiler.options import Optimize
from rasp.errors import CompileError

READ = 'def s(k) { return aggregate(select(indices, indices - k, ==), tokens, "_"); }\n'


def _either(alternative: str, n: int) -> str:
    return " or ".join(f"({alternative.format(k, k + 1)})" for k in range(1, n + 1))


def _check(text: str, vocab: str, max_len: int, *, most: int, **settings: object) -> None:
    model = rasp.compile(rasp.loads(READ + text)["x"], vocab=vocab, max_len=max_len, **settings)  # type: ignore[arg-type]
    assert model.report.n_parameters < most
    assert model.certificate.rounding.ok
    assert model.certificate.meaning.ok
    assert rasp.verify(model, exhaustive=True, max_length=3).ok
    assert rasp.verify(model, samples=10).ok


@pytest.mark.parametrize(("optimize", "causal"), [("patterns", True), ("size", False)])
def test_pairs_of_different_things(optimize: Optimize, causal: bool) -> None:
    """Each pair more took 2.7 times as much."""
    pairs = _either("select(tokens, s({0}), ==) and select(s({1}), tokens, ==)", 4)
    text = f"x = selector_width({pairs});"
    _check(text, "ab", 6, most=8_000, optimize=optimize, causal=causal)


def test_ten_comparisons_with_one_thing_have_its_values_as_products() -> None:
    _check(
        f"x = selector_width({_either('select(tokens, s({0}), ==)', 10)});", "abc", 12, most=11_000
    )


def test_a_comparison_that_all_pairs_have_is_told_apart_first() -> None:
    """Here there are heads for its cases, of few products each."""
    nested = _either("select(tokens, s({0}), ==) and select(indices, indices - {0}, <)", 5)
    _check(f"x = selector_width({nested});", "ab", 7, most=11_000)


def test_what_stands_beside_them_is_counted_without_them() -> None:
    pairs = _either("select(tokens, s({0}), ==) and select(s({1}), tokens, ==)", 4)
    text = f'x = selector_width(select(tokens, "a", ==) and ({pairs})) + 1;'
    _check(text, "ab", 7, most=11_000)


def test_causal_models_leave_out_what_keeps_a_query_from_itself() -> None:
    """Another alternative does that."""
    text = (
        "x = selector_width(select(indices, indices - 1, >) or select(tokens, tokens, ==) or"
        ' select(s(2), tokens, !=) or (select(tokens, "a", ==) and select(s(3), s(1), ==)));'
    )
    _check(text, "ab", 6, most=2_300, causal=True)


def test_alternatives_that_exclude_each_other_are_counted_one_by_one() -> None:
    order = _either("select(s({0}), s({0}), ==) and select(tokens, tokens, <)", 1)
    for k in range(2, 6):
        equal = " and ".join(f"select(s({j}), s({j}), ==)" for j in range(1, k))
        order += f" or ({equal} and select(s({k}), s({k}), <))"
    sop = rasp.loads(f"{READ}x = selector_width({order});")["x"]
    assert rasp.compile(sop, vocab="ab", max_len=5).report.heads_per_layer[-1] > 3


def test_what_is_too_much_is_refused_at_once() -> None:
    pairs = _either("select(tokens, s({0}), ==) and select(s({1}), tokens, ==)", 9)
    sop = rasp.loads(f"{READ}x = selector_width({pairs});")["x"]
    with pytest.raises(CompileError, match="one of 9 selectors selects takes more than") as refused:
        rasp.compile(sop, vocab="abcdefghijklm", max_len=12, time_limit=30)
    assert refused.value.hint is not None
    assert "fewer selectors" in refused.value.hint


@pytest.mark.parametrize("vocab", ["a", "ab"])
def test_where_some_selector_selects_every_key_nothing_is_left(vocab: str) -> None:
    text = (
        'x = selector_width(select(tokens, "a", <) or select(indices, indices, ==)'
        " or select(tokens, tokens, ==) or not select(tokens, tokens, ==));"
    )
    for max_len in (1, 3):
        model = rasp.compile(rasp.loads(text)["x"], vocab=vocab, max_len=max_len)
        assert model.certificate.ok
        assert rasp.verify(model, exhaustive=True).ok
