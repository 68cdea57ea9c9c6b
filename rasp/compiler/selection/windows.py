"""A window of keys as three products, where only the sign of a score matters.

`key > query - 3 and key <= query` selects, for every query, keys that follow each other, from `low`
to `high`.  Whoever attends to all of them equally needs about as many products as there are keys.
But where all selected keys carry one value, it is enough that some selected key has the largest
score.  With s = low + high and w = high - low,

    w^2 + 1 - (2 k - s)^2  =  4 s k - 4 k^2 + (w^2 + 1 - s^2)

is at least 1 for the keys of the window and at most -1 for all others, and takes three products.
Attention goes to the selected keys in the middle.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Bools
from rasp.compiler.facts.rows import first_columns
from rasp.compiler.selection.factors import Factors

FORM = "window"


def window(matrix: Bools) -> tuple[Factors, float] | None:
    """Scores that are at least 1 where matrix[query, key] is true and at most -1 elsewhere, and how
    large what is added up can be; None if the keys of some query do not follow each other."""
    n_selected = matrix.sum(axis=1)
    low = first_columns(matrix)
    high = matrix.shape[1] - 1 - first_columns(matrix[:, ::-1])
    some = n_selected > 0
    if not some.any() or not bool((n_selected == high - low + 1)[some].all()):
        return None
    middle = (matrix.shape[1] - 1) // 2
    ends = np.where(some, low + high - 2 * middle, 0).astype(np.float64)
    width = np.where(some, high - low, 0).astype(np.float64)
    least = np.where(some, width**2 + 1.0, -1.0)  # of an empty window all keys miss
    keys = np.arange(matrix.shape[1]) - float(middle)
    pairs = [(4.0 * ends, keys), (None, -4.0 * keys**2), (least - ends**2, None)]
    size = 4.0 * float(np.abs(ends).max()) * float(np.abs(keys).max())
    size += 4.0 * float((keys**2).max()) + float(np.abs(least - ends**2).max())
    return Factors(FORM, list(pairs), largest=float(least.max())), size
