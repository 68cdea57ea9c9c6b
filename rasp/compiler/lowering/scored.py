"""What ranks keys: the scores of `best`, as numbers from 0 on in the order of the scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.selection.selectors import Rank
from rasp.compiler.variables import Categorical, Linear
from rasp.graph.nodes import Best


@dataclass(frozen=True, eq=False)
class Scored:
    """A score, for each value of the variable that it is a function of: its number, whether it
    cannot be computed there, and whether it is a string.
    """

    node: Best
    variable: Categorical
    numbers: Ints
    fails: Bools
    texts: Bools

    @property
    def mixed(self) -> bool:
        return bool(self.texts.any()) and bool((~self.texts & ~self.fails).any())

    def rank(self, numbers: Ints, text: str) -> Rank:
        """Keys by some number of theirs."""
        variable = self.variable
        largest, shared = int(numbers.max()), variable.domain.contexts.max_len
        if variable.multiplicity is not None and variable.within is None:
            together = np.bincount(numbers, np.minimum(variable.multiplicity, shared))
            shared = min(shared, int(together.max()))
        return Rank(Linear.feature(variable, numbers.astype(np.float64)), largest, shared, text)
