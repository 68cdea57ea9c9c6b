"""Places that are computed by products, remainders and flags, as numbers."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp.api import emit
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

PLUS = 'plus = aggregate(select_from_first(tokens, "+"), indices);'
FLAGS = """
f = indicator(aggregate(select(indices, indices - 1, ==), tokens, "-") == "a");
g = indicator(aggregate(select(indices, indices - 2, ==), tokens, "-") == "+");
"""
TURNED = f"{PLUS} x = tokens[(indices + plus) % length];"
BEFORE = f"{FLAGS} x = aggregate(select(indices, indices - 2 * f - g, ==), tokens);"
AROUND = f"{FLAGS} x = aggregate(select(indices, indices + 2 * f - g, ==), tokens);"
AT = f"{FLAGS} x = tokens[3 * f - (g == 1) * 2];"
CHOSEN = f"{FLAGS} x = aggregate(select(indices, (indices * f + 2 ^ g) % 3, ==), tokens, 0);"


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("program", [TURNED, BEFORE, AROUND, AT, CHOSEN])
def test_they_say_the_same_on_every_input(program: str, *, causal: bool) -> None:
    sop = rasp.loads(program)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="+ab", max_len=5, causal=causal)
    assert model.certificate.rounding.ok
    inputs = [list(word) for n in range(1, 6) for word in product("+ab", repeat=n)]
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))


@pytest.mark.parametrize(
    ("program", "most", "proved"),
    [
        (TURNED, 3_700, True),  # 10,607, place by place
        (BEFORE, 1_450, True),  # without a proof
    ],
)
def test_few_parameters(program: str, most: int, *, proved: bool) -> None:
    model = rasp.compile(rasp.loads(program)["x"], vocab="+abc", max_len=20)
    assert model.report.n_parameters <= most
    assert model.certificate.meaning.ok == proved


def beside_the_index(n_flags: int) -> str:
    letters = "".join(
        f'f{k} = indicator(aggregate(select(indices, indices - {k + 1}, ==), tokens, "-")'
        ' == "a");\n'
        for k in range(n_flags)
    )
    place = " + ".join(["indices", *(f"{k % 3 + 1} * f{k}" for k in range(n_flags))])
    return f'{letters} x = aggregate(select(indices, {place}, ==), tokens, "-");'


def test_flags_beside_an_index_are_no_list_of_values() -> None:
    """A list of all that fifteen flags can be at each index took minutes."""
    sop = rasp.loads(beside_the_index(15))["x"]
    assert "place: taken" in emit(sop, "selectors", vocab="abc", max_len=20)


def test_few_flags_beside_an_index_are_proved() -> None:
    """Whether multiples of many of them lead beyond the input is more than is proved."""
    model = rasp.compile(rasp.loads(beside_the_index(8))["x"], vocab="abc", max_len=20)
    assert model.certificate.meaning.ok
