"""What a compilation is optimised for, as settings of its stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Optimize = Literal["patterns", "size"]

OPTIMIZE: tuple[Optimize, ...] = ("patterns", "size")


@dataclass(frozen=True)
class Options:
    """sums: counts are read as sums, from heads in which the beginning-of-sequence position has
    nearly all of the attention, and not from patterns that look like their selectors; steps:
    functions are computed one after the other where one layer for all would be larger; restored:
    errors of numbers end in every layer, even where it takes more neurons; n_digits:
    wide orders are taken apart into so many digits (see `rasp.compiler.selection.digits`);
    addresses: counts that selectors compare are read from the table of positions;
    sharpness: how large the gap between scores is, None for that of the dtype; one_logit: each
    value has one logit, even where several that need no neurons would do; codes: values that are
    put out are held as codes however few they are.
    """

    sums: bool = False
    steps: bool = False
    restored: bool = False
    n_digits: int = 1
    addresses: bool = False
    sharpness: int | None = None
    one_logit: bool = False
    codes: bool = False

    def __str__(self) -> str:
        parts = ["counts as sums" if self.sums else "faithful patterns"]
        if self.n_digits > 1:
            parts.append(f"orders in {self.n_digits} digits")
        if self.addresses:
            parts.append("counts as addresses")
        if self.steps:
            parts.append("functions in steps")
        if self.sharpness is not None:
            parts.append(f"sharpness {self.sharpness}")
        if self.one_logit:
            parts.append("one logit for each value")
        if self.restored:
            parts.append("errors ending in every layer")
        return ", ".join(parts)


FAITHFUL = Options()

PATTERNS: tuple[dict[str, Any], ...] = (
    {},
    {"restored": True},
    {"steps": True},
    {"steps": False, "restored": False, "sums": True},
)
"""What is tried for faithful patterns, until one is certified; without them at last."""

SIZE: tuple[dict[str, Any], ...] = (
    {"sums": False, "n_digits": 1},
    {"sums": True, "n_digits": 1},
    {"sums": True, "n_digits": 2},
    {"sums": True, "n_digits": 3},
    {"sums": True, "n_digits": 2, "restored": True},
    {"sums": True, "n_digits": 3, "restored": True},
    {"sums": True, "n_digits": 2, "steps": True},
    {"sums": True, "n_digits": 3, "steps": True},
    {"steps": True},
)
"""What is tried for the fewest parameters, each on top of the best so far, which is kept; with
`restored` only what is not certified without.
"""

PATTERNS_LONG: tuple[dict[str, Any], ...] = ({"addresses": True}, {"addresses": False})
"""What is tried before all that for long inputs: a head that reads a count, where neurons would
take as many as there are counts; those only where that is not certified."""

PATTERNS_AT_LAST: tuple[dict[str, Any], ...] = (
    {"addresses": False, "sums": False, "steps": False, "restored": True},
)
"""What is tried after all that for long inputs, where nothing is certified: an address is read from
a count with all the errors that the count has, neurons end them."""

SIZE_LONG: tuple[dict[str, Any], ...] = (
    {"addresses": True, "sums": True, "steps": False, "n_digits": 10},
    {"sums": True, "steps": False, "n_digits": 5},
    {"addresses": False},
)
"""The same for the fewest parameters, and for large vocabularies: what takes a wide order can then
be left out and need not be built."""

SIZE_AT_LAST: tuple[dict[str, Any], ...] = (
    {"addresses": False, "sums": True, "n_digits": 3, "steps": False},
    {"addresses": False, "sums": True, "n_digits": 3, "steps": False, "restored": True},
)
"""The same for the fewest parameters."""


def tried_in_turn(optimize: Optimize, *, is_long: bool) -> tuple[dict[str, Any], ...]:
    """What the options are changed to, one after the other, each on top of the best so far."""
    first, then, last = PATTERNS_LONG, PATTERNS, PATTERNS_AT_LAST
    if optimize == "size":
        first, then, last = SIZE_LONG, SIZE, SIZE_AT_LAST
    return (*first, *then, *last) if is_long else then
