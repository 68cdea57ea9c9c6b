"""Inputs on which a program's own selectors are at their extremes.

Chance finds long and short inputs, and equal and distinct tokens; it hardly finds the input on
which a selector of this very program selects nothing anywhere, or everything.  Here the interpreter
counts what each selector selects on some candidates, the best are changed a little and counted
again, and those with the fewest and the most selected keys are taken; of inputs that fail, some
too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from rasp.graph.nodes import Aggregate, Atom, Best, Fetch, SelectorNode, SelectorWidth, SOpNode
from rasp.graph.walk import topological
from rasp.verification.inputs import SHAPES

_T = TypeVar("_T")

MAX_SELECTORS = 32
MAX_CELLS = 2**22  # pairs of positions of all candidates of a length
MAX_CANDIDATES = 96
ROUNDS = 3


@dataclass
class _Extreme:
    """The input at which some count is best so far; sign: 1 if small counts are good."""

    sign: int
    of_least: bool  # of the smallest count among the positions, or of the largest
    best: float = np.inf
    row: tuple[int, ...] = ()

    def offer(self, row: tuple[int, ...], least: int, most: int) -> None:
        number = self.sign * (least if self.of_least else most)
        if number < self.best:
            self.best, self.row = number, row


@dataclass
class _Search:
    """Over the inputs of one length, for all selectors at once.

    They are counted on the same inputs: what one is made of is mostly part of the others.
    """

    tokens: Sequence[Atom]
    causal: bool
    selectors: Sequence[SelectorNode]
    failing: dict[tuple[int, ...], None] = field(default_factory=dict)

    def rows(self, random: np.random.Generator, length: int) -> tuple[tuple[int, ...], ...]:
        n_tokens = len(self.tokens)
        size = max(len(SHAPES), min(MAX_CANDIDATES, MAX_CELLS // length**2))
        drawn = [shape(random, n_tokens, size // len(SHAPES), length) for shape in SHAPES]
        kinds = [(sign, least) for sign in (1, -1) for least in (True, False)]
        found = [[_Extreme(sign, least) for sign, least in kinds] for _ in self.selectors]
        self._offer(list(dict.fromkeys(map(tuple, np.concatenate(drawn).tolist()))), found)
        for _ in range(ROUNDS):
            best = [extreme.row for of_selector in found for extreme in of_selector]
            self._offer(_changed(random, n_tokens, best, size), found)
        return tuple(extreme.row for of_selector in found for extreme in of_selector)

    def _offer(self, rows: list[tuple[int, ...]], found: list[list[_Extreme]]) -> None:
        from rasp.interpreter import extremes

        inputs = [[self.tokens[number] for number in row] for row in rows]
        counts, failing = extremes(self.selectors, inputs, causal=self.causal)
        self.failing.update(dict.fromkeys(rows[number] for number in failing))
        for best, of_selector in zip(found, counts, strict=True):
            for row, (least, most) in zip(rows, of_selector, strict=True):
                for extreme in best:
                    extreme.offer(row, least, most)


def provoking_inputs(
    node: SOpNode,
    tokens: Sequence[Atom],
    max_length: int,
    *,
    most: int,
    seed: int = 0,
    causal: bool = False,
) -> tuple[tuple[int, ...], ...]:
    """At most `most` inputs of 1 to max_length tokens, as numbers of tokens; the same for the same
    seed."""
    selectors = _selectors(node)
    if most < 1 or not selectors:
        return ()
    found: dict[tuple[int, ...], None] = {}
    lengths = dict.fromkeys((max_length, 1, min(2, max_length), (max_length + 1) // 2))
    for place, length in enumerate(lengths):
        random = np.random.default_rng([seed, place, length])
        search = _Search(tokens, causal, selectors)
        found.update(dict.fromkeys(search.rows(random, length)))
        found.update(dict.fromkeys(list(search.failing)[:2]))
    return _spread(list(found), most)


def _selectors(node: SOpNode) -> list[SelectorNode]:
    """The selectors that attention reads or chooses from; of very many, some from everywhere."""
    kinds = (Aggregate, Fetch, SelectorWidth, Best)
    readers = [n for n in topological([node]) if isinstance(n, kinds)]
    return list(_spread(list(dict.fromkeys(r.selector for r in readers)), MAX_SELECTORS))


def _spread(items: Sequence[_T], most: int) -> tuple[_T, ...]:
    """At most so many of the items, from all parts of the list."""
    if len(items) <= most:
        return tuple(items)
    places = np.linspace(0, len(items) - 1, most).round().astype(int).tolist()
    return tuple(items[place] for place in places)


def _changed(
    random: np.random.Generator, n_tokens: int, rows: Iterable[tuple[int, ...]], count: int
) -> list[tuple[int, ...]]:
    """Some neighbours of each input: another token at a place or two."""
    distinct = list(dict.fromkeys(rows))
    changed: dict[tuple[int, ...], None] = {}
    for row in distinct:
        for _ in range(max(1, count // (2 * len(distinct)))):
            new = list(row)
            for place in random.integers(len(row), size=random.integers(1, 3)):
                new[place] = int(random.integers(n_tokens))
            changed.setdefault(tuple(new))
    return list(changed)
