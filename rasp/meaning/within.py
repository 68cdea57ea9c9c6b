"""What a read says of the length: is there a key at an index that the token gives?

aggregate(select(indices, x, ==), True, False), in the form of `rasp.graph.within`, is True exactly
if x is below the number n of tokens: for x below 0 it asks for the key at 0, which every input has.
So beside a value of x that is at least n it is never True, and beside one below n never False.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rasp.graph import construct
from rasp.graph.columns import Column
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
    Constant,
    Elementwise,
    Node,
    Select,
)
from rasp.graph.within import LENGTH, as_presence
from rasp.meaning.states import MAX_MASK, Bools, Ints, States, codes_of
from rasp.meaning.witness import Quantity


def as_comparison(quantity: Quantity) -> Elementwise | None:
    """Whether there is such a key, as the comparison; None for anything else."""
    match quantity:
        case Aggregate(
            selector=Select(
                key=key,
                query=Elementwise(operator="where", operands=(_, Constant(value=0), x)) as index,
                comparison="==",
            ),
            value=Constant(value=bool() as there),
            default=bool() as missing,
        ) if key is INDICES and there is not missing:
            below = construct.elementwise("less", x, 0)
            if index is not construct.elementwise("where", below, 0, x):
                return None
            found = construct.elementwise("less" if there else "greater_equal", x, LENGTH)
            assert isinstance(found, Elementwise)
            return found
    return None


def asked_of(quantities: Iterable[Quantity]) -> frozenset[Quantity]:
    """Those that say whether there is a key at some index."""
    return frozenset(quantity for quantity in quantities if as_comparison(quantity) is not None)


def as_read(node: Node, asked: frozenset[Quantity]) -> Node:
    """A comparison of a number with the length, as whether there is a key with this index, where
    the weights are said to hold that (`rasp.graph.within` says why it is the same)."""
    if isinstance(node, Elementwise):
        read = as_presence(node)
        if read in asked:
            return read
    return node


def within_length(states: States, max_len: int) -> States:
    """The states, each at lengths only that agree with what is read of keys at an index.  Without a
    causal mask: under one a query sees no keys behind itself."""
    for quantity in states.columns:
        asked = as_comparison(quantity)
        if asked is not None:
            column, number = (states.columns.get(q) for q in (quantity, asked.operands[0]))
            if column is not None and number is not None:  # as they are by now
                states = _restricted(states, column, asked.operator == "less", number, max_len)
    return states


def _restricted(states: States, column: Column, less: bool, number: Column, max_len: int) -> States:
    """column: whether the number is less than n, or whether it is not."""
    size = states.size
    said, atoms = codes_of(column)
    value, numbers = codes_of(number)
    if not all(type(atom) is bool for atom in atoms):
        return states
    if not all(type(one) is int for one in numbers):
        return states
    said, value = (np.broadcast_to(codes, (size,)) for codes in (said, value))
    sure = (said >= 0) & (value >= 0)
    below = np.array([atom is less for atom in atoms] or [False])[np.maximum(said, 0)]
    first = np.clip(np.array(numbers or [0], dtype=object), 0, max_len).astype(np.int64)
    first = first[np.maximum(value, 0)]  # index of the first length that is larger than the number
    if states.length is not None:
        allowed = _allowed(states.length, first, below, sure)
        return states if allowed.all() else states.take(np.flatnonzero(allowed))
    if max_len * states.mask.shape[1] * size > MAX_MASK:
        return states
    lengths = np.arange(max_len)[:, None]
    mask = states.mask & _allowed(lengths, first, below, sure)[:, None, :]
    found = States(states.columns, mask, states.index, None, size)
    possible = mask.any(axis=(0, 1))
    return found if possible.all() else found.take(np.flatnonzero(possible))


def _allowed(lengths: Ints, first: Ints, below: Bools, sure: Bools) -> Bools:
    """lengths: numbered from 0, so that an input of n tokens has the number n - 1."""
    return np.asarray(~sure | ((lengths >= first) == below))
