"""Relations of many values of few kinds: what is said of kinds is said of values."""

from __future__ import annotations

import numpy as np
import pytest

import rasp
from rasp.compiler.facts.contexts import Contexts, Floats
from rasp.compiler.lowering.lower import lower
from rasp.compiler.selection.digits import narrowed
from rasp.compiler.selection.factors import Factors
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import SHARE, Group, Purpose, Term
from rasp.compiler.selection.thresholds import FORM
from rasp.compiler.variables import PositionVariable
from rasp.vocabulary import Vocabulary


def index(size: int) -> PositionVariable:
    sop = rasp.loads("x = indices;")["x"]
    assert isinstance(sop, rasp.SOp)
    contexts = Contexts(size, causal=False)
    return lower(sop.node, Vocabulary.of("a"), contexts, sop.origins).position


@pytest.mark.parametrize("seed", range(20))
def test_kinds_are_those_that_there_are_as_they_come(seed: int) -> None:
    draw = np.random.default_rng(seed)
    table = draw.integers(0, 2, (5, 4)).astype(bool)
    queries, keys = draw.integers(0, 5, 7), draw.integers(0, 4, 6)
    relation = Relation.of_kinds(table, queries, keys)
    assert (relation.matrix == table[queries][:, keys]).all()
    assert relation.table.shape == (len(set(queries.tolist())), len(set(keys.tolist())))
    assert relation.is_full == relation.matrix.all()
    assert relation.is_empty == (not relation.matrix.any())


def scores_of(form: Factors) -> Floats:
    """[query value, key value] of nine values"""
    scores = np.full((9, 9), form.bias)
    for query, key in form.pairs:
        scores += (1.0 if query is None else query[:, None]) * (
            1.0 if key is None else key[None, :]
        )
    return scores


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_scores_of_kinds_are_scores_of_values(seed: int, single: bool) -> None:
    draw = np.random.default_rng(seed)
    kinds = [draw.integers(0, 4, 9) for _ in range(2)]
    table = (
        np.tri(4, k=int(draw.integers(-1, 1)), dtype=bool) if seed % 2 else np.eye(4, dtype=bool)
    )
    position = index(9)
    group = Group(position, position, Relation.of_kinds(table, *kinds))
    for form in group.factorisations(single=single):
        scores = scores_of(form)
        assert (scores[group.matrix] == 0).all()
        assert (scores[~group.matrix] <= -1).all()
    answers = {answer.name: answer.proposal for answer in group.answers(Purpose(agree=True))}
    order = answers[FORM]
    if seed % 2:
        assert order is not None
        scores = scores_of(order)
        assert (scores[group.matrix] >= 1).all()
        assert (scores[~group.matrix] <= -1).all()
        assert scores.max() <= order.largest


@pytest.mark.parametrize("n_digits", [2, 3, 5, 10])
@pytest.mark.parametrize("size", [9, 10, 33, 150])
@pytest.mark.parametrize("reflexive", [False, True])
def test_each_selected_key_is_selected_by_one_digit(
    n_digits: int, size: int, reflexive: bool
) -> None:
    order = np.tri(size, k=0 if reflexive else -1, dtype=bool)
    position = index(size)
    parts = narrowed(Term((Group(position, position, Relation(order)),)), n_digits)
    assert len(parts) > 1
    selected = np.zeros((size, size), dtype=int)
    for part in parts:
        own = np.ones((size, size), dtype=bool)
        for group in part.groups:
            own &= group.matrix
        assert own.any()
        selected += own
    assert (selected == order).all()


def test_digits_of_a_long_order_are_tables_of_few_kinds() -> None:
    size = 1024
    position = index(size)
    order = Term((Group(position, position, Relation(np.tri(size, k=-1, dtype=bool))),))
    for part in narrowed(order, 10):
        digit, *before = part.groups
        assert digit.relation.table.shape == (2, 2)
        for group in before:
            assert group.relation.table.size <= size * size // 4
        assert all(len(form.pairs) <= 10 for form in part.scores(SHARE).forms)
