"""The plan of the proof: what the compiler says about a model, beside its weights.

Sublayers are numbered from 1 in the order in which they run; 0 is the embedding.  Nothing here is a
weight: weights are read where they are, in the tensors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rasp.certificate.rounding import SCALE


class PlanError(ValueError):
    """The weights are not what the plan says."""


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of the residual stream, from the sublayer that writes it on.

    place: its dimension; born: the sublayer that writes it; cleared: the one that empties the
    dimension again, 0 if none does.  bound: the largest absolute value it can have; dyadic: all its
    values are multiples of 1/4; nonnegative: none is below 0; family: at most one of the directions
    with the same number differs from 0 at a position, None for a direction on its own.
    """

    place: int
    born: int
    cleared: int
    bound: float
    dyadic: bool
    nonnegative: bool
    family: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """weight: that of the beginning-of-sequence position (BOS) against 1 for a selected key, None
    where BOS is read only if nothing is selected; single: never more than one key is selected.
    queries, keys: the largest absolute value of each factor of the products in a score; values: of
    what is carried; None where it is not known.  agrees: for each value, do all selected keys carry
    the same?  comparisons: how many products, one after the other, each comparison takes.  best:
    where only the best of the selected keys are read, the largest number that the last comparison
    adds to a score: it is from 0 to this, an integer, and a whole gap of the others is one more.
    uneven: the comparison in which some selected keys have larger scores than others, None if all
    have 0.
    """

    weight: float | None
    single: bool
    queries: tuple[float | None, ...]
    keys: tuple[float | None, ...]
    values: tuple[float | None, ...]
    agrees: tuple[bool, ...]
    comparisons: tuple[int, ...]
    best: float | None = None
    uneven: int | None = None


@dataclass(frozen=True, slots=True)
class Neurons:
    """A group of neurons, the next `n` of its sublayer.

    empties: they empty dimensions, and that is all.  steps: ranges of neurons, counted within the
    group, that come two by two as the edges of steps.  reach: the largest activation of each
    neuron, None where it is not known.
    """

    n: int
    empties: bool = False
    steps: tuple[tuple[int, int], ...] = ()
    reach: tuple[float | None, ...] = ()


Sublayer: TypeAlias = tuple[Head, ...] | tuple[Neurons, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """directions: in the order of their birth.  sublayers: heads or groups of neurons, in the order
    of the weights.  output: what the columns of the value show, in words.  fit: how far functions
    that were fitted may be off, relative to their size, were all arithmetic exact.  sharpness: how
    large the gap between scores is, None for that of the dtype (`rasp.certificate.SCALE`).
    """

    directions: tuple[Direction, ...]
    sublayers: tuple[Sublayer, ...]
    output: str
    fit: float = 0.0
    sharpness: int | None = None

    def scale(self, dtype: str) -> float:
        """The gap: scores are so many times a multiple of 1/4."""
        return SCALE[dtype] if self.sharpness is None else float(self.sharpness)
