"""Sums of integers: what they are sums of, and which values they can have.

Of `length - 1 - indices`, or of the difference of two places, there are far fewer values than there
are of what it is made of together.  Interval arithmetic tells which, for inputs of each length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np

from rasp.graph.nodes import Constant, Elementwise
from rasp.meaning.masks import at_lengths, between, firsts
from rasp.meaning.space import FEW_STATES, Space
from rasp.meaning.states import (
    MAX_MASK,
    Bools,
    Domain,
    Ints,
    UnprovedError,
    describe,
    ordered,
    parts,
)
from rasp.meaning.witness import Quantity

SUMS = frozenset({"add", "subtract", "negate"})

LARGEST_SUM = 2**53
"""Floats hold all integers up to there."""

MOST_SUMS = 2_000_000
"""So many values of a sum are listed at most."""


@dataclass(frozen=True)
class Linear:
    """constant + the sum of a factor times each of some quantities.

    cancelled: quantities that are added and taken away again, or multiplied by 0.  That is nothing
    of integers alone: of floats it makes a float of the sum, and may lose all the rest of it.
    """

    constant: Fraction
    factors: dict[Quantity, Fraction]
    cancelled: frozenset[Quantity] = frozenset()

    def plus(self, other: Linear, times: Fraction) -> Linear:
        factors = dict(self.factors)
        for quantity, factor in other.factors.items():
            factors[quantity] = factors.get(quantity, Fraction(0)) + times * factor
        left = {quantity: factor for quantity, factor in factors.items() if factor}
        cancelled = self.cancelled | other.cancelled | (factors.keys() - left.keys())
        return Linear(self.constant + times * other.constant, left, cancelled)


NOTHING = Linear(Fraction(0), {})


class _Ends:
    """All that is no sum."""

    def __contains__(self, quantity: object) -> bool:
        return not (isinstance(quantity, Elementwise) and quantity.operator in SUMS)


class _EndsOfMultiples:
    """All that is no sum, and no multiple."""

    def __contains__(self, quantity: object) -> bool:
        return quantity in _Ends() and multiple_in(quantity) is None


def linear_of(quantity: Quantity) -> Linear:
    """A sum as what it is a sum of; anything else as itself."""
    found: dict[Quantity, Linear] = {}
    for part in ordered([quantity], _Ends()):
        found[part] = _linear(part, found)
    return found[quantity]


def linear_of_multiples(quantity: Quantity) -> Linear:
    """The same, where what is added may be multiplied by integers."""
    found: dict[Quantity, Linear] = {}
    for part in ordered([quantity], _EndsOfMultiples()):
        multiple = multiple_in(part)
        if multiple is None:
            found[part] = _linear(part, found)
        else:
            factor, of = multiple
            found[part] = NOTHING.plus(found[of], Fraction(factor))
    return found[quantity]


def multiple_in(quantity: object) -> tuple[int, Quantity] | None:
    """The integer that something is multiplied by, and what that is."""
    match quantity:
        case Elementwise(operator="multiply", operands=(a, b)):
            for factor, of in ((a, b), (b, a)):
                if isinstance(factor, Constant) and type(factor.value) is int:
                    return factor.value, of
    return None


def _linear(quantity: Quantity, found: Mapping[Quantity, Linear]) -> Linear:
    """The same, if it is known of its parts."""
    match quantity:
        case Constant(value=int() as value) if not isinstance(value, bool):
            return Linear(Fraction(value), {})
        case Elementwise(operator="add", operands=(a, b)):
            return found[a].plus(found[b], Fraction(1))
        case Elementwise(operator="subtract", operands=(a, b)):
            return found[a].plus(found[b], Fraction(-1))
        case Elementwise(operator="negate", operands=(a,)):
            return NOTHING.plus(found[a], Fraction(-1))
    return Linear(Fraction(0), {quantity: Fraction(1)})


def domain_of_sum(quantity: Quantity, space: Space) -> Domain:
    """All integers from the least to the largest that the sum can be in inputs of each length.

    quantity: one that `summed_in` finds, so that it is a sum of integers.
    """
    size = space.max_len
    low, high = ends_of_sum(linear_of(quantity), space)
    if int(high.max()) - int(low.min()) >= MOST_SUMS:
        raise UnprovedError(f"{describe(quantity)} has too many values to list them")
    values = np.arange(low.min(), high.max() + 1)
    if size * len(values) > MAX_MASK:
        low, high = low.min(keepdims=True), high.max(keepdims=True)
    return Domain(tuple(values.tolist()), between(values, low[:, None], high[:, None]))


def ends_of_sum(form: Linear, space: Space) -> tuple[Ints, Ints]:
    """The least and the largest value of a sum of integers in inputs of each length."""
    low = high = np.full(space.max_len, int(form.constant))
    for part, factor in form.factors.items():
        least, most = _ends(part, space)
        ends = int(factor) * least, int(factor) * most
        low, high = low + np.minimum(*ends), high + np.maximum(*ends)
    return low, high


def _ends(quantity: Quantity, space: Space) -> tuple[Ints, Ints]:
    """The least and the largest value in inputs of each length."""
    if quantity not in space.ends:
        space.ends[quantity] = _ends_of(quantity, space)
    return space.ends[quantity]


def _ends_of(quantity: Quantity, space: Space) -> tuple[Ints, Ints]:
    domain = space.domain(quantity)
    if not domain.values:  # the program fails
        raise UnprovedError(f"{describe(quantity)} has no value")
    numbers = np.array(domain.values)
    mask = domain.mask
    by_index = mask.shape[0] == 1 < mask.shape[1]
    at: Bools = mask[0] if by_index else at_lengths(mask)
    order = np.argsort(numbers, kind="stable")
    if (order != np.arange(len(order))).any():
        numbers, at = numbers[order], at[:, order]
    first, last = firsts(at), at.shape[1] - 1 - firsts(at[:, ::-1])
    there = at[np.arange(len(at)), first]
    least = np.where(there, numbers[first], numbers[-1])
    most = np.where(there, numbers[last], numbers[0])
    if by_index:  # in inputs that have such an index
        least, most = np.minimum.accumulate(least), np.maximum.accumulate(most)
    return np.broadcast_to(least, (space.max_len,)), np.broadcast_to(most, (space.max_len,))


def moving_in(quantity: Quantity, space: Space) -> list[Quantity]:
    """What a sum is of, but for what length alone decides; nothing, if numbers in it may be
    rounded."""
    form = linear_of(quantity)
    if not all(has_integers(part, space) for part in form.cancelled):
        return []
    return [part for part in form.factors if not space.is_length(part)]


def has_integers(quantity: Quantity, space: Space) -> bool:
    return all(type(value) is int for value in space.domain(quantity).values)


def is_exact(form: Linear, space: Space) -> bool:
    """Is it of integers alone, so that nothing is rounded where it is added up?"""
    return all(has_integers(part, space) for part in (*form.factors, *form.cancelled))


def summed_in(wanted: Sequence[Quantity], space: Space) -> list[Quantity]:
    """Sums that all of these are functions of, and that are of much of which there is a lot."""
    known = space.sums
    for node in ordered(wanted, known):
        if node not in known:  # each is looked at once, however many ask for what is above it
            form = linear_of(node)
            below = dict.fromkeys(total for part in parts(node) for total in known[part])
            if is_sum(form, space):
                many = prod(len(space.domain(part).values) for part in form.factors) > FEW_STATES
                below |= dict.fromkeys([node] if many else [])
            known[node] = tuple(below)
    found = dict.fromkeys(total for one in wanted for total in known[one])
    return [total for total in found if all(is_function(one, total) for one in wanted)]


def is_sum(form: Linear, space: Space) -> bool:
    """Is it a sum of several integers, none of which is computed, and none so large that NumPy
    could not add them up?"""
    if len(form.factors) < 2 or any(isinstance(part, Elementwise) for part in form.factors):
        return False
    terms = {**dict.fromkeys(form.cancelled, Fraction(0)), **form.factors}
    terms[space.unit] = form.constant
    most = LARGEST_SUM // len(terms)
    return all(
        type(value) is int and max(1, abs(value)) * abs(int(factor)) <= most
        for part, factor in terms.items()
        for value in space.domain(part).values
    )


def is_function(quantity: Quantity, of: Quantity) -> bool:
    return next(_other_ends(quantity, of), of) is of


def _other_ends(quantity: Quantity, of: Quantity) -> Iterator[Quantity]:
    """What a quantity is made of beside another one, one by one: mostly the first tells."""
    seen = {of}
    stack = [quantity]
    while stack:
        current = stack.pop()
        if current not in seen:
            seen.add(current)
            stack += parts(current)
            if not parts(current) and not isinstance(current, Constant):
                yield current
