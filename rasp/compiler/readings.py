"""Scalars -> the numbers that the stream holds of them, by a choice that is a value of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.variables import Length, Linear, Scalar, Side, Variable, Width


@dataclass(frozen=True)
class Readings:
    """Which number the stream holds of each scalar.

    A width over one term may be read faithfully: the beginning-of-sequence position has weight w
    against 1 for each selected key, and is read, w / (m + w).  The widths in `linear`, and all over
    several terms, are read as what they are: that position has a huge weight and the value 0, and
    the reading is m, summed over the terms.
    """

    linear: frozenset[Width] = frozenset()

    def is_linear(self, scalar: Scalar) -> bool:
        """Is the reading a multiple of the value, but for a constant?"""
        return not isinstance(scalar, Width) or len(scalar.terms) > 1 or scalar in self.linear

    def of(self, scalar: Scalar) -> Floats:
        """The reading for each value of the domain."""
        match scalar:
            case Width() if not self.is_linear(scalar):
                return scalar.weight / (scalar.domain.numbers + scalar.weight)
            case Length():
                return (scalar.domain.numbers - 1) / 2
            case Side():
                return scalar.numbers
        return scalar.domain.numbers

    def bounds(self, form: Linear) -> tuple[float, float]:
        """The least and the largest that a form can be, its parts taken by themselves."""
        parts = [*form.features.values()]
        parts += [factor * self.of(scalar) for scalar, factor in form.scalars.items()]
        low = form.constant + sum(float(part.min()) for part in parts)
        return low, form.constant + sum(float(part.max()) for part in parts)

    def linearly(self, variables: Iterable[Variable]) -> Readings:
        """The same, with these widths read as what they are."""
        return Readings(self.linear | {v for v in variables if isinstance(v, Width)})


FAITHFUL_READINGS = Readings()
"""All widths that can be are read from patterns that look like their selectors."""
