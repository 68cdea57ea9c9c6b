"""Numbers made of means, read elsewhere or averaged again, are ints where the program has ints."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

import rasp
from rasp.compiler.lowering import outputs
from rasp.graph.nodes import Atom
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.testing.limits import LIMITS, OF_TYPES, lowered
from rasp.verification import same_outcome

NAMES = """
mean = average(tokens_asis);
so_far = aggregate(select(indices, indices, <=), tokens_asis);
from_here = aggregate(select(indices, indices, >=), tokens_asis);
before = select(indices, indices - 1, ==);
"""


def compared(
    expression: str, vocabulary: Sequence[Atom], max_len: int, *, causal: bool = False
) -> rasp.CompiledModel:
    """The model, which is the program to the bit and in type on every input."""
    sop = rasp.loads(f"{NAMES}result = {expression};")["result"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=vocabulary, max_len=max_len, causal=causal)
    assert not model.artifact.readout.by_rule
    inputs = [
        [*tokens]
        for length in range(1, max_len + 1)
        for tokens in itertools.product(vocabulary, repeat=length)
    ]
    expected = outcomes(sop.node, inputs, causal=causal)
    for tokens, right, got in zip(inputs, expected, model.outcomes(inputs), strict=True):
        assert same_outcome(right, got), (tokens, right, got)
    return model


@pytest.mark.parametrize(
    ("expression", "vocabulary", "max_len"),
    [
        ("average((tokens_asis - mean) ^ 2)", [0, 2], 3),  # of one token it is 0, not 0.0
        ("average((tokens_asis - mean) ^ 2)", [1, 2, 3], 2),
        ("average(aggregate(select(indices, 0, !=), tokens_asis + 1))", [1, False], 3),  # 1 and 2
        ("aggregate(before, so_far ^ 2)", [0, 1, 2], 3),
        ("aggregate(before, so_far ^ 2, 1.0) + so_far", [0, 1, 2], 3),
        ("aggregate(select(indices, 0, ==), so_far * 3)", [0, 1, 2], 3),
        ("average(so_far)", [0, 2], 2),
        ("average(aggregate(select(indices, 2, <), tokens_asis))", [-1, 0, 1], 2),
        ("average(so_far * (indices + 1))", [0, 2], 2),
        ("average(so_far if indices == 0 else mean * 2)", [0, 2], 2),
        ("aggregate(select(indices, indices, <), mean * 2, 1.0)", [1, 3], 2),
        ("aggregate(before, aggregate(before, mean * 2, 1), 7.0)", [1, 3], 3),
        ("average(mean * 2)", [1, 2, 2.0], 2),
        ("fetch(select(indices, 0, ==), mean * 2, True)", [1, 2], 2),  # there is such a key
        # entries that no token reaches, sides that are not chosen
        ('average(["a", 2, "c", 4][tokens_asis] + mean)', [1, 3], 2),
        ('average((2 if tokens_asis > 0 else "x") + mean)', [1, 3], 2),
        # beside a default that is no number it is put out whether a key is selected
        ("aggregate(before, so_far * 2, True)", [0, 1, 2], 3),
        ("aggregate(before, so_far + 1, False)", [-1, 0, 3], 3),
        ('aggregate(before, so_far, "-")', [-1, 0, 1], 3),
        ("aggregate(before, so_far * 2, False)", [-1, 0.0, 1], 3),
        ("aggregate(before, so_far, True)", [-1, 0.0, 1], 3),
        ('fetch(before, so_far + 1, "-")', [0, 2, 5], 3),
        ('3 if tokens_asis == 2 else aggregate(before, so_far + 1, "-")', [0, 2, 5], 3),
        ("aggregate(before, so_far + 1, True) + 1", [0, 2, 5], 3),
        ('aggregate(before, 10 / (so_far - 2), "-")', [0, 2, 5], 2),  # it fails
        ("-(aggregate(before, so_far * 2))", [0, 2], 3),  # 0 is -0.0 where it is a float
    ],
)
def test_types_are_told_apart_and_proved(
    expression: str, vocabulary: list[Atom], max_len: int
) -> None:
    model = compared(expression, vocabulary, max_len)
    assert model.certificate.rounding.ok
    assert model.certificate.meaning.ok


@pytest.mark.parametrize(
    "expression",
    [
        "fetch(full_s, mean * 2)",  # of several keys
        "average(so_far - indicator(tokens_asis[0] < tokens_asis))",
        "average(so_far + round(so_far * tokens_asis))",
    ],
)
def test_types_of_what_nobody_lists(expression: str) -> None:
    compared(expression, [1, 3], 2)


@pytest.mark.parametrize(
    "expression",
    ["average((tokens_asis - so_far) ^ 2)", "aggregate(before, so_far * 2)[1]", "average(so_far)"],
)
def test_types_in_causal_models(expression: str) -> None:
    compared(expression, [0, 2], 2, causal=True)


def test_too_many_ints_are_left_to_the_rule() -> None:
    sop = rasp.loads(f"{NAMES}result = average(mean * 2);")["result"]
    with lowered(OF_TYPES):
        model = rasp.compile(sop, vocab=[0, 1, 3], max_len=2)
    assert model.artifact.readout.by_rule
    assert rasp.verify(model, exhaustive=True).by_rule


def test_a_mean_may_stand_in_the_place_of_strings() -> None:
    """What length or index say is a string elsewhere: the mean was a float then."""
    model = compared("mean * 2 if length == 2 else tokens_str", [0, 2], 2)
    assert model.certificate.meaning.ok


LONG_FORMULAS = [limit for limit in LIMITS if limit.name == "MAX_FORMULA"]


@pytest.mark.parametrize("expression", ["abs(mean)", "mean if indices == 0 else mean + 1"])
def test_what_is_too_long_a_formula_is_put_out_beside_marks(expression: str) -> None:
    """Choices of choices of means double it each time: nine of them were floats."""
    with lowered(LONG_FORMULAS):
        assert compared(expression, [0, 1, 3], 3).certificate.meaning.ok


def test_what_neither_marks_nor_the_rule_tell_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before neurons are sought: with 140 integers they took two minutes."""
    monkeypatch.setattr("rasp.compiler.pipeline.arranged", pytest.fail)
    sop = rasp.loads(f"{NAMES}result = abs(mean);")["result"]
    with lowered([*LONG_FORMULAS, *OF_TYPES]), pytest.raises(rasp.CompileError) as refused:
        rasp.compile(sop, vocab=[0, 1, 3], max_len=3)
    assert "too much is computed with them to tell where it is an int" in str(refused.value)


