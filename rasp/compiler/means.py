"""Which values a mean can take, given what is averaged and over how many."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rasp.compiler.contexts import Contexts, coarsest
from rasp.compiler.domains import Domain, TooManyRows, restrict
from rasp.compiler.selectors import Bounds
from rasp.graph.nodes import Atom

MAX_VALUES = 60_000
MAX_MASK = 60_000_000


def mean_domain(
    values: Sequence[Atom], bounds: Bounds, default: Atom, contexts: Contexts
) -> Domain:
    """Every mean of m of the values, per context for every m within the bounds, or the default.

    The sums of m values are taken to be an arithmetic progression between the extremes, which can
    only list too much.  Raises TooManyRows if the means are too many to list.
    """
    exact = [Fraction(value) for value in values]  # type: ignore[arg-type]
    lowest, highest = min(exact), max(exact)
    step = _common_step([value - lowest for value in exact])
    size = contexts.max_len
    valid = contexts.valid().reshape(size, size)
    pairs = np.stack([bounds.low, bounds.high], axis=-1)
    distinct = np.unique(pairs[valid], axis=0)
    counts = sorted(
        {m for low, high in distinct.tolist() for m in range(max(low, 1), high + 1)}
    )
    span = float((highest - lowest) / step) if step else 0.0
    if sum(m * span + 1 for m in counts) > 20 * MAX_VALUES:
        raise TooManyRows(sum(m * span + 1 for m in counts))
    places: dict[float, int] = {}
    atoms: list[Atom] = []
    by_count: dict[int, list[int]] = {}
    for m in counts:
        by_count[m] = []
        n_steps = int(m * (highest - lowest) / step) if step else 0
        for number in range(n_steps + 1):
            total = m * lowest + number * step
            # Means are floats, correctly rounded; a single value, or equal ones, stay as they are.
            mean = float(total / m)
            if mean not in places:
                places[mean] = len(atoms)
                atoms.append(_plain(total) if m == 1 else mean)
            by_count[m].append(places[mean])
    if len(atoms) > MAX_VALUES:
        raise TooManyRows(len(atoms))
    default_place = -1
    if (bounds.low[valid] == 0).any():
        number = float(default)  # type: ignore[arg-type]
        default_place = places.setdefault(number, len(atoms))
        if default_place == len(atoms):
            atoms.append(default)
    granularity, rows = coarsest(pairs.reshape(size * size, 2), contexts)
    if len(rows) * len(atoms) > MAX_MASK:
        return Domain.everywhere(atoms, contexts)
    mask = np.zeros((len(rows), len(atoms)), dtype=bool)
    for low, high in np.unique(rows, axis=0).tolist():
        here = np.zeros(len(atoms), dtype=bool)
        for m in range(max(low, 1), high + 1):
            here[by_count.get(m, [])] = True
        if low == 0 and default_place >= 0:
            here[default_place] = True
        mask[(rows[:, 0] == low) & (rows[:, 1] == high)] = here
    return restrict(atoms, contexts, granularity, mask)


def _plain(value: Fraction) -> Atom:
    return int(value) if value.denominator == 1 else float(value)


def _common_step(differences: Sequence[Fraction]) -> Fraction:
    """The largest step of which all differences are multiples; 0 if there is only one value."""
    step = Fraction(0)
    for difference in differences:
        step = _gcd(step, difference)
    return step


def _gcd(a: Fraction, b: Fraction) -> Fraction:
    while b:
        a, b = b, a % b
    return a
