"""Vocabulary or shape -> the inputs on which an answer is tried, from the shortest to the longest.

The same at every call, so that an answer gets the same verdict twice.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product

from rasp.exercises.exercise import Input

MOST_OF_A_LENGTH = 800
"""Up to so many inputs of one length are all tried, else so many by chance."""


def strings(vocabulary: str, max_len: int = 12) -> Callable[[], Iterator[Input]]:
    """Inputs of 1 to max_len tokens of the vocabulary."""

    def inputs() -> Iterator[Input]:
        chance = random.Random(vocabulary)
        for length in range(1, max_len + 1):
            if len(vocabulary) ** length <= MOST_OF_A_LENGTH:
                yield from product(vocabulary, repeat=length)
            else:
                for _ in range(MOST_OF_A_LENGTH // length):
                    few = chance.sample(vocabulary, min(len(vocabulary), chance.randint(1, 4)))
                    yield tuple(chance.choices(few, k=length))

    return inputs


def mirrored(vocabulary: str, max_len: int = 12) -> Callable[[], Iterator[Input]]:
    """As `strings`, and of the longer ones as many that read the same backwards, or nearly so."""
    plain = strings(vocabulary, max_len)

    def inputs() -> Iterator[Input]:
        chance = random.Random(vocabulary)
        for tokens in plain():
            yield tokens
            half = tokens[: (len(tokens) + 1) // 2]
            whole = (*half, *reversed(half[: len(tokens) // 2]))
            if whole != tokens:
                yield whole
                place = chance.randrange(len(tokens))
                yield (*whole[:place], chance.choice(vocabulary), *whole[place + 1 :])

    return inputs


def bracketed(max_len: int = 12) -> Callable[[], Iterator[Input]]:
    """As `strings` of round brackets, and of the longer ones many that are balanced, or nearly."""
    plain = strings("()", max_len)

    def inputs() -> Iterator[Input]:
        chance = random.Random("()")
        yield from plain()
        for length in range(10, max_len + 1, 2):
            for _ in range(100):
                balanced = _balanced(length, chance)
                yield balanced
                swapped = list(balanced)
                chance.shuffle(swapped)
                yield tuple(swapped)

    return inputs


def _balanced(length: int, chance: random.Random) -> Input:
    tokens: list[str] = []
    depth = 0
    while len(tokens) < length:
        opens = depth == 0 or (depth < length - len(tokens) and chance.random() < 0.5)
        tokens.append("(" if opens else ")")
        depth += 1 if opens else -1
    return tuple(tokens)


def additions(max_digits: int = 6) -> Callable[[], Iterator[Input]]:
    """Two binary numbers of the same number of digits, with + between them."""

    def inputs() -> Iterator[Input]:
        chance = random.Random("+")
        for n_digits in range(1, max_digits + 1):
            pairs: Iterator[tuple[tuple[str, ...], ...]]
            if 4**n_digits <= MOST_OF_A_LENGTH:
                pairs = product(product("01", repeat=n_digits), repeat=2)
            else:
                pairs = (
                    (_binary(n_digits, chance), _binary(n_digits, chance))
                    for _ in range(MOST_OF_A_LENGTH // 2)
                )
            for left, right in pairs:
                yield (*left, "+", *right)

    return inputs


def _binary(n_digits: int, chance: random.Random) -> tuple[str, ...]:
    return tuple(chance.choices("01", k=n_digits))
