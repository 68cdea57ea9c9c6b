"""What the compiler hands over to the proof of meaning: what every direction is said to hold.

Nothing of it is believed.  A direction holds, at every position but the beginning of the sequence,

    constant + a number for the value of each of some quantities + multiples of others

A quantity is an s-op of the program, or of the program as it was rewritten; or a `Joint`, a
function of other quantities that no s-op is, given by a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from rasp.graph.construct import is_sop
from rasp.graph.nodes import Atom, SOpNode


@dataclass(frozen=True, eq=False, repr=False)
class Joint:
    """rows: values of the quantities in `of`, with the value of this quantity for each."""

    of: tuple[Quantity, ...]
    rows: tuple[tuple[Atom, ...], ...]
    values: tuple[Atom, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Disagreement:
    """1 at positions where `aggregate` selects keys that carry different values, 0 elsewhere."""

    aggregate: SOpNode


@dataclass(frozen=True, eq=False, repr=False)
class Total:
    """The sum of what `aggregate` is the mean of; 0 where nothing is selected."""

    aggregate: SOpNode


@dataclass(frozen=True, eq=False, repr=False)
class Beside:
    """The mean of a number for each value that `aggregate` selects, or the default's number where
    it selects nothing: a second number beside its mean.

    of: it is the mean of this second number of what is selected, and of no values."""

    aggregate: SOpNode
    values: tuple[Atom, ...]
    numbers: tuple[float, ...]
    default: float
    of: Beside | None = None


Quantity: TypeAlias = SOpNode | Joint | Disagreement | Total | Beside


@dataclass(frozen=True, slots=True)
class Term:
    """numbers: one for each listed value of a quantity, by its place in the witness."""

    quantity: int
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Multiple:
    """A quantity that is a number, times a factor."""

    quantity: int
    factor: float


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a direction holds."""

    constant: float
    terms: tuple[Term, ...] = ()
    multiples: tuple[Multiple, ...] = ()


@dataclass(frozen=True, slots=True)
class Witness:
    """quantities, with the values that terms have numbers for; directions: as in the plan."""

    quantities: tuple[Quantity, ...]
    values: tuple[tuple[Atom, ...], ...]
    directions: tuple[Meaning, ...]


def made_of(quantity: Quantity) -> tuple[Quantity, ...]:
    """The quantities that one with a table is a function of."""
    match quantity:
        case Joint(of=of):
            return of
        case Beside(aggregate=node, of=Beside() as of):
            return (node, of)
        case Disagreement(aggregate=node) | Total(aggregate=node) | Beside(aggregate=node):
            return (node,)
    return ()


def sops_of(witness: Witness) -> Iterator[SOpNode]:
    """All s-ops that the quantities are, or are made of."""
    stack = list(reversed(witness.quantities))
    while stack:
        quantity = stack.pop()
        if is_sop(quantity):
            yield quantity
        else:
            stack.extend(reversed(made_of(quantity)))
