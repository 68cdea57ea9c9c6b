"""Few features from which others are sums: a basis of what is asked of a variable.

Whoever asks for "is it 3?" for each value and for "is it less than 3?" for each value gets one
direction for each value, not two: the second are sums of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.limits import LARGEST_COEFFICIENT, MOST_SPANNED, SAME_FEATURE


class Span:
    """What sums of some features are: constant + multiples of them, in small exact numbers.

    largest: as a multiple; it multiplies the errors of what is added up.
    """

    def __init__(self, features: Sequence[Floats], largest: float = LARGEST_COEFFICIENT) -> None:
        self.largest = largest
        size = len(features[0]) if features else 1
        self.design = np.column_stack([np.ones(size), *features])
        self.empty = not features

    @cached_property
    def _solver(self) -> Floats:
        """Values -> multiples, by least squares."""
        norms = np.linalg.norm(self.design, axis=0)
        q, r = np.linalg.qr(self.design / norms)
        return np.asarray(np.linalg.solve(r, q.T) / norms[:, None])

    def combination(self, values: Floats) -> tuple[float, Floats] | None:
        """constant and multiples of the features whose sum the values are; None if there are no
        such."""
        if self.empty:
            return None
        solution = self._solver @ values
        quarters = np.round(solution * 4) / 4
        off = np.abs(solution - quarters) / np.maximum(1.0, np.abs(quarters))
        if not (float(off.max()) <= 1e-6 and float(np.abs(quarters).max()) <= self.largest):
            return None
        if not self.off(quarters, values) <= SAME_FEATURE:
            return None
        return float(quarters[0]), quarters[1:]

    def off(self, multiples: Floats, values: Floats) -> float:
        """How far the sum of these multiples, the constant first, is from the values, relative to
        the largest of them."""
        return float(np.abs(self.design @ multiples - values).max() / np.abs(values).max())


def spanning(
    features: Sequence[Floats], largest: float = LARGEST_COEFFICIENT
) -> tuple[list[Floats], Span | None]:
    """Some of the features, and the span of the first of them, which do without the rest.

    What is not among them is a sum of exact multiples, up to the largest, of these first ones.
    """
    if not 3 <= len(features) <= MOST_SPANNED:
        return list(features), None
    size = len(features[0])
    orthogonal = np.full((1, size), 1.0 / np.sqrt(size))
    chosen: list[Floats] = []
    rest: list[Floats] = []
    for feature in sorted(features, key=_support):
        left = feature - orthogonal.T @ (orthogonal @ feature)
        left = left - orthogonal.T @ (orthogonal @ left)
        length = float(np.linalg.norm(left))
        if length > 1e-6 * float(np.linalg.norm(feature)):
            orthogonal = np.vstack([orthogonal, left / length])
            chosen.append(feature)
        else:
            rest.append(feature)
    span = Span(chosen, largest)
    others = [feature for feature in rest if span.combination(feature) is None]
    return [*chosen, *others], span


def _support(feature: Floats) -> tuple[int, int]:
    """Small sets first, everything that is no set last."""
    low, high = feature.min(), feature.max()
    ones = int((feature == high).sum())
    if bool(((feature == low) | (feature == high)).all()):
        return 0, min(ones, len(feature) - ones)
    return 1, 0
