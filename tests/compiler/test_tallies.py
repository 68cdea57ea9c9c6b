"""Choices by what is selected, which heads add up: small, exact, proved."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
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


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_exact_on_every_input(kind: str, causal: bool) -> None:
    sop = rasp.loads(KINDS[kind])["x"]
    assert isinstance(sop, SOp)
    inputs = [list(some) for n in range(1, 6) for some in product("abcd", repeat=n)]
    with lowered([limit for limit in LIMITS if limit.name == "LONG_INPUTS"]):
        model = compiled(KINDS[kind], "abcd", 5, causal=causal)
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
