"""Values that are not listed happen on no input: domains against the interpreter."""

from __future__ import annotations

import random
from itertools import product

import pytest

from rasp.errors import RaspError
from rasp.graph.nodes import SOP_TYPES, Atom, SOpNode, atom_key
from rasp.graph.walk import topological
from rasp.interpreter import outcomes, traced
from rasp.meaning.attended import Attended
from rasp.meaning.rewrites import normal
from rasp.meaning.states import Domain, UnprovedError
from rasp.testing.meanings import random_cases
from tests.meaning.test_proof import PROGRAMS, node_of

LONGEST = 5


def inputs(tokens: tuple[Atom, ...], seed: int) -> list[list[Atom]]:
    chance = random.Random(seed)
    short = [list(some) for n in range(1, 4) for some in product(tokens[:3], repeat=n)]
    for _ in range(30):
        short.append([chance.choice(tokens) for _ in range(chance.randint(1, LONGEST))])
    return short


def check_domains(root: SOpNode, tokens: tuple[Atom, ...], *, causal: bool) -> int:
    """How many s-ops were looked at."""
    space = Attended(tokens, LONGEST, causal=causal)
    space.most = 1e9
    known: dict[SOpNode, Domain] = {}
    nodes = [node for node in topological([normal(root, space)]) if isinstance(node, SOP_TYPES)]
    for node in nodes:
        try:
            known[node] = space.domain(node)
        except UnprovedError:
            continue
    for sequence in inputs(tokens, 1):
        if isinstance(outcomes(root, [sequence], causal=causal)[0], RaspError):
            continue
        values = traced(nodes, sequence, causal=causal)
        for node, domain in known.items():
            keys = {atom_key(value): place for place, value in enumerate(domain.values)}
            n_lengths, n_indices, _ = domain.mask.shape
            for index, value in enumerate(values.get(node, [])):
                place = keys.get(atom_key(value))
                assert place is not None, (node, value)
                row = len(sequence) - 1 if n_lengths > 1 else 0
                column = index if n_indices > 1 else 0
                assert domain.mask[row, column, place], (node, value, len(sequence), index)
    return len(known)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", PROGRAMS)
def test_domains_of_programs(name: str, causal: bool) -> None:
    text, vocab = PROGRAMS[name]
    assert check_domains(node_of(text), tuple(vocab), causal=causal)


@pytest.mark.parametrize("seed", range(40))
def test_domains_of_random_programs(seed: int) -> None:
    (case,) = random_cases(range(3000 + seed, 3001 + seed))
    assert check_domains(case.root, case.tokens, causal=seed % 3 == 0)


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
