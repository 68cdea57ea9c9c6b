"""Choices by what is selected, which heads add up: small, exact, proved."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp.compiler.options import Optimize
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.testing.limits import LIMITS, lowered
from rasp.verification import same_outcome
from tests.compiler.test_scaling import compiled, is_exact

SEEN = "so_far = select(indices, indices, <=);\n"
LARGEST = (
    SEEN
    + """
found = 0;
for digit in range(1, 10) {
    found = digit if has_focus(so_far and select(tokens_int, digit, ==)) else found;
}
x = found;
"""
)
A, B, C = (f'so_far and select(tokens, "{token}", ==)' for token in "abc")


def choice(*values: object) -> str:
    one, two, three, other = values
    return (
        f"{SEEN}x = {one} if has_focus({A}) else"
        f" ({two} if has_focus({B}) else ({three} if has_focus({C}) else {other}));"
    )


KINDS = {
    "falling": choice(3, 2, 1, 0),
    "in-no-order": choice(-5, 40, 2, 7),
    "twice-the-same": choice(3, 1, 1, 0),
    "of-a-constant-as-well": choice(3, 2, 1, "indices"),
    "mixed": choice(1, "True", 0, "False"),
    "of-floats": choice(3.5, 2, 1, 0),
    "later": choice(3, 2, 1, 0).replace("<=", ">"),
    "counted": SEEN
    + f"x = 3 if selector_width({A}) > 0 else (2 if selector_width({B}) != 0 else"
    + f" (1 if selector_width({C}) > 0 else 0));",
    "everywhere": 'x = 3 if has_focus(select(tokens, "a", ==)) else'
    ' (2 if has_focus(select(tokens, "b", ==)) else'
    ' (1 if has_focus(select(tokens, "c", ==)) else 0));',
    "computed-with": choice(3, 2, 1, 0).replace("x = ", "y = ") + " x = y * indices;",
    "read": choice(3, 2, 1, 0).replace("x = ", "y = ")
    + ' x = aggregate(select(indices, indices - y, ==), tokens, "-");',
    "of-several-places": SEEN
    + f"x = 3 if has_focus({A}) else (2 if has_focus(so_far and select(indices, 2, ==)) else"
    + f" (1 if has_focus({C} and select(indices, 1, ==)) else 0));",
}

ALIKE_OR_LARGE = {
    "all-0": choice(0, 0, 0, 0),
    "all-1": choice(1, 1, 1, 1),
    "all-5-and-computed-with": choice(5, 5, 5, 5).replace("x = ", "y = ") + " x = y * indices;",
    "the-last-alike": choice(7, 1, 0, 0),
    "the-first-alike": choice(1, 1, 1, 0),
    "alike-but-for-types": choice(1, "True", "1.0", 1),
    "all-true": choice("True", "True", "True", "True"),
    "all-floats": choice("1.0", "1.0", "1.0", "1.0"),
    "fractions": choice(0.1, 0.3, -2, 3),
    "a-fraction-and-its-sum": choice(0.3, "(0.1 + 0.2)", -1, 0),
    "negative": choice(-5, -1, 2, -7),
    "large": choice("10 ^ 15", 1, 2, 3),
    "large-below-0": choice("-10 ^ 15", "10 ^ 15", -1, 0),
    "large-otherwise": choice(1, 2, 3, "2 ^ 53"),
    "all-large": choice("2 ^ 53 + 1", "2 ^ 53", "2 ^ 53 - 1", "2 ^ 53 - 2"),
    "beyond-floats": choice("10 ^ 400", 1, 2, 3),
    "large-and-far-apart": choice("10 ^ 15", "3 * 10 ^ 15", 0, "2 * 10 ^ 15"),
    "large-and-compared": choice("10 ^ 15", 1, 2, 3).replace("x = ", "y = ") + " x = y == 1;",
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_exact_on_every_input(kind: str, causal: bool) -> None:
    check_every_input(KINDS[kind], 5, causal=causal)


@pytest.mark.parametrize("kind", ALIKE_OR_LARGE)
def test_exact_where_values_are_alike_or_large(kind: str) -> None:
    check_every_input(ALIKE_OR_LARGE[kind], 3)


def check_every_input(source: str, max_len: int, *, causal: bool = False) -> None:
    sop = rasp.loads(source)["x"]
    assert isinstance(sop, SOp)
    inputs = [list(some) for n in range(1, max_len + 1) for some in product("abcd", repeat=n)]
    with lowered([limit for limit in LIMITS if limit.name == "LONG_INPUTS"]):
        model = compiled(source, "abcd", max_len, causal=causal)
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    assert model.report.certificate.ok
    assert model.report.certificate.meaning.ok, model.report.certificate.meaning.reason
    pairs = zip(expected, model.outcomes(inputs), strict=True)
    assert all(same_outcome(*pair) for pair in pairs)


@pytest.mark.parametrize(("causal", "most"), [(True, 2_500), (False, 3_700)])
def test_the_largest_digit_so_far(causal: bool, most: int) -> None:
    model = compiled(LARGEST, "0123456789", 128, causal=causal)
    assert model.report.sublayers == "a"
    assert model.report.n_parameters <= most
    assert model.report.certificate.ok
    assert model.report.certificate.meaning.ok
    assert is_exact(model, LARGEST, "0123456789", 128)


@pytest.mark.parametrize("large", ["300", "10 ^ 9", "10 ^ 12", "2 ^ 53"])
def test_no_choice_takes_float64_that_took_float32(large: str) -> None:
    source = choice(large, 1, 2, 3).replace("x = ", "y = ") + ' x = "p" if y == 1 else "q";'
    assert compiled(source, "abcd", 128).report.dtype == "float32"
    if large != "300":
        assert compiled(choice(large, 1, 2, 3), "abcd", 128).report.dtype == "float32"


@pytest.mark.parametrize("optimize", ["patterns", "size"])
def test_alike_is_a_constant(optimize: Optimize) -> None:
    model = compiled(choice(0, 0, 0, 0), "abcd", 128, optimize=optimize)
    assert model.report.n_layers == 0
    assert is_exact(model, choice(0, 0, 0, 0), "abcd", 128)


def test_of_few_questions_a_product_is_small() -> None:
    source = choice(1, 0, 0, 0).replace("x = ", "y = ") + " x = y * indices;"
    assert compiled(source, "abcd", 128).report.n_parameters <= 1_000
