"""The programs of examples/decoding/ and plain Python write the same: interpreted and compiled."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import pytest

import rasp
from benchmarks import machines
from benchmarks.references import MACHINES, Machine
from rasp.compiled import CompiledModel

EXAMPLES = Path(__file__).parents[2] / "examples" / "decoding"
N_TOKENS = 100_000
SHORT = {"counting": 40, "copying": 24, "sorting": 30, "rule110": 96, "turing_machine": 52}
"""Longest inputs of models that are compiled quickly; those of the others are short, or 80."""

each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


@cache
def small(machine: Machine) -> CompiledModel:
    return machines.compiled(machine, min(machine.max_len, SHORT.get(machine.name, 80)))


def test_every_program_that_writes_has_a_reference() -> None:
    names = {machine.name for machine in MACHINES}
    assert {path.stem for path in EXAMPLES.glob("*.rasp")} == names | {"progression"}


@each_machine
def test_the_interpreter_writes_what_the_reference_does(machine: Machine) -> None:
    program = rasp.load(EXAMPLES / f"{machine.name}.rasp")
    random = Random(1)
    for _ in range(20):
        prompt = machine.prompt(random)
        n_new = min(80, machine.max_len - len(prompt))
        got = rasp.generate(program[machine.sop], prompt, n_new, stop=list(machine.stops) or None)
        assert "".join(got[len(prompt) :]) == "".join(islice(machine.written(prompt), n_new))


@each_machine
def test_models_write_what_the_references_do(machine: Machine) -> None:
    model = small(machine)
    assert model.certificate.ok
    found = machines.compare(machine, model, 2_000, batch=32)
    assert found.difference is None
    assert found.n_tokens >= 2_000


@each_machine
def test_one_sequence_alone(machine: Machine) -> None:
    model = small(machine)
    prompts = (machine.prompt(random) for random in map(Random, range(50)))
    prompt = next(prompt for prompt in prompts if len(prompt) < model.max_len)
    n_new = model.max_len - len(prompt)
    got = model.generate(prompt, n_new, stop=list(machine.stops) or None)
    assert "".join(got[len(prompt) :]) == "".join(islice(machine.written(prompt), n_new))


@pytest.mark.slow
@each_machine
def test_a_hundred_thousand_tokens(machine: Machine) -> None:
    model = machines.compiled(machine)
    assert model.certificate.ok
    found = machines.compare(machine, model, N_TOKENS, seed=1)
    assert found.difference is None
    assert found.n_tokens >= N_TOKENS


def test_a_difference_is_found_and_shown() -> None:
    """A model of another program: without carries."""
    (machine,) = (machine for machine in MACHINES if machine.name == "addition_backwards")
    text = (EXAMPLES / f"{machine.name}.rasp").read_text(encoding="utf-8")
    wrong = rasp.loads(text.replace("+ carry", "+ 0 * carry"))["next_digit"]
    model = rasp.compile(wrong, vocab=machine.vocab, max_len=machine.max_len, causal=True)
    found = machines.compare(machine, model, 2_000, batch=32)
    assert found.difference is not None
    assert "expected" in found.difference
