"""A next-token program and a prompt -> what it writes.

A next-token program is an s-op in causal mode whose value at a position is the token that comes
next.  To generate is to repeat: take the value at the last position, append it.  It ends after
max_new_tokens, or after a token that was asked to stop it.

    by_interpreter    what the program writes
    by_weights        what a model writes, one sequence, in NumPy
    batch_by_weights  what a model writes, many sequences, in PyTorch

A value at a position depends on the tokens up to there alone.  So if the model equals the program
on every input, by induction every token written is the same, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rasp.decoding.request import Request
from rasp.decoding.values import Reading, Values
from rasp.errors import RaspError
from rasp.graph.nodes import Atom, SOpNode
from rasp.graph.origins import Origins
from rasp.model.cached import DecoderWeights, SequenceDecoder
from rasp.vocabulary import PAD

if TYPE_CHECKING:
    from rasp.model.cached_batch import BatchDecoder
    from rasp.model.transformer import Transformer

SHRINK = 0.5  # a batch is made smaller when no more than this share of it still writes


def by_interpreter(
    node: SOpNode, request: Request, origins: Origins | None = None
) -> Iterator[Atom]:
    """The tokens that the program writes, each as soon as it is known.

    Raises RaspRuntimeError where the program fails on the sequence so far, and GenerationError for
    a value that is no token and where no room is left.
    """
    from rasp.interpreter.incremental import Continuation

    writing = Writing(request)
    continuation = Continuation(node, origins)
    value = continuation.extend(request.prompt)
    while True:
        writing.write(value)
        yield value
        if writing.is_over():
            return
        value = continuation.append(value)


def by_weights(weights: DecoderWeights, values: Values, request: Request) -> Iterator[Atom]:
    """The tokens that the model writes, one position a token.  Errors as `by_interpreter`."""
    vocabulary = request.vocabulary
    assert vocabulary is not None
    writing, reading = Writing(request), Reading(values)
    decoder = SequenceDecoder(weights)
    value = reading.prompt(decoder.extend(_encoded(request))[1:])
    while True:
        writing.write(value)
        yield value
        if writing.is_over():
            return
        (outputs,) = decoder.extend([vocabulary.id_of(value)])
        value = reading.next(outputs, writing.n_tokens - 1)


@dataclass(frozen=True, slots=True)
class Written:
    """The new tokens of a generation, and the error that it ended with, if any."""

    tokens: list[Atom]
    error: RaspError | None = None

    @classmethod
    def of(cls, tokens: Iterable[Atom]) -> Written:
        written: list[Atom] = []
        try:
            for token in tokens:
                written.append(token)
        except RaspError as error:
            return cls(written, error)
        return cls(written)


def batch_by_weights(
    module: Transformer, values: Values, requests: Sequence[Request]
) -> list[Written]:
    """What the model writes after each prompt.  Errors as `by_interpreter`."""
    from rasp.model.cached_batch import BatchDecoder, few_threads

    vocabulary = requests[0].vocabulary
    assert vocabulary is not None
    tokens = values.tokens(vocabulary)
    rows = [_Row(Writing(request), Reading(values), tokens) for request in requests]
    longest = max(1 + len(request.prompt) + request.room for request in requests)
    decoder = BatchDecoder(module, longest)
    with few_threads(module, len(rows), longest):
        _start(decoder, rows)
        alive = _keep(decoder, rows)
        while alive:
            outputs = decoder.step(np.array([row.last_id for row in alive]))
            for row, output, code in zip(alive, outputs, values.plain(outputs), strict=True):
                if not row.is_over:
                    row.next(output, code)
            alive = _keep(decoder, alive)
    return [Written(row.writing.written, row.error) for row in rows]


@dataclass
class Writing:
    """What has been written on a request so far."""

    request: Request
    written: list[Atom] = field(default_factory=list)

    @property
    def n_tokens(self) -> int:
        """Of the prompt and what is written."""
        return len(self.request.prompt) + len(self.written)

    def write(self, value: Atom) -> None:
        """Write the value at the last position.  Raises GenerationError if it is no token."""
        self.request.check(value, self.n_tokens - 1)
        self.written.append(value)

    def go_on(self, token: Atom) -> bool:
        """Write a token, unless it may be the last one: whether it is written."""
        request = self.request
        if len(self.written) + 1 >= request.room or (request.stops and request.ends_with(token)):
            return False
        self.written.append(token)
        return True

    def is_over(self) -> bool:
        """Whether this was the last token.  Raises GenerationError where there should be more, and
        is no room."""
        request = self.request
        if request.ends_with(self.written[-1]) or len(self.written) == request.max_new_tokens:
            return True
        if len(self.written) == request.room:
            raise request.no_room(len(self.written))
        return False


@dataclass
class _Row:
    """One sequence of a batch.  tokens: the next token by the number of a value, and its id."""

    writing: Writing
    reading: Reading
    tokens: Mapping[int | None, tuple[Atom, int]]
    error: RaspError | None = None
    is_over: bool = False
    last_id: int = PAD

    def prompt(self, outputs: NDArray[np.floating]) -> None:
        """outputs: at all positions of the prompt [pos, d_vocab_out]"""
        self._take(lambda: self.reading.prompt(outputs))

    def next(self, outputs: NDArray[np.floating], code: int | None) -> None:
        """outputs: at the last position [d_vocab_out]"""
        plain = self.tokens.get(code)
        if plain is not None and self.writing.go_on(plain[0]):
            self.last_id = plain[1]
            return
        self._take(lambda: self.reading.next(outputs, self.writing.n_tokens - 1, code))

    def _take(self, read: Callable[[], Atom]) -> None:
        vocabulary = self.writing.request.vocabulary
        assert vocabulary is not None
        try:
            value = read()
            self.writing.write(value)
            self.is_over = self.writing.is_over()
        except RaspError as error:
            self.error, self.is_over = error, True
            return
        self.last_id = vocabulary.id_of(value)


def _start(decoder: BatchDecoder, rows: Sequence[_Row]) -> None:
    """The prompts, in one pass, and the first token of each."""
    ids = [_encoded(row.writing.request) for row in rows]
    lengths = np.array([len(row) for row in ids], np.int64)
    padded = np.full((len(ids), int(lengths.max())), PAD, np.int64)  # [batch, pos]
    for place, row_ids in enumerate(ids):
        padded[place, : len(row_ids)] = row_ids
    outputs = decoder.start(padded, lengths)  # [batch, pos, d_vocab_out]
    for row, output, length in zip(rows, outputs, lengths.tolist(), strict=True):
        row.prompt(output[1:length])


def _keep(decoder: BatchDecoder, rows: list[_Row]) -> list[_Row]:
    """The rows that the decoder goes on with: those that still write, and some more, since leaving
    rows out moves the keys and values of all others."""
    writing = [place for place, row in enumerate(rows) if not row.is_over]
    if not writing or len(writing) > SHRINK * len(rows):
        return rows if writing else []
    decoder.keep(writing)
    return [rows[place] for place in writing]


def _encoded(request: Request) -> list[int]:
    assert request.vocabulary is not None
    return request.vocabulary.encode(request.prompt, len(request.prompt))
