"""Sums of integers: their values, and what reads them alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from rasp.certificate import Plan
from rasp.certificate.plan import Direction
from rasp.graph.nodes import INDICES, Atom, SOpNode
from rasp.meaning.attended import Attended
from rasp.meaning.linear import (
    Linear,
    domain_of_sum,
    ends_of_sum,
    is_exact,
    is_sum,
    linear_of,
    moving_in,
    summed_in,
)
from rasp.meaning.rewrites import normal
from rasp.meaning.states import UnprovedError
from rasp.meaning.stream import Streams
from rasp.meaning.totals import _times, by_sum
from rasp.meaning.witness import Meaning, Term, Witness
from tests.meaning.test_domains import check_listed
from tests.meaning.test_proof import node_of

ONES = 'selector_width(select(tokens, "1", ==))'
FROM_THE_END = "x = length - 1 - indices;"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there are many combinations of values."""
    monkeypatch.setattr("rasp.meaning.linear.FEW_STATES", 0)


def space_of(max_len: int = 6, *, causal: bool = False) -> Attended:
    return Attended(("0", "1", "5"), max_len, causal=causal)


def test_a_sum_is_what_it_is_a_sum_of() -> None:
    form = linear_of(node_of("x = 3 - (indices - length) - indices;"))
    assert form.constant == 3
    assert form.factors[INDICES] == -2
    assert len(form.factors) == 2
    assert list(linear_of(node_of("x = indices * tokens_int;")).factors.values()) == [1]


def of(text: str, space: Attended) -> SOpNode:
    """With lengths as counts."""
    return normal(node_of(text), space)


def test_values_of_sums_are_listed() -> None:
    space = space_of()
    end, before = of(FROM_THE_END, space), of(f"x = indices - {ONES};", space)
    for node in (end, before):
        assert summed_in([node], space) == [node]
        space.domains[node] = domain_of_sum(node, space)
    for length in range(1, 7):
        values: list[Atom] = [length - 1 - i for i in range(length)]
        check_listed(space.alone(end), [end], {end: values}, length)
        for ones in range(length + 1):
            values = [i - ones for i in range(length)]
            check_listed(space.alone(before), [before], {before: values}, length)


def test_only_sums_of_integers_are_looked_at_so() -> None:
    space = space_of()
    for text in ("x = indices + tokens_float;", "x = indices + 1;", f"x = indices * {ONES};"):
        assert summed_in([of(text, space)], space) == []
    other = [of(FROM_THE_END, space), of("x = tokens;", space)]
    assert summed_in(other, space) == []  # the token is no function of the sum


def test_what_differs_and_permutes() -> None:
    space = space_of()
    facts, end = space.facts, of(FROM_THE_END, space)
    assert facts.differs(end)
    assert facts.permutes(end)
    assert moving_in(end, space) == [INDICES]
    assert facts.differs(of("x = length - indices;", space))
    for text in ("x = length - indices;", "x = indices + tokens_int;", f"x = indices - {ONES};"):
        assert not facts.permutes(of(text, space))
    assert not facts.differs(of("x = indices + tokens_int;", space))
    assert not facts.differs(of("x = indices * 0.1 + 10000000000000000;", space))


def read(numbers: tuple[float, ...], weights: tuple[float, float], max_len: int = 4) -> object:
    """A column that reads two directions, which hold numbers of index and length."""
    space = space_of(max_len)
    end = of(FROM_THE_END, space)
    (length,) = (part for part in linear_of(end).factors if part is not INDICES)
    ones = tuple(range(1, max_len + 1))
    witness = Witness(
        (INDICES, length),
        (tuple(range(max_len)), ones),
        (Meaning(0.0, (Term(0, numbers),)), Meaning(0.5, (Term(1, tuple(map(float, ones))),))),
    )
    plan = Plan(tuple(Direction(place, 0, 0, 9.0, False, False, None) for place in (1, 2)), (), "")
    streams = Streams(space, plan, witness, 3)
    streams.advance(0)
    matrix = np.array([[0.0], *([weight] for weight in weights)])
    matrices = [(matrix, np.array([1.0]))]
    states, (found,) = by_sum(streams, matrices, [0, 1], end, [end])
    codes, atoms = states.codes(end)
    return {
        atoms[code]: float(value) for code, value in zip(codes, found.values[:, 0], strict=True)
    }


def test_what_reads_a_sum_alone() -> None:
    assert read((0.0, 1.0, 2.0, 3.0), (-2.0, 2.0)) == {t: 4.0 + 2.0 * t for t in range(4)}


def test_other_shares_are_refused() -> None:
    with pytest.raises(UnprovedError, match="no multiple of a sum"):
        read((0.0, 1.0, 2.0, 3.0), (-2.0, 3.0))


def test_bent_tables_are_refused() -> None:
    with pytest.raises(UnprovedError, match="a multiple of its value"):
        read((0.0, 1.0, 2.5, 3.0), (-2.0, 2.0))


def test_values_of_a_sum_that_are_too_many_are_not_listed() -> None:
    """Of two numbers that are 10^9 apart a sum has few values, and 10^9 integers are between."""
    total = node_of("x = tokens_int[0] + tokens_int[1];")
    space = Attended(("0", "1000000000"), 3, causal=False)
    with pytest.raises(UnprovedError, match="too many values"):
        domain_of_sum(normal(total, space), space)


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("{}", True),
        ("{} + (length - length)", True),
        ("{} + 0.5 - 0.5", False),
        ("{} + (tokens_float - tokens_float)", False),
    ],
)
def test_what_cancels_is_of_integers_too(text: str, sums: bool) -> None:
    """A float that is added and taken away again makes a float of the sum, and may lose it."""
    space = space_of()
    node = normal(node_of(f"x = {text.format('indices - length')};"), space)
    form = linear_of(node)
    assert len(form.factors) == 2
    assert is_sum(form, space) is is_exact(form, space) is sums
    assert moving_in(node, space) == ([INDICES] if sums else [])


def test_what_is_read_beside_a_constant_is_no_multiple_of_it() -> None:
    """The proof stopped with an error of Python's where a forged head read at a constant place."""
    assert _times(Linear(Fraction(1), {}), Linear(Fraction(3), {})) == 0
    with pytest.raises(UnprovedError, match="no multiple of a sum"):
        _times(Linear(Fraction(1), {INDICES: Fraction(2)}), Linear(Fraction(3), {}))


def test_a_sum_of_what_always_fails_has_no_ends() -> None:
    """Compiling stopped with an error of Python's where a place is asked for that always fails."""
    space = space_of()
    node = normal(node_of("x = tokens_int % 0 + indices;"), space)
    with pytest.raises(UnprovedError, match="has no value"):
        ends_of_sum(linear_of(node), space)
