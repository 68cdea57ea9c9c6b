"""Lemma: what reads several integers only as multiples of their sum depends on the sum alone.

Each direction that is read holds a share of the sum, times one factor for all of them, or is a
function of the sum.  Then only the values of the sum are gone through.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.graph.columns import Column
from rasp.graph.nodes import Constant, atom_key
from rasp.meaning.linear import Linear, ends_of_sum, is_exact, is_function, linear_of
from rasp.meaning.products import computed
from rasp.meaning.space import Space
from rasp.meaning.states import (
    Floats,
    Ints,
    States,
    TooManyError,
    UnprovedError,
    codes_of,
    numbered,
    ordered,
)
from rasp.meaning.stream import MANTISSA, SLIGHTLY_MORE, UNIT, Numbers, Streams, grain_of
from rasp.meaning.witness import Quantity


def by_sum(
    streams: Streams,
    matrices: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    read: Sequence[int],
    total: Quantity,
    wanted: Sequence[Quantity],
) -> tuple[States, list[Numbers]]:
    """The values of a sum, and what columns of matrices [d_model, column] read for each.

    Raises UnprovedError where that depends on more than the sum.
    """
    space = streams.space
    shares = {direction: _share(streams, direction, total, {}) for direction in read}
    states = space.alone(total)
    others = [q for d, share in shares.items() if share is None for q in streams.quantities([d])]
    columns = _functions(space, [*wanted, *others], states.columns, states.size)
    states = States(columns, states.mask, None, None, states.size)
    sums = space.domain(total).numbers()
    return states, _read(streams, matrices, total, shares, states, sums)


MOST_RUNS = 1_000_000
"""So many runs of lengths are looked at, of all values of a sum."""


@dataclass(frozen=True, eq=False)
class WithLength:
    """Values of a sum, and what depends on it and on the length: the same for all inputs from the
    shortest to the longest; numbers: what is read."""

    states: States
    shortest: Ints
    longest: Ints
    numbers: Numbers


def by_sum_and_length(
    streams: Streams, matrix: tuple[NDArray[Any], NDArray[Any]], total: Quantity
) -> WithLength:
    """The same where functions of the difference of sum and length are read as well.

    Such a function takes a run of differences to one value, so that in inputs of neighbouring
    lengths the same is read.  Raises UnprovedError.
    """
    space, size = streams.space, streams.space.max_len
    read = streams.read_by(matrix[0])
    marks = _of_difference(streams, read, total)
    shares = {direction: _share(streams, direction, total, marks) for direction in read}
    values = space.domain(total).values
    if any(type(value) is not int or abs(value) > MOST_RUNS for value in values):
        raise UnprovedError("a place is no integer, or very far away")
    sums = np.array(values, dtype=np.int64)
    lowest = int(sums.min(initial=0)) - size
    differences = np.arange(lowest, int(sums.max(initial=0)))  # sum less length
    kinds = np.zeros(len(differences), dtype=np.int64)
    known: dict[Quantity, Column] = {}
    for mark, (base, by, more) in marks.items():
        of_base = {base: Column.of((by * differences + more).tolist())}
        column = _functions(space, [mark], of_base, len(differences))[mark]
        known[mark] = column
        _, kinds = numbered([kinds, codes_of(column)[0]], len(kinds))
    starts = np.flatnonzero(np.diff(kinds, prepend=-1))
    n_pairs = len(sums) * len(starts)
    if n_pairs > MOST_RUNS:
        raise TooManyError(f"{n_pairs} runs of lengths")
    first, last = differences[starts], differences[[*(starts[1:] - 1), -1]]
    row = np.repeat(np.arange(len(sums)), len(starts))
    run = np.tile(np.arange(len(starts)), len(sums))
    shortest = np.maximum(sums[row] - last[run], _shortest(space, total, sums)[row])
    longest = np.minimum(sums[row] - first[run], size)
    some = np.flatnonzero(shortest <= longest)
    row, run = row[some], run[some]
    space.spend(len(row) * (len(known) + len(read)))
    columns = {mark: column.take(starts[run]) for mark, column in known.items()}
    columns[total] = space.domain(total).column.take(row)
    others = [q for d, share in shares.items() if share is None for q in streams.quantities([d])]
    columns = _functions(space, [total, *others], columns, len(row))
    states = States(columns, np.ones((1, 1, len(row)), dtype=bool), None, None, len(row))
    (numbers,) = _read(streams, [matrix], total, shares, states, sums[row].astype(np.float64))
    return WithLength(states, shortest[some], longest[some], numbers)


def _shortest(space: Space, total: Quantity, sums: Ints) -> Ints:
    """The length of the shortest input in which the sum can have each value, or one that is less;
    what is possible in an input is so in all longer ones, as far as it is known."""
    least, most = ends_of_sum(linear_of(total), space)
    least, most = np.minimum.accumulate(least), np.maximum.accumulate(most)
    return 1 + np.maximum(np.searchsorted(most, sums), np.searchsorted(-least, -sums))


def _of_difference(
    streams: Streams, read: Sequence[int], total: Quantity
) -> dict[Quantity, tuple[Quantity, int, int]]:
    """What is read that is a function of the difference of the sum and the length: of which sum,
    which is that many times the difference, and so much more."""
    form = linear_of(total)
    found: dict[Quantity, tuple[Quantity, int, int]] = {}
    for quantity in streams.quantities(read):
        if is_function(quantity, total):
            continue
        for base in ordered([quantity], frozenset()):
            own = linear_of(base)
            if not is_exact(own, streams.space):
                continue
            for by in (1, -1):
                rest = own.plus(form, Fraction(-by))
                lengths = [f for q, f in rest.factors.items() if streams.space.is_length(q)]
                alone = len(rest.factors) == 1 and lengths == [-by]
                if alone and rest.constant.denominator == 1 and is_function(quantity, base):
                    found[quantity] = base, by, int(rest.constant)
    return found


def _functions(
    space: Space, wanted: Sequence[Quantity], known: Mapping[Quantity, Column], size: int
) -> dict[Quantity, Column]:
    """Columns of what is known, and of functions of it."""
    columns = dict(known)
    for quantity in ordered(wanted, frozenset(known)):
        if quantity not in columns:
            columns[quantity] = (
                Column.of([quantity.value]).take(np.zeros(size, dtype=np.int64))
                if isinstance(quantity, Constant)
                else computed(space, quantity, columns)
            )
    return columns


def _read(
    streams: Streams,
    matrices: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    total: Quantity,
    shares: Mapping[int, Linear | None],
    states: States,
    sums: Floats,
) -> list[Numbers]:
    """What columns of matrices read in each state, where the sum is known."""
    form, read = linear_of(total), list(shares)
    lines: dict[tuple[int, bytes], Linear] = {}
    found = []
    for matrix, constants in matrices:
        weights = np.asarray(matrix, dtype=np.float64)
        values = np.zeros((states.size, weights.shape[1]))
        size = np.abs(np.asarray(constants, dtype=np.float64))
        for column in range(weights.shape[1]):
            whole = Linear(Fraction(float(constants[column])), {})
            tables: dict[int, list[tuple[float, Floats]]] = {}
            for direction in read:
                weight = float(weights[streams.plan.directions[direction].place, column])
                bound = streams.plan.directions[direction].bound * SLIGHTLY_MORE
                size[column] += abs(weight) * bound
                share = shares[direction]
                if share is None:
                    values[:, column] += weight * streams.contents(direction, states)
                    continue
                whole = whole.plus(share, Fraction(weight))
                for place, numbers in streams.tables_of(direction) if weight else ():
                    tables.setdefault(place, []).append((weight, numbers[:-1]))
            for place, some in tables.items():
                weight, numbers = _together(some)
                key = place, numbers.tobytes()
                if key not in lines:
                    lines[key] = _line(streams, place, numbers.tolist())
                whole = whole.plus(lines[key], Fraction(weight))
            times = _times(whole, form)
            rest = float(whole.constant - times * form.constant)
            values[:, column] += float(times) * sums
            values[:, column] += rest
            size[column] += abs(float(times)) * np.abs(sums).max(initial=0.0) + abs(rest)
        n_terms = np.full(weights.shape[1], 2 * len(read) + 6)
        found.append(Numbers(values, 2 * n_terms * UNIT * size, size, n_terms))
    return found


def _times(whole: Linear, form: Linear) -> Fraction:
    """How often a sum is in what is read."""
    times = Fraction(0)  # of a constant
    for quantity, factor in form.factors.items():
        times = whole.factors.get(quantity, Fraction(0)) / factor
    if whole.plus(form, -times).factors:
        raise UnprovedError("what is read is no multiple of a sum")
    return times


def _share(
    streams: Streams, direction: int, total: Quantity, known: Container[Quantity]
) -> Linear | None:
    """What a direction holds as a sum, but for its tables; None if it is a function of the total,
    or of what is known beside it."""
    quantities = streams.quantities([direction])
    if quantities and all(q in known or is_function(q, total) for q in quantities):
        return None
    meaning = streams.meaning(direction)
    found = Linear(Fraction(meaning.constant), {})
    for multiple in meaning.multiples:
        own = _exactly(streams.witness.quantities[multiple.quantity], streams.space)
        found = found.plus(own, Fraction(multiple.factor))
    return found


def _together(some: Sequence[tuple[float, Floats]]) -> tuple[float, Floats]:
    """Multiples of tables as a multiple of one, exactly."""
    if len(some) == 1:
        return some[0]
    weights = np.array([weight for weight, _ in some])
    numbers = np.stack([own for _, own in some])
    total: Floats = weights @ numbers
    largest = float((np.abs(weights) @ np.abs(numbers)).max(initial=0.0))
    if not max(largest, 1.0) < MANTISSA * grain_of(weights) * grain_of(numbers):
        raise UnprovedError("multiples of tables are not added exactly")
    return 1.0, total


def _line(streams: Streams, place: int, numbers: Iterable[float]) -> Linear:
    """A table that is a multiple of the value and a constant, as that; a truth value is 0 or 1."""
    quantity = streams.witness.quantities[place]
    listed = zip(streams.witness.values[place], numbers, strict=True)
    held = {atom_key(value): number for value, number in listed}
    values = streams.space.domain(quantity).values
    if any(type(value) not in (int, bool) or atom_key(value) not in held for value in values):
        raise UnprovedError("a table is not that of all integers that there are")
    ratios = [held[atom_key(value)].as_integer_ratio() for value in values]
    unit = max(denominator for _, denominator in ratios)  # a power of two, as all of them are
    whole = [numerator * (unit // denominator) for numerator, denominator in ratios]
    exact = [int(value) for value in values]
    first, run, rise = exact[0], exact[-1] - exact[0], whole[-1] - whole[0]
    slope = Fraction(rise, run * unit) if run else Fraction(0)
    at_first = Fraction(whole[0], unit)
    if any(
        (number - whole[0]) * run != rise * (value - first)
        for value, number in zip(exact, whole, strict=True)
    ):
        raise UnprovedError("a table is not a multiple of its value and a constant")
    own = Linear(at_first - slope * first, {})
    return own.plus(_exactly(quantity, streams.space), slope)


def _exactly(quantity: Quantity, space: Space) -> Linear:
    """A sum as what it is a sum of, if nothing is rounded where the program adds it up; as itself,
    which is no multiple of another, if something may be."""
    form = linear_of(quantity)
    return form if is_exact(form, space) else Linear(Fraction(0), {quantity: Fraction(1)})
