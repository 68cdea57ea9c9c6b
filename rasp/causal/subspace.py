"""Directions of the residual stream -> how to exchange in them what they hold of some s-ops.

A direction may hold a feature of one s-op less a linear part in others: readers add that part from
other directions.  To exchange the s-op alone, the part in the others has to stay as it is.  What it
is, is read from the stream: the meanings of directions are vectors (a coordinate for each value of
each quantity), and the part is a combination of the meanings of other directions.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact
from rasp.causal.meanings import Content, Contents
from rasp.meaning.witness import Meaning, Quantity, Witness

CLOSE = 1e-9
"""How far a combination may be off, relative to the numbers in it."""


@dataclass(frozen=True)
class Exchange:
    """How one direction is exchanged, right after the sublayer that writes it.

    part: dimensions and factors whose sum is what the direction holds of other s-ops: the new
    number is that of the source, less its part, plus that of the base.
    """

    content: Content
    part: tuple[tuple[int, float], ...] = ()


def exchanges(
    artifact: Artifact, contents: Contents, chosen: Set[Quantity]
) -> list[Exchange] | str:
    """For all directions that were made for the chosen quantities; or why that cannot be."""
    found = []
    for content in contents.contents:
        if content.quantity not in chosen:
            continue
        others = [quantity for quantity in content.quantities if quantity not in chosen]
        if not others:
            found.append(Exchange(content))
            continue
        part = _part(artifact, contents, content, chosen)
        if part is None:
            return f"the direction {content.label} holds it together with others"
        found.append(Exchange(content, part))
    return found


def _part(
    artifact: Artifact, contents: Contents, content: Content, chosen: Set[Quantity]
) -> tuple[tuple[int, float], ...] | None:
    """What a direction holds of other quantities, as a sum of other directions."""
    assert artifact.witness is not None
    assert content.meaning is not None
    space = Space(artifact.witness)
    aim = space.vector(content.meaning, without=chosen)
    born = content.direction.born
    there = [
        other
        for other in contents.contents
        if other.meaning is not None
        and other is not content
        and other.direction.born <= born
        and not 0 < other.direction.cleared <= born
        and not set(other.quantities) & chosen
    ]
    if not there:
        return None
    design = np.stack([space.vector(other.meaning) for other in there if other.meaning], axis=1)
    design = np.concatenate([design, space.constants()], axis=1)  # [coordinate, direction + ...]
    solution = np.linalg.lstsq(design, aim, rcond=None)[0]
    off = float(np.abs(design @ solution - aim).max(initial=0.0))
    if off > CLOSE * (1.0 + float(np.abs(aim).max(initial=0.0))):
        return None
    factors = zip(there, solution.tolist(), strict=False)
    return tuple((other.direction.place, factor) for other, factor in factors if factor != 0.0)


class Space:
    """A coordinate for each listed value of each quantity, one for its number, one for 1."""

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self.starts: list[int] = []
        size = 1
        for values in witness.values:
            self.starts.append(size)
            size += len(values) + 1
        self.size = size

    def vector(self, meaning: Meaning, without: Set[Quantity] = frozenset()) -> NDArray[np.float64]:
        """A meaning, or what is left of it without some quantities."""
        vector = np.zeros(self.size)
        vector[0] = meaning.constant
        for term in meaning.terms:
            if self.witness.quantities[term.quantity] not in without:
                start = self.starts[term.quantity]
                vector[start : start + len(term.numbers)] += term.numbers
        for multiple in meaning.multiples:
            if self.witness.quantities[multiple.quantity] not in without:
                start = self.starts[multiple.quantity]
                vector[start + len(self.witness.values[multiple.quantity])] += multiple.factor
        return vector

    def range(self, number: int) -> tuple[int, int]:
        """The coordinates of a quantity: its values, then its number."""
        start = self.starts[number]
        return start, start + len(self.witness.values[number]) + 1

    def differs(self, found: NDArray[Any], terms: NDArray[Any], close: float) -> bool:
        """Does a sum of meanings tell values of a quantity apart?

        found, terms [column, coordinate]: the sums, and those of absolute values.
        """
        if not found.size:
            return False
        values, number = found[:, :-1], found[:, -1]
        limit = close * terms.max(initial=0.0)
        spread = np.ptp(values, axis=1).max(initial=0.0) if values.shape[1] else 0.0
        return bool(max(spread, np.abs(number).max(initial=0.0)) > limit)

    def constants(self) -> NDArray[np.float64]:
        """Directions that say nothing [coordinate, n]: the same number for all values of a
        quantity is a constant, and constants cancel."""
        columns = np.zeros((self.size, 1 + len(self.starts)))
        columns[0, 0] = 1.0
        for number, (start, values) in enumerate(
            zip(self.starts, self.witness.values, strict=True), 1
        ):
            columns[start : start + len(values), number] = 1.0
        return columns
