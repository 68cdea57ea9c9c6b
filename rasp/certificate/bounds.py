"""Bounds -> the worst of them: nan, which is below no margin, if there is one."""

from __future__ import annotations

import math


def worst(*bounds: float) -> float:
    """The largest of some bounds.  `max` would forget a nan that does not come first."""
    return math.nan if any(bound != bound for bound in bounds) else max(bounds)
