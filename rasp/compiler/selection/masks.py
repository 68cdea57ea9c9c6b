"""Comparisons of indices in a causal model -> simpler ones that select the same keys.

A query sees the keys up to its own position only, so what a comparison says of later keys does not
matter.  `key <= query` then selects whatever there is to see, and needs no score at all; `key >
query - 3` may as well go on selecting behind the query, and is a threshold then.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Bools
from rasp.compiler.matrices import are_same, by_cell, lower


def completed(matrix: Bools) -> Bools:
    """matrix[query index, key index], changed where key > query so that it filters keys or queries,
    if that is possible; otherwise as it is."""
    size = len(matrix)
    if matrix.shape != (size, size):
        return matrix  # a filter as it is
    seen = lower(size)
    keys = matrix.diagonal()  # key k is first seen by query k
    if are_same(matrix, keys[None, :], seen):
        return np.broadcast_to(keys[None, :], matrix.shape)
    queries = matrix[:, 0]  # and key 0 by all
    if are_same(matrix, queries[:, None], seen):
        return np.broadcast_to(queries[:, None], matrix.shape)
    return matrix


def continued(matrix: Bools) -> list[Bools]:
    """The matrix with all that no query sees selected, and with none of it."""
    size = len(matrix)
    if matrix.shape != (size, size):
        return []
    seen = lower(size)
    return [
        by_cell(lambda cells, own: cells | ~own, matrix, seen),
        by_cell(np.logical_and, matrix, seen),
    ]
