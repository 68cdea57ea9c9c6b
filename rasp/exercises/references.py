"""What is right: for each exercise a function from the tokens of an input to the wanted values."""

from __future__ import annotations

from itertools import accumulate, groupby, pairwise

from rasp.exercises.exercise import Input
from rasp.graph.nodes import Atom

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
SHIFT = 3
VOWELS = "aeiou"
NOTHING = "-"


def reverse(tokens: Input) -> list[Atom]:
    return list(tokens[::-1])


def caesar(tokens: Input) -> list[Atom]:
    return [ALPHABET[(ALPHABET.index(token) + SHIFT) % len(ALPHABET)] for token in tokens]


def repeats(tokens: Input) -> list[Atom]:
    return [False, *(a == b for a, b in pairwise(tokens))]


def vowels(tokens: Input) -> list[Atom]:
    return [sum(token in VOWELS for token in tokens)] * len(tokens)


def rotate(tokens: Input) -> list[Atom]:
    return [*tokens[1:], tokens[0]]


def novel(tokens: Input) -> list[Atom]:
    return [token not in tokens[:place] for place, token in enumerate(tokens)]


def largest(tokens: Input) -> list[Atom]:
    return [max(map(int, tokens))] * len(tokens)


def palindrome(tokens: Input) -> list[Atom]:
    return [tokens == tokens[::-1]] * len(tokens)


def run_lengths(tokens: Input) -> list[Atom]:
    runs = [list(run) for _, run in groupby(tokens)]
    return [len(run) for run in runs for _ in run]


def most_frequent(tokens: Input) -> list[Atom]:
    best = max(tokens, key=lambda token: (tokens.count(token), -tokens.index(token)))
    return [best] * len(tokens)


def balanced(tokens: Input) -> list[Atom]:
    depths = list(accumulate(1 if token == "(" else -1 for token in tokens))
    return [min(depths) >= 0 and depths[-1] == 0] * len(tokens)


def addition(tokens: Input) -> list[Atom]:
    left, right = "".join(tokens).split("+")
    n_digits = len(right)
    total = (int(left, 2) + int(right, 2)) % 2**n_digits
    return [*[0] * (n_digits + 1), *map(int, f"{total:0{n_digits}b}")]


def followed(tokens: Input) -> list[Atom]:
    """The token after the last earlier occurrence of each token."""
    answer: list[Atom] = []
    for place, token in enumerate(tokens):
        earlier = [other for other in range(place) if tokens[other] == token]
        answer.append(tokens[earlier[-1] + 1] if earlier else NOTHING)
    return answer
