"""Numbers of tokens -> pairs of inputs on which edges are tried.

An edge that tells tokens apart shows on two inputs of one length; one that carries the length on
two of different lengths; one that is the same for all inputs of a length only where positions
change places; and one that says where the input begins only where BOS is among these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rasp.verification.inputs import SHAPES
from rasp.vocabulary import BOS, FIRST_TOKEN, PAD

N_PAIRS = 192
"""How many pairs of each kind are tried by default."""

Ids = NDArray[np.int64]
Kind = Literal["tokens", "lengths", "positions", "BOS"]
KINDS: tuple[Kind, ...] = ("tokens", "lengths", "positions", "BOS")

BATCH = 48
SHORT = 12  # tokens: most pairs are short, where every position matters


@dataclass(frozen=True)
class Pairs:
    """base, source [batch, pos]: ids with BOS and padding; lengths, others [batch]: of the two;
    places [batch, pos]: for each position of the base, the one of the source that comes instead,
    -1 for none."""

    kind: Kind
    base: Ids
    lengths: Ids
    source: Ids
    others: Ids
    places: Ids


def pairs(kind: Kind, n_tokens: int, max_len: int, seed: int, number: int) -> Pairs:
    """The `number`-th batch of a kind; always the same for a seed."""
    random = np.random.default_rng([seed, KINDS.index(kind), number])
    lengths = _lengths(random, max_len)
    others = lengths if kind != "lengths" else _lengths(random, max_len)
    longest = int(max(lengths.max(), others.max()))
    base = _rows(random, n_tokens, lengths, longest)
    source = _rows(random, n_tokens, others, longest)
    if kind == "tokens":  # half of the sources are nearly the base
        near = random.random(BATCH) < 0.5
        source = np.where(near[:, None], _changed(random, n_tokens, base, lengths), source)
    if kind in ("positions", "BOS"):  # so that nothing but the places differs in half of them
        same = random.random(BATCH) < 0.5
        source = np.where(same[:, None], base, source)
    places = np.tile(np.arange(1 + longest), (BATCH, 1))
    for row, (length, other) in enumerate(zip(lengths.tolist(), others.tolist(), strict=True)):
        first = 0 if kind == "BOS" else 1
        if kind in ("positions", "BOS"):
            places[row, first : length + 1] = first + random.permutation(length + 1 - first)
        places[row, min(length, other) + 1 :] = -1
    return Pairs(kind, base, lengths, source, others, places)


def batches(kind: Kind, n_tokens: int, max_len: int, seed: int, n_pairs: int) -> Iterator[Pairs]:
    """At least n_pairs pairs."""
    for number in range(-(-n_pairs // BATCH)):
        yield pairs(kind, n_tokens, max_len, seed, number)


def _lengths(random: np.random.Generator, max_len: int) -> Ids:
    short = random.integers(1, min(max_len, SHORT) + 1, BATCH)
    any_length = random.integers(1, max_len + 1, BATCH)
    found: Ids = np.where(random.random(BATCH) < 0.25, any_length, short)
    return found


def _rows(random: np.random.Generator, n_tokens: int, lengths: Ids, longest: int) -> Ids:
    rows = np.full((len(lengths), 1 + longest), PAD, np.int64)
    rows[:, 0] = BOS
    for row, length in zip(rows, lengths.tolist(), strict=True):
        shape = SHAPES[int(random.integers(len(SHAPES)))]
        row[1 : length + 1] = FIRST_TOKEN + shape(random, n_tokens, 1, length)[0]
    return rows


def _changed(random: np.random.Generator, n_tokens: int, base: Ids, lengths: Ids) -> Ids:
    """One token is another one, or two change places."""
    rows = base.copy()
    for row, length in zip(rows, lengths.tolist(), strict=True):
        one, two = random.integers(1, length + 1, 2)
        if random.random() < 0.5:
            row[one] = FIRST_TOKEN + random.integers(n_tokens)
        else:
            row[one], row[two] = row[two], row[one]
    return rows
