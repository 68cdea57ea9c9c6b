"""The best of the selected keys: one head, exact on every input, whatever it is combined with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rasp
from rasp.certificate import PlanError
from rasp.certificate.plan import Head
from rasp.compiled import CompiledModel
from rasp.errors import CompileError
from rasp.sop import SOp

A = 'a = select(tokens, "a", ==);\nleft = select(indices, indices, <);\n'
SAME = "same = select(tokens, tokens, ==);\n"

ONE_HEAD = {
    "last": "aggregate(last(a), indices, -1)",
    "first": 'aggregate(first(a), tokens, "-")',
    "strictly to the left": "aggregate(last(same and left), indices, -1)",
    "by tokens": "aggregate(best(select(indices, indices, <=), tokens), tokens)",
    "ties, averaged": "aggregate(best(not same, tokens), indices, 0.5)",
    "ties, of a word": 'aggregate(best(left, indices % 2), indices % 2, "none")',
    "the best of the best": "aggregate(last(best(select(tokens, tokens, <=), tokens)), indices)",
    "the best of the best of the best": "aggregate(first(best(best(not a, tokens), indices % 2)),"
    " indices, -1)",
    "a choice of comparisons": "aggregate(last(a or left), indices, -1)",
    "whether there is one": "selector_width(last(a and left))",
    "a score that is a constant": "aggregate(best(left, 3), indices, -1)",
    "numbers of two types": "aggregate(best(left, 1 if indices == 0 else 1.0), indices, -1)",
    "truth": "aggregate(best(left, indices == 1), indices, -1)",
    "infinite": "aggregate(best(left, 10 ^ 400 if indices == 1 else indices), indices, -1)",
    "fetched": "fetch(last(a), indices, -1)",
    "fetched, or an error": "fetch(last(same), tokens)",
    "one key, and a condition": "aggregate(last(a) and not same, indices, -1)",
    "one key, and whether": "selector_width(last(a) and left)",
    "one key, and another": "aggregate(first(a) and select(indices, indices, >), tokens, 3)",
}

MORE = {
    "not the last": "aggregate(not last(a), indices)",
    "the last or others": "aggregate(last(a) or same, indices, -1)",
    "how many": "selector_width(best(not same, tokens))",
    "how many of two scores": "selector_width(best(best(not a, tokens), indices % 2))",
    "two at once": "selector_width(last(a) or first(not a))",
    "among the best": "aggregate(last(best(left, tokens) or a), indices, -1)",
    "by a count": "aggregate(best(left, selector_width(same)), tokens, 3)",
    "by a mean": "aggregate(best(left, aggregate(select(tokens, tokens, <=), indices)), indices)",
    "by what is read": "aggregate(last(select(aggregate(last(a), indices), indices, <)),"
    " tokens, 1)",
    "one key that has to fit": "fetch(last(a) and not same, indices)",
}

FAILING = {
    "no score": "aggregate(best(same, 1 / (indices - 2)), indices)",
    "no score, of two things": 'aggregate(best(left, 1 / (indices - indicator(tokens == "a"))), 1)',
    "no order": 'aggregate(best(left, "x" if tokens == "b" else indices), indices, -1)',
    "no number": "aggregate(best(left, tokens_int), tokens, 1)",
    "no score at another key": "aggregate(best(a, 1 if a_here else 1 / (indices - indices)),"
    " indices, -1)",
    "later": "aggregate(best(left, 1 / (selector_width(same) - 2)), indices, -1)",
    "no score, and a condition": "aggregate(last(best(same, 1 / (indices - 1))) and left, 7)",
}


def compiled(expression: str, **options: object) -> CompiledModel:
    text = f'{A}{SAME}a_here = tokens == "a";\ny = {expression};\n'
    sop = rasp.loads(text)["y"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab="ab", max_len=5, **options)  # type: ignore[arg-type]


def assert_exact(model: CompiledModel) -> None:
    found = rasp.verify(model, exhaustive=True)
    assert found.ok, found.to_text()
    assert model.certificate.rounding.ok


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", ONE_HEAD)
def test_one_head_is_exact(name: str, causal: bool) -> None:
    model = compiled(ONE_HEAD[name], causal=causal)
    assert_exact(model)
    assert model.report.sublayers.count("a") <= 1  # none where the index says it all


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("name", [*MORE, *FAILING])
def test_everything_else_is_exact_too(name: str, optimize: str) -> None:
    assert_exact(compiled({**MORE, **FAILING}[name], optimize=optimize))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["last", "ties, averaged", "the best of the best of the best"])
def test_in_both_dtypes(name: str, dtype: str) -> None:
    assert_exact(compiled(ONE_HEAD[name], dtype=dtype))


def test_scores_that_are_not_numbers_are_refused_with_a_place() -> None:
    infinite = '(10.0 ^ 300 * 10 ^ 300 if tokens == "a" else 1)'
    with pytest.raises(CompileError, match="may be nan") as caught:
        compiled(f"aggregate(best(left, {infinite} - {infinite}), indices)")
    assert caught.value.labels


def test_an_induction_head_is_two_attentions_and_small() -> None:
    text = 'p = aggregate(select(indices, indices - 1, ==), tokens, "-");\n'
    sop = rasp.loads(f'{text}y = aggregate(last(select(p, tokens, ==)), tokens, "-");')["y"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="abcdef", max_len=20, causal=True)
    assert model.report.sublayers == "aa"
    assert model.report.n_parameters <= 2_500
    assert rasp.verify(model, samples=200).ok


def test_long_inputs() -> None:
    model = rasp.compile(
        rasp.loads('y = fetch(last(select(tokens, "a", ==)), indices, -1);')["y"],
        vocab="ab",
        max_len=512,
    )
    assert model.report.sublayers == "a"
    assert rasp.verify(model, samples=30).ok
    assert model("b" * 300 + "a" + "b" * 211) == [300] * 512


def test_the_plan_says_how_far_keys_are_ranked() -> None:
    artifact = compiled("aggregate(last(a), indices, -1)").artifact
    assert artifact.plan is not None
    ((head,),) = artifact.plan.sublayers
    assert isinstance(head, Head)
    assert head.best == 4.0
    assert artifact.certify().ok
    for best in (3.0, None):
        plan = replace(artifact.plan, sublayers=((replace(head, best=best),),))
        with pytest.raises(PlanError):
            replace(artifact, plan=plan).certify()


def test_weights_that_rank_by_something_else_are_no_such_head() -> None:
    artifact = compiled("aggregate(last(a), indices, -1)").artifact
    tensors = {name: tensor.copy() for name, tensor in artifact.tensors.items()}
    tensors["pos_embed.W_pos"][2:] *= np.float32(0.5)
    with pytest.raises(PlanError):
        replace(artifact, tensors=tensors).certify()


@pytest.mark.parametrize(
    "expression",
    [
        'aggregate(last(select(tokens, tokens, >) and left), tokens, "-")',
        "aggregate(last(not same and left), indices, -1)",
        "selector_width(first(select(tokens, tokens, <) and left))",
    ],
)
def test_what_never_selects_itself_needs_no_order_under_a_causal_mask(expression: str) -> None:
    assert_exact(compiled(expression, causal=True))
    long = rasp.loads(f"{A}{SAME}y = {expression};")["y"]
    assert isinstance(long, SOp)
    model = rasp.compile(long, vocab="ab", max_len=100, causal=True)
    assert model.report.n_parameters <= 1_500
    assert rasp.verify(model, samples=40).ok


def test_a_head_of_too_many_products_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 4,096 tokens it took 3 GB, and more than a minute."""
    monkeypatch.setattr("rasp.compiler.encoding.heads.MOST_PRODUCTS", 20)
    last = 'last(select(tokens, "a", ==) and select(indices, indices, <))'
    sop = rasp.loads(f'x = aggregate({last}, tokens, "-");')["x"]
    assert isinstance(sop, SOp)
    with pytest.raises(CompileError, match="a head of 42 products") as found:
        rasp.compile(sop, vocab="ab", max_len=40)
    assert "--causal" in str(found.value)
    assert "1:5" in str(found.value)


