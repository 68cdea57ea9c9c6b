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

from rasp.artifact import Failure, Readout
from rasp.errors import RaspRuntimeError
from rasp.graph.nodes import Atom
from rasp.graph.operators import type_name
from rasp.source import Label, Source, Span

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.bool_]
Decoded: TypeAlias = list[Atom] | RaspRuntimeError

FAILURE_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class _Values:
    """What is at every position of a batch: atoms, and where they are strings."""

    atoms: NDArray[Any]  # [batch, pos] of Python objects
    strings: Places  # [batch, pos]


class Decoder:
    """Decodes the outputs of one model."""

    def __init__(self, readout: Readout, max_len: int, source: Source | None = None) -> None:
        """source: the program text, for errors that point into it."""
        self.readout = readout
        self._source = source
        self.max_len = max_len
        self._n_value_columns = readout.n_columns - len(readout.failures)
        self._atoms = np.empty(len(readout.values), dtype=object)
        self._atoms[:] = readout.values
        self._strings = np.array([isinstance(value, str) for value in readout.values], dtype=bool)
        if readout.kind == "numeric":
            assert readout.centres is not None
            # A number belongs to the centre numbered by how many boundaries are below it.
            boundaries = (readout.centres[:, :-1] + readout.centres[:, 1:]) / 2
            self._boundaries = np.where(np.isnan(boundaries), np.inf, boundaries)

    def decode(self, outputs: Numbers, lengths: NDArray[np.int64]) -> list[Decoded]:
        """outputs [batch, pos, d_vocab_out], BOS left out -> one result per input."""
        batch, n_pos, _ = outputs.shape
        real = np.arange(n_pos) < lengths[:, None]  # [batch, pos]
        errors = self._failures(outputs, real)
        numbers = outputs[:, :, : self._n_value_columns]
        match self.readout.kind:
            case "categorical":
                values = self._categorical(numbers, real, errors)
            case "numeric":
                values = self._numeric(numbers[:, :, 0], real, lengths, errors)
            case "grid":
                values = self._grid(numbers[:, :, 0], lengths)
        self._check_types(values, real, errors)
        rows = values.atoms.tolist()
        return [errors.get(n) or rows[n][: int(lengths[n])] for n in range(batch)]

    def _failures(self, outputs: Numbers, real: Places) -> dict[int, RaspRuntimeError]:
        """Inputs on which the model reports a failure, or does not compute at all."""
        errors: dict[int, RaspRuntimeError] = {}
        for n, position in _first_places(real & _somewhere(~np.isfinite(outputs))):
            errors[n] = RaspRuntimeError(
                "the model does not give a finite number", notes=[f"position: {position}"]
            )
        fired = (outputs[:, :, self._n_value_columns :] > FAILURE_THRESHOLD) & real[:, :, None]
        for n, position in _first_places(_somewhere(fired)):
            failure = self.readout.failures[int(fired[n, position].argmax())]
            errors.setdefault(n, self._error(failure, position))
        return errors

    def _error(self, failure: Failure, position: int) -> RaspRuntimeError:
        notes = [f"position: {position}"]
        label = self._label(failure.place)
        if label is None and failure.place:
            notes.insert(0, f"at {failure.place}")
        return RaspRuntimeError(failure.message, labels=[label] if label else [], notes=notes)

    def _label(self, place: str) -> Label | None:
        """The place "file:line:column", if it is one in the program text."""
        file, *numbers = place.rsplit(":", 2)
        if self._source is None or file != self._source.name:
            return None
        if len(numbers) < 2 or not all(n.isdecimal() and len(n) < 10 for n in numbers):
            return None
        offset = self._source.offset(*map(int, numbers))
        return Label(Span(self._source, offset, offset)) if offset is not None else None

    def _categorical(
        self, logits: Numbers, real: Places, errors: dict[int, RaspRuntimeError]
    ) -> _Values:
        best = logits.argmax(axis=-1)  # [batch, pos]
        if logits.shape[-1] > 1:
            top = np.partition(logits, -2, axis=-1)[:, :, -2:]  # [batch, pos, 2]
            unclear = (top[:, :, 1] - top[:, :, 0] < self.readout.margin) & real
            for n, position in _first_places(unclear):
                error = RaspRuntimeError(
                    "several selected values are neither numbers nor all equal",
                    notes=[f"position: {position}"],
                )
                errors.setdefault(n, error)
        return _Values(self._atoms[best], self._strings[best])

    def _numeric(
        self,
        numbers: Numbers,
        real: Places,
        lengths: NDArray[np.int64],
        errors: dict[int, RaspRuntimeError],
    ) -> _Values:
        assert self.readout.codes is not None
        rows = self._contexts(numbers.shape[1], lengths)  # [batch, pos]
        nearest = np.zeros(numbers.shape, dtype=np.int64)
        # Bisection in all rows at once: `nearest` counts the boundaries below the number.
        n_boundaries = self._boundaries.shape[1]
        step = 1 << n_boundaries.bit_length()
        while step := step // 2:
            ahead = nearest + step
            inside = ahead <= n_boundaries
            boundary = self._boundaries[rows, np.where(inside, ahead, 1) - 1]
            nearest = np.where(inside & (boundary < numbers), ahead, nearest)
        codes = self.readout.codes[rows, nearest]  # [batch, pos]
        for n, position in _first_places((codes < 0) & real):
            error = RaspRuntimeError(
                "the model gives a number where no value is possible",
                notes=[f"position: {position}"],
            )
            errors.setdefault(n, error)
        return _Values(self._atoms[codes], self._strings[codes])

    def _grid(self, numbers: Numbers, lengths: NDArray[np.int64]) -> _Values:
        assert self.readout.scale is not None
        scale = self.readout.scale[self._contexts(numbers.shape[1], lengths)]  # [batch, pos]
        with np.errstate(invalid="ignore"):  # infinities are reported as failures
            values = np.rint(numbers * scale) / scale + 0.0  # + 0.0: there is no negative zero
        atoms = values.astype(object)
        if self.readout.integer:
            whole = np.isfinite(values) & (values == np.rint(values))
            atoms[whole] = [int(value) for value in values[whole].tolist()]
        return _Values(atoms, np.zeros(values.shape, dtype=bool))

    def _contexts(self, n_pos: int, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of the readout's tables for every position."""
        # Positions of padding are decoded too, and thrown away: any row will do for them.
        i = np.minimum(np.arange(n_pos), self.max_len - 1)[None, :]
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
        return np.broadcast_to(rows, (len(lengths), n_pos))

    def _check_types(
        self, values: _Values, real: Places, errors: dict[int, RaspRuntimeError]
    ) -> None:
        """Strings do not stand beside other values."""
        mixed = _somewhere(values.strings & real) & _somewhere(~values.strings & real)
        for n in np.flatnonzero(mixed).tolist():
            kinds = sorted({type_name(atom) for atom in values.atoms[n][real[n]]})
            error = RaspRuntimeError(
                f"the result has values of different types: {' and '.join(kinds)}"
            )
            errors.setdefault(n, error)


def _somewhere(places: Places) -> Places:
    """Whether any along the last axis is true."""
    return np.asarray(places.any(axis=-1))


def _first_places(places: Places) -> list[tuple[int, int]]:
    """For every row that is true somewhere: its number and the first such position."""
    rows = np.flatnonzero(_somewhere(places))
    first = places[rows].argmax(axis=1)
    return list(zip(rows.tolist(), first.tolist(), strict=True))
