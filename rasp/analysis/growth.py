"""Counts at the lengths 1, 2, 3, ... -> the formula and the class of growth that they follow.

Counts of pairs that simple conditions on positions allow are, from some length on, a polynomial of
degree at most 2 for each remainder of the length by some period.  That is looked for in the counts;
it is read from them and not proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

MAX_PERIOD = 64
DEGREES = ("1", "n", "n^2")


@dataclass(frozen=True, slots=True)
class Growth:
    """degree: 0, 1 or 2; formula: of the counts from length `since` on; up_to: lengths looked at.

    leading: the coefficient of n^degree.
    """

    degree: int
    formula: str
    leading: Fraction
    since: int
    up_to: int

    @property
    def text(self) -> str:
        return self.formula + (f" from n = {self.since} on" if self.since > 1 else "")

    def to_dict(self) -> dict[str, Any]:
        return {
            "class": DEGREES[self.degree],
            "formula": self.formula,
            "since": self.since,
            "read_up_to": self.up_to,
        }


def growth(counts: Sequence[int], periods: Iterable[int] = ()) -> Growth | None:
    """counts[k] belongs to length k + 1.  None if no formula is seen in them."""
    values = np.array(counts, np.int64)
    for period in _candidates(periods):
        if len(values) < 6 * period:
            break
        steps = values[period:] - values[:-period]
        bends = steps[period:] - steps[:-period]
        since = _constant_since(bends)
        # Three values fix a quadratic polynomial; at least as many, and half of all, check it.
        if len(bends) - since >= max(4 * period, len(bends) // 2):
            return _formula(values, period, since)
    return None


def _candidates(periods: Iterable[int]) -> list[int]:
    given = {abs(period) for period in periods} - {0}
    joint = lcm(*given) if given else 1
    return sorted(period for period in {1, 2, 3, 4, *given, joint} if period <= MAX_PERIOD)


def _constant_since(values: np.ndarray[Any, np.dtype[np.int64]]) -> int:
    """From which place on all values are equal."""
    different = np.flatnonzero(values != values[-1])
    return int(different[-1]) + 1 if different.size else 0


def _formula(values: np.ndarray[Any, np.dtype[np.int64]], period: int, since: int) -> Growth:
    """The polynomial through the counts from values[since] on, which is known to exist."""
    first, second, third = (int(values[since + k * period]) for k in range(3))
    n = since + 1
    square = Fraction(third - 2 * second + first, 2 * period**2)
    slope = Fraction(second - first, period) - square * (2 * n + period)
    constant = first - square * n**2 - slope * n
    degree = 2 if square else int(slope != 0)
    leading = (constant, slope, square)[degree]
    if period == 1:
        formula = _polynomial(square, slope, constant)
    elif degree == 2:
        formula = f"about {_term(square, 'n^2')}"
    else:
        slope = Fraction(int(values[-1] - values[-1 - period]), period)
        degree, leading = int(slope != 0), slope or constant
        formula = f"about {_term(slope, 'n')}" if slope else f"at most {int(values[since:].max())}"
    return Growth(degree, formula, leading, n, len(values))


def _polynomial(square: Fraction, slope: Fraction, constant: Fraction) -> str:
    """With one common denominator: (n^2 + n)/2."""
    below = lcm(square.denominator, slope.denominator, constant.denominator)
    text = ""
    for coefficient, power in ((square, "n^2"), (slope, "n"), (constant, "")):
        whole = int(coefficient * below)
        if not whole:
            continue
        size = abs(whole)
        shown = f"{size:,}" if not power else power if size == 1 else f"{size:,}{power}"
        sign = ("-" if whole < 0 else "") if not text else (" - " if whole < 0 else " + ")
        text += sign + shown
    text = text or "0"
    if below == 1:
        return text
    return f"({text})/{below}" if " " in text else f"{text}/{below}"


def _term(coefficient: Fraction, power: str) -> str:
    above = power if coefficient.numerator == 1 else f"{coefficient.numerator:,}{power}"
    return above if coefficient.denominator == 1 else f"{above}/{coefficient.denominator}"
