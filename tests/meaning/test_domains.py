"""Values that are not listed happen on no input: domains against the interpreter."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest

from rasp.errors import RaspError
from rasp.graph.nodes import SOP_TYPES, TOKENS, Atom, Elementwise, SOpNode, atom_key
from rasp.graph.walk import topological
from rasp.interpreter import outcomes, traced
from rasp.meaning.attended import Attended
from rasp.meaning.rewrites import normal
from rasp.meaning.states import States, UnprovedError
from rasp.meaning.witness import Total
from rasp.testing.meanings import random_cases
from tests.meaning.test_proof import PROGRAMS, node_of

LONGEST = 5
LONGER = 11


SIDES = (
    *(f"select(indices, indices, {sign})" for sign in ("==", "!=", "<", "<=", ">", ">=")),
    *(f"select(tokens, tokens, ==) and select(indices, indices, {s})" for s in ("<", ">=", "!=")),
    'select(tokens, "a", ==) or select(indices, indices, >)',
    'not (select("a", tokens, ==) or select(indices, indices, <))',
    "select(tokens, tokens, <) or select(tokens, tokens, ==) and select(indices, indices, <)",
    "select(indices, indices, <) and select(indices, indices, >)",
)


PLACES = (
    'x = aggregate(last(select(tokens, "a", ==)), indices, -1);',
    'x = aggregate(select(tokens, "b", ==), indices, 7) - indices;',
    "x = aggregate(select(tokens, tokens, !=), length - indices, 0);",
    'x = fetch(first(select(tokens, "a", ==)), 2 * indices, -1);',
)


PLACES = (
    'x = aggregate(last(select(tokens, "a", ==)), indices, -1);',
    'x = aggregate(select(tokens, "b", ==), indices, 7) - indices;',
    "x = aggregate(select(tokens, tokens, !=), length - indices, 0);",
    'x = fetch(first(select(tokens, "a", ==)), 2 * indices, -1);',
)
"""Programs that read where something is."""


def inputs(tokens: tuple[Atom, ...], seed: int) -> list[list[Atom]]:
    """All inputs of up to five tokens out of two, or of up to three out of three; and random
    ones."""
    chance = random.Random(seed)
    found = [list(some) for n in range(1, 6) for some in product(tokens[:2], repeat=n)]
    found += [list(some) for n in range(1, 4) for some in product(tokens[:3], repeat=n)]
    return found + random_inputs(tokens, chance, LONGEST, 30)


def random_inputs(
    tokens: tuple[Atom, ...], chance: random.Random, longest: int, n: int
) -> list[list[Atom]]:
    """Of every length."""
    return [[chance.choice(tokens) for _ in range(1 + k % longest)] for k in range(n)]


def nodes_of(root: SOpNode, space: Attended) -> list[SOpNode]:
    found = [node for node in topological([normal(root, space)]) if isinstance(node, SOP_TYPES)]
    return [node for node in found if isinstance(space_of(space, [node]), States)]


def space_of(space: Attended, nodes: list[SOpNode]) -> States | None:
    """What the proof takes to be possible; None where it gives up."""
    try:
        return space.alone(nodes[0]) if len(nodes) == 1 else space.states(nodes)
    except UnprovedError:
        return None


def check_listed(
    states: States, nodes: list[SOpNode], values: dict[SOpNode, list[Atom]], length: int
) -> None:
    """Is what the s-ops are, at every index of an input, among the states, in that context?"""
    coded = [states.codes(node) for node in nodes]
    keys = [[atom_key(atom) for atom in atoms] for _, atoms in coded]
    n_lengths, n_indices, _ = states.mask.shape
    for index in range(length):
        there = np.ones(states.size, dtype=bool)
        for node, (codes, _), own in zip(nodes, coded, keys, strict=True):
            wanted = atom_key(values[node][index])
            there &= codes == (own.index(wanted) if wanted in own else -2)
        there &= states.mask[length - 1 if n_lengths > 1 else 0, index if n_indices > 1 else 0]
        if states.index is not None:
            there &= states.index == index
        if states.length is not None:
            there &= states.length == length - 1
        assert there.any(), ([values[node][index] for node in nodes], length, index)


def check_domains(
    root: SOpNode, tokens: tuple[Atom, ...], some: list[list[Atom]], longest: int, *, causal: bool
) -> int:
    """How many s-ops were looked at: each alone, and some of them together."""
    space = Attended(tokens, longest, causal=causal)
    space.most = 1e9
    nodes = nodes_of(root, space)
    groups = [[node] for node in nodes] + [
        random.Random(number).sample(nodes, min(len(nodes), 2 + number % 2)) for number in range(12)
    ]
    looked_at = [(group, space_of(space, group)) for group in groups]
    expected = outcomes(root, some, causal=causal)
    for sequence, outcome in zip(some, expected, strict=True):
        if isinstance(outcome, RaspError):
            continue
        values = traced(nodes, sequence, causal=causal)
        for group, states in looked_at:
            if states is not None and all(node in values for node in group):
                check_listed(states, group, values, len(sequence))
    return len(nodes)


def check_all(root: SOpNode, tokens: tuple[Atom, ...], seed: int, *, causal: bool) -> int:
    """For all short inputs, and for some longer ones."""
    longer = random_inputs(tokens, random.Random(seed), LONGER, 2 * LONGER)
    check_domains(root, tokens, longer, LONGER, causal=causal)
    return check_domains(root, tokens, inputs(tokens, seed), LONGEST, causal=causal)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", PROGRAMS)
def test_domains_of_programs(name: str, causal: bool) -> None:
    text, vocab = PROGRAMS[name]
    assert check_all(node_of(text), tuple(vocab), 1, causal=causal)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("text", PLACES)
def test_domains_of_places(text: str, causal: bool) -> None:
    assert check_all(node_of(text), ("a", "b"), 1, causal=causal)


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.slow if seed % 2 else ()) for seed in range(40)]
)
def test_domains_of_random_programs(seed: int) -> None:
    (case,) = random_cases(range(3000 + seed, 3001 + seed))
    assert check_all(case.root, case.tokens, seed, causal=seed % 3 == 0)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("text", SIDES)
def test_counts_by_side(text: str, causal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Selectors that compare places, as where there are too many values to look at all pairs."""
    monkeypatch.setattr("rasp.meaning.facts.MAX_STATES_COUNTED", 0)
    root = node_of(f"x = selector_width({text});")
    assert check_all(root, tuple("ab"), 1, causal=causal)


