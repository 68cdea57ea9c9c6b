"""What heads carry to directions, and how far that may be off."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.meaning.factors import Factors, check_largest
from rasp.meaning.states import Floats, States, UnprovedError, codes_of
from rasp.meaning.stream import TOLERANCE, Numbers, number_of
from rasp.meaning.witness import Quantity


@dataclass(frozen=True, eq=False)
class Carried:
    """A number that a head carries to one direction.  value: which of the head's it is."""

    head: int
    value: int
    values: tuple[NDArray[Any], NDArray[Any]]  # column of W_V [d_model, 1], b_V [1]
    gain: float
    at_bos: float


def numbers_of(states: States, quantity: Quantity) -> Floats:
    codes, atoms = codes_of(states.columns[quantity])
    numbers = np.array([np.nan if isinstance(atom, bool) else number_of(atom) for atom in atoms])
    return np.asarray(numbers[codes])


def largest_of(numbers: Floats) -> float:
    """nan if there is one."""
    return float(numbers.max()) if numbers.size else 0.0


def allowed(off: float, size: float) -> float:
    if not off <= TOLERANCE * (1.0 + size) < inf:
        raise UnprovedError("what is delivered is something else")
    return off


def values_of(factors: Factors, carried: Carried, read: list[int], keys: States) -> Numbers:
    """What each key carries, once it is no larger than the plan says."""
    found = factors.streams.numbers(*carried.values, read, keys)
    check_largest((factors.heads[carried.head].values[carried.value],), found)
    return found
