"""Between which bounds numbers are, and their sums, from the corners of what is known.

What one part knows of the index and another of the length need not be laid out for each pair of
them: among the indices of an input of length n the smallest number is a running minimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp.compiler.facts.contexts import Contexts, Floats
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
        least, _ = extremes(domain, numbers)
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


def extremes(domain: Domain, numbers: Floats) -> tuple[Floats, Floats]:
    """[context]: the smallest and the largest number of what is possible there; infinite where
    nothing is.  numbers: one for each value."""
    order = np.argsort(numbers, kind="stable")
    steps = np.diff(numbers)
    if bool((steps > 0).all()):
        first, last = domain.ends
    elif bool((steps < 0).all()):
        last, first = domain.ends
    else:
        first, last = (order[ends] for ends in replace(domain, mask=domain.mask[:, order]).ends)
    some = domain.some
    return np.where(some, numbers[first], np.inf), np.where(some, numbers[last], -np.inf)


def are_filled(domain: Domain, numbers: Floats) -> bool:
    """Are the numbers of each context integers without a gap?"""
    order = np.argsort(numbers, kind="stable")
    steps = np.diff(numbers[order], prepend=numbers.min() - 1)
    if not bool(((steps == 0) | (steps == 1)).all()):
        return False
    if bool(steps.all()) and bool((np.diff(order) == np.sign(order[-1] - order[0])).all()):
        return domain.is_filled
    here = np.logical_or.reduceat(domain.mask[:, order], np.flatnonzero(steps), axis=1)
    least, most = extremes(domain, numbers)
    return bool((here.sum(axis=1) == most - least + 1).all())
