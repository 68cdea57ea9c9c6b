"""What is right, by hand: the references on inputs whose answers are plain to see."""

from __future__ import annotations

import pytest

from rasp.exercises import EXERCISES
from rasp.graph.nodes import Atom

CASES: list[tuple[str, str, list[Atom]]] = [
    ("reverse", "abc", ["c", "b", "a"]),
    ("caesar", "axyz", ["d", "a", "b", "c"]),
    ("repeats", "abba", [False, False, True, False]),
    ("vowels", "bead", [2, 2, 2, 2]),
    ("rotate", "abc", ["b", "c", "a"]),
    ("rotate", "a", ["a"]),
    ("novel", "aba", [True, True, False]),
    ("largest", "292", [9, 9, 9]),
    ("palindrome", "aba", [True] * 3),
    ("palindrome", "abb", [False] * 3),
    ("run_lengths", "aabaaa", [2, 2, 1, 3, 3, 3]),
    ("most_frequent", "bacca", ["a"] * 5),
    ("balanced", "()(())", [True] * 6),
    ("balanced", "())(", [False] * 4),
    ("balanced", "((", [False] * 2),
    ("addition", "01+01", [0, 0, 0, 1, 0]),
    ("addition", "11+11", [0, 0, 0, 1, 0]),
    ("followed", "abaca", ["-", "-", "b", "-", "c"]),
]


@pytest.mark.parametrize(("name", "tokens", "wanted"), CASES)
def test_references(name: str, tokens: str, wanted: list[Atom]) -> None:
    assert EXERCISES[name].reference(tuple(tokens)) == wanted


def test_all_are_here() -> None:
    assert {name for name, _, _ in CASES} == set(EXERCISES)
