"""What the model puts out -> the answer, and how one becomes the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.errors import RaspError
from rasp.explorer.data import Answer, Candidate, Output
from rasp.explorer.forward import ForwardPass, nonzero_rows
from rasp.explorer.meanings import readable
from rasp.outputs import column_names
from rasp.readout import Decoder, Outcome

N_CANDIDATES = 5


def output_of(decoder: Decoder, run: ForwardPass) -> Output:
    """The unembedding, with its columns in words."""
    readout = decoder.readout
    categorical = readout.kind == "categorical"
    one_number = readout.kind not in ("categorical", "parts")
    columns = [readable(v) for v in readout.values] if categorical else column_names(readout)
    columns += [failure.message for failure in readout.failures]
    w_u = run.weights["unembed.W_U"]
    reads = nonzero_rows(w_u)
    return Output(
        kind=readout.kind,
        columns=tuple(columns),
        failures=len(readout.failures),
        reads=tuple(reads),
        W_U=w_u[reads],
        b_U=run.weights["unembed.b_U"],
        numbers=run.output,
        candidates=_candidates(decoder, run) if one_number else (),
    )


def _candidates(decoder: Decoder, run: ForwardPass) -> tuple[tuple[Candidate, ...], ...]:
    """For every position the values that its number is nearest to, in their order."""
    readout = decoder.readout
    length = len(run.output) - 1
    rows = decoder.contexts(np.arange(length), np.array([length]))[0]
    found = []
    for row, number in zip(rows.tolist(), run.output[1:, 0].tolist(), strict=True):
        candidates: list[Candidate] = []
        if readout.kind == "grid":
            assert readout.scale is not None
            scale = float(readout.scale[row])
            if np.isfinite(number * scale):
                middle = round(number * scale)
                places = [place / scale for place in range(middle - 1, middle + 2)]
                candidates = [
                    Candidate(readable(_whole(place) if readout.integer else place), place)
                    for place in places
                ]
        elif readout.kind == "fraction":
            assert readout.fractions is not None
            if np.isfinite(number):
                candidates = [
                    Candidate(readable(_whole(place) if readout.integer else place), place)
                    for place in _fractions(number, readout.fractions[row].tolist())
                ]
        else:
            assert readout.centres is not None
            assert readout.codes is not None
            known = np.flatnonzero(readout.codes[row] >= 0)
            centres = readout.centres[row][known]
            nearest = np.sort(np.argsort(np.abs(centres - number), kind="stable")[:N_CANDIDATES])
            candidates = [
                Candidate(
                    readable(readout.values[readout.codes[row][known[place]]]),
                    float(centres[place]),
                )
                for place in nearest.tolist()
            ]
        found.append(tuple(candidates))
    return tuple(found)


def _fractions(number: float, line: Sequence[int]) -> list[float]:
    """The fractions that a number is nearest to, in their order."""
    start, step, below, least, most = line
    m = np.arange(1 if least < most else most, most + 1)
    k = np.floor((number * below - start) / step * m)
    near = np.unique([(start * m + step * (k + more)) / (below * m) for more in (0, 1)])
    nearest = np.argsort(np.abs(near - number), kind="stable")[:N_CANDIDATES]
    found: list[float] = np.sort(near[nearest]).tolist()
    return found


def _whole(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def answer_of(outcome: Outcome) -> Answer:
    """A result or an error, in words."""
    if not isinstance(outcome, RaspError):
        return Answer(values=tuple(map(readable, outcome)))
    return Answer(error=str(outcome), position=_position(outcome))


def _position(error: RaspError) -> int | None:
    """The position that a note of the error names."""
    for note in error.notes:
        heading, _, number = note.partition(": ")
        if heading == "position" and number.isdecimal():
            return int(number)
    return None
