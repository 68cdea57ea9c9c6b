"""Means over keys at places that index and length decide, of numbers that the index decides.

The mean of all indices is (n - 1) / 2 in an input of length n, one value for each length, where
means of n numbers in general may be any of about n^2.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Bools, Contexts, Floats, Granularity, Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.limits import EXACT_IN_FLOAT64, MAX_MEAN_MASK
from rasp.graph.nodes import Atom


def placed_means(chosen: Bools, numbers: Ints, contexts: Contexts) -> Domain | None:
    """What the means are, one in each context; None where they are too many to lay out, or an int
    and a float are the same number.

    chosen: [query index, key index], or one row that is the same for all queries, with some key for
    each query of every input; numbers: what the key at each index carries.
    """
    n_rows, size = chosen.shape
    if int(np.abs(numbers).max()) * size >= EXACT_IN_FLOAT64:
        return None
    granularity: Granularity = "n" if n_rows == 1 else "in"
    there = contexts.valid() if granularity == "in" else np.ones(size, dtype=bool)
    means, whole = _means(chosen, numbers)
    means, whole = means.T.reshape(-1), whole.T.reshape(-1)  # [context], ascending by length
    if bool(np.isin(means[there & whole], means[there & ~whole]).any()):
        return None
    values, first, place = np.unique(means[there], return_index=True, return_inverse=True)
    if len(values) * len(means) > MAX_MEAN_MASK:
        return None
    mask = np.zeros((len(means), len(values)), dtype=bool)
    mask[np.flatnonzero(there), place.reshape(-1)] = True
    kinds = whole[there][first]
    atoms: list[Atom] = [
        int(value) if kind else value
        for value, kind in zip(values.tolist(), kinds.tolist(), strict=True)
    ]
    return Domain(tuple(atoms), contexts, granularity, mask)


def _means(chosen: Bools, numbers: Ints) -> tuple[Floats, Bools]:
    """[query index, length - 1]: the means, and where all that is averaged is one integer."""
    counts = np.maximum(np.cumsum(chosen, axis=1), 1)
    sums = np.cumsum(np.where(chosen, numbers, 0), axis=1)
    least = np.minimum.accumulate(np.where(chosen, numbers, numbers.max()), axis=1)
    most = np.maximum.accumulate(np.where(chosen, numbers, numbers.min()), axis=1)
    return sums / counts, least >= most
