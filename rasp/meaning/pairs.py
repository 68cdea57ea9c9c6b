"""Which states of keys a query may select at two positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
