"""Numbers that a compiled model puts out -> Python values, or the error that the program has.

The rules are those of `rasp.artifact.Readout`; here they are applied to whole batches at once.  The
rule that a sequence does not mix strings with other values is checked here too, since it is about
results and not about any single position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp import ratios
from rasp.errors import RaspError, RaspRuntimeError
from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import Atom
from rasp.graph.sequences import different_types
from rasp.outputs import Failure, Readout, Spread
from rasp.source import Label

Numbers: TypeAlias = NDArray[np.floating]
Places: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.intp]
Outcome: TypeAlias = list[Atom] | RaspError

FAILURE_THRESHOLD = 0.5
SEVERAL = "several selected values are neither numbers nor all equal"
FEW_BOUNDARIES = 64  # comparing with each is faster than searching, up to here
MAX_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Where:
    """Which positions are decoded: indices [pos]; lengths [batch] of the inputs; real [batch, pos]:
    those that belong to the inputs.
    """

    indices: NDArray[np.int64]
    lengths: NDArray[np.int64]
    real: Places

    @property
    def first(self) -> int:
        """The index of the first position."""
        return int(self.indices[0])


class Decoder:
    """Decodes the outputs of one model."""

    def __init__(self, readout: Readout, max_len: int) -> None:
        self.readout = readout
        self.max_len = max_len
        self._atoms = _array(readout.values)
        self._strings = np.array([isinstance(value, str) for value in readout.values], dtype=bool)
        self._low = None if readout.low is None else Decoder(readout.low.readout, max_len)
        self._parts = [Decoder(part, max_len) for part in readout.parts]
        said = (*readout.values, *(argument for _, argument in readout.formula))
        of_parts = [part._has_strings for part in self._parts]
        self._has_strings: bool = any(of_parts) or any(isinstance(one, str) for one in said)
        if readout.kind == "numeric":
            assert readout.centres is not None
            # A number belongs to the centre numbered by how many boundaries are below it.
            boundaries = (readout.centres[:, :-1] + readout.centres[:, 1:]) / 2
            self._boundaries = np.where(np.isnan(boundaries), np.inf, boundaries)

    def decode(
        self, outputs: Numbers, lengths: NDArray[np.int64], *, first: int = 0
    ) -> list[Outcome]:
        """outputs [batch, pos, d_vocab_out], BOS left out -> a result or an error per input.

        lengths [batch]: of the inputs; first: the index of the first position in outputs, if that
        is not the beginning of the inputs.
        """
        indices = np.arange(first, first + outputs.shape[1])  # [pos]
        real = indices < lengths[:, None]  # [batch, pos]
        where = _Where(indices, lengths, real)
        errors = self._failures(outputs, where)
        values = self.value(outputs, where, errors)
        rows: list[list[Atom]] = values.tolist()
        if not real.all():
            rows = [row[:length] for row, length in zip(rows, lengths.tolist(), strict=True)]
        results: list[Outcome] = [*rows]
        for n, error in errors.items():
            results[n] = error
        return results

    def value(
        self,
        outputs: Numbers,
        where: _Where,
        errors: dict[int, RaspRuntimeError],
        *,
        whole: bool = True,
    ) -> NDArray[Any]:
        """The value at every position [batch, pos], from its columns; new errors are added.

        whole: it is the result, in which strings do not stand beside other values, and no part.
        """
        numbers = outputs[:, :, : self.readout.n_values]
        match self.readout.kind:
            case "categorical":
                codes = self._categorical(numbers, where, errors)
                return self._values(codes, where, errors, whole=whole)
            case "numeric":
                codes = self._numeric(numbers[:, :, 0], where, errors)
                values = self._values(codes, where, errors, whole=whole)
            case "grid" | "fraction":
                values = self._rounded(numbers, where)
            case "parts":
                return self._together(numbers, where, errors)
        if self.readout.spread is not None:
            return _with_integers(values, numbers[:, :, -1], self.readout.spread)
        return values

    def _failures(self, outputs: Numbers, where: _Where) -> dict[int, RaspRuntimeError]:
        """Inputs on which the model reports a failure, or does not compute at all."""
        errors: dict[int, RaspRuntimeError] = {}
        real, start = where.real, where.first
        finite = np.isfinite(outputs)
        if not finite.all():
            for n, position in _first_places(real & _somewhere(~finite)):
                errors[n] = RaspRuntimeError(
                    "the model does not give a finite number",
                    notes=[f"position: {start + position}"],
                )
        fired = outputs[:, :, self.readout.n_values :] > FAILURE_THRESHOLD
        if fired.any():
            fired &= real[:, :, None]
            for n, position in _first_places(_somewhere(fired)):
                failure = self.readout.failures[int(fired[n, position].argmax())]
                errors.setdefault(n, _error(failure, start + position))
        return errors

    def _categorical(
        self, logits: Numbers, where: _Where, errors: dict[int, RaspRuntimeError]
    ) -> Codes:
        """Which value has the largest logit [batch, pos]."""
        # The other way round NumPy is quick: few long rows, not many short ones.
        columns = np.ascontiguousarray(logits.reshape(-1, logits.shape[2]).T)
        near = columns > columns.max(axis=0) - self.readout.margin  # the largest, and no other
        counts, best = _counts_and_sums(near)
        if not (counts == 1).all():
            best = columns.argmax(axis=0)
            several = (counts > 1).reshape(where.real.shape)
            self._report(several, where, SEVERAL, errors)
        return best.reshape(where.real.shape)

    def _numeric(
        self,
        numbers: Numbers,
        where: _Where,
        errors: dict[int, RaspRuntimeError],
    ) -> Codes:
        """Which value has the nearest centre [batch, pos]; -1 where there is none."""
        assert self.readout.codes is not None
        numbers = numbers.astype(np.float64)
        if len(self._boundaries) == 1:
            places = _counts_below(self._boundaries[0], numbers)
            codes: Codes = self.readout.codes[0].take(places)
        else:
            rows = self.contexts(where.indices, where.lengths)  # [batch, pos]
            codes = self.readout.codes[rows, _bisected(self._boundaries, rows, numbers)]
        impossible = codes < 0
        if impossible.any():
            message = "the model gives a number where no value is possible"
            self._report(impossible, where, message, errors)
        return codes

    def _grid(self, numbers: Numbers, where: _Where) -> tuple[Numbers, Numbers]:
        """Numerators and denominators."""
        assert self.readout.scale is not None
        scale = self.readout.scale[self.contexts(where.indices, where.lengths)]  # [batch, pos]
        with np.errstate(invalid="ignore"):  # infinities are reported as failures
            return np.rint(numbers.astype(np.float64) * scale), scale

    def _fraction(self, numbers: Numbers, where: _Where) -> tuple[Numbers, Numbers]:
        """Numerators and denominators, both exact."""
        assert self.readout.fractions is not None
        table = self.readout.fractions[self.contexts(where.indices, where.lengths)]
        start, step, below, least, most = np.moveaxis(table, -1, 0).astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):  # reported as failures, or nonsense
            k, m = self._nearest((numbers * below - start) / step, least, most)
            return start * m + step * k, below * m

    def ratio(self, numbers: Numbers, where: _Where) -> tuple[Numbers, Numbers]:
        """What a grid or a fraction is, as numerators and denominators [batch, pos]."""
        return (self._grid if self.readout.kind == "grid" else self._fraction)(numbers, where)

    def _rounded(self, numbers: Numbers, where: _Where) -> NDArray[Any]:
        """The value of a grid or a fraction: an exact quotient, rounded once."""
        above, below = self.ratio(numbers[:, :, 0], where)
        if self._low is None:
            with np.errstate(invalid="ignore", over="ignore"):
                return self._atoms_of(above / below + 0.0)  # + 0.0: there is no negative zero
        assert self.readout.low is not None
        more, under = self._low.ratio(numbers[:, :, 1], where)
        parts = np.stack([np.broadcast_to(a, above.shape) for a in (above, below, more, under)])
        flat = np.nan_to_num(parts.reshape(4, -1), posinf=0.0, neginf=0.0)
        distinct, places = np.unique(flat, axis=1, return_inverse=True)
        rounded = [
            _sum_of(*map(int, four), unit=self.readout.low.below) for four in distinct.T.tolist()
        ]
        return self._atoms_of(np.array(rounded)[places.reshape(-1)].reshape(above.shape))

    @staticmethod
    def _nearest(numbers: Numbers, least: Numbers, most: Numbers) -> tuple[Numbers, Numbers]:
        """Numerators and denominators."""
        with np.errstate(invalid="ignore", over="ignore"):
            multiples = np.rint(numbers * most)
        varied = least < most
        if not varied.any():
            return multiples, most
        numerators, denominators = ratios.nearest_fractions(numbers, most)
        return np.where(varied, numerators, multiples), np.where(varied, denominators, most)

    def _together(
        self, numbers: Numbers, where: _Where, errors: dict[int, RaspRuntimeError]
    ) -> NDArray[Any]:
        """What the formula makes of the parts, by the operators of the language."""
        columns: list[Column] = []
        start = 0
        for part in self._parts:
            end = start + part.readout.n_values
            values = part.value(numbers[:, :, start:end], where, errors, whole=False)
            columns.append(Column.of(values.reshape(-1).tolist()))
            start = end
        stack: list[Column] = []
        for name, argument in self.readout.formula:
            if name == "part":
                stack.append(columns[int(argument)])
            elif name == "constant":
                stack.append(Column.of([argument]))
            else:
                operands = stack[len(stack) - int(argument) :]
                stack = [*stack[: -len(operands)], apply_column(name, (), operands)]
        (result,) = stack
        real = where.real
        result = result.broadcast_to((real.size,))
        if result.faults is not None:
            faults = result.faults.reshape(real.shape)
            for code, failure in enumerate(result.failures, 1):
                self._report(faults == code, where, failure.message, errors)
        atoms = np.empty(real.size, dtype=object)
        atoms[:] = result.without_failures().tolist()
        if self._has_strings:
            strings = np.array([isinstance(atom, str) for atom in atoms.tolist()], dtype=bool)
            self._refuse_mixed(
                atoms.reshape(real.shape), strings.reshape(real.shape), where, errors
            )
        return atoms.reshape(real.shape)

    def _atoms_of(self, values: NDArray[np.floating]) -> NDArray[Any]:
        """Numbers, ints where they are integers if the readout says so."""
        if not self.readout.integer:
            return values
        atoms = values.astype(object)
        whole = np.isfinite(values) & (values == np.rint(values))
        atoms[whole] = [int(value) for value in values[whole].tolist()]
        return atoms

    def contexts(self, indices: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of the readout's tables [batch, pos] for these indices [pos] of inputs of these
        lengths [batch]."""
        # Positions of padding are decoded too, and thrown away: any row will do for them.
        i = np.minimum(indices, self.max_len - 1)[None, :]
        n = lengths[:, None] - 1
        match self.readout.context:
            case "":
                rows = np.zeros((1, 1), dtype=np.int64)
            case "i":
                rows = i
            case "n":
                rows = n
            case "in":
                rows = n * self.max_len + i
        return np.broadcast_to(rows, (len(lengths), len(indices)))

    def _values(
        self, codes: Codes, where: _Where, errors: dict[int, RaspRuntimeError], *, whole: bool
    ) -> NDArray[Any]:
        """What the codes stand for.  As a whole, strings do not stand beside other values."""
        values = self._atoms.take(codes)
        if whole and self._strings.any() and not self._strings.all():
            self._refuse_mixed(values, self._strings[codes], where, errors)
        return values

    def _refuse_mixed(
        self,
        values: NDArray[Any],
        strings: Places,
        where: _Where,
        errors: dict[int, RaspRuntimeError],
    ) -> None:
        """An error for every input with strings and other values beside each other."""
        real, span = where.real, self.readout.span
        mixed = _somewhere(strings & real) & _somewhere(~strings & real)
        for n in np.flatnonzero(mixed).tolist():
            message = different_types(values[n][real[n]].tolist(), where.first) or ""
            labels = [] if span is None else [Label(span)]
            errors.setdefault(n, RaspRuntimeError(message, labels=labels))

    def _report(
        self, places: Places, where: _Where, message: str, errors: dict[int, RaspRuntimeError]
    ) -> None:
        """An error for every input with such a place that has no error yet."""
        for n, position in _first_places(places & where.real):
            errors.setdefault(
                n, _error(Failure.at(message, self.readout.span), where.first + position)
            )


