"""Which sums m numbers out of several can have, so that it is known which means they have."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb, gcd

from rasp.graph.nodes import Atom
from rasp.meaning.states import UnprovedError

MOST_LISTED = 50_000
"""So many ways to choose numbers are gone through, of all numbers of keys together."""


class Steps:
    """Sums of m numbers out of several, as integers: times `unit`."""

    def __init__(self, numbers: list[int], unit: int, *, once: bool) -> None:
        self.unit = unit
        self.low, self.high = min(numbers), max(numbers)
        step = 0
        for number in numbers:
            step = gcd(step, number - self.low)
        self.step = step or 1
        self.ordered = sorted(numbers) if once else None
        self.numbers = sorted(set(numbers))
        self.listed: dict[int, tuple[list[int], list[int]]] = {}

    @classmethod
    def of(cls, values: tuple[Atom, ...], *, once: bool) -> Steps:
        exact = []
        for value in values:
            if isinstance(value, (bool, str)) or not abs(value) < 2.0**40:
                raise UnprovedError("a mean of what is no number, or too large")
            exact.append(Fraction(value))
        unit = max(number.denominator for number in exact)
        if unit > 1 << 20:
            raise UnprovedError("a mean of fractions that are not exact in few bits")
        return cls([int(number * unit) for number in exact], unit, once=once)

    def are_few(self, counts: Sequence[int]) -> bool:
        """Are there so few ways to choose so many of the numbers that all can be listed?"""
        n_more = len(self.numbers) - 1
        return sum(comb(m + n_more, n_more) for m in counts) <= MOST_LISTED

    def list_all(self, most: int) -> None:
        """From now on sums of up to `most` numbers are those that there are, and not all that are a
        multiple of the step apart."""
        before: tuple[set[int], set[int]] = set(self.numbers), set()
        for m in range(2, most + 1):
            some = {total + number for total in before[0] for number in self.numbers}
            mixed = {total + number for total in before[1] for number in self.numbers}
            mixed |= {(m - 1) * a + b for a in self.numbers for b in self.numbers if a != b}
            self.listed[m] = sorted(some), sorted(mixed)
            before = some, mixed

    def least(self, m: int) -> int:
        if self.ordered is not None:
            return sum(self.ordered[:m])
        return m * self.low

    def most(self, m: int) -> int:
        if self.ordered is not None:
            return sum(self.ordered[max(0, len(self.ordered) - m) :])
        return m * self.high

    def sums(self, m: int) -> Sequence[int]:
        if m in self.listed:
            return self.listed[m][0]
        return range(self.least(m), self.most(m) + 1, self.step)

    def different(self, m: int) -> Sequence[int]:
        """Sums of m numbers that are not all equal."""
        if m in self.listed:
            return self.listed[m][1]
        if self.ordered is not None:
            return self.sums(m)
        return range(self.least(m) + self.step, self.most(m), self.step)


def quotient(total: int, m: int, unit: int) -> float:
    """Rounded once, as the mean of the language is."""
    return total / (unit * m)
