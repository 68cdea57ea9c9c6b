"""A vocabulary and a length -> the inputs on which token-dependent selectors are tried.

All of them, in order, where they are few; else a sample: inputs of one token, of two, periodic
ones, all tokens in turn, and random ones.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from rasp.graph.nodes import Atom

Input: TypeAlias = tuple[Atom, ...]

MAX_CELLS = 1_000_000
"""How many pairs of positions are looked at for each length."""

MAX_SAMPLE = 400


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs of one length, each once; complete: whether these are all that there are."""

    sequences: tuple[Input, ...]
    complete: bool


def inputs(tokens: Sequence[Atom], length: int) -> Inputs:
    room = max(MAX_CELLS // length**2, 20)
    if len(tokens) ** length <= room:
        return Inputs(tuple(product(tokens, repeat=length)), complete=True)
    chosen = random.Random(length)
    first, last = tokens[0], tokens[-1]
    sample: dict[Input, None] = {}
    for token in tokens[:20]:
        sample[(token,) * length] = None
    for turn in (2, 3, length // 2 or 1):
        sample[tuple(first if k // turn % 2 == 0 else last for k in range(length))] = None
        sample[tuple(tokens[k % min(turn, len(tokens))] for k in range(length))] = None
    sample[tuple(tokens[k % len(tokens)] for k in range(length))] = None
    sample[tuple(tokens[-1 - k % len(tokens)] for k in range(length))] = None
    for place in (0, length // 2, length - 1):
        sample[tuple(last if k == place else first for k in range(length))] = None
    # As many again at most: there are more inputs than `room`, so this ends soon.
    wanted = min(room, MAX_SAMPLE)
    for number in range(2 * wanted):
        if len(sample) >= wanted:
            break
        few = chosen.sample(list(tokens), min(len(tokens), 1 + number % 4 + 1))
        sample[tuple(chosen.choices(few, k=length))] = None
    return Inputs(tuple(sample)[:room], complete=False)
