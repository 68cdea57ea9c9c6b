"""The outputs of a model, position by position -> the values there, which are to be next tokens.

A `Decoder` of `rasp.readout` decodes results, and has the last word wherever something is wrong.
While a model writes, nearly every output is plain: a largest logit with nothing near it and no
failure.  Those are told here, without arrays of arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.errors import RaspError
from rasp.graph.nodes import Atom
from rasp.graph.sequences import check_result
from rasp.readout import FAILURE_THRESHOLD, Decoder
from rasp.vocabulary import Vocabulary


class Values:
    """What the outputs of one model stand for."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        readout = decoder.readout
        self.alike = len({isinstance(value, str) for value in readout.values}) <= 1
        self._categorical = readout.kind == "categorical"
        self._n_values = readout.n_columns - len(readout.failures)
        self._margin = readout.margin

    def tokens(self, vocabulary: Vocabulary) -> dict[int | None, tuple[Atom, int]]:
        """The numbers of the values that are tokens -> the token and its id.  Nothing if values of
        different types have to be told apart."""
        if not self.alike:
            return {}
        numbered = enumerate(self.decoder.readout.values)
        return {n: (v, vocabulary.id_of(v)) for n, v in numbered if v in vocabulary}

    def at(self, outputs: NDArray[Any], position: int) -> Atom:
        """The value at an index, from the outputs of the model there [d_vocab_out].

        Raises the error that they show.
        """
        (code,) = self.plain(outputs[None])
        if code is not None:
            return self.decoder.readout.values[code]
        row = outputs[None, None]  # [1, 1, d_vocab_out]
        (outcome,) = self.decoder.decode(row, np.array([position + 1]), first=position)
        if isinstance(outcome, RaspError):
            raise outcome
        return outcome[0]

    def plain(self, outputs: NDArray[Any]) -> list[int | None]:
        """outputs [batch, d_vocab_out] -> the number of the value of each, None where one has to
        look closer."""
        if not self._categorical:
            return [None] * len(outputs)
        logits = outputs[:, : self._n_values]  # [batch, value]
        codes: list[int | None] = logits.argmax(axis=1).tolist()
        above = logits.max(axis=1, keepdims=True) - self._margin  # [batch, 1]
        doubtful = np.count_nonzero(logits > above, axis=1) != 1  # [batch]
        doubtful |= ~np.isfinite(outputs).all(axis=1)
        doubtful |= (outputs[:, self._n_values :] > FAILURE_THRESHOLD).any(axis=1)
        for row in np.flatnonzero(doubtful).tolist():
            codes[row] = None
        return codes


class Reading:
    """The values of one sequence, which are of one type, as those of every result are."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._of_each_kind: dict[bool, Atom] = {}

    def prompt(self, outputs: NDArray[Any]) -> Atom:
        """The last value of a prompt, from the outputs at all its positions [pos, d_vocab_out].

        Raises the error of the model on the prompt.
        """
        (outcome,) = self._values.decoder.decode(outputs[None], np.array([len(outputs)]))
        if isinstance(outcome, RaspError):
            raise outcome
        self._of_each_kind[isinstance(outcome[-1], str)] = outcome[-1]
        return outcome[-1]

    def next(self, outputs: NDArray[Any], position: int, code: int | None = None) -> Atom:
        """The value at a further position, from the outputs there [d_vocab_out].

        code: what `Values.plain` makes of them, where that is known.  Raises the error of the model
        on the sequence up to there.
        """
        if code is None:
            value = self._values.at(outputs, position)
        else:
            value = self._values.decoder.readout.values[code]
        if not self._values.alike:
            self._of_each_kind.setdefault(isinstance(value, str), value)
            check_result(list(self._of_each_kind.values()))
        return value
