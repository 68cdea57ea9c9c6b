"""Comparisons and choices of many values, chains after their conditions, counters: without a table
of all that meets."""

from __future__ import annotations

import random

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.errors import CompileError
from rasp.interpreter import outcomes
from rasp.verification import same_outcome

SUBLEQ = """
memory = tokens_int;
pc = 0;
for step in range({steps}) {{
    a = aggregate(select(indices, pc, ==), memory, 0);
    b = aggregate(select(indices, pc + 1, ==), memory, 0);
    c = aggregate(select(indices, pc + 2, ==), memory, 0);
    minuend = aggregate(select(indices, b, ==), memory, 0);
    difference = minuend - aggregate(select(indices, a, ==), memory, 0);
    memory = difference if indices == b else memory;
    pc = c if difference <= 0 else pc + 3;
}}
x = {result};
"""
"""A computer of one instruction: subtract what is at a from what is at b, go to c if that is not
above 0.  Its memory are the tokens."""

READS = """
reads = [aggregate(select(indices, indices - k, ==), tokens_int, 2) for k in range(12)];
x = {start};
for k in range(1, 12) {{
    found = reads[k] == 1 and reads[k - 1] == 0;
    x = {then};
}}
"""
WORDS = [f"w{number}" for number in range(400)]


def _compared(
    program: str, vocab: list[str] | str, max_len: int, *, causal: bool = False
) -> CompiledModel:
    """The model, which is the program on random inputs of all lengths."""
    sop = rasp.loads(program)["x"]
    model = rasp.compile(sop, vocab=vocab, max_len=max_len, causal=causal)
    draw = random.Random(max_len)
    few = draw.sample(list(vocab), min(9, len(vocab)))
    inputs = [[draw.choice(few) for _ in range(1 + n % max_len)] for n in range(3 * max_len)]
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))
    assert model.report.certificate.ok
    return model


@pytest.mark.parametrize("result", ["memory", "pc"])
def test_a_machine_takes_about_as_much_for_each_step(result: str) -> None:
    program = SUBLEQ.format(steps=3, result=result)
    model = _compared(program, "0123456789", 9)
    assert model.report.n_parameters < 80_000


@pytest.mark.parametrize(
    ("start", "then", "most"),
    [
        ('"none"', '"w" + str(k) if found else x', 30_000),
        ("0", "x + 1 if found else x", 30_000),
        ("0", "x + 2 if found else x - 1", 30_000),
    ],
)
def test_a_chain_of_conditions_on_two_things_each(start: str, then: str, most: int) -> None:
    model = _compared(READS.format(start=start, then=then.replace("str(k)", '"k"')), "012", 12)
    assert model.report.n_parameters < most


@pytest.mark.parametrize("comparison", ["==", "!=", "<", ">="])
def test_words_are_compared_by_their_places(comparison: str) -> None:
    program = f'x = tokens {comparison} shift(tokens, 1, "w7");'
    model = _compared(program, WORDS, 6, causal=comparison == "<")
    assert model.report.n_parameters < 5_000


def test_the_larger_of_many_numbers_is_a_choice() -> None:
    numbers = [str(number) for number in range(-200, 200)]
    program = (
        "before = shift(tokens_int, 1, -999); x = before if before > tokens_int else tokens_int;"
    )
    assert _compared(program, numbers, 6).report.n_parameters < 6_000


def test_a_choice_is_never_put_together_from_some_of_its_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The table of a choice of sums has the ends only.  Where its neuron does not say all that is
    asked, and the number alone does not either, it is refused."""

    def from_rows(*arguments: object) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr("rasp.compiler.encoding.neurons.by_number", lambda *a, **named: None)
    monkeypatch.setattr("rasp.compiler.encoding.neurons._decoded_in_part", from_rows)
    program = """
    a, b = selector_width(select(tokens, "a", ==)), selector_width(select(tokens, "b", ==));
    y = a if tokens == "a" else b + selector_width(select(tokens, "c", ==));
    x = aggregate(select(indices, y, ==), tokens, "-");
    """
    with pytest.raises(CompileError, match="y needs too many neurons") as refusal:
        rasp.compile(rasp.loads(program)["x"], vocab="abcd", max_len=200)
    assert refusal.value.span is not None


def test_numbers_of_a_column_that_once_had_others() -> None:
    """What was chosen from a column beside a number that no array holds is held as codes."""
    program = """
    large = {"1": 2 ^ 60, "2": 7, "3": 30}[tokens];
    z = 4 if large > 1000 else large;
    w = selector_width(select(z, z, ==));
    x = z if selector_width(select(tokens, tokens, <)) < w else w + z;
    """
    _compared(program, "123", 100)
