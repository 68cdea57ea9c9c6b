"""Differences of means that a selector compares with a constant, as truth values."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.graph.decided import decision
from rasp.graph.nodes import Select
from rasp.graph.walk import topological
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

SO_FAR = "select(indices, indices, <=)"
SHARE = "aggregate(" + SO_FAR + ', indicator(tokens == "{}"))'
HEIGHT = f"({SHARE.format('(')} - {SHARE.format(')')})"
READ = "aggregate(select(indices, indices - {}, ==), tokens, {})"
BEFORE = READ.format(1, '"z"') + " + " + READ.format(2, '"y"')
NUMBER = "aggregate(select(indices, indices - {}, ==), tokens_int, 0)"

ASKED = [
    (f"selector_width(select({SHARE.format('(')}, 0.5, >))", "()a"),
    (f"aggregate(select(0.5, {SHARE.format('(')}, <), indices, -1)", "()a"),
    (
        f'has_focus(select(aggregate({SO_FAR} and select(tokens, "a", ==), indices, "z"), 1, <=))',
        "ab",
    ),
    (f"has_focus(select({HEIGHT}, 0, <))", "()a"),
    (f"selector_width(select(0, {HEIGHT}, <=) and {SO_FAR})", "()a"),
    (f"aggregate(select({HEIGHT}, 0, ==) and {SO_FAR}, indices, -1)", "()a"),
    (f"selector_width(select({HEIGHT}, 0.5, >=) or select(0, {HEIGHT}, !=))", "()a"),
    (f'selector_width(select({BEFORE}, "ab", <))', "ab"),
    (f'selector_width(select("ab", {BEFORE}, ==))', "ab"),
    (f'selector_width(select({BEFORE}, "zy", >))', "ab"),
    (f"selector_width(select({BEFORE}, 3, !=))", "ab"),
    (f"selector_width(select({BEFORE}, 3, <))", "ab"),  # fails
    (f"selector_width(select({NUMBER.format(1)} / {NUMBER.format(2)}, 1, >))", "12"),  # on some
    (f"selector_width(select({NUMBER.format(1)} * {NUMBER.format(2)}, True, ==))", "012"),
]


def sop_of(expression: str) -> SOp:
    found = rasp.loads(f"x = {expression};")["x"]
    assert isinstance(found, SOp)
    return found


def decisions(sop: SOp) -> list[Select]:
    return [n for n in topological([sop.node]) if isinstance(n, Select) and decision(n) is not None]


@pytest.mark.parametrize("options", [{}, {"optimize": "size"}, {"causal": True}], ids=str)
@pytest.mark.parametrize(("expression", "vocabulary"), ASKED)
def test_the_same_on_every_input(
    expression: str, vocabulary: str, options: dict[str, object]
) -> None:
    sop = sop_of(expression)
    assert decisions(sop)
    model = rasp.compile(sop, vocab=vocabulary, max_len=5, **options)  # type: ignore[arg-type]
    inputs = [list(t) for n in range(1, 6) for t in product(vocabulary, repeat=n)]
    wanted = outcomes(sop.node, inputs, causal=bool(options.get("causal")))
    assert all(map(same_outcome, wanted, model.outcomes(inputs)))
    assert model.report.certificate.ok


def test_one_mean_at_long_inputs() -> None:
    """The order of all positions took 5,288,026 parameters."""
    sop = sop_of(f'has_focus(select(aggregate({SO_FAR}, 1 if tokens == "(" else -1), 0, <))')
    model = rasp.compile(sop, vocab="()", max_len=1024, optimize="size")
    assert model.report.n_parameters <= 26_100
    assert model.certificate.meaning.ok


@pytest.mark.parametrize(
    ("options", "most"), [({"causal": True}, 5_300), ({"optimize": "size"}, 26_100)]
)
def test_long(options: dict[str, object], most: int) -> None:
    sop = sop_of(f"has_focus(select({HEIGHT}, 0, <))")
    model: CompiledModel = rasp.compile(sop, vocab="()a", max_len=1024, **options)  # type: ignore[arg-type]
    assert model.report.n_parameters <= most
    assert model.report.certificate.ok
    assert model.certificate.meaning.ok


@pytest.mark.parametrize(
    "expression",
    [
        f"selector_width(select({READ.format(1, 0)}, 0, <))",  # of one key
        "selector_width(select(length - indices, 1, ==))",  # a place
        f"selector_width(select({HEIGHT}, indices, <))",
    ],
)
def test_others_stay(expression: str) -> None:
    assert not decisions(sop_of(expression))
