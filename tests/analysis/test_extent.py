"""Heads and masks: verdicts against trying everything, counts of pairs, what sorting takes."""

from __future__ import annotations

import json
import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasp.analysis import analyze
from rasp.analysis import containment as containment_module
from rasp.analysis import inputs as inputs_module
from rasp.analysis.extent import AttentionAccount
from rasp.analysis.inputs import inputs
from rasp.analysis.masks import Mask
from rasp.analysis.sorting import comparisons, sorting_bounds, sorts
from rasp.errors import (
    RaspLimitError,
    RaspRuntimeError,
    RaspValueError,
    VocabularyError,
)
from rasp.graph.construct import (
    EMPTY,
    FULL,
    aggregate,
    elementwise,
    select,
    selector_and,
    selector_not,
    selector_or,
)
from rasp.graph.nodes import COMPARISONS, INDICES, TOKENS, SelectorNode
from rasp.interpreter import evaluate
from rasp.program import loads
from rasp.sop import SOp

SAME = select(TOKENS, TOKENS, "==")
UP_TO = select(INDICES, INDICES, "<=")
NEAR = selector_and(UP_TO, select(INDICES, elementwise("subtract", INDICES, 2), ">="))


def sop(text: str, name: str = "x") -> SOp:
    value = loads(text)[name]
    assert isinstance(value, SOp)
    return value


def account(
    selector: SelectorNode, mask: str, vocab: str | None = None, max_len: int | None = None
) -> AttentionAccount:
    return analyze(aggregate(selector, INDICES)).attention(mask, vocab=vocab, max_len=max_len)


SELECTORS = st.recursive(
    st.builds(
        select,
        st.sampled_from([TOKENS, INDICES]),
        st.sampled_from([TOKENS, INDICES]),
        st.sampled_from(COMPARISONS),
    ),
    lambda parts: (
        st.builds(selector_not, parts)
        | st.builds(selector_and, parts, parts)
        | st.builds(selector_or, parts, parts)
    ),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None)
@given(SELECTORS, st.sampled_from(["causal", "window:1", "strided:2", "block:2 + global:1"]))
def test_verdicts_against_trying_everything(selector: SelectorNode, text: str) -> None:
    vocab, longest = [0, 1, 2], 4
    (head,) = (
        analyze(aggregate(selector, INDICES)).attention(text, vocab=vocab, max_len=longest).heads
    )
    found: tuple[int, tuple[int, ...], int, int] | None = None
    most = []
    for length in range(1, longest + 1):
        allowed = Mask.of(text).allowed(length)
        every = list(product(vocab, repeat=length))
        matrices = evaluate(selector, every)
        most.append(max(sum(map(sum, matrix)) for matrix in matrices))
        for tokens, matrix in zip(every, matrices, strict=True):
            for i, j in product(range(length), repeat=2):
                if matrix[i][j] and not allowed[i, j] and found is None:
                    found = length, tokens, i, j
    assert head.within is (found is None)
    example = head.containment.counterexample
    if found is not None:
        assert example is not None
        assert (example.length, example.shortest) == (found[0], True)
        pair = example.query, example.key
        assert not Mask.of(text).allowed(example.length)[pair]
        if example.tokens is None:
            matrices = evaluate(selector, list(product(vocab, repeat=example.length)))
            assert all(matrix[pair[0]][pair[1]] for matrix in matrices)
        else:
            assert (example.tokens, *pair) == found[1:]
    assert [(count.pairs, count.kind) for count in head.counts] == [(n, "exact") for n in most]


@pytest.mark.parametrize(
    ("selector", "mask"),
    [
        (UP_TO, "causal"),
        (NEAR, "causal & window:2"),
        (NEAR, "longformer:2:1"),
        (selector_and(SAME, NEAR), "causal"),
        (selector_and(select(INDICES, 0, "=="), SAME), "global:1"),
        (select(INDICES, INDICES, "=="), "block:7"),
        (select(INDICES, elementwise("subtract", INDICES, 6), "=="), "strided:3"),
        (EMPTY, "window:1"),
        (selector_not(SAME), "full"),
    ],
)
def test_proofs_for_every_length_without_a_vocabulary(selector: SelectorNode, mask: str) -> None:
    (head,) = account(selector, mask).heads
    assert (head.within, head.containment.basis) == (True, "every input of every length")


