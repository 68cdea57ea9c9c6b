"""What a program computes on a fixed set of inputs -> a digest of it, or why it is left out.

Programs with one digest are taken for duplicates.  The digest knows tokens by their places in the
vocabulary: to reverse letters and to reverse brackets is the same.  It takes values for equal that
are equal in Python: `n > 1` and `indicator(n > 1)` are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from rasp.errors import RaspError
from rasp.graph.nodes import Atom, SOpNode
from rasp.interpreter import outcomes

LENGTH = 5  # tokens: no vocabulary of a data set has a shorter longest input
SHORT = 3  # every input of so many tokens is in the probe, and some of the longer ones
PER_LENGTH = 32
SEED = 20260
N_INPUTS = 16  # of a record

TRIVIAL = "trivial"
FAILS = "fails on an input"


@cache
def probe(n_tokens: int) -> tuple[tuple[int, ...], ...]:
    """The inputs, as places in a vocabulary of so many tokens."""
    rows: list[tuple[int, ...]] = []
    for length in range(1, SHORT + 1):
        rows += _all(n_tokens, length)
    rng = np.random.Generator(np.random.PCG64(SEED))
    for length in range(SHORT + 1, LENGTH + 1):
        drawn = rng.integers(n_tokens, size=(PER_LENGTH, length))
        rows += [tuple(row) for row in drawn.tolist()]
    return tuple(dict.fromkeys(rows))


def _all(n_tokens: int, length: int) -> list[tuple[int, ...]]:
    grid = np.indices((n_tokens,) * length).reshape(length, -1)
    return [tuple(row) for row in grid.T.tolist()]


def sampled_inputs(n_tokens: int, max_len: int, seed: int) -> list[tuple[int, ...]]:
    """The inputs of a record, as places in its vocabulary: each once, the longest last."""
    rng = np.random.Generator(np.random.PCG64([SEED, seed]))
    lengths = np.linspace(1, max_len, N_INPUTS).round().astype(int)
    rows = [tuple(rng.integers(n_tokens, size=length).tolist()) for length in lengths]
    return list(dict.fromkeys(rows))


def behaviour(node: SOpNode, vocabulary: Sequence[str], *, local: bool) -> tuple[str, str]:
    """A digest of what the s-op computes on the probe, and why it is left out: "" if it is not.

    local: whether functions of the token and the position alone are welcome.
    """
    rows = probe(len(vocabulary))
    results = outcomes(node, [[vocabulary[place] for place in row] for row in rows])
    if any(isinstance(result, RaspError) for result in results):
        return "", FAILS
    places = {token: place for place, token in enumerate(vocabulary)}
    values = [[_known(value, places) for value in result] for result in results]
    digest = hashlib.sha256(repr((len(vocabulary), values)).encode()).hexdigest()
    return digest, TRIVIAL if _is_trivial(rows, values, local) else ""


def _known(value: Atom, places: dict[str, int]) -> tuple[str, object]:
    """A value as the digest knows it."""
    if isinstance(value, str):
        return ("token", places[value]) if value in places else ("text", value)
    number = float(value) if isinstance(value, float) else int(value)
    return ("number", int(number) if number == number // 1 else number)


def _is_trivial(
    rows: Sequence[Sequence[int]], values: Sequence[Sequence[object]], local: bool
) -> bool:
    """Do the token at a position, its index and the length say what stands there?  Where `local`
    functions are welcome: do index and length alone, or is it the token itself?"""
    seen: dict[tuple[int, ...], object] = {}
    repeats = same = True
    for row, result in zip(rows, values, strict=True):
        for index, (token, value) in enumerate(zip(row, result, strict=True)):
            where = (len(row), index) if local else (len(row), index, token)
            same = same and seen.setdefault(where, value) == value
            repeats = repeats and value == ("token", token)
    return same or repeats
