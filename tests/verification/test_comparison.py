"""What counts as the same answer: value and type, to the last bit, also by a quick look."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from rasp.errors import RaspRuntimeError
from rasp.graph.construct import FULL, aggregate
from rasp.graph.nodes import TOKENS, Atom
from rasp.readout import Outcome
from rasp.verification import same_outcome
from rasp.verification.comparison import Comparison, _alike
from rasp.vocabulary import Vocabulary

MEAN_OF_MEANS = aggregate(FULL, aggregate(FULL, TOKENS))
ATOMS: list[Atom] = [0, 0.0, -0.0, 1, 1.0, True, False, "", "1", "True", 2**53, 2.0**53, 2**53 + 1]
ATOMS += [1.0000000000000002, 5e-324, -1, -1.0, float("inf")]
SAME_BY_RULE = [(0, 0.0), (1, 1.0), (2**53, 2.0**53), (-1, -1.0)]
"""Whole numbers, with -0.0 none of them."""


def test_atoms_are_the_same_only_as_themselves() -> None:
    for one, other in product(range(len(ATOMS)), repeat=2):
        _compare(ATOMS[one], ATOMS[other], one == other)


def _compare(first: Atom, second: Atom, same: bool) -> None:
    assert same_outcome([first], [second]) is same
    assert same_outcome(["x", first], ["x", second]) is same
    assert _alike([[first], ["x"]], [[second], ["x"]]) is same
    numbers = {type(first), type(second)} == {int, float} and first == second
    by_rule = same or (numbers and str(-0.0) not in (str(first), str(second)))
    assert same_outcome([first], [second], by_rule=True) == by_rule
    if by_rule and not same:
        assert tuple(sorted((first, second), key=lambda atom: type(atom) is float)) in SAME_BY_RULE


def test_errors_are_no_values() -> None:
    error, other = RaspRuntimeError("one"), RaspRuntimeError("another")
    assert same_outcome(error, other)
    assert not same_outcome(error, [1])
    assert not same_outcome([1], error)
    assert not same_outcome([1], [1, 1])
    assert not same_outcome([], error)
    assert not _alike([error], [other])
    assert not _alike([[1], [2]], [[1], error])


class Given(Comparison):
    """Of these answers, whatever is asked."""

    def __init__(self, by_rule: bool, expected: Sequence[Outcome], got: Sequence[Outcome]) -> None:
        readout = SimpleNamespace(by_rule=by_rule)
        model: Any = SimpleNamespace(
            vocabulary=Vocabulary.of("a"),
            artifact=SimpleNamespace(readout=readout),
            specification=SimpleNamespace(node=MEAN_OF_MEANS),
        )
        super().__init__(model)
        self.given = expected, got

    def _outcomes(self, batch: Any) -> Any:
        return [["a"]] * len(batch), *self.given


@pytest.mark.parametrize(
    ("by_rule", "expected", "got", "place", "n_by_rule"),
    [
        (False, [[1], [2]], [[1], [2]], None, 0),
        (False, [[1], [2]], [[1], [2.0]], 1, 0),  # no rule: the type is that of the program
        (True, [[1], [2]], [[1], [2.0]], None, 1),
        (True, [[1], [2]], [[1], [2.5]], 1, 0),
        (True, [[1.0], [2]], [[1], [3.0]], 1, 1),
        (True, [[True]], [[1]], 0, 0),
        (True, [["1"]], [[1]], 0, 0),
        (True, [[-0.0]], [[0]], 0, 0),
        (True, [[0.0]], [[-0.0]], 0, 0),
        (False, [[0.0]], [[-0.0]], 0, 0),
        (True, [[0.0]], [[0]], None, 1),
    ],
)
def test_the_rule_for_means_holds_where_a_model_has_it(
    by_rule: bool, expected: list[Outcome], got: list[Outcome], place: int | None, n_by_rule: int
) -> None:
    comparison = Given(by_rule, expected, got)
    assert comparison.first_difference([[0]] * len(expected)) == place
    assert comparison.n_by_rule == n_by_rule
