"""The smallest that a sum of numbers can be, for each length, from the corners of what is known.

What one part knows of the index and another of the length need not be laid out for each pair of
them: among the indices of an input of length n the smallest number is a running minimum.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.facts.contexts import Bools, Contexts, Floats
from rasp.compiler.facts.domains import Domain


def smallest(parts: Sequence[tuple[Domain, Floats]], contexts: Contexts) -> Floats:
    """[length - 1]: no sum of one number of each part is smaller, at any position of such inputs.

    parts: domains, and a number for each of their values.
    """
    size = contexts.max_len
    by_length = np.zeros(size)
    by_index = np.zeros(size)
    by_both: Floats | None = None  # [length - 1, index]
    for domain, numbers in parts:
        least, _ = extremes(domain.mask, numbers)
        match domain.granularity:
            case "" | "n":
                by_length = by_length + least
            case "i":
                by_index = by_index + least
            case "in":
                square = least.reshape(size, size)
                by_both = square if by_both is None else by_both + square
    if by_both is None:
        return np.asarray(by_length + np.minimum.accumulate(by_index))
    there = np.where(contexts.valid().reshape(size, size), by_both + by_index, np.inf)
    return np.asarray(by_length + there.min(axis=1))


def extremes(mask: Bools, numbers: Floats) -> tuple[Floats, Floats]:
    """[context]: the smallest and the largest number of what is possible there; infinite where
    nothing is.  mask: [context, value]."""
    order = np.argsort(numbers, kind="stable")
    if not bool((order[1:] > order[:-1]).all()):
        mask, numbers = mask[:, order], numbers[order]
    some = mask.any(axis=1)
    least = np.where(some, numbers[mask.argmax(axis=1)], np.inf)
    most = np.where(some, numbers[len(numbers) - 1 - mask[:, ::-1].argmax(axis=1)], -np.inf)
    return least, most
