"""The candidates of a selector: who is asked, who is taken, and what is left of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import rasp
from rasp.api import emit
from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.lowering import unions, ways
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.comparable import SIDES
from rasp.compiler.lowering.lower import begin
from rasp.compiler.lowering.state import Lowering, Selection
from rasp.compiler.lowering.ways import WAYS, Selecting
from rasp.compiler.pipeline import compile_stages
from rasp.compiler.selection.candidates import Answer, Candidate, Refusal, ask_all, ask_in_turn
from rasp.compiler.selection.forms import EVEN, FORMS, UNEVEN, Comparison, factorisations
from rasp.compiler.selection.selectors import Term
from rasp.errors import CompileError
from rasp.graph.nodes import Aggregate
from rasp.graph.origins import Origins
from rasp.sop import SOp
from rasp.vocabulary import Vocabulary

UNION = "select(tokens, tokens, ==) or select(indices, indices - 1, ==)"


def sop_of(text: str) -> SOp:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop


def answers_of(selector: str, *, max_len: int = 6) -> tuple[Answer[Selection], ...]:
    sop = sop_of(f'x = aggregate({selector}, tokens, "-");')
    found = compile_stages(sop.node, vocabulary=Vocabulary.of("abc"), max_len=max_len)
    return found.lowered.selections[found.graph]


def taken(selector: str, *, max_len: int = 6) -> str:
    (name,) = (a.name for a in answers_of(selector, max_len=max_len) if a.proposal is not None)
    return name


@pytest.mark.parametrize("candidate", [*WAYS, *SIDES, *FORMS], ids=lambda one: one.name)
def test_each_says_what_it_does(candidate: Candidate[Any, Any]) -> None:
    assert candidate.source.__doc__
    names = [one.name for one in WAYS] + [one.name for one in SIDES]
    names += [one.name for one in FORMS]
    assert names.count(candidate.name) == 1


@pytest.mark.parametrize(
    ("selector", "way"),
    [
        ("select(indices, length - 1 - indices, ==)", "nearest key"),
        (
            'select(indices, indices - selector_width(select(tokens, "a", ==)), ==)'
            ' and select(True, tokens == "a", ==)',
            "place",
        ),
        ('select(tokens, "z", ==)', "no key"),
        ("select(tokens, tokens, ==) and select(indices, indices, <)", "conjunction"),
        ('select(tokens, "a", ==) and select(indices, 1, ==) or select(tokens, "b", ==)', "joint"),
        (UNION, "products of comparisons"),
    ],
)
def test_every_way_is_taken_by_some_selector(selector: str, way: str) -> None:
    answers = answers_of(selector, max_len=12)
    names = [answer.name for answer in answers]
    assert names == [one.name for one in WAYS]
    found = taken(selector, max_len=12)
    assert found.startswith(way)
    place = names.index(found)
    for answer in answers[:place]:
        assert isinstance(answer.said, Refusal)
        assert answer.said.reason
    assert all(answer.said is None for answer in answers[place + 1 :])


@pytest.mark.parametrize(
    ("compared", "max_len", "way"),
    [
        ("tokens", 6, "as it is"),
        ("selector_width(select(tokens, tokens, ==))", 6, "neurons"),
        ("selector_width(select(tokens, tokens, ==))", 130, "address"),
    ],
)
def test_what_is_compared_is_one_variable(compared: str, max_len: int, way: str) -> None:
    sop = sop_of(f'x = aggregate(select(indices, {compared}, ==), tokens, "-");')
    if compared == "tokens":
        sop = sop_of("x = aggregate(select(tokens, tokens, ==), indices);")
    found = compile_stages(sop.node, vocabulary=Vocabulary.of("abc"), max_len=max_len)
    (asked,) = (
        answers
        for node, answers in found.lowered.sides_asked.items()
        if node is sop_of(f"x = {compared};").node
    )
    assert [answer.name for answer in asked] == [one.name for one in SIDES]
    (taken_,) = (answer.name for answer in asked if answer.proposal is not None)
    assert taken_ == way


def test_a_way_more_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked in its turn; what it refuses changes nothing, what it proposes is taken."""
    sop = sop_of(f"x = aggregate({UNION}, tokens_int);")
    before = rasp.compile(sop, vocab="012", max_len=4)
    asked: list[Selecting] = []

    def shy(question: Selecting) -> Selection | Refusal:
        asked.append(question)
        return Refusal("it is shy")

    new = Candidate("shy", ways, shy)
    monkeypatch.setattr(ways, "WAYS", (new, *WAYS))
    after = rasp.compile(sop, vocab="012", max_len=4)
    assert asked
    for name, tensor in before.artifact.tensors.items():
        assert np.array_equal(tensor, after.artifact.tensors[name])
    assert "\n    shy: it is shy\n" in emit(sop, "selectors", vocab="012", max_len=4)
    joint = replace(new, propose=lambda question: question.union_selection(_joint(question)))
    monkeypatch.setattr(ways, "WAYS", (joint, *WAYS))
    assert "    shy: taken\n" in emit(sop, "selectors", vocab="012", max_len=4)
    assert rasp.compile(sop, vocab="012", max_len=4)("0120") == sop("0120")