@pytest.mark.parametrize(
    "expression",
    [
        "aggregate(best(full_s, n), n)",  # the largest count, and not a mean of such
        "aggregate(best(full_s, -n), n) * 2",
        "n - aggregate(best(select(n, 1, >), n), n, -1)",
        "aggregate(best(full_s, n), n / 2)",
    ],
)
def test_the_best_are_the_same_in_what_makes_them_best(expression: str) -> None:
    source = f"n = selector_width(select(tokens, tokens, ==)); x = {expression};"
    sop = rasp.loads(source)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=["a", "b", "c"], max_len=20)
    assert model.certificate.rounding.ok
    assert model.certificate.meaning.ok
    assert model.report.n_parameters < 1_000
    assert rasp.verify(model, samples=60, seed=1).ok


def test_the_best_may_be_equal_and_of_different_types() -> None:
    sop = rasp.loads("x = aggregate(best(full_s, tokens_asis), tokens_asis);")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=[1, 1.0, 0], max_len=3)
    assert model.certificate.ok
    assert rasp.verify(model).ok


@pytest.mark.parametrize("read", ["aggregate", "fetch"])
def test_what_makes_the_best_may_tell_less_apart_than_what_is_read(read: str) -> None:
    """One key was read for all: the score listed one of the tokens that it does not tell apart."""
    source = f"""
        nothing = 0 * average(tokens_asis);
        x = {read}(best(full_s, indicator(tokens_asis > 0) + nothing), tokens_asis + nothing);
    """
    sop = rasp.loads(source)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=[0, 0.1, 0.7], max_len=3)
    assert model.certificate.rounding.ok
    assert rasp.verify(model).ok
