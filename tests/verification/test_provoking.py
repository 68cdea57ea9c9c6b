"""Inputs made for a program: its own selectors select nothing on some, and everything on others."""

from __future__ import annotations

import pytest

import rasp
from rasp.errors import RaspError
from rasp.graph.construct import selector_width
from rasp.interpreter import outcomes
from rasp.verification import verify
from rasp.verification.provoking import provoking_inputs

VOCABULARY = tuple("abcdefghij")

# Programs, and how many positions the selector of w can select at most, of six.
PROGRAMS = [
    ('w = selector_width(select(tokens, "g", ==));', 6),
    # as many positions as possible that hold what is before them
    (
        "s = select(indices, indices - 1, ==) and select(tokens, tokens, ==);\n"
        "again = has_focus(s);\n"
        "w = selector_width(select(again, True, ==));",
        5,
    ),
    # a condition on two tokens at once
    ('w = selector_width(select(tokens, "c", ==) and select(tokens, "h", <));', 6),
    ('w = aggregate(select(indices, 3, ==) and select(tokens, "f", ==), 1, 0);', 1),
]


def widths(text: str, rows: list[list[str]]) -> list[list[int]]:
    """Of the selector that w reads."""
    selector = rasp.loads(text)["w"].node.selector
    found: list[list[int]] = outcomes(selector_width(selector), rows)
    return found


@pytest.mark.parametrize(("text", "most"), PROGRAMS)
def test_extremes_are_reached(text: str, most: int) -> None:
    sop = rasp.loads(text)["w"]
    assert isinstance(sop, rasp.SOp)
    rows = provoking_inputs(sop.node, VOCABULARY, 6, most=100)
    inputs = [[VOCABULARY[number] for number in row] for row in rows]
    counts = widths(text, inputs)
    assert any(max(row) == 0 for row in counts), "nothing selected anywhere"
    longest = [row for row in counts if len(row) == 6]
    assert max(map(max, longest)) == most, "as much as can be selected"
    assert {len(row) for row in rows} == {1, 2, 3, 6}
    assert rows == provoking_inputs(sop.node, VOCABULARY, 6, most=100)
    assert rows != provoking_inputs(sop.node, VOCABULARY, 6, most=100, seed=1)


def test_failing_inputs_are_there() -> None:
    text = 'w = selector_width(select(1 / indicator(tokens != "e"), 1, ==));'
    sop = rasp.loads(text)["w"]
    assert isinstance(sop, rasp.SOp)
    rows = provoking_inputs(sop.node, VOCABULARY, 5, most=100)
    results = outcomes(sop.node, [[VOCABULARY[n] for n in row] for row in rows])
    failing = sum(isinstance(result, RaspError) for result in results)
    assert 0 < failing < len(rows)


def test_never_more_than_asked_for() -> None:
    sop = rasp.loads(PROGRAMS[1][0])["w"]
    assert isinstance(sop, rasp.SOp)
    assert len(provoking_inputs(sop.node, VOCABULARY, 6, most=5)) == 5
    assert provoking_inputs(sop.node, VOCABULARY, 6, most=0) == ()
    assert provoking_inputs(rasp.indices.node, VOCABULARY, 6, most=9) == ()
    model = rasp.compile(sop, vocab=VOCABULARY, max_len=6)
    for samples in (1, 3, 20, 500):
        assert verify(model, samples=samples).n_checked == samples


def test_a_rare_difference_is_found() -> None:
    """A model that is wrong only where a selector is as wide as it can be."""
    rare = 'select(tokens, "g", ==)'
    program = rasp.loads(f"right = selector_width({rare});\nwrong = right - indicator(right == 6);")
    right, wrong = program["right"], program["wrong"]
    assert isinstance(right, rasp.SOp)
    assert isinstance(wrong, rasp.SOp)
    model = rasp.compile(wrong, vocab=VOCABULARY, max_len=6)
    claimed = rasp.compile(right, vocab=VOCABULARY, max_len=6)
    model = rasp.CompiledModel(model.artifact, claimed.specification)
    found = verify(model, samples=60).counterexample
    assert found is not None
    assert found.input == ("g",) * 6
