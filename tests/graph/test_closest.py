"""The closest key before or behind a query, digit by digit."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest

import rasp
from rasp.compiler.lowering import separate
from rasp.graph import closest
from rasp.graph.nodes import Atom, Node
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

SAME = "select(tokens, tokens, ==)"
B = 'select(tokens, "b", ==)'


@dataclass(frozen=True)
class _Inputs:
    tokens: tuple[Atom, ...] = ("a", "b", "c")
    max_len: int = 12
    causal: bool = False


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closest, "LONG", 4)
    monkeypatch.setattr(separate, "LONG_INPUTS", 4)
    monkeypatch.setattr(separate, "LEAST_ALIKE", 1)


def read(selector: str, value: str = "indices", default: str = "-1") -> SOp:
    sop = rasp.loads(f"x = aggregate({selector}, {value}, {default});")["x"]
    assert isinstance(sop, SOp)
    return sop


def chosen(selected: str, comparison: str) -> str:
    which = "last" if "<" in comparison else "first"
    return f"{which}({selected} and select(indices, indices, {comparison}))"


def agree(one: Node, other: Node, *, causal: bool, most: int = 12) -> bool:
    draw = random.Random(3)
    inputs = [draw.choices("abc", k=n) for n in range(1, most + 1) for _ in range(8)]
    found = [outcomes(node, inputs, causal=causal) for node in (one, other)]  # type: ignore[arg-type]
    return all(map(same_outcome, *found))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("comparison", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("selected", [SAME, B])
def test_it_means_the_same(selected: str, comparison: str, causal: bool) -> None:
    node = read(chosen(selected, comparison)).node
    found = closest.by_digits(node, _Inputs(causal=causal))
    assert (found is node) == (causal and comparison != "<")
    assert agree(node, found, causal=causal)


@pytest.mark.parametrize("max_len", [5, 8, 9, 27, 28])
def test_lengths_that_are_a_power_of_the_base_and_others(max_len: int) -> None:
    node = read(chosen(SAME, "<")).node
    found = closest.by_digits(node, _Inputs(max_len=max_len))
    assert agree(node, found, causal=False, most=max_len)


@pytest.mark.parametrize(
    "selector",
    [
        f"last({SAME})",
        chosen(SAME, "<").replace("last", "first"),
        chosen(SAME, ">").replace("first", "last"),
        f"last(last({SAME} and select(indices, indices, <)))",
        f"last({SAME} and select(indices, indices, <) and select(indices, indices, >))",
        f"last({SAME} and select(indices, indices + 1, <))",
        f"best({SAME} and select(indices, indices, <), -tokens)",
    ],
)
def test_what_is_left_as_it_is(selector: str) -> None:
    node = read(selector).node
    assert closest.by_digits(node, _Inputs()) is node


def test_values_that_are_too_many_are_left() -> None:
    node = read(chosen(SAME, "<"), "tokens", '"-"').node
    inputs = _Inputs()
    assert closest.by_digits(node, inputs) is not node
    many = tuple(f"w{number}" for number in range(closest.MOST_VALUES + 1))
    assert closest.by_digits(node, replace(inputs, tokens=many)) is node
    assert closest.by_digits(read(chosen(SAME, "<"), "1").node, inputs) is not None


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    ("selector", "value", "default"),
    [
        (chosen(SAME, "<"), "indices", "-1"),
        (chosen(SAME, ">="), "tokens", '"b"'),
        (chosen(B, "<="), "indices", "2"),
    ],
)
def test_compiled(selector: str, value: str, default: str, causal: bool) -> None:
    sop = read(selector, value, default)
    model = rasp.compile(sop, vocab="abc", max_len=7, causal=causal)
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert rasp.verify(model, max_length=4).ok


def test_what_is_read_at_one_place_has_nothing_else_that_is_compared() -> None:
    """The compiler stopped with an error of Python's: all comparisons of a part are of digits."""
    text = 'x = aggregate(last(select(indices, indices, <)), tokens, "-")[3];'
    model = rasp.compile(rasp.loads(text)["x"], vocab="ab", max_len=closest.LONG)
    assert model.certificate.meaning.ok
    assert rasp.verify(model, samples=40).ok
