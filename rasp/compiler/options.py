"""What a compilation is optimised for, as settings of its stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Optimize = Literal["patterns", "size"]

OPTIMIZE: tuple[Optimize, ...] = ("patterns", "size")


@dataclass(frozen=True)
class Options:
    """sums: counts are read as sums, from heads in which the beginning-of-sequence position has
    nearly all of the attention, and not from patterns that look like their selectors; fine: numbers
    are taken to be as exact as float64 makes them, so that fewer steps have to restore them; steps:
    functions are computed one after the other where one layer for all would be larger; n_digits:
    wide orders are taken apart into so many digits (see `rasp.compiler.digits`).
    """

    sums: bool = False
    fine: bool = False
    steps: bool = False
    n_digits: int = 1

    @property
    def noise(self) -> float:
        """Error of a reading, relative to the largest, with some room."""
        return 1e-11 if self.fine else 1e-5

    @property
    def sum_log_weight(self) -> float:
        """Logarithm of the weight of the beginning-of-sequence position in heads that add up.

        A sum of m selected keys is off by m * m / weight; what more weight costs are last bits of
        the logarithm.
        """
        return 40.0 if self.fine else 27.0


FAITHFUL = Options()

PATTERNS: tuple[dict[str, Any], ...] = ({}, {"steps": True})
"""What is tried for faithful patterns, until one is certified."""

SIZE: tuple[dict[str, Any], ...] = (
    {},
    {"sums": True},
    {"sums": True, "n_digits": 2},
    {"sums": True, "n_digits": 3},
    {"sums": True, "n_digits": 2, "steps": True},
    {"sums": True, "n_digits": 3, "steps": True},
    {"steps": True},
    {"fine": True},
)
"""What is tried for the fewest parameters, each on top of the best so far, which is kept."""
