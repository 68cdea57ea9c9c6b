"""The comparisons of `select`, as functions of arrays of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

COMPARE: dict[str, Callable[..., Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
