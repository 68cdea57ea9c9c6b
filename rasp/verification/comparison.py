"""Model and interpreter side by side, on whole batches of inputs; what differs is made small."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from rasp.compiled import CompiledModel, collector_paused
from rasp.encoding import Encoded
from rasp.errors import RaspError
from rasp.graph.nodes import Atom
from rasp.readout import Outcome
from rasp.verification.inputs import Row
from rasp.verification.result import Counterexample
from rasp.vocabulary import FIRST_TOKEN

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-12
"""For what floating point leaves of numbers that cancel."""
MAX_REPLACEMENTS = 8  # smaller tokens tried at each position while shrinking


class Comparison:
    """One model and the interpreter on the s-op that it is of."""

    def __init__(self, model: CompiledModel) -> None:
        self.model = model
        self._tokens = np.empty(len(model.vocabulary), dtype=object)
        self._tokens[:] = model.vocabulary.tokens

    def first_difference(self, batch: Sequence[Row]) -> int | None:
        """The place of the first input on which they differ."""
        with collector_paused():
            _, expected, got = self._outcomes(batch)
            if expected == got and _types(expected) == _types(got):
                return None
            pairs = zip(expected, got, strict=True)
            return next((n for n, pair in enumerate(pairs) if not same_outcome(*pair)), None)

    def shrink(self, row: Row) -> Counterexample:
        """The difference on a short and simple input that this one can be reduced to."""
        current = list(row)
        while True:
            candidates = list(_smaller(current))
            place = self.first_difference(candidates) if candidates else None
            if place is None:
                break
            current = candidates[place]
        inputs, expected, got = self._outcomes([current])
        return Counterexample(tuple(inputs[0]), expected[0], got[0])

    def _outcomes(
        self, batch: Sequence[Row]
    ) -> tuple[list[list[Atom]], Sequence[Outcome], Sequence[Outcome]]:
        """The inputs, what the interpreter says of each, and what the model says."""
        from rasp.interpreter import outcomes

        specification = self.model.specification
        encoded = Encoded.of(batch)
        tokens = self._tokens[encoded.ids].tolist()
        ends = np.cumsum(encoded.lengths).tolist()
        inputs = [tokens[end - len(row) : end] for end, row in zip(ends, batch, strict=True)]
        expected = outcomes(
            specification.node,
            inputs,
            causal=self.model.artifact.config.causal,
            origins=specification.origins,
        )
        got = self.model.run(replace(encoded, ids=encoded.ids + FIRST_TOKEN))
        return inputs, expected, got


def _smaller(row: list[int]) -> Iterator[list[int]]:
    """Inputs that are simpler than this one: shorter, or with tokens of smaller number."""
    n = len(row)
    for size in (n // 2, n // 4, 1):
        if size:
            for start in range(0, n - size + 1, size):
                if size < n:
                    yield row[:start] + row[start + size :]
    for place, token in enumerate(row):
        for smaller in range(min(token, MAX_REPLACEMENTS)):
            yield [*row[:place], smaller, *row[place + 1 :]]


def same_outcome(expected: Outcome, got: Outcome) -> bool:
    """Both errors, or equal values: strings and booleans equal only their own type, int and float
    by value up to a relative 1e-9, or an absolute 1e-12 where numbers cancel."""
    if isinstance(expected, RaspError) or isinstance(got, RaspError):
        return isinstance(expected, RaspError) and isinstance(got, RaspError)
    if expected == got and list(map(type, expected)) == list(map(type, got)):
        return True
    return len(expected) == len(got) and all(map(_same_atom, expected, got))


def _types(outcomes: Sequence[Outcome]) -> list[type]:
    """Of all values, one outcome after the other."""
    values = (outcome for outcome in outcomes if not isinstance(outcome, RaspError))
    return list(map(type, chain.from_iterable(values)))


def _same_atom(expected: Atom, got: Atom) -> bool:
    for kind in (bool, str):
        if isinstance(expected, kind) or isinstance(got, kind):
            return type(expected) is type(got) and expected == got
    assert isinstance(expected, (int, float))
    assert isinstance(got, (int, float))
    if expected == got or (expected != expected and got != got):  # nan is as good as nan
        return True
    if (isinstance(expected, int) and isinstance(got, int)) or not math.isfinite(expected - got):
        return False
    return math.isclose(expected, got, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
