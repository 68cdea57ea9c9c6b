"""The exercises, from the easiest to the hardest."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from rasp.errors import RaspNameError, RaspValueError
from rasp.exercises.easier import EASIER
from rasp.exercises.exercise import Exercise
from rasp.exercises.harder import HARDER


def show(name: str) -> Exercise:
    """The exercise of a name; in a notebook its task is shown.  Raises RaspNameError."""
    if name not in EXERCISES:
        near = get_close_matches(str(name), EXERCISES, n=1)
        raise RaspNameError(
            f"there is no exercise '{name}'",
            hint=f"did you mean '{near[0]}'?" if near else f"there are {', '.join(EXERCISES)}",
        )
    return EXERCISES[name]


def hint(name: str, number: int = 1) -> str:
    """A hint, counted from 1; later ones say more.  Raises RaspNameError and RaspValueError."""
    hints = show(name).hints
    if type(number) is not int or not 1 <= number <= len(hints):
        raise RaspValueError(f"'{name}' has hints 1 to {len(hints)}")
    return hints[number - 1]


EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {exercise.name: exercise for exercise in (*EASIER, *HARDER)}
)
