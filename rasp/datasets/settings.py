"""What decides which programs a data set has: the same settings give the same bytes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rasp.errors import RaspValueError
from rasp.graph.operators import type_name

MOST_LAYERS = 8
"""Chains of more operations of attention are rarely proved, and seldom differ from shorter ones."""

MOST_PROGRAMS = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """n_programs: how many; seed: of the random ones; min_layers: of attention, in the compiled
    model; examples: whether the example programs are among them.

    Raises RaspValueError.
    """

    n_programs: int
    seed: int = 0
    min_layers: int = 1
    examples: bool = True

    def __post_init__(self) -> None:
        _check("the number of programs", self.n_programs, 1, MOST_PROGRAMS)
        _check("the seed", self.seed, 0, 2**63)
        _check("min_layers", self.min_layers, 0, MOST_LAYERS)
        if not isinstance(self.examples, bool):
            raise RaspValueError(
                f"examples has to be True or False, got {type_name(self.examples)}"
            )

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return asdict(self)


def _check(what: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise RaspValueError(
            f"{what} has to be a whole number from {least} to {most:,}, got {value!r}"
        )
