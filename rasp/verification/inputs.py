"""Which inputs are compared: shards, each a description of some thousand inputs.

A shard is small, however many inputs it stands for, and always stands for the same ones: it can be
sent to another process or machine, and a verification that was interrupted goes on where it was.
Inputs are rows of numbers of tokens, from 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

Row: TypeAlias = Sequence[int]
Ids: TypeAlias = NDArray[np.int64]  # [input, pos]: numbers of tokens, from 0
Shape: TypeAlias = Callable[[np.random.Generator, int, int, int], Ids]

MAX_PERMUTED = 1000


@dataclass(frozen=True, slots=True)
class Numbered:
    """Every input of a length, counted in the order of their tokens: those from start to stop."""

    length: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """Inputs of 1 to max_length tokens by chance; number: which part of those of the seed."""

    max_length: int
    seed: int
    number: int
    size: int


@dataclass(frozen=True, slots=True)
class Listed:
    """Just these."""

    rows: tuple[tuple[int, ...], ...]


Shard: TypeAlias = Numbered | Sampled | Listed


def size_of(shard: Shard) -> int:
    """How many inputs it stands for."""
    match shard:
        case Numbered():
            return shard.stop - shard.start
        case Sampled():
            return shard.size
        case Listed():
            return len(shard.rows)
        case _:
            assert_never(shard)


def rows_of(shard: Shard, n_tokens: int) -> list[list[int]]:
    """Its inputs."""
    match shard:
        case Numbered():
            return _numbered(shard, n_tokens)
        case Sampled():
            return _sampled(shard, n_tokens)
        case Listed():
            return [list(row) for row in shard.rows]
        case _:
            assert_never(shard)


def count_inputs(n_tokens: int, max_length: int) -> int:
    """How many inputs have 1 to max_length tokens."""
    return sum(n_tokens**length for length in range(1, max_length + 1))


def exhaustive_shards(
    n_tokens: int, max_length: int, batch_size: int, *, done: int = 0
) -> Iterator[Numbered]:
    """All inputs, the short ones first, without those of the shards that have `done` inputs."""
    for length in range(1, max_length + 1):
        total = n_tokens**length
        skipped = min(done, total)
        done -= skipped
        for start in range(skipped, total, batch_size):
            yield Numbered(length, start, min(start + batch_size, total))


def sampled_shards(max_length: int, samples: int, seed: int, batch_size: int) -> Iterator[Sampled]:
    """`samples` inputs of all lengths."""
    for number, start in enumerate(range(0, samples, batch_size)):
        yield Sampled(max_length, seed, number, min(batch_size, samples - start))


def every_input(n_tokens: int, max_length: int, batch_size: int) -> Iterator[list[list[int]]]:
    """All inputs, the short ones first, as numbers of tokens."""
    for shard in exhaustive_shards(n_tokens, max_length, batch_size):
        yield rows_of(shard, n_tokens)


def sampled_inputs(
    n_tokens: int, max_length: int, samples: int, seed: int, batch_size: int
) -> Iterator[list[list[int]]]:
    """Inputs of all lengths and of shapes that provoke trouble, as numbers of tokens."""
    for shard in sampled_shards(max_length, samples, seed, batch_size):
        yield rows_of(shard, n_tokens)


def _numbered(shard: Numbered, n_tokens: int) -> list[list[int]]:
    places = np.array([n_tokens**place for place in reversed(range(shard.length))], dtype=np.int64)
    numbers = np.arange(shard.start, shard.stop, dtype=np.int64)
    ids: Ids = numbers[:, None] // places % n_tokens  # [input, pos]
    rows: list[list[int]] = ids.tolist()
    return rows


def _sampled(shard: Sampled, n_tokens: int) -> list[list[int]]:
    random = np.random.default_rng([shard.seed, shard.number])
    size, longest = shard.size, shard.max_length
    lengths = random.integers(1, longest + 1, size)
    # The longest inputs have the smallest margins, the shortest are the odd ones.
    lengths = np.where(random.random(size) < 0.25, longest, lengths)
    lengths[: min(2, size)] = [1, longest][: min(2, size)]
    shapes = random.integers(len(SHAPES), size=size)
    rows: list[list[int]] = []
    for length in np.unique(lengths).tolist():
        for number, shape in enumerate(SHAPES):
            count = int(((lengths == length) & (shapes == number)).sum())
            if count:
                rows.extend(shape(random, n_tokens, count, length).tolist())
    return rows


def uniform(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    return random.integers(n_tokens, size=(count, length))


def distinct(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    """No token twice, as far as the vocabulary reaches: permutations, one after another."""
    if n_tokens > MAX_PERMUTED:  # by chance there is hardly a token twice
        return uniform(random, n_tokens, count, length)
    parts = [
        random.permuted(np.tile(np.arange(n_tokens), (count, 1)), axis=1)
        for _ in range(-(-length // n_tokens))
    ]
    return np.concatenate(parts, axis=1)[:, :length]


def runs(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    """Stretches of one token."""
    starts = random.random((count, length)) < 0.3
    starts[:, 0] = True
    places = np.maximum.accumulate(np.where(starts, np.arange(length), 0), axis=1)
    return np.take_along_axis(uniform(random, n_tokens, count, length), places, axis=1)


def few(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    """Two tokens, one of them often rare."""
    pair = random.integers(n_tokens, size=(count, 2))
    rare = random.random((count, length)) < random.choice([0.1, 0.5], size=(count, 1))
    return np.where(rare, pair[:, :1], pair[:, 1:])


def equal(random: np.random.Generator, n_tokens: int, count: int, length: int) -> Ids:
    return np.repeat(random.integers(n_tokens, size=(count, 1)), length, axis=1)


SHAPES: tuple[Shape, ...] = (uniform, uniform, distinct, runs, few, equal)
