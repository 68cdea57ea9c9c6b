"""Functions of many leaves: their size follows what an expression asks, not its joint values."""

from __future__ import annotations

import random

import pytest

import rasp
from rasp.api import emit
from rasp.compiled import CompiledModel
from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.lowering.lower import lower
from rasp.compiler.variables import Computed, Read
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome
from rasp.vocabulary import Vocabulary

WORDS = [f"w{number}" for number in range(60)]

CHAIN = """
x = "-";
for n in range(1, 24) {
    here = aggregate(select(indices, indices - n, ==), tokens == "a", False);
    x = "even" if here and n % 2 == 0 else ("odd" if here else x);
}
"""
"""The last of 23 truth values that is true: 24 cases, and 2^23 combinations."""

LAST_OF_MANY = """
x = 0;
for n in range(1, 24) {
    here = aggregate(select(indices, indices - n, ==), tokens == "a", False);
    x = n % 3 if here else x;
}
"""

ANY = """
x = False;
for n in range(1, 24) {
    x = x or aggregate(select(indices, indices - n, ==), tokens == "a", False);
}
"""

SUM_AS_PLACE = """
step = 0;
for n in range(1, 22) {
    step = step + aggregate(select(indices, indices - n, ==), indicator(tokens == "a"), 0);
}
x = aggregate(select(indices, indices - step, ==), tokens, "-");
"""

SENSES = """
before = aggregate(select(indices, indices - 1, ==), tokens, "-");
two_before = aggregate(select(indices, indices - 2, ==), tokens, "-");
behind = aggregate(select(indices, indices + 1, ==), tokens, "-");
asked = before == "w1" or (before == "w2" and two_before == "w1");
sense = tokens;
sense = ("verb" if asked else "noun") if tokens == "w5" else sense;
sense = ("to" if behind == "w7" else "in") if tokens == "w6" else sense;
x = sense;
"""
"""60^4 joint values, of which three leaves are asked for no more than two values each."""

PACKED_TWICE = """
earlier = select(indices, indices, <);
kept = tokens != "a";
number = selector_width(earlier and select(kept, True, ==)) if kept else -1;
item = aggregate(select(number, indices, ==), tokens, "-");
place = aggregate(select(number, indices, ==), indices, -1);
inner = item != "-" and item != "b";
inner_number = selector_width(earlier and select(inner, True, ==)) if inner else -1;
inner_place = aggregate(select(inner_number, indices, ==), place, -1);
x = aggregate(select(inner_place, indices, ==), indices, -1);
"""


def sop_of(text: str) -> SOp:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop


def compared(text: str, vocab: list[str], max_len: int) -> CompiledModel:
    """The model, certified and right on random inputs of all lengths."""
    sop = sop_of(text)
    model = rasp.compile(sop, vocab=vocab, max_len=max_len)
    draw = random.Random(1)
    inputs = []
    for number in range(200):
        few = draw.sample(vocab, draw.randint(1, min(8, len(vocab))))
        inputs.append([draw.choice(few) for _ in range(1 + number % max_len)])
    expected = outcomes(sop.node, inputs, origins=sop.origins)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))
    assert model.report.certificate.ok
    return model


@pytest.mark.parametrize("text", [CHAIN, LAST_OF_MANY])
def test_a_chain_is_a_neuron_for_each_case(text: str) -> None:
    model = compared(text, list("ab"), 24)
    assert model.report.sublayers == "af"
    assert model.module.config.blocks[0].d_mlp <= 24


def test_a_disjunction_of_many_is_one_neuron() -> None:
    model = compared(ANY, list("ab"), 24)
    assert model.report.sublayers == "af"
    assert model.module.config.blocks[0].d_mlp <= 2


def test_a_sum_of_many_is_a_place() -> None:
    model = compared(SUM_AS_PLACE, list("abc"), 24)
    assert model.report.sublayers == "aa"


def test_a_table_has_what_is_asked() -> None:
    model = compared(SENSES, WORDS, 6)
    assert model.report.sublayers == "af"
    assert model.report.n_parameters < 15_000


def lowered(text: str, vocab: str, max_len: int) -> dict[str, object]:
    sop = sop_of(text)
    found = lower(sop.node, Vocabulary.of(vocab), Contexts(max_len, causal=False), sop.origins)
    return {variable.label: variable for variable in found.variables}


def test_alike_values_are_listed_once() -> None:
    sop = sop_of(SENSES)
    found = lower(sop.node, Vocabulary.of(WORDS), Contexts(6, causal=False), sop.origins)
    (sense,) = (v for v in found.variables if isinstance(v, Computed) and len(v.leaves) == 4)
    before = next(leaf for leaf in sense.leaves if leaf.label == "before")
    assert len(set(sense.alike[before].tolist())) == 3
    assert len(sense.rows) < 60 * 3 * 2 * 2 + 1


def test_places_that_are_handed_on_stay_different() -> None:
    compared(PACKED_TWICE, list("abc"), 6)
    x = lowered(PACKED_TWICE, "abc", 6)["x"]
    assert isinstance(x, Read), "a mean of places: that each is read once was not found"


def test_what_is_read_of_several_keys_is_no_place() -> None:
    """The tokens of one class are many, so that what they carry is at many positions, too."""
    text = """
    first_place = aggregate(first(select(tokens, tokens, ==)), indices, -1);
    x = aggregate(select(first_place, indices, ==), indices, -1);
    """
    compared(text, list("ab"), 5)
    assert not isinstance(lowered(text, "ab", 5)["x"], Read)


def test_a_chain_that_may_fail_says_so() -> None:
    compared(CHAIN + 'x = {"even": 1, "odd": 2}[x];', list("ab"), 24)


def test_what_neurons_need_is_counted_over_values_that_are_told_apart() -> None:
    """Each read is "x", "y" or the default; the function asks whether it is "x".  So one direction
    of each read is enough for whatever is linear in that, however many forms ask for it."""
    program = rasp.loads(
        'a, b, c = tokens[0] == "x", tokens[1] == "x", tokens[2] == "x";'
        "same = b == c;"
        "seen = ((not a or b) and not same) or (a and c);"
    )
    encodings = emit(program["seen"], "encodings", vocab="xy", max_len=6)
    [line] = [line for line in encodings.splitlines() if line.startswith("seen")]
    assert " pieces " in line
    model = rasp.compile(program["seen"], vocab="xy", max_len=6)
    assert rasp.verify(model).ok


@pytest.mark.parametrize("asked", ["t > 200000000", "t < 150000000", "t"])
def test_a_sum_over_cases_goes_as_far_as_all_that_they_stand_for(asked: str) -> None:
    """The rows of seventeen conditions have index 0 wherever a case does not ask for the index: a
    sum over all positions is not that of what stands at position 0 and 3."""
    text = """
    y = 5 if indices == 3 else 0;
    for k in range(1, 18) {
        here = aggregate(select(indices, indices - k, ==), tokens == "1", False);
        y = 3 ^ k if here else y;
    }
    t = round(length * average(y));
    """
    sop = rasp.loads(f"{text}x = {asked};")["x"]
    model = rasp.compile(sop, vocab="01", max_len=22)
    draw = random.Random(0)
    inputs = [[draw.choice("01") for _ in range(draw.randint(1, 22))] for _ in range(100)]
    inputs.append(["1"] * 22)
    expected = outcomes(sop.node, inputs, causal=False, origins=sop.origins)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))
