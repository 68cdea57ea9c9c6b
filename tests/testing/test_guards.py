"""Every condition of being right has a program that comes out wrong without it."""

from __future__ import annotations

import pytest

from rasp.testing.guard import Guard
from rasp.testing.guard_table import GUARDS
from rasp.testing.guards import dropped, examine, is_as_meant, is_noticed
from rasp.testing.trials import attempt, interpreted, trial_of

IN_TURN = 4
"""One of so many guards is tried each time, the others with `-m slow`."""


@pytest.mark.parametrize(
    "guard",
    [
        pytest.param(guard, id=guard.name, marks=pytest.mark.slow if number % IN_TURN else ())
        for number, guard in enumerate(GUARDS)
    ],
)
def test_a_dropped_condition_is_noticed(guard: Guard) -> None:
    whole, without = examine(guard)
    assert is_as_meant(guard, whole), whole.detail
    assert is_noticed(guard, without), guard.protects


def test_every_condition_stands_once_and_can_be_dropped() -> None:
    for guard in GUARDS:
        with dropped(guard):
            pass


def test_a_condition_is_put_back() -> None:
    guard = GUARDS[0]
    program = interpreted(trial_of(guard))
    with dropped(guard):
        assert attempt(program).verdict == "wrong"
    assert attempt(program).verdict == "right"


def test_a_condition_that_is_not_there_is_no_guard() -> None:
    guard = GUARDS[0]
    gone = Guard("gone", guard.module, "if the moon is full:", "", "", guard.program)
    with pytest.raises(ValueError, match="0 times, not once"), dropped(gone):
        pass
    module = "rasp.compiler.simplify"
    comment = Guard("comment", module, "Non-goals: arithmetic", "Goals:", "", guard.program)
    with pytest.raises(ValueError, match="no function has"), dropped(comment):
        pass
