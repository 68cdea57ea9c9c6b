"""`aggregate`, `fetch` and `selector_width` on a batch: selected values -> one for each query.

The vectorised forms give exactly what `rasp.graph.operators.mean` gives for the selected values, in
order of position; where NumPy cannot be that exact, `mean` itself is called for the row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.graph.columns import Column, Failure, choose, concatenate
from rasp.graph.columns.column import BOOL, EXACT, FLOAT
from rasp.graph.nodes import Aggregate, Atom, Fetch, SelectorWidth
from rasp.graph.operators import NOTHING, SEVERAL, OperationError, mean
from rasp.interpreter.selectors import Matrix, Selectors

_SPLIT = 2.0**27 + 1
_DOUBT = 2.0**-40
"""How far a correction may be off, relatively: much less than this."""

_SMALLEST = 2.0**-900
"""Of smaller quotients remainders are not exact."""


def width(node: SelectorWidth, selectors: Selectors) -> Column:
    """[input | 1, query | 1]"""
    counts = [_counts(rows) for _, rows in selectors.blocks(node.selector)]
    return Column(np.concatenate(counts, axis=1).astype(np.int64))


def aggregate(node: Aggregate, values: Column, selectors: Selectors) -> Column:
    """values: [input | 1, key | 1] -> [input | 1, query | 1]"""
    default = Column.constant(node.default, (1, 1))
    blocks = selectors.blocks(node.selector)
    if values.shape[1] == 1:
        constant = [choose(_selected(rows), values, default) for _, rows in blocks]
        return concatenate(constant, axis=1)
    averager = _Averager(node, values)
    averages = [choose(_selected(rows), averager.average(rows), default) for _, rows in blocks]
    return concatenate(averages, axis=1)


def fetch(node: Fetch, values: Column, selectors: Selectors) -> Column:
    """values: [input | 1, key | 1] -> [input | 1, query | 1]

    It has failures where nothing is selected and there is no default, or where values differ.
    """
    nothing: Atom | Failure = (
        Failure(NOTHING, "value", node) if node.default is None else node.default
    )
    default = Column.constant(nothing, (1, 1))
    several = Column.constant(Failure(SEVERAL, "value", node), (1, 1))
    classes = _equality_classes(values)
    found: list[Column] = []
    for _, rows in selectors.blocks(node.selector):
        chosen = values
        if values.shape[1] > 1:
            first = np.broadcast_to(
                rows.argmax(axis=2), (max(len(rows), len(values)), rows.shape[1])
            )
            differ = _differ(classes, rows, first)
            chosen = values.moved(lambda array, first=first: _gathered(array, first))  # type: ignore[misc]
            chosen = choose(differ, several, chosen)
        found.append(choose(_selected(rows), chosen, default))
    return concatenate(found, axis=1)


def _equality_classes(values: Column) -> NDArray[Any]:
    """Numbers that are equal where the values are: 1, 1.0 and True alike, and every nan."""
    codes, table = values.coded()
    numbers: dict[Atom | None, int] = {}
    keys = (None if atom != atom else atom for atom in table)
    renumbered = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.intp)
    return _smallest(renumbered[codes])


def _selected(rows: Matrix) -> NDArray[np.bool_]:
    """Which queries select anything [input | 1, query | 1]."""
    found: NDArray[np.bool_] = np.logical_or.reduce(rows, axis=2)
    return found


def _counts(rows: Matrix) -> NDArray[np.float64]:
    """How many keys each query selects [input | 1, query | 1].

    As a product of matrices, which is several times faster than a sum of booleans, and exact.
    """
    counts = rows.astype(np.float32) @ np.ones(rows.shape[2], np.float32)
    return counts.astype(np.float64)


@dataclass(frozen=True)
class _Averager:
    """The values of one aggregate, with what is needed where several are selected."""

    node: Aggregate
    values: Column

    @cached_property
    def _classes(self) -> NDArray[Any]:
        return _classes(self.values)

    @cached_property
    def _addends(self) -> tuple[NDArray[np.float64], ...] | None:
        return _addends(self.values)

    def average(self, rows: Matrix) -> Column:
        """rows: [input | 1, query | 1, key] -> [input | 1, query | 1]

        Anything where nothing is selected.
        """
        n_inputs = max(len(rows), len(self.values))
        first = np.broadcast_to(rows.argmax(axis=2), (n_inputs, rows.shape[1]))
        result = self.values.moved(lambda array: _gathered(array, first))
        counts = _counts(rows)
        if not (counts > 1).any():
            return result
        differ = _differ(self._classes, rows, first)
        if not differ.any():
            return result
        if self._addends is None:
            return choose(differ, self._one_by_one(rows, differ), result)
        weights = rows.astype(np.float64)
        sums = [np.matmul(weights, part[:, :, None])[:, :, 0] for part in self._addends]
        means, certain = _quotients(sums, np.maximum(counts, 1))
        result = choose(differ, Column(means), result)
        doubtful = differ & ~certain
        return (
            choose(doubtful, self._one_by_one(rows, doubtful), result) if doubtful.any() else result
        )

    def _one_by_one(self, rows: Matrix, where: NDArray[np.bool_]) -> Column:
        """`mean` of the selected values at these queries [input, query]."""
        shape = (len(where), self.values.shape[1])
        codes, table = self.values.coded()
        codes = np.broadcast_to(codes, shape)
        rows = np.broadcast_to(rows, (len(where), *rows.shape[1:]))
        found: list[Atom | Failure] = []
        for number, query in np.argwhere(where).tolist():
            selected = codes[number][rows[number, query]].tolist()
            found.append(self._mean([table[code] for code in selected]))
        places = np.zeros(where.shape, np.intp)
        places[where] = np.arange(len(found))
        return Column.of(found).take(places)

    def _mean(self, values: Iterable[Atom]) -> Atom | Failure:
        try:
            return mean(list(values))
        except OperationError as error:
            return Failure(error.message, error.category, self.node)


def _differ(classes: NDArray[Any], rows: Matrix, first: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which queries select values that are not all of one class [input, query]."""
    firsts = _gathered(classes, first)
    others = classes[:, None, :] != firsts[:, :, None]
    differ: NDArray[np.bool_] = (rows & others).any(axis=2)
    return differ