def _error(failure: Failure, position: int) -> RaspRuntimeError:
    notes = [f"position: {position}"]
    if failure.span is not None:
        return RaspRuntimeError(failure.message, labels=[Label(failure.span)], notes=notes)
    if failure.place:
        notes.insert(0, f"at {failure.place}")
    return RaspRuntimeError(failure.message, notes=notes)


def _array(values: tuple[Atom, ...]) -> NDArray[Any]:
    """The values as they are; lists of numbers are made faster from an array of their type."""
    kinds = set(map(type, values))
    if kinds == {float}:
        return np.array(values, np.float64)
    if kinds == {int} and all(-MAX_INTEGER <= value <= MAX_INTEGER for value in map(int, values)):
        return np.array(values, np.int64)
    atoms = np.empty(len(values), dtype=object)
    atoms[:] = values
    return atoms


def _sum_of(above: int, below: int, more: int, under: int, *, unit: int) -> float:
    """above / below + more / under / unit, rounded once."""
    try:
        return (above * under * unit + more * below) / (below * under * unit)
    except (OverflowError, ZeroDivisionError):  # of numbers that are reported as no numbers
        return 0.0


def _with_integers(values: NDArray[Any], spread: Numbers, how: Spread) -> NDArray[Any]:
    """The values, as ints where the second column says that they are, and else as floats."""
    numbers = values.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        off = spread.astype(np.float64) - (numbers - how.middle) ** 2
        whole = np.isfinite(numbers) & (numbers == np.rint(numbers)) & (off < how.apart / 2)
    if not whole.any():
        return numbers
    atoms = numbers.astype(object)
    atoms[whole] = [int(value) for value in numbers[whole].tolist()]
    return atoms


