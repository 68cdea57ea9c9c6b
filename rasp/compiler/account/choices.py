"""What was chosen for every variable, and what could have been, for the report."""

from __future__ import annotations

from dataclasses import dataclass

from rasp.compiler.account import alternatives as alternatives_of
from rasp.compiler.account.alternatives import Alternative, Impossible
from rasp.compiler.encoding.plans import Delivery
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.variables import Categorical, Scalar


@dataclass(frozen=True)
class Choice:
    """form: how a variable is held; place: of what it is, in the program; alternatives: other ways
    to hold it."""

    form: str
    place: str
    alternatives: tuple[Alternative | Impossible, ...] = ()


def choice(delivery: Delivery, lowered: Lowered) -> Choice:
    """How a variable is held."""
    variable, n_directions = delivery.variable, delivery.n_directions
    alternatives = alternatives_of.of_layers(delivery.tried, delivery.method)
    if isinstance(variable, Scalar):
        form = "scalar"
        alternatives += alternatives_of.of_reading(variable, lowered.readings)
    elif n_directions == 0:
        form = "linear"
    elif n_directions == variable.size > 2:
        form = "one-hot"
    else:
        form = f"{n_directions} feature{'s' if n_directions > 1 else ''}"
    if isinstance(variable, Categorical):
        alternatives += alternatives_of.of_directions(variable, delivery.n_asked, n_directions)
    return Choice(form, lowered.names.place(variable.node), alternatives)
