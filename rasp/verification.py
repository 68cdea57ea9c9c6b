"""Is a compiled model equal to the interpreter?  On all inputs, or on many chosen ones.

The reference is the interpreter on the s-op that the model was compiled from; for a model from a
checkpoint, also the program text in it has to give that s-op.  A difference is shrunk to a short
input before it is reported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.compiled import CompiledModel, Specification, collector_paused
from rasp.encoding import Encoded
from rasp.errors import RaspError, RaspLimitError, RaspLoadError, RaspValueError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show
from rasp.graph.plain import plain_atom
from rasp.readout import Outcome
from rasp.vocabulary import FIRST_TOKEN

Ids: TypeAlias = NDArray[np.int64]  # [input, pos]: numbers of tokens, from 0
Progress: TypeAlias = Callable[[int, int], None]

MAX_EXHAUSTIVE = 10_000_000
MAX_COUNTABLE = 2**62
RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-12
"""For what floating point leaves of numbers that cancel."""
BATCH_SIZE = 8192
MAX_PERMUTED = 1000
MAX_REPLACEMENTS = 8  # smaller tokens tried at each position while shrinking


@dataclass(frozen=True, slots=True)
class Counterexample:
    """An input on which the model and the interpreter differ."""

    input: tuple[Atom, ...]
    expected: Outcome
    got: Outcome

    def to_text(self) -> str:
        return (
            f"input     {show_tokens(self.input)}\n"
            f"expected  {_outcome_text(self.expected)}\n"
            f"got       {_outcome_text(self.got)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "input": [plain_atom(token) for token in self.input],
            "expected": _outcome_data(self.expected),
            "got": _outcome_data(self.got),
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """The result.  problem: why the model is not even of the program it claims to be of."""

    ok: bool
    n_checked: int
    exhaustive: bool
    max_length: int
    counterexample: Counterexample | None = None
    problem: str | None = None

    def to_text(self) -> str:
        if self.problem is not None:
            return f"FAILED: {self.problem}"
        if self.counterexample is not None:
            return f"FAILED: the model differs from the program\n{self.counterexample.to_text()}"
        which = "all" if self.exhaustive else "sampled"
        return (
            f"ok: equal to the interpreter on {self.n_checked:,} inputs "
            f"({which}, of 1 to {self.max_length} tokens)"
        )

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "ok": self.ok,
            "n_checked": self.n_checked,
            "exhaustive": self.exhaustive,
            "max_length": self.max_length,
            "counterexample": self.counterexample.to_dict() if self.counterexample else None,
            "problem": self.problem,
        }

    def __str__(self) -> str:
        return self.to_text()


def verify(
    model: CompiledModel,
    *,
    exhaustive: bool = False,
    max_length: int | None = None,
    samples: int = 1000,
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
    progress: Progress | None = None,
) -> Verification:
    """Compare the model with the interpreter, up to the first difference.

    exhaustive: on every input of 1 to max_length tokens; else on `samples` inputs whose lengths and
    shapes provoke trouble, the same for the same seed.  max_length: by default the model's max_len.
    progress is called with the numbers of inputs compared and to compare, first before any work.

    Raises RaspLimitError where an exhaustive comparison has more than 10,000,000 inputs and
    max_length is not given, RaspValueError for other arguments out of range.
    """
    longest = model.max_len if max_length is None else max_length
    if not 1 <= longest <= model.max_len:
        raise RaspValueError(f"max_length has to be from 1 to {model.max_len}, got {longest}")
    if samples < 1 or batch_size < 1 or seed < 0:
        raise RaspValueError("samples and batch_size are counted from 1, seed from 0")
    n_tokens = len(model.vocabulary)
    if exhaustive:
        total = count_inputs(n_tokens, longest)
        if total > (MAX_COUNTABLE if max_length is not None else MAX_EXHAUSTIVE):
            raise RaspLimitError(
                f"there are {total:,} inputs of 1 to {longest} tokens",
                hint="give a smaller max_length, or check a sample",
            )
        batches = every_input(n_tokens, longest, batch_size)
    else:
        total = samples
        batches = sampled_inputs(n_tokens, longest, samples, seed, batch_size)
    problem = _program_problem(model.specification)
    if problem is not None:
        return Verification(False, 0, exhaustive, longest, problem=problem)
    comparison = _Comparison(model)
    n_checked = 0
    if progress is not None:
        progress(0, total)
    for batch in batches:
        with collector_paused():
            place = comparison.first_difference(batch)
        if place is not None:
            counterexample = comparison.shrink(batch[place])
            return Verification(
                False, n_checked + place + 1, exhaustive, longest, counterexample=counterexample
            )
        n_checked += len(batch)
        if progress is not None:
            progress(n_checked, total)
    return Verification(True, n_checked, exhaustive, longest)


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


class _Comparison:
    """Model and interpreter side by side."""

    def __init__(self, model: CompiledModel) -> None:
        self.model = model
        self._tokens = np.empty(len(model.vocabulary), dtype=object)
        self._tokens[:] = model.vocabulary.tokens

    def outcomes(
        self, batch: Sequence[Sequence[int]]
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

    def first_difference(self, batch: Sequence[Sequence[int]]) -> int | None:
        """The first input on which they differ."""
        _, expected, got = self.outcomes(batch)
        if expected == got and _types(expected) == _types(got):
            return None
        pairs = zip(expected, got, strict=True)
        return next((n for n, pair in enumerate(pairs) if not same_outcome(*pair)), None)

    def shrink(self, row: Sequence[int]) -> Counterexample:
        """The difference on a short and simple input that this one can be reduced to."""
        current = list(row)
        while True:
            candidates = list(_smaller(current))
            place = self.first_difference(candidates) if candidates else None
            if place is None:
                break
            current = candidates[place]
        inputs, expected, got = self.outcomes([current])
        return Counterexample(tuple(inputs[0]), expected[0], got[0])


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


def count_inputs(n_tokens: int, max_length: int) -> int:
    """How many inputs have 1 to max_length tokens."""
    return sum(n_tokens**length for length in range(1, max_length + 1))


def every_input(
    n_tokens: int, max_length: int, batch_size: int
) -> Iterator[Sequence[Sequence[int]]]:
    """All inputs, the short ones first, as numbers of tokens."""
    for length in range(1, max_length + 1):
        places = np.array([n_tokens**place for place in reversed(range(length))], dtype=np.int64)
        total = n_tokens**length
        for start in range(0, total, batch_size):
            numbers = np.arange(start, min(start + batch_size, total), dtype=np.int64)
            ids: Ids = numbers[:, None] // places % n_tokens  # [input, pos]
            yield ids.tolist()


def sampled_inputs(
    n_tokens: int, max_length: int, samples: int, seed: int, batch_size: int
) -> Iterator[Sequence[Sequence[int]]]:
    """Inputs of all lengths and of shapes that provoke trouble, as numbers of tokens."""
    random = np.random.default_rng(seed)
    shapes = [_uniform, _uniform, _distinct, _runs, _few, _equal]
    for start in range(0, samples, batch_size):
        size = min(batch_size, samples - start)
        lengths = random.integers(1, max_length + 1, size)
        # The longest inputs have the smallest margins, the shortest are the odd ones.
        lengths = np.where(random.random(size) < 0.25, max_length, lengths)
        lengths[: min(2, size)] = [1, max_length][: min(2, size)]
        shape_numbers = random.integers(len(shapes), size=size)
        batch: list[list[int]] = []
        for length in np.unique(lengths).tolist():
            for number, shape in enumerate(shapes):
                count = int(((lengths == length) & (shape_numbers == number)).sum())
                if count:
                    batch.extend(shape(random, n_tokens, count, length).tolist())
        yield batch


def _uniform(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    return random.integers(n_tokens, size=(count, length))


def _distinct(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    """No token twice, as far as the vocabulary reaches: permutations, one after another."""
    if n_tokens > MAX_PERMUTED:  # by chance there is hardly a token twice
        return _uniform(random, n_tokens, count, length)
    parts = [
        random.permuted(np.tile(np.arange(n_tokens), (count, 1)), axis=1)
        for _ in range(-(-length // n_tokens))
    ]
    return np.concatenate(parts, axis=1)[:, :length]


def _runs(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    """Stretches of one token."""
    starts = random.random((count, length)) < 0.3
    starts[:, 0] = True
    places = np.maximum.accumulate(np.where(starts, np.arange(length), 0), axis=1)
    return np.take_along_axis(_uniform(random, n_tokens, count, length), places, axis=1)


def _few(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    """Two tokens, one of them often rare."""
    pair = random.integers(n_tokens, size=(count, 2))
    rare = random.random((count, length)) < random.choice([0.1, 0.5], size=(count, 1))
    return np.where(rare, pair[:, :1], pair[:, 1:])


def _equal(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    return np.repeat(random.integers(n_tokens, size=(count, 1)), length, axis=1)


def _program_problem(specification: Specification) -> str | None:
    """Why the program text is not that of the s-op; None if it is, or where there is none."""
    source, name = specification.source, specification.name
    if source is None or name is None or specification.origins is not None:
        return None  # origins: the model was compiled here, from this very text
    from rasp.program import loads
    from rasp.sop import SOp

    try:
        value = loads(source.text, name=source.name)[name]
    except RaspLoadError:
        return None  # a program in several files, which are not here
    except RaspError as error:
        return f"the program text in the checkpoint is wrong: {error.message}"
    if not isinstance(value, SOp) or value.node is not specification.node:
        return f"the program text in the checkpoint does not give its s-op '{name}'"
    return None


def show_tokens(tokens: Sequence[Atom]) -> str:
    """An input as a program would write it."""
    if all(isinstance(token, str) and len(token) == 1 for token in tokens):
        return show("".join(map(str, tokens)))
    return f"[{', '.join(map(show, tokens))}]"


def _outcome_text(outcome: Outcome) -> str:
    if isinstance(outcome, RaspError):
        return f"error: {outcome.message}"
    return f"[{', '.join(map(show, outcome))}]"


def _outcome_data(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, RaspError):
        return {"error": outcome.message}
    return {"values": [plain_atom(value) for value in outcome]}
