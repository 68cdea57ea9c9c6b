"""Random programs: the compiled model is the interpreter, however it is built, stored and run.

The quick profile, for every change.  `python -m rasp.testing.stress` is the same on many more.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

import rasp
from rasp.errors import CompileError, RaspError
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.testing import RandomProgram, check, inputs, programs, random_program
from rasp.testing.checking import Way
from rasp.verification import same_outcome

QUICK = settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
SEEDS = 80
MOST_REFUSED = 3  # of as many seeds


@QUICK
@given(programs(), st.sampled_from(("float32", "float64", "causal", "size")))
def test_every_way(program: RandomProgram, way: Way) -> None:
    result = check(program, ways=[way])
    note(str(program))
    if result.difference is not None:
        pytest.fail(f"{program}\n{result.difference.kind}\n{result.difference.detail}")


@QUICK
@given(st.data())
def test_mixed_batches(data: st.DataObject) -> None:
    """Inputs of all lengths beside each other, in any order and more than once."""
    program = data.draw(programs(3))
    batch = data.draw(st.lists(inputs(program), min_size=1, max_size=8))
    sop = rasp.loads(program.text)[program.sop]
    assert isinstance(sop, SOp)
    try:
        model = rasp.compile(sop, vocab=program.vocabulary, max_len=program.max_len)
    except CompileError:
        return
    expected = outcomes(sop.node, batch)
    assert all(map(same_outcome, expected, model.outcomes(batch))), program.text
    twice = model.outcomes([*batch, *reversed(batch)])
    assert all(map(same_outcome, [*expected, *reversed(expected)], twice)), program.text


def test_seeds() -> None:
    """Programs of the stress run, all ways; hardly any is refused."""
    refused: list[str] = []
    for seed in range(SEEDS):
        result = check(random_program(seed), seed=seed)
        assert result.difference is None, f"seed {seed}\n{result.program}\n{result.difference}"
        if result.refusals:
            refused.append(f"seed {seed}: {result.refusals}")
    assert len(refused) <= MOST_REFUSED, refused


LONG = [
    ("result = aggregate(select(indices, indices, <=), tokens_int);", "0123"),
    ("result = selector_width(select(tokens, tokens, ==) and select(indices, indices, <));", "abc"),
    ("result = round(aggregate(full_s, tokens_int) * length) % 7;", "0123"),
    (
        "a = selector_width(select(tokens, tokens, ==));\n"
        "result = aggregate(select(a, a, >), indices, -1);",
        "abc",
    ),
]


@pytest.mark.parametrize(("text", "vocabulary"), LONG)
def test_long_inputs(text: str, vocabulary: str) -> None:
    result = check(RandomProgram(f"{text}\n", tuple(vocabulary), 30))
    assert not result.refusals
    assert result.difference is None, result.difference


@pytest.mark.parametrize("seed", range(6))
def test_random_programs_for_long_inputs(seed: int) -> None:
    """Compiled for 100 tokens and more: all short inputs, and some of every length."""
    program = replace(random_program(seed, 3), max_len=100 + 7 * seed)
    result = check(program, ways=["float32"], seed=seed)
    assert result.difference is None, f"{program}\n{result.difference}"


def test_only_rasp_errors_from_calls() -> None:
    sop = rasp.loads("result = 1 / (indices - 1);")["result"]
    model = rasp.compile(sop, vocab="ab", max_len=3)
    for tokens in ("", "abab", "x", [1], ["a", None], ["ab"]):
        with pytest.raises(RaspError):
            model(tokens)
