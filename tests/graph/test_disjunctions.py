"""Disjunctions of selectors, as groups that one head can say."""

from __future__ import annotations

import itertools
import random

import pytest

import rasp
from rasp.graph import construct
from rasp.graph.disjunctions import alternatives, grouped
from rasp.graph.nodes import SelectorNode
from rasp.interpreter import evaluate

A, B, C = (f'select(tokens, "{letter}", ==)' for letter in "abc")
SAME = "select(tokens, tokens, ==)"
BEFORE = "select(indices, indices, <)"
IS_A, IS_B = (f'select("{letter}", tokens, ==)' for letter in "ab")


def selector_of(text: str) -> SelectorNode:
    node = rasp.loads(f"s = {text};")["s"].node
    assert construct.is_selector(node)
    return node


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        (f"{A} or {B} or {C}", 1),
        (f"{A} or not {B}", 1),
        (f"{IS_A} or {IS_B}", 1),
        (f"{A} or {IS_B}", 2),
        (f"{A} or {BEFORE}", 2),
        (f"{A} or {BEFORE} or {B}", 2),
        (f"({SAME} and {A}) or ({SAME} and {B})", 1),
        (f"({SAME} and {A}) or ({BEFORE} and {B})", 2),
        (f"({SAME} and {A}) or {B}", 2),
        (f"({A} and {IS_A}) or ({A} and {IS_B}) or ({B} and {IS_A}) or ({B} and {IS_B})", 1),
        (f"({A} and {IS_A}) or ({B} and {IS_B})", 2),
        (f"last({A}) or {B} or {C}", 2),
        ('select(tokens, "a", ==) or select(indices, 0, ==)', 2),
        (f"{SAME} or {BEFORE}", 2),
    ],
)
def test_how_many_groups_there_are(text: str, groups: int) -> None:
    assert len(grouped(selector_of(text))) == groups


def random_union(draw: random.Random) -> str:
    parts = [A, B, C, IS_A, IS_B, SAME, BEFORE, "select(indices, 1, ==)", f"(not {B})"]
    sides = [
        f"({' and '.join(draw.sample(parts, draw.randint(1, 3)))})"
        for _ in range(draw.randint(2, 6))
    ]
    return " or ".join(sides)


@pytest.mark.parametrize("seed", range(60))
def test_groups_are_all_alternatives_and_stay_what_they_are(seed: int) -> None:
    selector = selector_of(random_union(random.Random(seed)))
    groups = grouped(selector)
    members = [side for group in groups for side in alternatives(group)]
    assert sorted(map(id, members)) == sorted(map(id, alternatives(selector)))
    for group in groups:
        assert grouped(group) == [group]


@pytest.mark.parametrize("seed", range(12))
def test_presence_of_a_union_is_exact(seed: int) -> None:
    text = random_union(random.Random(seed))
    sop = rasp.loads(f'x = aggregate({text}, "yes", "no");')["x"]
    model = rasp.compile(sop, vocab="abc", max_len=4)
    assert model.certificate.ok
    inputs = ["".join(t) for n in (1, 2, 3, 4) for t in itertools.product("abc", repeat=n)]
    assert model.batch(inputs) == evaluate(sop.node, [list(text) for text in inputs])


def test_filters_are_one_head() -> None:
    union = " or ".join(f'select(tokens, "{letter}", ==)' for letter in "abcdefghij")
    model = rasp.compile(
        rasp.loads(f"x = aggregate({union}, True, False);")["x"], vocab="abcdefghijkl", max_len=10
    )
    assert model.report.sublayers == "a"
    assert model.report.n_parameters <= 150  # a head for each, and neurons, take 2,437
    assert model.certificate.meaning.ok