def _gathered(array: NDArray[Any], places: NDArray[np.intp]) -> NDArray[Any]:
    """array [input | 1, key], places [input, query] -> [input, query]"""
    full = np.broadcast_to(array, (len(places), array.shape[1]))
    return np.take_along_axis(full, places, axis=1)


def _classes(values: Column) -> NDArray[Any]:
    """Numbers that are equal where the atoms are the same."""
    return _smallest(np.asarray(values.coded()[0]))


def _smallest(codes: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the smallest type that can hold them."""
    return codes.astype(np.min_scalar_type(int(codes.max(initial=0))), copy=False)


def _quotients(
    sums: list[NDArray[np.float64]], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The sum of one or two exact sums, divided, and where that is certainly rounded correctly.

    The quotient of the rounded sum is corrected by what its remainder, which is exact, adds to it.
    """
    if len(sums) == 1:
        return sums[0] / counts, np.ones(sums[0].shape, dtype=bool)
    total = sums[0] + sums[1]
    behind = total - sums[0]
    lost = (sums[0] - (total - behind)) + (sums[1] - behind)  # total + lost is the exact sum
    quotient = total / counts
    upper = (quotient * _SPLIT) - (quotient * _SPLIT - quotient)
    lower = quotient - upper  # the products of both halves with a count are exact
    remainder = ((total - upper * counts) - lower * counts) + lost
    correction = remainder / counts
    low, high = (quotient + correction * (1 + sign * _DOUBT) for sign in (-1.0, 1.0))
    return low, (low == high) & (np.abs(quotient) > _SMALLEST)


def _addends(values: Column) -> tuple[NDArray[np.float64], ...] | None:
    """One array, or two, that add up to the values and have exact sums over any positions.

    A sum is exact while everything in it is a multiple of one unit and stays below 2**53 units.
    Floats have too many digits for that; their upper halves and their lower halves usually have few
    enough.  None if these have not.
    """
    if values.table is not None or (np.asarray(values.tag) == BOOL).any():
        return None
    data = values.data.astype(np.float64, copy=False)
    length = values.shape[1]
    sizes = np.abs(data[data != 0])
    largest = float(sizes.max(initial=0))
    if sizes.size and not (largest < 2.0**400 and sizes.min() > 2.0**-400):
        return None  # nan and infinity, and what scaling could not keep exact
    if largest * length < EXACT and bool((data == np.rint(data)).all()):
        return (data,)
    if _largest_integer(values) * length >= EXACT:
        return None  # an exact sum of ints is divided at once, without being rounded first
    digits = 53 - length.bit_length()
    upper_unit = np.exp2(np.frexp(largest)[1] - digits)
    upper = np.rint(data / upper_unit) * upper_unit
    lower = data - upper
    if not lower.any():
        return (upper,)
    lower_unit = upper_unit * 2.0**-digits
    scaled = lower / lower_unit
    return (upper, lower) if bool((scaled == np.rint(scaled)).all()) else None


def _largest_integer(values: Column) -> float:
    """In absolute value; 0 if there is none."""
    integers = values.data[np.broadcast_to(np.asarray(values.tag) < FLOAT, values.shape)]
    return float(np.abs(integers).max(initial=0))
