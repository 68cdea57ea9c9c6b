"""The best of the selected keys: their values, and scores that tell them from the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rasp.certificate import Head
from rasp.compiler.pipeline import compile_graph
from rasp.errors import RaspError
from rasp.graph.nodes import Best, atom_key
from rasp.interpreter import outcomes
from rasp.meaning.attended import Attended
from rasp.meaning.ranks import ranks_of, short_of_ranks, unranked
from rasp.meaning.rewrites import normal
from rasp.meaning.scores import Scoring
from rasp.meaning.states import UnprovedError
from rasp.testing.forged_programs import renamed
from rasp.testing.meanings import Case, inputs_of, is_wrong
from rasp.vocabulary import Vocabulary
from tests.meaning.test_domains import LONGEST, check_all, inputs
from tests.meaning.test_forged import certified
from tests.meaning.test_proof import is_proved, model_of, node_of

BEFORE = "select(indices, indices, <)"
PROGRAMS = {
    "last": f'x = aggregate(last(select(tokens, "1", ==) and {BEFORE}), indices, -1);',
    "first": "x = fetch(first(select(tokens, tokens, ==)), indices);",
    "best": "x = aggregate(best(select(indices, indices, <=), tokens_int), indices);",
    "best of the best": f"x = fetch(first(best({BEFORE}, tokens_int)), tokens, 7);",
    "nothing selected": f"x = fetch({BEFORE}, 3);",
    "count of one": f"x = selector_width(last({BEFORE}));",
    "count of several": f"x = selector_width(best({BEFORE}, tokens_int));",
    "beside a condition": f"x = aggregate(select(tokens, tokens, ==) and last({BEFORE}), 2, 9);",
    "not the best": f"x = selector_width(not best({BEFORE}, tokens_int));",
    "or the best": f'x = fetch(select(tokens, "1", <) or last({BEFORE}), "same", "none");',
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", PROGRAMS)
def test_domains(name: str, causal: bool) -> None:
    assert check_all(node_of(PROGRAMS[name]), ("0", "1", "2"), 1, causal=causal)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", PROGRAMS)
def test_rewriting_changes_no_value(name: str, causal: bool) -> None:
    root, tokens = node_of(PROGRAMS[name]), ("0", "1", "2")
    other = normal(root, Attended(tokens, LONGEST, causal=causal))
    some = inputs(tokens, 3)
    expected, found = (outcomes(node, some, causal=causal) for node in (root, other))
    for wanted, got in zip(expected, found, strict=True):
        if isinstance(wanted, RaspError):
            assert isinstance(got, RaspError)
        else:
            assert list(map(atom_key, wanted)) == list(map(atom_key, got))


def ranks(text: str, tokens: tuple[str, ...]) -> list[int]:
    """Of the tokens, by the scores in `best`."""
    root = node_of(text)
    selector = getattr(root, "selector", None)
    assert isinstance(selector, Best)
    _, scores = unranked(selector)
    space = Attended(tokens, 1, causal=False)
    return ranks_of(scores, space.states([node_of("x = tokens;"), *scores])).tolist()


def test_ranks_are_in_the_order_of_the_scores() -> None:
    everything = "select(0, 0, ==)"
    text = f"x = aggregate(best({everything}, -tokens_int), 1);"
    assert ranks(text, ("3", "1", "2")) == [0, 2, 1]
    text = f"x = aggregate(best(best({everything}, tokens_int % 2), -tokens_int), 1);"
    assert ranks(text, ("1", "2", "3", "4")) == [3, 1, 2, 0]


def test_scores_that_have_no_order_are_not_ranked() -> None:
    with pytest.raises(UnprovedError, match="no order"):
        ranks('x = aggregate(best(select(0, 0, ==), {"a": 1, "b": "c"}[tokens]), 1);', ("a", "b"))


def test_a_better_key_scores_a_whole_gap_more() -> None:
    of_keys = np.array([0, 1, 1, 2])
    chosen = np.array([[True, True, True, True], [True, False, True, False]])
    good = np.array([[0.0, 1.0, 1.0, 2.0], [0.0, -9.0, 5.0, -9.0]])
    assert short_of_ranks(good, chosen, of_keys) == 0.0
    for row, column, score, short in [(0, 3, 1.5, 0.5), (0, 1, 1.25, 0.25), (1, 0, 5.0, 1.0)]:
        worse = good.copy()
        worse[row, column] = score
        assert short_of_ranks(worse, chosen, of_keys) == pytest.approx(short)


def test_keys_of_another_rank_in_between_are_not_needed() -> None:
    chosen = np.array([[True, False, True]])
    scores = np.array([[3.0, -9.0, 3.0]])
    assert short_of_ranks(scores, chosen, np.array([0, 1, 2])) == 1.0


def proved(text: str, vocab: str = "012", *, causal: bool = False) -> bool:
    root = node_of(text)
    artifact = compile_graph(root, vocabulary=Vocabulary.of(vocab), max_len=5, causal=causal)
    return artifact.report.meaning is not None and artifact.report.meaning.ok


# Under a causal mask the last is compiled with a table that does not list what cannot meet.
PROVED = [(name, causal) for name in PROGRAMS for causal in (False, True)][:-1]


@pytest.mark.parametrize(("name", "causal"), PROVED)
def test_the_best_are_proved(name: str, causal: bool) -> None:
    assert proved(PROGRAMS[name], causal=causal)


def test_scores_that_fail_at_some_keys_are_not_proved() -> None:
    assert not proved('x = aggregate(best(select(tokens, "0", !=), 1 / tokens_int), tokens, "-");')


FORGED = [
    ("last({})", "first({})"),
    ("best({}, tokens_int)", "best({}, -tokens_int)"),
    ("first(best({}, tokens_int))", "last(best({}, tokens_int))"),
    ("first(best({}, tokens_int))", "best(first({}), tokens_int)"),
    ("last({})", "last(not {})"),
]


@pytest.mark.parametrize(("own", "other"), FORGED)
def test_a_model_of_another_choice_is_not_proved(own: str, other: str) -> None:
    """With a witness that speaks of the one though the weights are those of the other."""
    text = "x = aggregate({}, indices, -1);"
    root, instead = (node_of(text.format(some.format(BEFORE))) for some in (own, other))
    forged = compile_graph(instead, vocabulary=Vocabulary.of("012"), max_len=4)
    assert forged.witness is not None
    for witness in (forged.witness, renamed(forged.witness, {instead: root})):
        lying = replace(forged, graph=root, witness=witness)
        case = Case(own, root, ("0", "1", "2"), 4)
        assert is_wrong(lying, root, inputs_of(case, 0))
        assert lying.new_meaning().ok is False


# ---- heads that are looked at comparison by comparison

ONE_BY_ONE = {
    "last": "x = fetch(last(select(tokens, tokens, ==)), indices);",
    "last of some": """
        marked = tokens in ["0", "1"];
        x = fetch(last(select(tokens, tokens, ==) and select(marked, True, ==)), indices, -1);
    """,
    "a score": "x = fetch(best(select(tokens_int % 2, tokens_int % 2, ==), tokens_int), tokens);",
}


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there are too many pairs of values to look at all of them."""
    monkeypatch.setattr("rasp.meaning.factors.MANY_PAIRS", 0)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_comparison_by_comparison(name: str, causal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    one_by_one(monkeypatch)
    looked = []
    ranking = Scoring._ranking

    def watched(scoring: Scoring, head: int, *rest: Any) -> Any:
        looked.append(head)
        return ranking(scoring, head, *rest)

    monkeypatch.setattr(Scoring, "_ranking", watched)
    assert is_proved(model_of(ONE_BY_ONE[name], "0123", 7, causal=causal))
    assert looked


@pytest.mark.parametrize("by", [-1.0, 0.0, 0.5, 0.9, 1.5, 3.0, 40.0])
@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_other_ranks_are_not_proved(name: str, by: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps between ranks that are too small, the worst instead of the best, and ranks that
    outweigh what is selected."""
    one_by_one(monkeypatch)
    artifact = model_of(ONE_BY_ONE[name], "0123", 7, causal=True)
    assert artifact.plan is not None
    ((step, number, head),) = (
        (step, number, head)
        for step, parts in enumerate(artifact.plan.sublayers)
        for number, head in enumerate(part for part in parts if isinstance(part, Head))
        if head.best is not None
    )
    attentions = [n for n, block in enumerate(artifact.config.blocks) if block.n_heads]
    before = [any(isinstance(p, Head) for p in parts) for parts in artifact.plan.sublayers[:step]]
    prefix = f"blocks.{attentions[sum(before)]}.attn."
    ranking = slice(len(head.keys) - head.comparisons[-1], len(head.keys))
    w_k, b_k = (artifact.tensors[prefix + key].copy() for key in ("W_K", "b_K"))
    w_k[number][:, ranking] *= by
    b_k[number][ranking] *= by
    changed = artifact.tensors | {prefix + "W_K": w_k, prefix + "b_K": b_k}
    assert not is_proved(certified(replace(artifact, tensors=changed)))
