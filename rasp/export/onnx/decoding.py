"""The numbers that a model puts out -> the values of the s-op, in an ONNX graph.

The rules are those of `rasp.artifact.Readout`, as in `rasp.readout`:

    categorical   the largest logit
    numeric       the nearest centre, found by comparing with the boundaries between centres
    grid          the nearest multiple
    fraction      of all denominators that are possible the one with the nearest fraction: each is
                  tried where there are few, else by continued fractions (`fractions`)

Values that are put together from several numbers are not computed, since double precision would
not always give their last bit: the graph gives the numbers, and the metadata says how to read them.

The graph gives `values`, for listed values also `codes` (places in the list), and `errors`: 0, or
at a position where the program fails the number of a message, from 1 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from rasp.errors import ExportError
from rasp.export.labels import AMBIGUOUS, IMPOSSIBLE, MIXED, failure_text, json_of
from rasp.export.onnx.fractions import nearest_fractions
from rasp.export.onnx.graph import Graph
from rasp.graph.nodes import Atom
from rasp.outputs import Readout
from rasp.readout import FAILURE_THRESHOLD

FEW_BOUNDARIES = 64
"""Comparing a number with each is quicker than searching, up to here."""

FEW_DENOMINATORS = 64
"""Trying each is quicker than continued fractions, up to here."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Names of results [batch, pos]; of numbers [batch, pos, column]."""

    values: str | None
    dtype: Any  # of the values; str for strings
    numbers: str | None  # instead of values
    codes: str | None  # -1 where there is none
    ints: str | None  # whether a value is an int, where the file's metadata does not say so
    errors: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of each position: names of results.

    index: of the token [1 | batch, pos], from 0; length: of the input [batch, 1], less one;
    real [batch, pos]: is there a token?
    """

    index: str
    length: str | None
    real: str


def gives_numbers(readout: Readout) -> bool:
    """Are values left to who reads them?"""
    return readout.kind == "parts" or readout.low is not None


class Decoding:
    """Adds to a graph what reads its numbers out."""

    def __init__(self, graph: Graph, readout: Readout, max_len: int) -> None:
        self.graph = graph
        self.readout = readout
        self.max_len = max_len
        self._messages: list[str] = []
        self._errors: list[str] = []  # [batch, pos] each, int64

    def decode(self, numbers: str, place: Place) -> Decoded:
        """numbers [batch, pos, d_vocab_out]."""
        n_values = self.readout.n_values
        self._failures(numbers, n_values)
        if gives_numbers(self.readout):
            columns = self.graph.cast(self._columns(numbers, 0, n_values), np.float64)
            errors = self._first_error(place)
            return Decoded(None, None, columns, None, None, errors, tuple(self._messages))
        value = self._columns(numbers, 0, n_values)  # [batch, pos, n_values]
        spread = None
        if self.readout.spread is not None:
            spread = self._number(self._columns(numbers, n_values - 1, n_values))
            value = self._columns(numbers, 0, 1)
        match self.readout.kind:
            case "categorical":
                codes: str | None = self._categorical(value)
            case "numeric":
                codes = self._numeric(self._number(value), place)
            case "grid":
                values, codes = self._grid(self._number(value), place), None
            case "fraction":
                values, codes = self._fraction(self._number(value), place), None
            case "parts":
                raise AssertionError("parts are numbers")
            case _:
                assert_never(self.readout.kind)
        dtype: Any = np.float64
        if self._whole:
            values, dtype = self.graph.cast(values, np.int64), np.int64
        if codes is not None:
            table, dtype = table_of(self.readout.values)
            known = self.graph.op("Max", codes, self._int(0))
            values = self.graph.op("Gather", self.graph.constant(table, "values_table"), known)
            self._mixed(known, place)
        ints = None if spread is None else self._ints(values, spread)
        messages = tuple(self._messages)
        return Decoded(values, dtype, None, codes, ints, self._first_error(place), messages)

    # ---- values

    @property
    def _whole(self) -> bool:
        """Is every value an int?"""
        readout = self.readout
        return readout.scale is not None and readout.integer and bool((readout.scale == 1).all())

    def _categorical(self, logits: str) -> str:
        graph = self.graph
        largest = graph.op("ReduceMax", logits, axes=[-1], keepdims=1)  # [batch, pos, 1]
        gap = graph.op("Sub", largest, logits)  # [batch, pos, value]
        near = graph.op("Less", graph.cast(gap, np.float64), self._float(self.readout.margin))
        count = self._sum(near)  # [batch, pos]
        self._error(graph.op("Greater", count, self._int(1)), AMBIGUOUS)
        return graph.op("ArgMax", logits, axis=-1, keepdims=0)

    def _numeric(self, number: str, place: Place) -> str:
        """The number [batch, pos] -> how many boundaries are below it, -> a code."""
        readout, graph = self.readout, self.graph
        assert readout.centres is not None
        assert readout.codes is not None
        boundaries = (readout.centres[:, :-1] + readout.centres[:, 1:]) / 2  # [row, boundary]
        boundaries = np.where(np.isnan(boundaries), np.inf, boundaries)
        n_rows, n_boundaries = boundaries.shape
        row = self._row(place) if n_rows > 1 else None
        if not n_boundaries:
            count = graph.cast(graph.op("Mul", number, self._float(0.0)), np.int64)
        elif n_boundaries <= FEW_BOUNDARIES:
            table = graph.constant(boundaries if n_rows > 1 else boundaries[0], "boundaries")
            mine = table if row is None else graph.op("Gather", table, row)
            last = graph.op("Unsqueeze", number, graph.constant([2]))
            count = self._sum(graph.op("Greater", last, mine))
        else:
            count = self._searched(number, boundaries, row)
        if row is not None:
            width = readout.codes.shape[1]
            count = graph.op("Add", count, graph.op("Mul", row, self._int(width)))
        codes = graph.constant(readout.codes.reshape(-1).astype(np.int64), "codes_table")
        code = graph.op("Gather", codes, count)
        if (readout.codes < 0).any():
            self._error(graph.op("Less", code, self._int(0)), IMPOSSIBLE)
        return code

    def _searched(self, number: str, boundaries: NDArray[np.float64], row: str | None) -> str:
        """How many boundaries are below each number, by bisection: one step for each bit."""
        graph = self.graph
        n_boundaries = boundaries.shape[1]
        steps = n_boundaries.bit_length()
        padded = np.full((len(boundaries), 1 << steps), np.inf)
        padded[:, :n_boundaries] = boundaries
        table = graph.constant(padded.reshape(-1), "boundaries")
        base = self._int(-1)
        if row is not None:
            base = graph.op("Sub", graph.op("Mul", row, self._int(1 << steps)), self._int(1))
        count = self._int(0)
        for bit in reversed(range(steps)):
            ahead = graph.op("Add", count, self._int(1 << bit))
            boundary = graph.op("Gather", table, graph.op("Add", base, ahead))
            above = graph.op("Less", boundary, number)
            step = graph.op("Mul", graph.cast(above, np.int64), self._int(1 << bit))
            count = graph.op("Add", count, step)  # [batch, pos]
        return count

    def _grid(self, number: str, place: Place) -> str:
        assert self.readout.scale is not None
        scale = self._of_row(self.readout.scale, place)
        rounded = self.graph.op("Round", self.graph.op("Mul", number, scale))
        return self._no_negative_zero(self.graph.op("Div", rounded, scale))

    def _fraction(self, number: str, place: Place) -> str:
        """(start + step * k / m) / below with the k and m that come nearest."""
        assert self.readout.fractions is not None
        graph, table = self.graph, self.readout.fractions
        most = int(table[:, 4].max())
        start, step, below, least, largest = (
            self._of_row(table[:, column].astype(np.float64), place) for column in range(5)
        )
        x = graph.op("Div", graph.op("Sub", graph.op("Mul", number, below), start), step)
        m = largest
        k = graph.op("Round", graph.op("Mul", x, m))
        if (table[:, 3] < table[:, 4]).any():
            if most <= FEW_DENOMINATORS:
                m = self._denominator(x, least, largest, most)
                k = graph.op("Round", graph.op("Mul", x, m))
            else:
                fixed = graph.op("Equal", least, largest)
                above, under = nearest_fractions(graph, x, largest, most)
                k, m = graph.op("Where", fixed, k, above), graph.op("Where", fixed, m, under)
        top = graph.op("Add", graph.op("Mul", start, m), graph.op("Mul", step, k))
        value = graph.op("Div", top, graph.op("Mul", below, m))
        return self._no_negative_zero(value)

    def _denominator(self, x: str, least: str, largest: str, most: int) -> str:
        """The denominator [batch, pos] up to `largest` with the fraction nearest to x; `largest`
        itself where it is also the least.
        """
        graph = self.graph
        tried = graph.constant(np.arange(1.0, most + 1), "denominators")  # [m]
        x, least, largest = (
            graph.op("Unsqueeze", name, graph.constant([2])) for name in (x, least, largest)
        )
        nearest = graph.op("Div", graph.op("Round", graph.op("Mul", x, tried)), tried)
        distance = graph.op("Abs", graph.op("Sub", nearest, x))  # [batch, pos, m]
        fixed = graph.op("Equal", least, largest)
        first = graph.op("Where", fixed, largest, self._float(1.0))  # [batch, pos, 1]
        too_small = graph.op("Less", tried, first)
        out = graph.op("Or", too_small, graph.op("Greater", tried, largest))
        distance = graph.op("Where", out, self._float(np.inf), distance)
        best = graph.op("ArgMin", distance, axis=-1, keepdims=0)  # [batch, pos]
        return graph.op("Add", graph.cast(best, np.float64), self._float(1.0))

    def _ints(self, values: str, spread: str) -> str:
        """Which values are ints: whole ones, of which the second column says so."""
        how, graph = self.readout.spread, self.graph
        assert how is not None
        numbers = graph.cast(values, np.float64)
        centred = graph.op("Sub", numbers, self._float(how.middle))
        off = graph.op("Sub", spread, graph.op("Mul", centred, centred))
        near = graph.op("Less", off, self._float(how.apart / 2))
        return graph.op("And", near, graph.op("Equal", numbers, graph.op("Round", numbers)))

    def _no_negative_zero(self, number: str) -> str:
        zero = self.graph.op("Equal", number, self._float(0.0))
        return self.graph.op("Where", zero, self._float(0.0), number)

    # ---- errors

    def _failures(self, numbers: str, n_values: int) -> None:
        """One message for each column that is above 1/2 where an operation fails."""
        for column, failure in enumerate(self.readout.failures, n_values):
            flag = self._number(self._columns(numbers, column, column + 1))
            fired = self.graph.op("Greater", flag, self._float(FAILURE_THRESHOLD))
            self._error(fired, failure_text(failure))

    def _mixed(self, codes: str, place: Place) -> None:
        """A result does not have strings beside other values."""
        strings = np.array([isinstance(value, str) for value in self.readout.values])
        if strings.all() or not strings.any():
            return
        graph = self.graph
        is_string = graph.op("Gather", graph.constant(strings, "strings"), codes)
        other = graph.op("And", graph.op("Not", is_string), place.real)
        is_string = graph.op("And", is_string, place.real)
        both = graph.op("And", self._somewhere(is_string), self._somewhere(other))
        self._error(graph.op("And", both, place.real), MIXED)

    def _somewhere(self, places: str) -> str:
        """[batch, pos] -> whether any is true [batch, 1]."""
        counts = self.graph.cast(places, np.float32)
        most = self.graph.op("ReduceMax", counts, axes=[1], keepdims=1)
        return self.graph.op("Greater", most, self.graph.constant(np.float32(0)))

    def _error(self, where: str, message: str) -> None:
        self._messages.append(message)
        number = self._int(len(self._messages))
        self._errors.append(self.graph.op("Where", where, number, self._int(0)))

    def _first_error(self, place: Place) -> str:
        """The first error that there is at each position with a token."""
        graph = self.graph
        found = self._int(0)
        for errors in reversed(self._errors):
            found = graph.op("Where", graph.cast(errors, np.bool_), errors, found)
        return graph.op("Where", place.real, found, self._int(0))

    # ---- small parts

    def _row(self, place: Place) -> str:
        """The row of the readout's tables for every position [batch | 1, pos | 1]."""
        graph = self.graph
        if self.readout.context == "i":
            return place.index
        if place.length is None:
            raise ExportError("how values are read depends on the length of the whole input")
        if self.readout.context == "n":
            return graph.op("Add", place.length, graph.op("Mul", place.index, self._int(0)))
        return graph.op("Add", graph.op("Mul", place.length, self._int(self.max_len)), place.index)

    def _of_row(self, table: NDArray[np.float64], place: Place) -> str:
        """A number for every position."""
        if len(table) == 1:
            return self.graph.constant(table.astype(np.float64).reshape(1, 1))
        return self.graph.op("Gather", self.graph.constant(table), self._row(place))

    def _columns(self, numbers: str, start: int, stop: int) -> str:
        if (start, stop) == (0, self.readout.n_columns):
            return numbers
        bounds = (self.graph.constant([bound]) for bound in (start, stop, 2))
        return self.graph.op("Slice", numbers, *bounds)

    def _number(self, column: str) -> str:
        """[batch, pos, 1] -> [batch, pos], float64."""
        flat = self.graph.op("Squeeze", column, self.graph.constant([2]))
        return self.graph.cast(flat, np.float64)

    def _sum(self, flags: str) -> str:
        """How many are true along the last axis."""
        numbers = self.graph.cast(flags, np.int64)
        return self.graph.op("ReduceSum", numbers, self.graph.constant([-1]), keepdims=0)

    def _int(self, number: int) -> str:
        return self.graph.constant(np.int64(number))

    def _float(self, number: float) -> str:
        return self.graph.constant(np.float64(number))


def table_of(values: Sequence[Atom]) -> tuple[NDArray[Any], Any]:
    """Listed values as an array, and its type: numbers, booleans and strings as they are, lists of
    several kinds as JSON text.
    """
    kinds = set(map(type, values))
    if kinds == {int} and all(abs(int(value)) < 2**63 for value in values):
        return np.array(values, np.int64), np.int64
    if kinds == {bool}:
        return np.array(values, np.bool_), np.bool_
    if kinds <= {int, float} and all(abs(value) <= 2**53 for value in map(float, values)):
        return np.array(values, np.float64), np.float64
    texts = [value if kinds == {str} else json_of(value) for value in values]
    table = np.empty(len(texts), object)
    table[:] = texts
    return table, str
