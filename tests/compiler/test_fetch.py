"""What is fetched is one value: small where it is a place, and an error where there is none."""

from __future__ import annotations

import random

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.errors import RaspError
from rasp.sop import SOp

FETCHED = {
    "a place": 'fetch(select(tokens, "$", ==), indices)',
    "a place, or another": 'fetch(select(tokens, "$", ==), indices, -1)',
    "a place, or a word": 'fetch(select(tokens, "$", ==), indices, "none")',
    "a token": "fetch(select(tokens, tokens, <), tokens)",
    "a token, or another": 'fetch(select(tokens, tokens, <), tokens, "-")',
    "an equal number": "fetch(select(tokens, tokens, !=), indices % 2, 7)",
    "a number of two types": "fetch(select(tokens, tokens, !=), 1 if indices == 0 else 1.0, 7)",
    "a truth or a number": "fetch(select(tokens, tokens, !=), 1 if indices == 0 else True, 7)",
    "a constant": "fetch(select(tokens, tokens, !=), 4)",
    "a count": "fetch(select(indices, indices - 1, ==), selector_width(same), 0)",
    "a count of several": "fetch(select(tokens, tokens, !=), selector_width(same), 0)",
    "a mean": "fetch(select(indices, 0, ==), aggregate(same, indices))",
    "nothing ever": "fetch(select(tokens, 3, ==), indices)",
    "nothing ever, or another": "fetch(select(tokens, 3, ==), indices, 8)",
    "a value that may fail": "fetch(select(indices, indices, ==), 1 / (indices - 2), 8)",
    "the best": "fetch(best(select(tokens, tokens, !=), tokens), indices, 8)",
    "a place in a place": 'fetch(select(indices, length - fetch(select(tokens, "$", ==), indices)'
    ' - 1, ==), tokens, "-")',
}


def compiled(text: str, vocab: str, max_len: int, **options: object) -> CompiledModel:
    sop = rasp.loads(f"same = select(tokens, tokens, ==);\n{text}")["y"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab=vocab, max_len=max_len, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", FETCHED)
def test_exact_on_every_input(name: str, causal: bool, optimize: str) -> None:
    model = compiled(f"y = {FETCHED[name]};", "a$", 5, causal=causal, optimize=optimize)
    found = rasp.verify(model, exhaustive=True)
    assert found.ok, found.to_text()
    assert model.certificate.rounding.ok


def test_what_is_wrong_is_said_as_the_program_says_it() -> None:
    model = compiled('y = fetch(select(tokens, "$", ==), indices);', "a$", 5)
    assert model("aa$a") == [2, 2, 2, 2]
    with pytest.raises(RaspError, match="fetch selects nothing"):
        model("aaaa")
    with pytest.raises(RaspError, match="fetch selects different values"):
        model("a$a$")


@pytest.mark.parametrize("selector", ["indices, indices, !=", "indices, indices - 1, <"])
def test_what_tells_that_values_differ_is_a_mean_of_all_of_them(selector: str) -> None:
    """In long inputs it was read with scores of which only the sign is right, and refused."""
    model = compiled(f'y = fetch(select({selector}), tokens, "-");', "ab", 40)
    assert rasp.verify(model, samples=60).ok
    assert model.certificate.rounding.ok


PLACE = 'p = fetch(select(tokens, "$", ==), indices);\n'
AFTER = "after = select(p, indices, <);\nhere = select(indices, indices, ==);\n"

PLACES = {
    "three cases": AFTER
    + """turned = select(indices, length + p - indices, ==) and after;
y = aggregate((here and select(indices, p, <)) or (here and select(indices, p, ==)) or turned,
    tokens);""",
    "by a condition": "t = length + p - indices if indices > p else indices;\n"
    "y = aggregate(select(indices, t, ==), tokens);",
    "behind the end": 'y = fetch(select(indices, 2 * indices + p - length, ==), tokens, "-");',
    "cases that leave some out": AFTER
    + """y = aggregate((select(indices, p - indices, ==) and select(indices, p, >))
    or (here and select(p, length - 2, >) and select(indices, length - p, <)), tokens, "-");""",
    "cases that are not apart": AFTER
    + "y = selector_width((here and after) or select(indices, length + p - indices, ==));",
    "keys from behind": 'y = aggregate(select(length - indices, indices - p, ==), tokens, "-");',
}


@pytest.mark.parametrize("name", PLACES)
def test_places_are_numbers(name: str) -> None:
    """Exact on every short input, and on long ones that have one separator."""
    model = compiled(PLACE + PLACES[name], "ab$", 10)
    found = rasp.verify(model, exhaustive=True, max_length=6)
    assert found.ok, found.to_text()
    assert model.report.n_parameters <= 20_000
    for tokens in ("abbab$abab", "$abbabaabb", "abbabaabb$", "a$bbabaabb"):
        assert model(tokens) == rasp.loads(f"{PLACE}{PLACES[name]}")["y"](tokens)


def test_reverse_after_a_marker_is_small() -> None:
    model = compiled(PLACE + PLACES["three cases"], "abcd$", 16)
    assert model.report.n_parameters <= 3_000
    assert model("abcd$abcd") == list("abcd$dcba")
    assert rasp.verify(model, samples=200).ok


@pytest.mark.parametrize("place", ["length + p - indices", "indices - p - 1", "2 * p - indices"])
def test_a_place_is_a_number_at_any_length(place: str) -> None:
    text = f'{PLACE}y = fetch(select(indices, {place}, ==), tokens, "-");'
    model = compiled(text, "ab$", 150)
    assert model.report.n_parameters <= 5_000
    draw = random.Random(5)
    for length in (1, 2, 3, 149, 150, 150):
        tokens = draw.choices("ab", k=length)
        tokens[draw.randrange(length)] = "$"
        assert model(tokens) == rasp.loads(text)["y"](tokens)
