"""Inputs of a compiled model -> the ids of their tokens, for all inputs of a batch at once.

Strings are joined and looked up as one array of characters; other sequences are chained and looked
up in one dict.  Inputs that this cannot settle are encoded one by one, which also says what is
wrong with an input.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.errors import RaspError, RaspTypeError, VocabularyError
from rasp.graph.nodes import Atom
from rasp.graph.sequences import listed
from rasp.vocabulary import BOS, FIRST_TOKEN, PAD, Vocabulary

Ids: TypeAlias = NDArray[np.int64]
Tokens: TypeAlias = Iterable[Atom]

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Encoded:
    """The ids of many inputs, one input after the other, without BOS; no input is empty."""

    ids: Ids  # [all tokens]
    lengths: Ids  # [input]

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Encoded:
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        return cls(np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum())), lengths)

    def batch(self, places: Ids) -> Ids:
        """The rows of these inputs, each beginning with BOS, padded to the longest."""
        lengths = self.lengths[places]
        longest = int(lengths.max())
        rows = np.empty((len(places), 1 + longest), np.int64)
        rows[:, 0] = BOS
        if (self.lengths == longest).all():  # of all inputs, not only of these
            rows[:, 1:] = self.ids.reshape(-1, longest)[places]
            return rows
        starts = np.cumsum(self.lengths)[places] - lengths
        columns = np.arange(longest)
        found = self.ids.take(starts[:, None] + columns, mode="clip")
        rows[:, 1:] = np.where(columns < lengths[:, None], found, PAD)
        return rows


class Encoder:
    """Encodes the inputs of one model."""

    def __init__(self, vocabulary: Vocabulary, max_len: int) -> None:
        self._vocabulary = vocabulary
        self._max_len = max_len
        ids = dict(enumerate(vocabulary.tokens, FIRST_TOKEN))
        # Tokens of different types may be equal as keys of a dict: 1, 1.0 and True.
        self._by_kind: dict[type, dict[Any, int]] = {
            kind: {token: number for number, token in ids.items() if type(token) is kind}
            for kind in (str, int)
        }
        characters = {ord(c): n for c, n in self._by_kind[str].items() if len(c) == 1}
        # The last place is for all characters beyond those of the vocabulary.
        self._by_code_point = np.full(max(characters, default=0) + 2, UNKNOWN, np.int64)
        for code_point, number in characters.items():
            self._by_code_point[code_point] = number

    def encode(self, inputs: Sequence[Tokens]) -> tuple[Encoded, dict[int, RaspError]]:
        """The inputs that the model takes, and for the places of the others why it does not.

        Raises RaspTypeError where an input is no sequence.
        """
        sequences: Sequence[Any] = inputs
        if not set(map(type, inputs)) <= {str, list, tuple}:
            sequences = [tokens if isinstance(tokens, str) else listed(tokens) for tokens in inputs]
        ids = self._looked_up(sequences)
        if ids is None:
            return self._one_by_one(sequences)
        lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
        taken = (lengths >= 1) & (lengths <= self._max_len)
        taken[np.cumsum(lengths).searchsorted(np.flatnonzero(ids == UNKNOWN), side="right")] = False
        if taken.all():
            return Encoded(ids, lengths), {}
        errors = {n: self._error(sequences[n]) for n in np.flatnonzero(~taken).tolist()}
        return Encoded(ids[np.repeat(taken, lengths)], lengths[taken]), errors

    def _looked_up(self, sequences: Sequence[Any]) -> Ids | None:
        """The id of every token, or UNKNOWN; None where tokens are of several types."""
        if set(map(type, sequences)) == {str}:
            text = "".join(sequences)
            code_points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
            return self._by_code_point.take(code_points, mode="clip")
        tokens = list(chain.from_iterable(sequences))
        kinds = set(map(type, tokens))
        numbers = self._by_kind.get(kinds.pop()) if len(kinds) == 1 else None
        if numbers is None:
            return None
        return np.fromiter(map(numbers.get, tokens, repeat(UNKNOWN)), np.int64, len(tokens))

    def _one_by_one(
        self, sequences: Sequence[Sequence[Atom]]
    ) -> tuple[Encoded, dict[int, RaspError]]:
        rows: list[list[int]] = []
        errors: dict[int, RaspError] = {}
        for place, tokens in enumerate(sequences):
            try:
                rows.append(self._vocabulary.encode(tokens, self._max_len)[1:])
            except (VocabularyError, RaspTypeError) as error:
                errors[place] = error
        return Encoded.of(rows), errors

    def _error(self, tokens: Sequence[Atom]) -> RaspError:
        """Why the model does not take this input."""
        try:
            self._vocabulary.encode(tokens, self._max_len)
        except VocabularyError as error:
            return error
        raise AssertionError(f"nothing is wrong with {tokens!r}")
