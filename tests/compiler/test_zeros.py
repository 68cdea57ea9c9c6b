"""Numbers of which it is not known whether they are ints: the sign of a zero, and sums of them."""

from __future__ import annotations

import pytest

import rasp
from rasp.errors import CompileError
from rasp.graph.nodes import Atom
from rasp.interpreter import outcomes
from rasp.outputs import Readout, zero_is_open
from rasp.readout import Outcome
from rasp.sop import SOp
from rasp.testing.limits import OF_TYPES, lowered
from rasp.verification import every_input, same_outcome

# Of 1 and 3 the mean is 2.0, and of 2 alone it is 2; what is read of a sum with it says nothing of
# that, and what is read of the mean itself does.
READ = "a = average(tokens_asis)[0]; "
FIRST = "a = (average(tokens_asis) + 0)[0]; "
LAST = "b = aggregate(select(indices, indices, <=), tokens_asis)[length - 1]; "
DEFAULT = "c = aggregate(select(tokens_asis, tokens_asis, <), tokens_asis, 2.0)[0]; "


def compiled(text: str, vocabulary: list[Atom], max_len: int = 3) -> rasp.CompiledModel:
    sop = rasp.loads(f"{text};")["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab=vocabulary, max_len=max_len)


OPEN: list[tuple[str, list[Atom]]] = [
    (FIRST + "x = a % -2", [-3, 2, 5]),  # 2 % -2 is 0, and 2.0 % -2 is -0.0
    (FIRST + "x = -a", [-3, 0, 2]),
    (FIRST + "x = -a if indices == 0 else 3", [-3, 0, 2]),
    (FIRST + "x = -a if indices == 0 else True", [-3, 0, 2]),
    (FIRST + "x = a * (indices - 1)", [-3, 0, 2]),
    (FIRST + "x = a * -2 + average(tokens_asis) * 0.0", [-3, 0, 2]),
]
"""Zeros that are 0 where a mean is an int, and -0.0 where it is a float."""


@pytest.mark.parametrize(
    ("text", "vocabulary"),
    [
        *OPEN,
        (FIRST + "x = aggregate(select(tokens_asis, tokens_asis, ==), a % -2)", [1, 4, 7]),
        (FIRST + LAST + "x = ((-a) * (-b))[0]", [0, 2]),  # of 0 and 0.0 it is -0.0
    ],
)
def test_a_zero_that_may_have_either_sign_is_refused(text: str, vocabulary: list[Atom]) -> None:
    refused = pytest.raises(CompileError, match=r"may be (0 or -0\.0, as|0\.0 and -0\.0, which)")
    with lowered(OF_TYPES), refused:
        compiled(text, vocabulary)


@pytest.mark.parametrize(("text", "vocabulary"), OPEN)
def test_where_it_is_told_what_is_an_int_zeros_have_their_sign(
    text: str, vocabulary: list[Atom]
) -> None:
    model, expected, found = _outcomes(text, vocabulary)
    assert not model.artifact.readout.by_rule
    assert all(map(same_outcome, expected, found))


@pytest.mark.parametrize(
    ("text", "vocabulary"),
    [
        (FIRST + "x = 1 - a", [-3, 0, 2]),
        (FIRST + "x = 2 * a + a / 4", [-3, 0, 2]),
        (READ + "x = a / -2", [-3, 0, 2]),
        (READ + "x = a % -2", [-3, 2, 5]),
        (READ + "x = -a", [-3, 0, 2]),
        (DEFAULT + "x = c % -2", [0, 1, 2]),  # 2 as a value, and 2.0 as a default
        (FIRST + "x = -a + 0", [-3, 0, 2]),
        (FIRST + "x = -a + 1 if indices == 0 else 3", [-3, 0, 2]),
        (FIRST + "x = a if a != 0 else 3", [-3, 0, 2]),
        (FIRST + "x = (-a)[0]", [0, 1, 2]),  # the least of the values is what it is
        (FIRST + LAST + "x = (1 + (-a) * (-b))[0]", [0, 2]),
        # an int that may be a float makes floats of what it is added to
        (DEFAULT + "x = (c if c == 2 else 0) + length", [0, 1, 2]),
        (
            DEFAULT + "y = round(length * average(tokens_asis * 1000000));"
            "x = (c if c == 2 else 0) + y",
            [0, 1, 2],
        ),
        (DEFAULT + "x = (10 ^ 400 if c == 2 else 1) % 7", [0, 1, 2]),
    ],
)
def test_whole_numbers_are_ints_or_floats_by_rule(text: str, vocabulary: list[Atom]) -> None:
    with lowered(OF_TYPES):
        model, expected, found = _outcomes(text, vocabulary)
    by_rule = model.artifact.readout.by_rule
    assert all(same_outcome(*pair, by_rule=by_rule) for pair in zip(expected, found, strict=True))


def _outcomes(
    text: str, vocabulary: list[Atom]
) -> tuple[rasp.CompiledModel, list[Outcome], list[Outcome]]:
    model = compiled(text, vocabulary)
    inputs = [
        [vocabulary[code] for code in row]
        for batch in every_input(len(vocabulary), 3, 100)
        for row in batch
    ]
    sop = rasp.loads(f"{text};")["x"]
    assert isinstance(sop, SOp)
    return model, [*outcomes(sop.node, inputs)], [*model.outcomes(inputs)]


@pytest.mark.parametrize(
    "text",
    [
        "x = average(tokens_asis) % -2",
        "x = average(tokens_asis) ^ 2",
        "x = 2 ^ average(tokens_asis)",
        "x = (tokens_asis - average(tokens_asis)) ^ 3 % 4",
        "x = 7 % aggregate(select(indices, indices, <=), tokens_asis)",
        "x = average(tokens_asis) ^ 2 - aggregate(select(indices, indices, <=), tokens_asis) ^ 2",
    ],
)
def test_remainders_and_powers_of_means_are_ints_where_these_are(text: str) -> None:
    model = compiled(text, [-3, 2, 5])
    assert not model.artifact.readout.by_rule
    inputs = [[[-3, 2, 5][code] for code in row] for b in every_input(3, 3, 100) for row in b]
    sop = rasp.loads(f"{text};")["x"]
    assert isinstance(sop, SOp)
    expected = outcomes(sop.node, inputs)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))
    assert {type(value) for row in expected if isinstance(row, list) for value in row} > {int}