@pytest.mark.parametrize(
    ("selector", "mask", "length", "pair"),
    [
        (FULL, "causal", 2, (0, 1)),
        (UP_TO, "window:4", 6, (5, 0)),
        (UP_TO, "window:40 + global:3", 45, (44, 3)),
        (select(INDICES, elementwise("subtract", INDICES, 7), "=="), "strided:3", 8, (7, 0)),
        (select(INDICES, elementwise("subtract", INDICES, 1), "=="), "block:30", 31, (30, 29)),
        (selector_or(SAME, UP_TO), "window:1", 3, (2, 0)),
    ],
)
def test_smallest_counterexamples_without_a_vocabulary(
    selector: SelectorNode, mask: str, length: int, pair: tuple[int, int]
) -> None:
    (head,) = account(selector, mask).heads
    example = head.containment.counterexample
    assert example is not None
    assert head.within is False
    assert (example.length, (example.query, example.key)) == (length, pair)
    assert example.tokens is None
    assert f"every input of {length} tokens" in example.text


def test_a_vocabulary_decides_what_depends_on_tokens() -> None:
    (unknown,) = account(SAME, "window:2").heads
    assert (unknown.within, unknown.containment.verdict) == (None, "unknown")
    (head,) = account(SAME, "window:2", "ba", 5).heads
    assert head.within is False
    assert head.containment.basis == '"bbbb": position 0 selects 3'
    assert head.containment.counterexample is not None
    assert head.containment.counterexample.shortest
    # Three positions are never further apart.
    (short,) = account(SAME, "window:2", "ab", 3).heads
    assert (short.within, short.containment.verdict) == (True, "within")
    assert short.containment.basis == "every input of up to 3 tokens"


def test_what_holds_up_to_the_length_but_not_beyond() -> None:
    (head,) = account(UP_TO, "window:4", "a", 5).heads
    assert head.within is True
    assert head.containment.basis == "every input of up to 5 tokens, but no longer"
    assert head.containment.counterexample is not None
    assert head.containment.counterexample.length == 6


def test_semantic_truths_are_found_by_trying() -> None:
    # The number of equal tokens before is smaller only before: no structure says so.
    text = """
    same_before = select(tokens, tokens, ==) and select(indices, indices, <);
    number = selector_width(same_before);
    partner = select(tokens, tokens, ==) and select(number, number - 1, ==);
    x = aggregate(partner, indices, -1);
    """
    heads = analyze(sop(text).node).attention("causal", vocab="ab", max_len=6).heads
    assert heads[-1].within is True
    assert heads[-1].containment.basis == "every input of up to 6 tokens of the vocabulary"
    unknown = analyze(sop(text).node).attention("causal").heads
    assert [head.within for head in unknown] == [True, True, None]


def test_samples_only_fail_to_disprove(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs_module, "MAX_CELLS", 300)
    account_ = account(selector_and(SAME, select(TOKENS, TOKENS, "!=")), "window:1", "abc", 8)
    (head,) = account_.heads
    assert (head.within, head.containment.verdict) == (None, "not disproved")
    assert head.containment.basis.startswith("every input of up to 3 tokens and ")
    assert account_.within is None


def test_counterexamples_from_samples_are_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs_module, "MAX_CELLS", 30)
    (head,) = account(SAME, "window:3", "abc", 8).heads
    example = head.containment.counterexample
    assert example is not None
    assert example.length == 5


@pytest.mark.parametrize("length", [1, 5, 30])
def test_inputs_are_of_the_vocabulary_and_differ(length: int) -> None:
    tried = inputs("abc", length)
    assert len(set(tried.sequences)) == len(tried.sequences)
    assert all(len(sequence) == length for sequence in tried.sequences)
    assert all(set(sequence) <= set("abc") for sequence in tried.sequences)
    assert tried.complete == (len(tried.sequences) == 3**length)
    assert tried == inputs("abc", length)


def test_inputs_on_which_the_program_fails_do_not_count() -> None:
    numbers = sop("x = aggregate(select(tokens_int, indices, ==), 1);")
    (head,) = analyze(numbers.node).attention("causal", vocab=["0", "a"], max_len=3).heads
    assert head.within is False
    with pytest.raises(RaspRuntimeError, match="not an integer"):
        analyze(numbers.node).attention("causal", vocab="ab", max_len=3)


def test_what_is_refused() -> None:
    analysis = analyze(aggregate(SAME, INDICES))
    with pytest.raises(RaspValueError):
        analysis.attention("causal", max_len=0)
    with pytest.raises(RaspLimitError, match="at most 128"):
        analysis.attention("causal", max_len=10_000)
    with pytest.raises(RaspValueError, match="up to 2 tokens, not 3"):
        analysis.attention([[1, 0], [1, 1]], max_len=3)
    with pytest.raises(VocabularyError):
        analysis.attention("causal", vocab=[])
    with pytest.raises(RaspValueError, match="not a schedule"):
        analysis.attention("causal", schedule="x")  # type: ignore[arg-type]


