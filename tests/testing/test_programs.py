"""Random programs: always programs, the same for the same seed, of every construct, shrinking."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

import rasp
from rasp.errors import RaspTypeError
from rasp.sop import SOp
from rasp.testing import (
    RandomProgram,
    ReplayedChoices,
    SeededChoices,
    constructs_of,
    generate,
    inputs_of,
    programs,
    python_text,
    random_program,
    run_python,
    shrink,
)

# Of 1,000 programs, at least so many use a construct.
COMMON = {
    2: ["comprehension of two clauses", "in a string", "abs", "div", "sum"],
    5: ["list comprehension", "string table", "index from the end", "+ in front", "gather"],
    8: ["tokens_asis", "load_from_location", "not in", "^", "select_from_first", "max", "min"],
    10: [
        "best",
        "fetch",
        "select_from_last",
        "contains",
        "average",
        "tokens_float",
        "sort",
        "negative default",
    ],
    12: ["mark_first_instance", "mark_last_instance", "count", "shift", "select_next_identical"],
    15: ["<", "<=", ">", ">=", "!=", "range", "several targets", "index from the start"],
    20: [
        "first",
        "last",
        "default of type int",
        "default of type bool",
        "list table",
        "tokens_bool",
        "for",
    ],
    30: ["def", "own function", "dict comprehension", "zip", "in", "default of type float"],
    40: ["select <", "select <=", "select >", "select >=", "select !=", "*", "round", "not"],
    60: ["and", "or", "has_focus", "length", "+", "%", "default of type str"],
    90: ["tokens_int", "indicator", "dict table", "if", "selector_width", "literal of type float"],
    120: ["aggregate without default", "- in front", "-", "/"],
    300: ["==", "select ==", "tokens", "indices", "literal of type int", "literal of type str"],
}
CHAINS = 60
DEPTHS = {"depth 0": 150, "depth 1": 200, "depth 2": 150, "depth 3": 40, "depth 4": 5}


def sop_of(program: RandomProgram) -> SOp:
    sop = rasp.loads(program.text)[program.sop]
    assert isinstance(sop, SOp)
    return sop


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_chains_are_deep(layers: int) -> None:
    found = [random_program(seed, layers=layers) for seed in range(CHAINS)]
    assert found == [random_program(seed, layers=layers) for seed in range(CHAINS)]
    depths = [rasp.analyze(sop_of(program)).n_layers for program in found]
    assert sum(depth >= layers for depth in depths) > 0.8 * CHAINS
    assert len({program.text for program in found}) > 0.7 * CHAINS


def test_every_construct_and_depth() -> None:
    programs = [random_program(seed) for seed in range(1_000)]
    shares = Counter(name for program in programs for name in constructs_of(program))
    wanted = {name: count for count, names in COMMON.items() for name in names} | DEPTHS
    rare = {name: shares[name] for name, count in wanted.items() if shares[name] < count}
    assert not rare
    assert len({program.text for program in programs}) > 800


def test_constructs() -> None:
    text = (
        "def f(u) { return u + 1; }\n"
        'n = f(indices) if tokens == "a" else -1;\n'
        'result = aggregate(select(n, 2, <), [0, 1][n % 2], True) and "ab"[n] != n[-1];\n'
    )
    assert constructs_of(RandomProgram(text, ("a",), 3)) == {
        *("def", "own function", "+", "indices", "if", "tokens", "==", "- in front", "select <"),
        *("default of type bool", "list table", "string table", "%", "and", "!="),
        *("index from the end", "literal of type int", "literal of type str", "depth 2"),
    }


@pytest.mark.parametrize("size", [3, 5, 9])
def test_the_same_program_in_python(size: int) -> None:
    """The very same node, not one that is equal on some inputs."""
    for seed in range(150):
        program = random_program(seed, size)
        result = run_python(program.python)[program.sop]
        assert result.node is sop_of(program).node, f"{program}\n{program.python}"


def test_python_is_readable() -> None:
    text = (
        "def f(u, v) { w = max(u, v); return w, u; }\n"
        "a, b = f(indices, 2);\n"
        "for k in range(2) { a = a + k ^ 2; }\n"
        's = not select(tokens, "x", ==) and full_s;\n'
        "t = {v: k for k, v in zip([1, 2], [3, 4]) if k > 0}[a];\n"
        'result = t if ("x" in tokens) or (a not in [1, 2]) else aggregate(s, b, -1)[0];\n'
    )
    program = RandomProgram(text, ("x", "y"), 4)
    assert run_python(program.python)["result"].node is sop_of(program).node
    assert program.python == (
        "from rasp.dsl import *\n\n"
        "def f(u, v):\n    w = maximum(u, v)\n    return (w, u)\n"
        "a, b = f(indices, 2)\n"
        "for k in range(2):\n    a = a + k ** 2\n"
        "s = ~select(tokens, 'x', '==') & full_s\n"
        "t = lookup({v: k for k, v in zip([1, 2], [3, 4]) if k > 0}, a)\n"
        "result = where(contains(tokens, 'x') | ~a.is_in([1, 2]), t, aggregate(s, b, -1)[0])\n"
    )


def test_no_python_for_loads() -> None:
    with pytest.raises(RaspTypeError, match="Load has no translation"):
        python_text('load "x";')


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


@pytest.mark.parametrize("seed", range(3))
def test_shrinks_to_a_readable_program(seed: int) -> None:
    # Shrinking ends where no step makes it smaller: which programs those are depends on chance.
    def interesting(program: RandomProgram) -> bool:
        return "selector_width(" in program.text

    smallest = find(
        programs(),
        interesting,
        random=Random(seed),
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