@pytest.mark.parametrize("causal", [False, True])
def test_the_product_of_a_count_and_a_mean_of_negative_zeros_is_one(causal: bool) -> None:
    """As a sum it would be 0.0."""
    text = "x = (length * average(tokens_asis))[0];"
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=[-0.0, 1.0], max_len=3, causal=causal)
    inputs = [[-0.0], [-0.0, -0.0], [-0.0, 1.0], [1.0, 1.0, -0.0]]
    expected = outcomes(sop.node, inputs, causal=causal)
    assert all(same_outcome(*pair) for pair in zip(expected, model.outcomes(inputs), strict=True))


PART, TYPED = Readout("grid", by_rule=True), Readout("grid")
X, Y, TWO, LESS = ("part", 0), ("part", 1), ("constant", 2), ("constant", -0.0)


@pytest.mark.parametrize(
    ("formula", "is_open"),
    [
        ([X], False),
        ([X, ("negate", 1)], True),
        ([Y, ("negate", 1)], False),
        ([X, ("plus", 1), ("negate", 1), ("plus", 1)], True),
        ([X, TWO, ("multiply", 2)], False),
        ([TWO, X, ("multiply", 2)], False),
        ([X, Y, ("multiply", 2)], True),
        ([X, TWO, ("divide", 2)], False),
        ([TWO, X, ("divide", 2)], False),
        ([X, Y, ("divide", 2)], False),  # quotients are floats
        ([X, ("negate", 1), Y, ("divide", 2)], True),
        ([X, Y, ("add", 2)], False),
        ([LESS, X, ("subtract", 2)], True),  # it is not, which is not looked at
        ([X, LESS, ("add", 2)], False),
        ([X, LESS, ("subtract", 2)], False),
        ([Y, X, TWO, ("where", 3)], False),
        ([Y, X, ("negate", 1), TWO, ("where", 3)], True),
        ([X, ("negate", 1), Y, TWO, ("where", 3)], False),
        ([X, ("negate", 1), TWO, ("multiply", 2)], True),
        ([X, TWO, ("modulo", 2)], False),
        ([X, LESS, ("modulo", 2)], True),
        ([X, TWO, ("power", 2)], False),
        ([X, ("negate", 1), TWO, ("power", 2)], True),
    ],
)
def test_where_parts_are_put_together_a_zero_may_be_open(
    formula: list[tuple[str, Atom]], is_open: bool
) -> None:
    readout = Readout("parts", parts=(PART, TYPED), formula=tuple(formula), by_rule=True)
    assert zero_is_open(readout) is is_open
