"""What was chosen for every variable, and what could have been, for the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasp.compiler.account import alternatives as alternatives_of
from rasp.compiler.account.alternatives import Alternative, Impossible
from rasp.compiler.blocks import Stage
from rasp.compiler.variables import Categorical, Scalar, Variable

if TYPE_CHECKING:
    from rasp.compiler.encoding.encodings import Encoder


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


def chosen(
    encoder: Encoder,
    variable: Variable,
    n_directions: int,
    n_neurons: int,
    stage: Stage,
    method: str = "",
    alternatives: tuple[Alternative | Impossible, ...] = (),
) -> None:
    """Note how a variable is held, once that is settled."""
    if isinstance(variable, Scalar):
        form = "scalar"
        alternatives += alternatives_of.of_reading(variable)
    elif n_directions == 0:
        form = "linear"
    elif n_directions == variable.size > 2:
        form = "one-hot"
    else:
        form = f"{n_directions} feature{'s' if n_directions > 1 else ''}"
    if isinstance(variable, Categorical):
        asked = encoder.bases.asked.get(variable, n_directions)
        alternatives += alternatives_of.of_directions(variable, asked, n_directions)
    encoder.choices.append(
        Choice(
            variable.label,
            form,
            n_directions,
            n_neurons,
            method,
            stage,
            encoder.lowering.place(variable.node),
            alternatives,
        )
    )
