"""Random programs: always programs, the same for the same seed, of every construct, shrinking."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

import rasp
from rasp.sop import SOp
from rasp.testing import (
    RandomProgram,
    ReplayedChoices,
    SeededChoices,
    generate,
    inputs_of,
    programs,
    random_program,
    shrink,
)

CONSTRUCTS = [
    *("+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or", "not", "in"),
    *("if", "def", "for", "round(", "indicator(", "select(", "aggregate(", "selector_width("),
    *("count(", "contains(", "has_focus(", "average(", "sort(", "shift(", "load_from_location("),
    *("mark_first_instance(", "mark_last_instance(", "select_next_identical(", "length", "max("),
    *("select_from_last(", "select_from_first(", "min(", "tokens_int", "tokens_float", "[-1]"),
    *("tokens_bool", "tokens_asis", "not in", '["p"]', "[0]", "}["),
]


def sop_of(program: RandomProgram) -> SOp:
    sop = rasp.loads(program.text)[program.sop]
    assert isinstance(sop, SOp)
    return sop


def test_every_construct_and_depth() -> None:
    texts = []
    depths: Counter[int] = Counter()
    for seed in range(1_500):
        program = random_program(seed)
        texts.append(program.text)
        depths[rasp.analyze(sop_of(program)).n_layers] += 1
    everything = "\n".join(texts)
    assert not [construct for construct in CONSTRUCTS if construct not in everything]
    assert all(depths[depth] >= 10 for depth in range(5))
    assert len(set(texts)) > 1_000


@pytest.mark.parametrize("size", [1, 3, 10])
def test_same_for_the_same_seed(size: int) -> None:
    for seed in range(20):
        assert random_program(seed, size) == random_program(seed, size)


def test_replayed() -> None:
    for seed in range(50):
        choices = SeededChoices(seed)
        program = generate(choices)
        assert generate(ReplayedChoices(choices.taken)) == program


def test_inputs() -> None:
    program = RandomProgram("result = tokens;\n", ("a", "b"), 12)
    inputs = inputs_of(program)
    assert inputs == inputs_of(program)
    assert all(1 <= len(tokens) <= 12 and set(tokens) <= {"a", "b"} for tokens in inputs)
    assert {tuple(tokens) for tokens in inputs} >= {(a, b) for a in "ab" for b in "ab"}
    assert {len(tokens) for tokens in inputs} >= {1, 2, 3, 4, 5, 12}


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(programs())
def test_strategy(program: RandomProgram) -> None:
    sop_of(program)


def test_shrinks_to_a_readable_program() -> None:
    def interesting(program: RandomProgram) -> bool:
        return "selector_width(" in program.text

    smallest = find(
        programs(),
        interesting,
        settings=settings(
            deadline=None,
            max_examples=2_000,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    assert len(smallest.text) < 80, smallest.text
    assert len(smallest.text.splitlines()) == 1


def test_own_shrinking() -> None:
    seed = next(n for n in range(1_000) if "for n" in random_program(n).text)
    choices = SeededChoices(seed)
    generate(choices)

    def interesting(numbers: list[int]) -> list[int] | None:
        replayed = ReplayedChoices(numbers)
        return replayed.taken if "for n" in generate(replayed).text else None

    numbers = shrink(choices.taken, interesting)
    text = generate(ReplayedChoices(numbers)).text
    assert re.search(r"for n\d+ in", text)
    assert len(numbers) <= len(choices.taken)
    assert len(text) <= 120, text
