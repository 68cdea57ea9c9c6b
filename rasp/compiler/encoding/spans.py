"""Few features from which others are sums: a basis of what is asked of a variable.

Whoever asks for "is it 3?" for each value and for "is it less than 3?" for each value gets one
direction for each value, not two: the second are sums of the first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.limits import LARGEST_COEFFICIENT, MOST_SPANNED, SAME_FEATURE
from rasp.compiler.synthesis.table import are_large_integers


def spanning(
    features: Sequence[Floats], largest: float = LARGEST_COEFFICIENT
) -> tuple[list[Floats], int]:
    """Some of the features, and how many of the first of them do without the rest.

    What is not among them is a sum of exact multiples, up to the largest, of these first ones.
    """
    if not 3 <= len(features) <= MOST_SPANNED:
        return list(features), 0
    size = len(features[0])
    orthogonal = np.full((1, size), 1.0 / np.sqrt(size))
    chosen: list[Floats] = []
    others: list[Floats] = []
    for feature in sorted(features, key=_support):
        rest = feature - orthogonal.T @ (orthogonal @ feature)
        rest = rest - orthogonal.T @ (orthogonal @ rest)
        length = float(np.linalg.norm(rest))
        if length > 1e-6 * float(np.linalg.norm(feature)):
            orthogonal = np.vstack([orthogonal, rest / length])
            chosen.append(feature)
        elif combination(chosen, feature, largest) is None:
            others.append(feature)
    return [*chosen, *others], len(chosen)


def _support(feature: Floats) -> tuple[int, int]:
    """Small sets first, everything that is no set last."""
    low, high = feature.min(), feature.max()
    ones = int((feature == high).sum())
    if bool(((feature == low) | (feature == high)).all()):
        return 0, min(ones, len(feature) - ones)
    return 1, 0


def combination(
    features: Sequence[Floats], values: Floats, largest: float = LARGEST_COEFFICIENT
) -> tuple[float, Floats] | None:
    """constant and multiples of the features whose sum the values are, in small exact numbers.

    largest: as a multiple; it multiplies the errors of what is added up.
    """
    if not features:
        return None
    design = np.column_stack([np.ones(len(values)), *features])
    norms = np.linalg.norm(design, axis=0) if largest > LARGEST_COEFFICIENT else 1.0
    solution = np.linalg.lstsq(design / norms, values, rcond=None)[0] / norms
    quarters = np.round(solution * 4) / 4
    if (
        float((np.abs(solution - quarters) / np.maximum(1.0, np.abs(quarters))).max()) > 1e-6
        or float(np.abs(quarters).max()) > largest
    ):
        return None
    scale = 1.0 + float(np.abs(values).max())
    allowed = 2.0**-50 if are_large_integers(values) else SAME_FEATURE
    if float(np.abs(design @ quarters - values).max()) > allowed * scale:
        return None
    return float(quarters[0]), quarters[1:]
