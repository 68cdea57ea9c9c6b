"""What a read says of the length: states at lengths that contradict it are left out."""

from __future__ import annotations

import numpy as np

from rasp.graph import construct
from rasp.graph.columns import Column
from rasp.graph.nodes import TOKENS
from rasp.graph.within import LENGTH, as_presence
from rasp.meaning.attended import Attended
from rasp.meaning.states import States
from rasp.meaning.within import within_length
from rasp.meaning.witness import Quantity

MAX_LEN = 4
X = construct.elementwise("to_int", TOKENS)
ASKED = as_presence(construct.elementwise("less", X, LENGTH))
ROWS = [(said, number) for said in (True, False) for number in (-1, 0, 2, 5)]
"""Whether there is a key, and the number; one of them never happens at any length."""


def _lengths_of(states: States) -> dict[tuple[object, ...], list[int]]:
    found: dict[tuple[object, ...], list[int]] = {}
    said, numbers = (states.columns[part].elements() for part in (ASKED, X))
    lengths = [np.flatnonzero(row).tolist() for row in states.at_lengths(MAX_LEN)]
    for key in zip(said, numbers, lengths, strict=True):
        found.setdefault(key[:2], []).extend(length + 1 for length in key[2])
    return found


EXPECTED = {
    (True, -1): [1, 2, 3, 4],
    (True, 0): [1, 2, 3, 4],
    (True, 2): [3, 4],
    (False, 2): [1, 2],
    (False, 5): [1, 2, 3, 4],
}


def test_lengths_that_are_not_known() -> None:
    mask = np.ones((1, 1, len(ROWS)), dtype=bool)
    states = States(_columns(ROWS), mask, None, None, len(ROWS))
    assert _lengths_of(within_length(states, MAX_LEN)) == EXPECTED


def test_lengths_that_are_known() -> None:
    rows = [row for row in ROWS for _ in range(MAX_LEN)]
    lengths = np.tile(np.arange(MAX_LEN), len(ROWS))
    states = States(
        _columns(rows), np.ones((1, 1, len(rows)), dtype=bool), None, lengths, len(rows)
    )
    assert _lengths_of(within_length(states, MAX_LEN)) == EXPECTED


def test_a_number_that_is_none_of_the_columns_says_nothing() -> None:
    mask = np.ones((1, 1, 2), dtype=bool)
    states = States({ASKED: Column.of([True, False])}, mask, None, None, 2)
    assert within_length(states, MAX_LEN) is states


def _columns(rows: list[tuple[bool, int]]) -> dict[Quantity, Column]:
    said, numbers = zip(*rows, strict=True)
    return {ASKED: Column.of(said), X: Column.of(numbers)}


def test_two_reads_are_looked_at_one_after_the_other() -> None:
    """What the first leaves out is no row of the second any more."""
    twice = construct.elementwise("multiply", X, 2)
    also = as_presence(construct.elementwise("less", twice, LENGTH))
    space = Attended(tuple(map(str, range(6))), MAX_LEN, causal=False)
    states = space.states([ASKED, also, X, twice])
    columns = [states.columns[part].elements() for part in (ASKED, also, X)]
    assert {row for row in zip(*columns, strict=True) if row[2] > 2} == {
        (True, False, 3),
        (False, False, 3),
        (False, False, 4),
        (False, False, 5),
    }