def _joint(question: Selecting) -> Term | Refusal:
    """Joint values, whatever products of comparisons take."""
    return unions.joint_term(question.lowering, replace(question.union, monomials=None))


def begun() -> Lowering:
    return begin(Vocabulary.of("abc"), Contexts(6, False), Origins())


def test_of_joint_values_that_are_more_nothing_is_left() -> None:
    node = sop_of(f"x = aggregate({UNION}, tokens_int);").node
    assert isinstance(node, Aggregate)
    lowering = begun()
    for side in ("tokens", "indices", "indices - 1"):
        lowering.run(sop_of(f"x = {side};").node)
    question = Selecting(lowering, node, node.selector, narrow=False)
    union = question.union
    variables = list(lowering.variables)
    refused = unions.joint_term(lowering, union)
    assert isinstance(refused, Refusal)
    assert "products, where comparisons take" in refused.reason
    assert lowering.variables == variables
    assert not lowering.joined
    assert not isinstance(unions.products_term(lowering, union), Refusal)
    assert len(lowering.variables) > len(variables)


def test_what_cannot_be_compiled_is_a_reason() -> None:
    lowering = begun()

    def probe(child: Lowering) -> int | Refusal:
        child.run(sop_of("x = selector_width(select(tokens, tokens, ==));").node)
        raise CompileError("too much of it")

    known = dict(lowering.known)
    refused = attempt(lowering, probe)
    assert isinstance(refused, Refusal)
    assert refused.reason == "too much of it"
    assert isinstance(refused.error, CompileError)
    assert dict(lowering.known) == known
    assert attempt(lowering, lambda child: 3) == 3


def test_without_a_way_the_last_error_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    sop = sop_of(f"x = aggregate({UNION}, tokens_int);")
    monkeypatch.setattr(unions, "MAX_UNION_CELLS", 1)
    monkeypatch.setattr(unions, "FEW_JOINED", 0)
    with pytest.raises(CompileError, match=r"the selector of x takes 9 products") as raised:
        rasp.compile(sop, vocab="012", max_len=4)
    assert raised.value.labels


def test_candidates_are_asked_in_turn() -> None:
    def says(answer: int | Refusal) -> Candidate[str, int]:
        return Candidate("one", ways, lambda question: answer)

    no = Refusal("no")
    said = [a.said for a in ask_in_turn([says(no), says(1), says(2)], "")]
    assert said == [no, 1, None]
    assert [a.said for a in ask_all([says(no), says(1), says(2)], "")] == [no, 1, 2]


def test_forms_of_which_the_first_of_the_cheapest_is_taken() -> None:
    order = np.tri(6, dtype=bool)
    answers = {answer.name: answer for answer in ask_all(FORMS, Comparison(order))}
    assert answers["threshold"].proposal is not None
    assert answers["threshold"].proposal.largest > 0
    assert answers["one-hot"].proposal is not None
    assert answers["one-hot"].proposal.largest == 0
    for name in ("sign code", "parabola"):
        assert answers[name].said == Refusal("it is no equality")
    assert [one.name for one in (*EVEN, *UNEVEN)] == [one.name for one in FORMS]
    assert [form.form for form in factorisations(np.eye(4, dtype=bool), 240)] == [
        "one-hot",
        "sign code",
        "parabola",
    ]
    computed = ask_all(FORMS, Comparison(order, free=False))
    assert isinstance(computed[-2].said, Refusal)
    assert computed[-1].said == Refusal("it is no inequality")
