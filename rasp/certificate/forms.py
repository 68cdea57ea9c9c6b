"""The columns of a weight matrix as affine forms of the residual stream, and how exactly they are
read.

A `Stream` is what is known about the residual stream between two sublayers.  `Stream.read` bounds
what computing forms of it costs: beside the beginning-of-sequence position (BOS) for all positions
at once, and at BOS, where the stream is the same for every input.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.certificate.plan import Direction, PlanError
from rasp.certificate.rounding import GRAIN, SMALLEST, UNIT, exact_limit

# What the elements are is for readers: the type checker cannot follow reductions of NumPy arrays.
Bools: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[Any]

BOS_PLACE = 0
"""The dimension that is 1 at BOS and 0 elsewhere."""

EMPTY = -1
"""In place of a direction, where a dimension holds none."""

TOKEN, POSITION, ONE_HOT, CONSTANT, UNKNOWN = -1, -2, 0, -3, -4
"""What the values of a dimension are a function of; one-hots are numbered from ONE_HOT on."""

PATIENCE = 2_000_000_000
"""So many products of scores are listed at most."""


@dataclass(frozen=True, eq=False)
class Forms:
    """constants[c] + the sum of weights * dimension, for every column c; weights that are 0 are
    left out.  columns, places, weights: [weights that are not 0], columns ascending.
    """

    columns: Ints
    places: Ints
    weights: Floats
    constants: Floats

    @classmethod
    def of(cls, matrix: NDArray[Any], constants: NDArray[Any]) -> Forms:
        """matrix [d_model, column], constants [column]."""
        places, columns = np.divmod(np.flatnonzero(matrix), matrix.shape[1])
        order = np.argsort(columns, kind="stable")
        places, columns = places[order], columns[order]
        weights = matrix[places, columns].astype(np.float64)
        return cls(columns, places, weights, constants.astype(np.float64))

    @property
    def n(self) -> int:
        return len(self.constants)

    def scaled(self, factor: float) -> Forms:
        return Forms(self.columns, self.places, self.weights * factor, self.constants * factor)

    def total(self, terms: Floats, chosen: Bools | slice = slice(None)) -> Floats:
        """Numbers [weights], added up by column."""
        sums: Floats = np.bincount(self.columns[chosen], terms[chosen], self.n)
        return sums

    def quarters(self, chosen: Bools) -> Bools:
        """Whether the constant and the chosen weights of a column are multiples of 1/4."""
        odd = ~_dyadic(self.weights) & chosen
        return np.asarray(_dyadic(self.constants) & (self.total(odd.astype(np.float64)) == 0.0))


@dataclass(frozen=True, eq=False)
class Reading:
    """What computing forms gives [column].

    size: the sum of absolute terms; inherited: the error from what is read; rounding: that of the
    arithmetic, where_on: of it, where the form is above 0; exact: there is none.  bos, bos_error:
    the value at BOS and its error.
    """

    size: Floats
    inherited: Floats
    rounding: Floats
    where_on: Floats
    exact: Bools
    bos: Floats
    bos_error: Floats

    @property
    def error(self) -> Floats:
        return self.inherited + self.rounding

    def part(self, columns: slice) -> Reading:
        return Reading(
            self.size[columns],
            self.inherited[columns],
            self.rounding[columns],
            self.where_on[columns],
            self.exact[columns],
            self.bos[columns],
            self.bos_error[columns],
        )


class Stream:
    """The residual stream before a sublayer: for each dimension, what holds and how exactly.

    held: the number of the direction, EMPTY where there is none; error: of its value at any
    position but BOS; left: what emptying it has left, at most; counts: it is a multiple of shares
    of attention, and so no less than 0 but for its error; bos, bos_error: the value at BOS;
    members: how many directions each one-hot has, with those that are emptied; largest: no number
    that was read or written is larger.
    """

    def __init__(self, directions: tuple[Direction, ...], d_model: int, dtype: str, fit: float):
        self.dtype, self.unit, self.smallest = dtype, UNIT[dtype], SMALLEST[dtype]
        self.fit = fit
        self.limit = exact_limit(dtype, 2)
        self.directions = directions
        self.held = np.full(d_model, EMPTY)
        self.error = np.zeros(d_model)
        self.left = np.zeros(d_model)
        self.bound = np.zeros(d_model)
        self.dyadic = np.zeros(d_model, dtype=bool)
        self.one_sided = np.zeros(d_model, dtype=bool)
        self.counts = np.zeros(d_model, dtype=bool)
        self.family = np.zeros(d_model, dtype=np.int64)
        self.members = Counter(direction.family for direction in directions)
        self.bos = np.zeros(d_model)
        self.bos_error = np.zeros(d_model)
        self.source = np.full(d_model, UNKNOWN)
        self.listed: dict[int, Floats] = {}  # [value, d_model] of tokens and positions
        self.patience = PATIENCE
        self.largest = 0.0

    def note(self, sizes: Floats | float) -> None:
        """Numbers are as large as this at most; nan, if it is not known how large."""
        self.largest = float(np.maximum(self.largest, np.max(sizes, initial=0.0)))

    def write(self, number: int, error: float, *, one_sided: bool) -> None:
        """A direction is born, beside BOS.  one_sided: it is no less than 0 but for its error."""
        direction = self.directions[number]
        place = direction.place
        self.held[place] = number
        self.error[place] = error + self.left[place]
        self.left[place] = 0.0
        self.bound[place] = direction.bound
        self.note(direction.bound + self.error[place])
        self.dyadic[place] = direction.dyadic
        self.one_sided[place] = one_sided and direction.nonnegative
        # Families are numbered from 0, directions on their own from -1 downwards.
        self.family[place] = -1 - place if direction.family is None else direction.family
        self.source[place] = UNKNOWN if direction.family is None else ONE_HOT + direction.family

    def write_bos(self, place: int, value: float, error: float) -> None:
        """Add a number at BOS, where no dimension is ever emptied."""
        before, total = self.bos[place], self.bos[place] + value
        exact = _is_dyadic(before) and _is_dyadic(value) and abs(before) + abs(value) < self.limit
        rounds = before != 0.0 and not exact
        self.note(abs(before) + abs(value) + error)
        self.bos[place] = total
        self.bos_error[place] += error
        if rounds:
            self.bos_error[place] += self.unit * abs(total) + self.smallest

    def clear(self, place: int) -> None:
        """relu(x) - relu(-x) takes x away exactly; relu(x) alone leaves what is below 0."""
        self.left[place] = self.error[place] if self.one_sided[place] else 0.0
        self.held[place] = EMPTY

    def values_of(self, source: int) -> Floats:
        """All that the stream can be, in the dimensions that have this source [value, d_model]."""
        if source in self.listed:
            return self.listed[source]
        places = np.flatnonzero((self.source == source) & (self.held != EMPTY))
        emptied = len(places) < self.members[source - ONE_HOT]  # which may be where the one was
        values = np.zeros((len(places) + emptied, len(self.held)))
        values[np.arange(len(places)), places] = self.bound[places]
        return values

    def n_values(self, source: int) -> int:
        if source in self.listed:
            return len(self.listed[source])
        return int((self.source == source).sum()) if source >= ONE_HOT else 1

    def read(self, forms: Forms) -> Reading:
        """Raises PlanError for a form that reads a dimension that holds nothing."""
        elsewhere = forms.places != BOS_PLACE
        if (self.held[forms.places[elsewhere]] == EMPTY).any():
            place = forms.places[elsewhere & (self.held[forms.places] == EMPTY)][0]
            raise PlanError(f"dimension {place} is read where it holds nothing")
        strength = np.where(elsewhere, np.abs(forms.weights), 0.0)
        inherited = forms.total(strength * self.error[forms.places])
        size = np.abs(forms.constants) + self._largest_terms(forms, strength) + inherited
        self.note(size)
        inexact = (~self.dyadic | (self.error != 0.0))[forms.places] & elsewhere
        exact = (
            forms.quarters(elsewhere)
            & (forms.total(inexact.astype(np.float64)) == 0.0)
            & (size < self.limit)
        )
        n_terms = forms.total(elsewhere.astype(np.float64))
        unit, least = (n_terms + 3) * self.unit, (n_terms + 3) * self.smallest
        rounding = np.where(exact, 0.0, (unit + self.fit) * size + least)
        # Above 0 the terms below 0 are no larger, together, than those above 0.
        rising = np.where((forms.weights < 0.0) & self.counts[forms.places], 0.0, strength)
        above = np.maximum(forms.constants, 0.0) + self._largest_terms(forms, rising) + inherited
        on = (unit * 2 * above + self.fit * size) / (1 - 2 * unit) + least
        bos, bos_error = self._read_bos(forms)
        return Reading(size, inherited, rounding, np.minimum(rounding, on), exact, bos, bos_error)

    def _largest_terms(self, forms: Forms, strength: Floats) -> Floats:
        """The sum of absolute terms, only the largest of each family: the others are 0."""
        if not len(forms.columns):
            return np.zeros(forms.n)
        terms = strength * self.bound[forms.places]
        families = self.family[forms.places] + len(self.family)
        key = forms.columns * (int(families.max()) + 1) + families
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.diff(key[order], prepend=-1))
        largest = np.maximum.reduceat(terms[order], starts)
        return np.bincount(forms.columns[order][starts], largest, forms.n)

    def at_most(self, forms: Forms, first: int, multiples: Floats) -> float:
        """The most that multiples of the columns from `first` on, without their signs, add up to.

        Of each family only one dimension is not 0, whatever the columns are.
        """
        last = first + len(multiples)
        own = (forms.columns >= first) & (forms.columns < last) & (forms.places != BOS_PLACE)
        places, columns = forms.places[own], forms.columns[own] - first
        strength = np.abs(forms.weights[own]) * multiples[columns]
        terms = np.bincount(places, strength, len(self.held)) * self.bound
        used = np.unique(places)
        families, family = np.unique(self.family[used], return_inverse=True)
        largest = np.zeros(len(families))
        np.maximum.at(largest, family, terms[used])
        return float(largest.sum() + np.abs(forms.constants[first:last]) @ multiples)

    def _read_bos(self, forms: Forms) -> tuple[Floats, Floats]:
        values = self.bos[forms.places]
        errors = self.bos_error[forms.places]
        bos = forms.constants + forms.total(forms.weights * values)
        strength = np.abs(forms.weights)
        inherited = forms.total(strength * errors)
        size = np.abs(forms.constants) + forms.total(strength * np.abs(values)) + inherited
        self.note(size)
        inexact = (~_dyadic(values) | (errors != 0.0)) & (values != 0.0)
        exact = (
            forms.quarters(values != 0.0)
            & (forms.total(inexact.astype(np.float64)) == 0.0)
            & (size < self.limit)
        )
        n_terms = forms.total((values != 0.0).astype(np.float64))
        # Twice: what is computed here is off by as much as what the model computes.
        rounded = 2 * (n_terms + 3) * (self.unit * size + self.smallest)
        rounding = np.where(exact, 0.0, rounded)
        return bos, inherited + rounding


def _dyadic(numbers: Floats) -> Bools:
    quarters = numbers / GRAIN
    return np.asarray(quarters == np.round(quarters))


def _is_dyadic(number: float) -> bool:
    return (number / GRAIN).is_integer()
