"""Where a generator's decisions come from: a seed, a list to be replayed, or hypothesis.

A decision is a number below a bound, and 0 is always the simplest: that is what makes generated
programs shrink.  `shrink` makes a list of decisions smaller, as long as it stays interesting.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

_T = TypeVar("_T")


class Choices(Protocol):
    """A source of decisions."""

    def below(self, bound: int) -> int:
        """A number from 0 to bound - 1."""
        ...


class SeededChoices:
    """Decisions of a random generator; `taken` remembers them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.taken: list[int] = []

    def below(self, bound: int) -> int:
        self.taken.append(self._random.randrange(bound))
        return self.taken[-1]


class ReplayedChoices:
    """Decisions from a list, and 0 after its end; what is too large counts from the bound again."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers
        self.taken: list[int] = []

    def below(self, bound: int) -> int:
        place = len(self.taken)
        number = self._numbers[place] % bound if place < len(self._numbers) else 0
        self.taken.append(number)
        return number


def choose(choices: Choices, options: Sequence[_T]) -> _T:
    """One of the options; the first is the simplest."""
    return options[choices.below(len(options))]


def chance(choices: Choices, percent: int) -> bool:
    """Whether something of this probability happens; that it does not is simpler."""
    return choices.below(100) >= 100 - percent


def weighted(choices: Choices, options: Sequence[tuple[int, _T]]) -> _T:
    """One of the options with its weight; the first is the simplest."""
    number = choices.below(sum(weight for weight, _ in options))
    for weight, option in options:
        if number < weight:
            return option
        number -= weight
    raise AssertionError("weights are positive")


def shrink(
    numbers: Sequence[int],
    interesting: Callable[[list[int]], list[int] | None],
    *,
    attempts: int = 2_000,
) -> list[int]:
    """A list of decisions that is interesting still, and as short and small as could be found.

    interesting: the decisions really taken when a list is replayed, or None if the outcome is no
    longer of interest.
    """
    best = list(numbers)
    budget = attempts

    def accept(candidate: list[int]) -> bool:
        nonlocal best, budget
        if budget <= 0 or candidate == best:
            return False
        budget -= 1
        taken = interesting(candidate)
        if taken is None or (len(taken), taken) >= (len(best), best):
            return False
        best = taken
        return True

    improved = True
    while improved and budget > 0:
        improved = _delete_chunks(lambda: best, accept)
        improved |= _lower_numbers(lambda: best, accept)
    return best


def _delete_chunks(current: Callable[[], list[int]], accept: Callable[[list[int]], bool]) -> bool:
    improved = False
    size = max(1, len(current()) // 2)
    while size:
        start = 0
        while start < len(current()):
            numbers = current()
            without = numbers[:start] + numbers[start + size :]
            # A shorter list may need a smaller count in front of what was taken away.
            fewer = list(without)
            if start:
                fewer[start - 1] = max(0, fewer[start - 1] - 1)
            if accept(without) or accept(fewer):
                improved = True
            else:
                start += size
        size //= 2
    return improved


def _lower_numbers(current: Callable[[], list[int]], accept: Callable[[list[int]], bool]) -> bool:
    improved = False
    place = 0
    while place < len(current()):
        numbers = current()
        value = numbers[place]
        for smaller in dict.fromkeys((0, value // 2, value - 1)):
            if 0 <= smaller < value and accept([*numbers[:place], smaller, *numbers[place + 1 :]]):
                improved = True
                break
        else:
            place += 1
    return improved
