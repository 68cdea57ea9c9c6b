"""Equality of an index with a sum of numbers, without a neuron.

`select(indices, length - 1 - indices, ==)` compares k with t = n - 1 - i, which the stream holds as
a sum of two numbers.  2 t k - k^2 = t^2 - (t - k)^2 is largest at the key k = t, by a gap of 1 at
least.  How large it is there does not matter as long as there is such a key: exactly one is then
selected.  Otherwise the values of t would have to be computed by neurons, one by one.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.extremes import smallest
from rasp.compiler.lowering.combine import (
    integers,
    is_open,
    linear_form,
    linear_readings,
    of_listed,
)
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.selection.selectors import Products, Term
from rasp.compiler.variables import Length, Linear, Scalar
from rasp.graph.nodes import Select, SelectorNode, SOpNode


def nearest_term(lowering: Lowering, selector: SelectorNode) -> Term | Refusal:
    """The selector as the key nearest to a sum, if it is such a thing, and worth it."""
    if not isinstance(selector, Select) or selector.comparison != "==":
        return Refusal("it is no single equality")
    target, key = _number(lowering, selector.query), _number(lowering, selector.key)
    if target is None or key is None:
        return Refusal("what is compared is no sum of integers that the stream holds")
    # The length is the same at a query and at its keys; in a causal model it is no number but a
    # function of the index.
    lengths: dict[Scalar, float] = {
        scalar: -factor for scalar, factor in key.scalars.items() if isinstance(scalar, Length)
    }
    target, key = target + Linear(0.0, {}, lengths), key + Linear(0.0, {}, lengths)
    if any(key.scalars.values()) or list(key.features) != [lowering.position]:
        return Refusal("it asks keys for more than their index")
    numbers = key.features[lowering.position] + key.constant
    sign = float(numbers[-1] > numbers[0]) * 2 - 1
    if not bool((np.diff(numbers) == sign).all()):
        return Refusal("the numbers of keys are no neighbours")
    index = _without_zeros(target.shifted(-float(numbers[0])).scaled(sign))
    if not _saves_neurons(lowering, index):
        return Refusal("the sum is of one thing, whose values can be compared without neurons")
    if not _always_there(lowering, index):
        return Refusal("there may be no key with this index")
    lowering.read_linearly(index.scalars)
    lowering.summed.update((selector.query, selector.key))
    return Term((), _parabola(lowering, index))


def _parabola(lowering: Lowering, index: Linear) -> Products:
    """2 t k - k^2, with numbers counted from the middle, which keeps them small."""
    size, position = lowering.contexts.max_len, lowering.position
    middle = (size - 1) // 2
    keys = (np.arange(size) - middle).astype(np.float64)
    return Products(
        (
            (index.shifted(-middle), Linear.feature(position, 2.0 * keys)),
            (Linear(1.0), Linear.feature(position, -(keys**2))),
        ),
        0.0,
        relative=True,
        kind="parabola",
        n_values=size,
    )


def _number(lowering: Lowering, node: SOpNode) -> Linear | None:
    """The s-op as a sum of integers that are in the stream when it is known."""
    depth = lowering.known[node].depth
    if is_open(lowering, node, depth):
        return of_listed(linear_form(lowering, node, depth))
    return of_listed(integers(lowering, node, depth))


def _without_zeros(linear: Linear) -> Linear:
    return Linear(
        linear.constant,
        {variable: values for variable, values in linear.features.items() if np.ptp(values)},
        {scalar: factor for scalar, factor in linear.scalars.items() if factor},
    ).shifted(sum(float(v[0]) for v in linear.features.values() if not np.ptp(v)))


def _saves_neurons(lowering: Lowering, index: Linear) -> bool:
    """Is it a function of several variables, or of a number with a pattern that does not suffer?"""
    if len(index.features) + len(index.scalars) > 1:
        return True
    return any(
        lowering.readings.is_linear(scalar) or lowering.options.sums for scalar in index.scalars
    )


def _always_there(lowering: Lowering, index: Linear) -> bool:
    """Is it the index of a key, for every query of every input?"""
    return not any(misses(lowering, index))


def misses(lowering: Lowering, index: Linear) -> tuple[bool, bool]:
    """May it be in front of all keys, or behind them, as far as its parts tell?"""
    contexts = lowering.contexts
    parts: list[tuple[Domain, Floats]] = [
        (scalar.domain, factor * linear_readings(scalar))
        for scalar, factor in index.scalars.items()
    ]
    parts += [(variable.domain, numbers) for variable, numbers in index.features.items()]
    negative = [(domain, -numbers) for domain, numbers in parts]
    low = index.constant + smallest(parts, contexts)  # [length - 1]
    high = index.constant - smallest(negative, contexts)
    # In a causal model n = i + 1 is one of the contexts of index i.
    return bool((low < 0).any()), bool((high > np.arange(contexts.max_len)).any())