def _counts_and_sums(chosen: Places) -> tuple[Codes, Codes]:
    """How many rows of each column are true, and the sum of their numbers [column] each."""
    numbers = np.stack([np.ones(len(chosen)), np.arange(len(chosen))])
    with np.errstate(invalid="ignore"):  # of small integers; some BLAS say so of what lies beside
        counts, sums = numbers.astype(np.float32) @ chosen.astype(np.float32)
    return counts.astype(np.intp), sums.astype(np.intp)


def _counts_below(boundaries: NDArray[np.float64], numbers: Numbers) -> Codes:
    """How many of the ascending boundaries are below each number."""
    if len(boundaries) > FEW_BOUNDARIES:
        return boundaries.searchsorted(numbers)
    counts = np.zeros(numbers.shape, np.uint8)
    for boundary in boundaries.tolist():
        counts += numbers > boundary
    return counts.astype(np.intp)


def _bisected(boundaries: NDArray[np.float64], rows: Codes, numbers: Numbers) -> Codes:
    """The same with a row of boundaries for each number, in all rows at once."""
    counts = np.zeros(numbers.shape, dtype=np.intp)
    n_boundaries = boundaries.shape[1]
    step = 1 << n_boundaries.bit_length()
    while step := step // 2:
        ahead = counts + step
        inside = ahead <= n_boundaries
        boundary = boundaries[rows, np.where(inside, ahead, 1) - 1]
        counts = np.where(inside & (boundary < numbers), ahead, counts)
    return counts


def _somewhere(places: Places) -> Places:
    """Whether any along the last axis is true."""
    return np.asarray(places.any(axis=-1))


def _first_places(places: Places) -> list[tuple[int, int]]:
    """For every row that is true somewhere: its number and the first such position."""
    rows = np.flatnonzero(_somewhere(places))
    first = places[rows].argmax(axis=1)
    return list(zip(rows.tolist(), first.tolist(), strict=True))
