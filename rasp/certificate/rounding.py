"""The constants of the arithmetic, by dtype."""

from __future__ import annotations

UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
"""The unit of rounding u: every operation is off by at most u times its result."""

SMALLEST = {"float32": 2.0**-126, "float64": 2.0**-1022}
"""The smallest numbers that have all their digits: every operation may be off by so much besides,
as what is smaller is rounded to a multiple of much less, or to 0."""

MOST_MISFIT = 2.0**-20
"""Functions that are farther off what they are fitted to, relative to their size, are others: what
reads them may multiply by any number what was left out.  Where the proof of meaning measures what
is held, it says how far it is off."""

SCALE = {"float32": 256.0, "float64": 2048.0}
"""Scores are this many times the gap: half of it makes exp underflow to 0 in the dtype."""

MOST_SHARPNESS = int(SCALE["float64"])
"""A larger gap makes nothing sharper."""


def is_sharpness(number: int) -> bool:
    """Whether scores can be so many times the gap: a power of two, with which products of dyadic
    numbers are as exact as without."""
    return 1 <= number <= MOST_SHARPNESS and number & (number - 1) == 0


LARGEST_NUMBER = {"float32": 2.0**120, "float64": 2.0**990}
"""Numbers that are read, written or added up stay below, and so are finite: one that is not is in
all others, which have it times 0."""

UNDERFLOW = {"float32": 104.0, "float64": 746.0}
"""exp of minus this, or of anything below, is exactly 0."""

GRAIN = 0.25
"""Dyadic numbers are multiples of this."""

FUNCTION_ERROR = 10
"""Units that exp, the division of softmax and the subtraction of its maximum cost at most,
together."""


def exact_limit(dtype: str, n_factors: int) -> float:
    """Sums of products of so many dyadic numbers are exact if their absolute terms stay below."""
    return float(GRAIN**n_factors / UNIT[dtype])