def test_functions_and_matrices_are_checked_as_far_as_they_go() -> None:
    (head,) = analyze(aggregate(UP_TO, INDICES)).attention(lambda i, j, n: j <= i).heads
    assert (head.within, head.containment.basis) == (True, "every input of up to 64 tokens")
    (head,) = analyze(aggregate(UP_TO, INDICES)).attention([[1, 0], [1, 1]]).heads
    assert head.containment.basis == "every input of up to 2 tokens"


def test_counts_of_pairs() -> None:
    exact = account(UP_TO, "full", None, 5)
    assert [count.pairs for count in exact.heads[0].counts][:5] == [1, 3, 6, 10, 15]
    assert exact.heads[0].growth_text == "(n^2 + n)/2"
    assert (exact.total.pairs, exact.total.kind) == (15, "exact")
    same = account(SAME, "full", "ab", 6)
    assert same.heads[0].growth_text == "n^2"
    unknown = account(SAME, "full")
    assert unknown.heads[0].growth_text == "at most n^2"
    assert unknown.total.kind == "at most"


def test_a_permutation_is_seen_to_grow_like_n() -> None:
    text = "x = sort(tokens, tokens);"
    heads = analyze(sop(text).node).attention("full", vocab="ab", max_len=7).heads
    assert heads[-1].growth_text == "n, as seen up to n = 7; at most n^2"


def test_sorting_is_recognised() -> None:
    assert sorts(sop("x = sort(tokens, tokens);").node) is not None
    assert sorts(sop("x = sort(tokens, -tokens_int) + 1;").node) is not None
    # The paper's way to count, with a token at the beginning.
    by_bos = """
    smaller = select(tokens, tokens, <) or (select(tokens, tokens, ==) and
        select(indices, indices, <));
    place = round(1 / aggregate(smaller or select(indices, 0, ==), indicator(indices == 0)));
    x = aggregate(select(place, indices, ==), tokens);
    """
    assert sorts(sop(by_bos).node) is not None
    assert sorts(sop("x = selector_width(select(tokens, tokens, ==));").node) is None
    assert (
        sorts(sop("x = aggregate(select(indices, length - 1 - indices, ==), tokens);").node) is None
    )
    assert sorts(sop("x = sort(tokens, indices);").node) is None
    smallest = """
    rank = selector_width(select(tokens, tokens, <));
    x = aggregate(select(rank, 0, ==), tokens);
    """
    assert sorts(sop(smallest).node) is None


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 12, 64])
def test_comparisons(length: int) -> None:
    assert comparisons(length) == math.ceil(math.log2(math.factorial(length)))


def test_what_sorting_takes() -> None:
    bounds = {bound.length: bound for bound in sorting_bounds(Mask.of("window:2"))}
    assert bounds[1024].comparisons == 8770 or bounds[1024].comparisons == 8769
    assert bounds[1024].pairs == 5 * 1024 - 6
    assert bounds[1024].heads == 2
    text = analyze(sop("x = sort(tokens, tokens);").node).attention("window:2").to_text()
    assert "no constant number of layers and heads with it sorts all lengths" in text
    wide = analyze(sop("x = sort(tokens, tokens);").node).attention("causal").to_text()
    assert "no constant number" not in wide


def test_forms() -> None:
    analysis = analyze(sop("x = sort(tokens, tokens);").node)
    found = analysis.attention("window:1", vocab="ab", max_len=4)
    data = found.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["within"] is False
    assert len(data["heads"]) == 3
    assert "<table>" in found._repr_html_()
    assert found.to_text().startswith("attention window:1: not every head stays within it\n")
    nothing = analyze(INDICES).attention("causal")
    assert (nothing.within, nothing.heads) == (True, ())
    assert "there are no heads" in nothing.to_text()


def test_proofs_that_would_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containment_module, "MAX_WORK", 10)
    (head,) = account(UP_TO, "causal").heads
    assert head.containment.basis == "every input of up to 64 tokens"


def test_large_programs_are_refused() -> None:
    selector, chain = SAME, aggregate(UP_TO, TOKENS)
    for number in range(60_000):
        selector = selector_and(selector, select(INDICES, number, "!="))
    for _ in range(300):
        chain = aggregate(select(chain, INDICES, "=="), chain)
    for node in (aggregate(selector, TOKENS), chain):
        with pytest.raises(RaspLimitError, match="too large for an account of its attention"):
            analyze(node).attention("causal")


def test_programs_of_some_size() -> None:
    chain = aggregate(UP_TO, TOKENS)
    for number in range(60):
        chain = aggregate(select(chain, number, "=="), chain)
    found = analyze(chain).attention("causal")
    assert found.within is None
    assert len(found.heads) == 61
    assert len(repr(found)) < 1_000_000
