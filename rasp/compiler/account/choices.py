"""What was chosen for every variable, and what could have been, for the report."""

from __future__ import annotations

from dataclasses import dataclass

from rasp.compiler.account import alternatives as alternatives_of
from rasp.compiler.account.alternatives import Alternative, Impossible
from rasp.compiler.blocks import Stage
from rasp.compiler.readings import Readings
from rasp.compiler.variables import Categorical, Scalar, Variable


@dataclass(frozen=True)
class Choice:
    """What was chosen for a variable, for the report."""

    label: str
    form: str
    n_directions: int
    n_neurons: int
    method: str
    stage: Stage
    place: str
    alternatives: tuple[Alternative | Impossible, ...] = ()


def choice(
    variable: Variable,
    readings: Readings,
    place: str,
    n_asked: int,
    n_directions: int,
    n_neurons: int,
    stage: Stage,
    method: str = "",
    alternatives: tuple[Alternative | Impossible, ...] = (),
) -> Choice:
    """How a variable is held.

    readings: how scalars are read; place: of what it is, in the program; n_asked: so many features
    of it are read, and n_directions held; method: the construction of its neurons; alternatives:
    other ones.
    """
    if isinstance(variable, Scalar):
        form = "scalar"
        alternatives += alternatives_of.of_reading(variable, readings)
    elif n_directions == 0:
        form = "linear"
    elif n_directions == variable.size > 2:
        form = "one-hot"
    else:
        form = f"{n_directions} feature{'s' if n_directions > 1 else ''}"
    if isinstance(variable, Categorical):
        alternatives += alternatives_of.of_directions(variable, n_asked, n_directions)
    return Choice(variable.label, form, n_directions, n_neurons, method, stage, place, alternatives)
