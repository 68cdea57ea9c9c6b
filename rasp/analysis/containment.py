"""A selector and a mask -> whether the selector ever selects a pair that the mask does not allow.

In this order:

1. *Proof.*  If even the largest matrix that the selector's structure allows (`Pattern.bounds`) is
   within the mask, so is the selector, for every input, whatever the tokens.  Linear comparisons
   and masks with inequalities decide that for all lengths at once (`rasp.analysis.linear`).
2. *Counter-example.*  A pair that is selected in every input of some length and is not allowed, or
   one that is selected in an input which was tried.  The shortest is reported, and of the shortest
   inputs the first in the order of the vocabulary.
3. What has been checked, if neither is found: every length or input up to some length, or a
   sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.analysis.inputs import Input, inputs
from rasp.analysis.linear import length_bound
from rasp.analysis.masks import Mask, Pairs
from rasp.analysis.mentions import count
from rasp.analysis.patterns import Pattern
from rasp.errors import RaspRuntimeError
from rasp.graph.nodes import Atom, SelectorNode
from rasp.graph.operators import show
from rasp.graph.origins import Origins

Verdict: TypeAlias = Literal["within", "not within", "not disproved", "unknown"]

MAX_WORK = 300_000_000
"""How many pairs of positions are computed for a proof, at most."""

CHECKED_LENGTH = 64
"""Up to which length is checked what cannot be decided for all lengths."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Query position `query` selects key position `key`, which the mask does not allow.

    tokens: the input, or None if it is so in every input of the length.  shortest: whether it is
    known that no shorter input has such a pair.
    """

    length: int
    tokens: Input | None
    query: int
    key: int
    shortest: bool

    @property
    def text(self) -> str:
        if self.tokens is None:
            where = f"every input of {count(self.length, 'token')}"
        elif all(isinstance(token, str) and len(token) == 1 for token in self.tokens):
            where = show("".join(map(str, self.tokens)))
        else:
            where = f"[{', '.join(map(show, self.tokens))}]"
        return f"{where}: position {self.query} selects {self.key}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "length": self.length,
            "tokens": None if self.tokens is None else list(self.tokens),
            "query": self.query,
            "key": self.key,
            "shortest": self.shortest,
        }


@dataclass(frozen=True, slots=True)
class Containment:
    """basis: for what the verdict holds."""

    verdict: Verdict
    basis: str
    counterexample: Counterexample | None = None

    @property
    def within(self) -> bool | None:
        """None where it is not known."""
        return {"within": True, "not within": False}.get(self.verdict)

    def to_dict(self) -> dict[str, Any]:
        example = self.counterexample
        return {
            "verdict": self.verdict,
            "within": self.within,
            "basis": self.basis,
            "counterexample": None if example is None else example.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """What a selector selects in inputs of one length; inputs on which it fails are left out."""

    length: int
    inputs: tuple[Input, ...]
    complete: bool
    pairs: NDArray[np.bool_]  # [input, query, key]


def trials(
    selector: SelectorNode, tokens: Sequence[Atom], max_len: int, origins: Origins | None
) -> tuple[Trial, ...]:
    """Raises RaspRuntimeError if the selector fails on all inputs that are tried."""
    found: list[Trial] = []
    failure: RaspRuntimeError | None = None
    for length in range(1, max_len + 1):
        tried = inputs(tokens, length)
        results = _outcomes(selector, tried.sequences, origins)
        failed = [result for result in results if isinstance(result, RaspRuntimeError)]
        failure = failure or (failed[0] if failed else None)
        pairs = [
            (sequence, result)
            for sequence, result in zip(tried.sequences, results, strict=True)
            if not isinstance(result, RaspRuntimeError)
        ]
        if pairs:
            matrices = np.array([result for _, result in pairs], np.bool_)
            sequences = tuple(sequence for sequence, _ in pairs)
            found.append(Trial(length, sequences, tried.complete, matrices))
    if failure is not None and not found:
        raise failure
    return tuple(found)


def _outcomes(
    selector: SelectorNode, sequences: Sequence[Input], origins: Origins | None
) -> list[Any]:
    from rasp.interpreter import outcomes

    return outcomes(selector, sequences, origins=origins)


def contained(
    pattern: Pattern,
    mask: Mask,
    tried: Sequence[Trial],
    *,
    max_len: int | None,
    origins: Origins | None = None,
) -> Containment:
    """max_len: the declared length, if there is one; tried: inputs, for a selector with tokens."""
    bound = _bound(pattern, mask)
    if bound is not None and _holds_up_to(bound, pattern, mask, only_linear=True) is None:
        return Containment("within", "every input of every length")
    reach = bound if bound is not None and pattern.is_linear else CHECKED_LENGTH
    reach = min(max(reach, max_len or 1), mask.max_length or reach)
    example = _shortest(
        _in_every_input(pattern, mask, reach), _in_tried(pattern, mask, tried, origins)
    )
    if example is not None:
        complete = {trial.length for trial in tried if trial.complete}
        if complete.issuperset(range(1, example.length)) or (
            _holds_up_to(example.length - 1, pattern, mask) is None
        ):
            example = replace(example, shortest=True)
        return _refuted(example, max_len)
    for length in (reach, max_len):
        if length is not None and _holds_up_to(length, pattern, mask) is None:
            return Containment("within", f"every input of up to {count(length, 'token')}")
    return _as_tried(tried)


def _refuted(example: Counterexample, max_len: int | None) -> Containment:
    if max_len is not None and example.length > max_len:
        basis = f"every input of up to {count(max_len, 'token')}, but no longer"
        return Containment("within", basis, example)
    return Containment("not within", example.text, example)


def _as_tried(tried: Sequence[Trial]) -> Containment:
    """No counter-example was found in inputs, and none without."""
    if not tried:
        return Containment("unknown", "depends on the tokens, and no vocabulary is declared")
    longest = count(tried[-1].length, "token")
    if all(trial.complete for trial in tried):
        return Containment("within", f"every input of up to {longest} of the vocabulary")
    complete = max((trial.length for trial in tried if trial.complete), default=0)
    number = sum(len(trial.inputs) for trial in tried if not trial.complete)
    every = f"every input of up to {count(complete, 'token')} and " if complete else ""
    return Containment("not disproved", f"{every}{number:,} others of up to {longest}")


# -- for all lengths


def _bound(pattern: Pattern, mask: Mask) -> int | None:
    """Up to which length a proof for all lengths has to check; None if there is no such proof."""
    if mask.rows is None:
        return None
    bound = length_bound([*pattern.rows, *mask.rows])
    if bound is None or len(pattern) * bound**3 // 3 > MAX_WORK:
        return None
    return bound


def _holds_up_to(
    reach: int, pattern: Pattern, mask: Mask, *, only_linear: bool = False
) -> int | None:
    """The first length at which the pattern may select what is not allowed, up to reach."""
    for length in range(1, reach + 1):
        _, upper = pattern.bounds(length, only_linear=only_linear)
        if (upper & ~mask.allowed(length)).any():
            return length
    return None


# -- counter-examples


def _shortest(*examples: Counterexample | None) -> Counterexample | None:
    return min(
        (example for example in examples if example is not None),
        key=lambda example: example.length,
        default=None,
    )


def _in_every_input(pattern: Pattern, mask: Mask, reach: int) -> Counterexample | None:
    for length in range(1, reach + 1):
        lower, _ = pattern.bounds(length)
        pair = _first_pair(lower & ~mask.allowed(length))
        if pair is not None:
            # A shorter input may have a pair that not all inputs of its length have.
            return Counterexample(length, None, *pair, shortest=False)
    return None


def _in_tried(
    pattern: Pattern, mask: Mask, tried: Sequence[Trial], origins: Origins | None
) -> Counterexample | None:
    shortest = True
    for trial in tried:
        outside = trial.pairs & ~mask.allowed(trial.length)
        hits = np.flatnonzero(outside.any(axis=(1, 2)))
        shortest = shortest and (trial.complete or bool(hits.size))
        if not hits.size:
            continue
        number = int(hits[0])
        pair = _first_pair(outside[number])
        assert pair is not None
        example = Counterexample(trial.length, trial.inputs[number], *pair, shortest=shortest)
        return example if shortest else _shrunk(example, pattern, mask, origins)
    return None


def _first_pair(pairs: Pairs) -> tuple[int, int] | None:
    found = np.argwhere(pairs)
    return None if not len(found) else (int(found[0, 0]), int(found[0, 1]))


def _shrunk(
    example: Counterexample, pattern: Pattern, mask: Mask, origins: Origins | None
) -> Counterexample:
    """Without as many of its tokens as it can do without, one at a time."""

    def outside(tokens: Input) -> tuple[int, int] | None:
        (result,) = _outcomes(pattern.selector, [tokens], origins)
        if isinstance(result, RaspRuntimeError):
            return None
        return _first_pair(np.array(result, np.bool_) & ~mask.allowed(len(tokens)))

    assert example.tokens is not None
    tokens, pair = example.tokens, (example.query, example.key)
    place = 0
    while place < len(tokens) and len(tokens) > 1:
        shorter = (*tokens[:place], *tokens[place + 1 :])
        found = outside(shorter)
        if found is None:
            place += 1
        else:
            tokens, pair, place = shorter, found, 0
    return Counterexample(len(tokens), tokens, *pair, shortest=False)
