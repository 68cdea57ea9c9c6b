"""Model and interpreter side by side, on whole batches of inputs; what differs is made small."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from rasp.compiled.inputs import Encoded
from rasp.compiled.passes import collector_paused
from rasp.compiled.runnable import RunnableModel
from rasp.deadline import TimeIsUpError, look
from rasp.errors import RaspError
from rasp.graph.nodes import Atom, atom_key
from rasp.readout import Outcome
from rasp.verification.inputs import Row
from rasp.verification.result import Counterexample
from rasp.verification.rule import left_to_rule
from rasp.vocabulary import FIRST_TOKEN

MAX_REPLACEMENTS = 8  # smaller tokens tried at each position while shrinking


class Comparison:
    """One model and the interpreter on the s-op that it is of."""

    def __init__(self, model: RunnableModel) -> None:
        self.model = model
        self.n_by_rule = 0  # inputs on which whole numbers are of another type, by rule
        self.n_failing = 0  # inputs on which the program fails
        self.by_rule = left_to_rule(model)  # may they be?
        self._tokens = np.empty(len(model.vocabulary), dtype=object)
        self._tokens[:] = model.vocabulary.tokens

    def first_difference(self, batch: Sequence[Row]) -> int | None:
        """The place of the first input on which they differ.  Raises TimeIsUpError."""
        look()
        with collector_paused():
            _, expected, got = self._outcomes(batch)
            self.n_failing += sum(isinstance(outcome, RaspError) for outcome in expected)
            if _alike(expected, got):
                return None
            for place, pair in enumerate(zip(expected, got, strict=True)):
                if not same_outcome(*pair):
                    if not (self.by_rule and same_outcome(*pair, by_rule=True)):
                        return place
                    self.n_by_rule += 1
            return None

    def shrink(self, row: Row) -> Counterexample:
        """The difference on a short and simple input that this one can be reduced to."""
        current = list(row)
        while True:
            candidates = list(_smaller(current))
            try:
                place = self.first_difference(candidates) if candidates else None
            except TimeIsUpError:  # what was found is said as it is
                place = None
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


def same_outcome(expected: Outcome, got: Outcome, *, by_rule: bool = False) -> bool:
    """Both errors, or the same atoms: 1, 1.0 and True are three, and so are 0.0 and -0.0 two.

    by_rule: whole numbers are the same whether they are ints or floats.
    """
    if isinstance(expected, RaspError) or isinstance(got, RaspError):
        return isinstance(expected, RaspError) and isinstance(got, RaspError)
    key = _key_by_rule if by_rule else atom_key
    return list(map(key, expected)) == list(map(key, got))


def _key_by_rule(atom: Atom) -> tuple[str, str | int]:
    if isinstance(atom, float) and atom.is_integer() and (atom or math.copysign(1.0, atom) > 0):
        return atom_key(int(atom))
    return atom_key(atom)


def _alike(expected: Sequence[Outcome], got: Sequence[Outcome]) -> bool:
    """Are all the same, as far as a quick look tells?  Where it says no, they may still be."""
    if expected != got:  # errors are never equal, but 0.0 and -0.0 are, and 1 and True
        return False
    atoms, others = (list(chain.from_iterable(side)) for side in (expected, got))  # type: ignore[arg-type]
    if list(map(type, atoms)) != list(map(type, others)):
        return False
    zeros = [(a, b) for a, b in zip(atoms, others, strict=True) if type(a) is float and not a]
    return all(math.copysign(1.0, a) == math.copysign(1.0, b) for a, b in zeros)  # type: ignore[arg-type]