@pytest.mark.parametrize("seed", range(8))
def test_domains_of_random_programs_by_side(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasp.meaning.facts.MAX_STATES_COUNTED", 0)
    (case,) = random_cases(range(3100 + seed, 3101 + seed))
    assert check_all(case.root, case.tokens, seed, causal=seed % 3 == 0)


def test_means_and_counts_of_the_same_keys_belong_together() -> None:
    """Their product is a sum, rounded twice, and no other mean times no other count."""
    text = """
    a = select(tokens, "a", ==);
    x = aggregate(a, indices + 1, 0) * selector_width(a);
    """
    space = Attended(("a", "b"), LONGER, causal=False)
    found = space.domain(node_of(text)).numbers()
    assert np.abs(found - np.rint(found)).max() < 1e-9


def test_sums_are_multiplied_with_the_counts_and_means_that_belong_to_them() -> None:
    """Every sum, number of keys and mean of an input are listed together, and few others."""
    text = """
    a = select(tokens, "a", ==);
    x = aggregate(a, indices + 1, 0) * selector_width(a);
    """
    root = node_of(text)
    space = Attended(("a", "b"), LONGER, causal=False)
    mean, count = (normal(node, space, {}) for node in root.operands)  # type: ignore[attr-defined]
    total = Total(mean)
    states = space.states([total, count, mean, TOKENS])
    listed = {
        tuple(states.columns[q].elements()[row] for q in (total, count, mean))
        for row in range(states.size)
    }
    real = set()
    for n in range(1, LONGER + 1):
        for chosen in product((0, 1), repeat=n):
            keys = [place for place, there in enumerate(chosen, 1) if there]
            average = sum(keys) / len(keys) if len(keys) > 1 else sum(keys)
            real.add((sum(keys), len(keys), average))
    assert real <= listed
    assert len(listed) <= 2 * len(real)


def test_sums_and_counts_whose_mean_is_not_listed_stay_beside_its_ends() -> None:
    """4 of 2 keys has the mean 2, which stands between those that are listed of what is above 0."""
    text = """
    s = select(tokens, "d", !=) and select(indices, indices, <=);
    """
    asked = (
        'aggregate(s, {"a": 5, "b": -1, "c": 0, "d": 0}[tokens], 0) > 0',
        "selector_width(s)",
    )
    space = Attended(tuple("abcd"), LONGEST, causal=False)
    above, count = (normal(node_of(f"{text} x = {one};"), space, {}) for one in asked)
    (mean, _) = above.operands  # type: ignore[attr-defined]
    total = Total(mean)
    space.roots = (above, total, count)
    states = space.states([total, count, mean, above])
    assert mean in space.few
    listed = {
        tuple(states.columns[q].elements()[row] for q in (total, count, above))
        for row in range(states.size)
    }
    real = {
        (sum(chosen), len(chosen), sum(chosen) > 0)
        for n in range(LONGEST + 1)
        for chosen in product((5, -1, 0), repeat=n)
    }
    assert real <= listed


@pytest.mark.parametrize("seed", range(20))
def test_rewriting_changes_no_value(seed: int) -> None:
    (case,) = random_cases(range(4000 + seed, 4001 + seed))
    space = Attended(case.tokens, LONGEST, causal=case.causal)
    other = normal(case.root, space)
    some = inputs(case.tokens, seed)
    expected = outcomes(case.root, some, causal=case.causal)
    found = outcomes(other, some, causal=case.causal)
    for wanted, got in zip(expected, found, strict=True):
        if isinstance(wanted, RaspError):
            assert isinstance(got, RaspError)
        else:
            assert list(map(atom_key, wanted)) == list(map(atom_key, got))


def test_a_rounded_sum_has_the_values_of_the_sum() -> None:
    """Indices and means have millions of combinations, of which the product is one of 801 sums."""
    text = "x = round((indices + 1) * aggregate(select(indices, indices, <=), tokens_int)) % 5;"
    root = node_of(text)
    assert isinstance(root, Elementwise)
    space = Attended(("0", "1", "2", "3", "4"), 200, causal=True)
    assert set(space.domain(root.operands[0]).values) == set(range(801))
    assert set(space.states([root], near=[root.operands[0]]).columns[root].tolist()) == set(
        range(5)
    )
