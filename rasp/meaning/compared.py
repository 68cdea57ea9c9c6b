"""Lemma: of a mean that is only compared with constants, or read out, few values stand for all.

Between two neighbouring constants, comparisons say of every number the same.  So of the means that
may be there, the least and the largest are listed: what a direction holds that is a multiple of the
mean is between what it holds for these two, and so is what neurons compute of it that do not bend
in between (`bends`).  A mean of m numbers, each k / u for an integer k, is a fraction with the
denominator u m, and of these the ones next to a constant are found for every m (Farey's neighbours
are at least 1 / (u m)^2 apart).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from math import floor, isfinite

import numpy as np

from rasp.graph.construct import is_sop
from rasp.graph.nodes import Aggregate, Atom, Constant, Elementwise, SOpNode, children
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.graph.walk import topological
from rasp.meaning.states import Bools, Floats, States, UnprovedError, numbered
from rasp.meaning.witness import Beside, Quantity, Total, made_of

COMPARISONS = frozenset(COMPARISON_OPERATORS.values())

LARGEST = 2.0**16
FINEST = 2**33
"""Means below LARGEST with denominators up to here are further apart than floats are, so that two
of them are never rounded to one float."""


def constants_of(node: Aggregate, asked: Iterable[Quantity]) -> tuple[float, ...] | None:
    """The numbers that the mean is compared with, none if it is one of these quantities and nothing
    is made of it; None if one of them, or what they are made of, asks anything else of it."""
    sops: list[SOpNode] = []
    stack = list(asked)
    itself = any(quantity is node for quantity in stack)
    while stack:
        quantity = stack.pop()
        if is_sop(quantity):
            sops.append(quantity)
        elif isinstance(quantity, (Total, Beside)):  # other numbers, which are asked for themselves
            stack += made_of(quantity)
        elif node in made_of(quantity):
            return None
        else:
            stack += made_of(quantity)
    found: dict[float, None] = {}
    for user in topological(sops):
        if node not in children(user):
            continue
        match user:
            case Elementwise(operator=operator, operands=(one, other)) if operator in COMPARISONS:
                constant = other if one is node else one
                if not isinstance(constant, Constant) or not is_small(constant.value):
                    return None
                found[float(constant.value)] = None
            case _:
                return None
    return tuple(sorted(found)) if found or itself else None


def is_small(value: Atom | None) -> bool:
    """Is it a number that is not too large to be told from its neighbours?"""
    return type(value) in (int, float) and abs(value) <= LARGEST  # type: ignore[arg-type]


def float_of(value: Atom | None) -> float:
    """Raises UnprovedError for what is no number that a float is."""
    if type(value) in (int, float):
        with suppress(OverflowError):
            number = float(value)  # type: ignore[arg-type]
            if number == value and isfinite(number):
                return number
    raise UnprovedError(f"a mean of {value!r}, which is no float")


def compares(quantity: Quantity, node: Quantity, constants: Sequence[float]) -> bool:
    """Is it how a mean compares with one of these numbers?"""
    match quantity:
        case Elementwise(operator=operator, operands=(one, other)) if operator in COMPARISONS:
            constant = other if one is node else one
            if isinstance(constant, Constant) and is_small(constant.value):
                return float(constant.value) in constants
    return False


def beside(
    constants: Sequence[float], unit: int, step: int, sums: Mapping[int, tuple[int, int]]
) -> list[float]:
    """Of all quotients p / (unit m), rounded once, the least and the largest between neighbouring
    constants, and the constants that are among them; and perhaps others.

    sums: for each m the least p and the largest, of all that are a multiple of step apart.  Raises
    UnprovedError where they are too large or too many to be told apart.
    """
    found: set[float] = set()
    for m, (least, most) in sums.items():
        below = unit * m
        if below > FINEST or max(abs(least), abs(most)) > LARGEST * below:
            raise UnprovedError("means are too large, or too close to each other")
        last = (most - least) // step
        places = {0, last}
        for constant in constants:
            near = floor((Fraction(constant) * below - least) / step)
            places.update(range(max(near - 1, 0), min(near + 2, last) + 1))
        found.update((least + step * place) / below for place in places)
    return sorted(found)


def same_side(low: Floats, high: Floats, sums: Floats, default: float | None) -> Bools:
    """Of rows with the ends of where a mean is, and the sum that it is of: can both be?  Mean and
    sum are on one side of 0, or nothing is selected: then the sum is 0, and the mean the default,
    if there may be that."""
    side = np.sign(sums)
    possible = (np.sign(low) <= side) & (side <= np.sign(high))
    if default is not None:
        possible |= (sums == 0) & (low <= default) & (default <= high)
    return np.asarray(possible)


def ends_of(few: Mapping[float, int]) -> dict[float, tuple[float, float]]:
    """For each of the values that stand for all the ends of what it stands for."""
    classes: dict[int, list[float]] = {}
    for value, number in few.items():
        classes.setdefault(number, []).append(value)
    return {value: (min(classes[n]), max(classes[n])) for value, n in few.items()}


def few_of(values: Iterable[float], constants: Sequence[float]) -> dict[float, int]:
    """The least and the largest of the values of each class, and which class it is of: what stands
    in front of all constants, is the first of them, is between this and the next, and so on."""
    classes: dict[int, list[float]] = {}
    for value in values:
        equal = value in constants
        classes.setdefault(2 * sum(c < value for c in constants) + equal, []).append(value)
    return {
        end: number
        for number, own in classes.items()
        for end in dict.fromkeys((min(own), max(own)))
    }


def bends(states: States, few: Mapping[Quantity, Mapping[float, int]], inputs: Floats) -> Floats:
    """[kind, neuron]: how far a neuron may be from something straight, where means move between the
    two ends of their classes and all else stays what it is.

    A neuron whose input is below 0 at one end and above 0 at the other is as far as the nearer of
    both from a neuron that is always off, or always on.  Raises UnprovedError where not all ends
    are listed.
    """
    columns, sizes = [], np.ones(states.size, dtype=np.int64)
    for quantity in states.columns:
        codes, atoms = states.codes(quantity)
        if quantity in few:
            known = few[quantity]
            classes = np.array([known[atom] for atom in atoms], dtype=np.int64)
            n_ends = np.bincount(np.array(list(known.values())))
            codes = classes[codes]
            sizes *= n_ends[codes]
        columns.append(codes)
    first, kind = numbered(columns, states.size)
    if not np.array_equal(np.bincount(kind, minlength=len(first))[kind], sizes):
        raise UnprovedError("not all ends of what is between constants are looked at")
    low = np.full((len(first), inputs.shape[1]), np.inf)
    high = np.full((len(first), inputs.shape[1]), -np.inf)
    np.minimum.at(low, kind, inputs)
    np.maximum.at(high, kind, inputs)
    return np.asarray(np.maximum(np.minimum(-low, high), 0.0))