@pytest.mark.parametrize("default", ["0", "True", '"-"'])
def test_what_can_be_told_is_not_proved_by_the_rule(
    monkeypatch: pytest.MonkeyPatch, default: str
) -> None:
    monkeypatch.setattr(outputs, "_has_other_default", lambda node, leaf: False)
    sop = rasp.loads(f"{NAMES}result = aggregate(before, so_far * 3, {default});")["result"]
    with lowered(OF_TYPES):  # where it is 3, the model gives 3.0
        model = rasp.compile(sop, vocab=[0, 1, 2], max_len=3)
    assert model.certificate.rounding.ok
    assert not model.certificate.meaning.ok


@pytest.mark.parametrize("default", ["", ", 6", ", 6.0"])
def test_no_number_is_read_that_no_key_carries(default: str) -> None:
    """Among the means of 2 and 0 there is no 0, which is what is read where nothing is selected:
    it was listed as 0.0."""
    compared(f"aggregate(before, average(shift(indices, 2, 1) * 2){default})", ["a"], 4)


def test_of_several_keys_a_fetch_has_the_type_of_the_first() -> None:
    """Of 0 1 2 that is 2.0, where the last has 2."""
    compared("fetch(select(indices, 1, !=), from_here * [1, 2, 1][indices])", [0, 1, 2], 3)
