"""Which states of keys a query may select at two positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rasp.graph.nodes import Constant, SelectorNode, SelectorWidth
from rasp.meaning.orders import Order, counts_differ
from rasp.meaning.states import Bools, States, codes_of
from rasp.meaning.witness import Quantity


@dataclass(frozen=True, eq=False)
class Pairs:
    """bad [state, state]: a query may select keys in these two states at different positions."""

    key: States
    bad: Bools

    def agree_on(self, quantity: Quantity) -> bool:
        """Do all keys that a query selects carry the same value?"""
        codes, _ = codes_of(self.key.columns[quantity])
        differ: Bools = codes[:, None] != codes[None, :]
        return not bool(np.any(self.bad & differ))


def apart(
    key: States, differs: Callable[[Quantity], bool], order: Callable[[SelectorNode], Order | None]
) -> Bools:
    """[state, state]: two different positions of an input are never in these two states.

    differs: whether a quantity is never the same at two positions; order: what is known of counts.
    """
    never = np.zeros((key.size, key.size), dtype=bool)
    if key.index is not None:
        never |= key.index[:, None] == key.index[None, :]
    for quantity, column in key.columns.items():
        if isinstance(quantity, Constant):
            continue
        codes, _ = codes_of(column)
        equal = codes[:, None] == codes[None, :]
        if differs(quantity):
            never |= equal
        elif isinstance(quantity, SelectorWidth):
            of_count = order(quantity.selector)
            if of_count is not None and of_count.differs.any():
                never |= equal & counts_differ(of_count, key)
    return never
