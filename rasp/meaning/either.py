"""A choice between integers -> all that it may be, where its sides have too many values."""

from __future__ import annotations

import numpy as np

from rasp.graph.nodes import Elementwise
from rasp.meaning.space import Space
from rasp.meaning.states import Domain, UnprovedError
from rasp.meaning.witness import Quantity


def is_choice(quantity: Quantity) -> bool:
    return isinstance(quantity, Elementwise) and quantity.operator == "where"


def domain_of_choice(quantity: Elementwise, space: Space) -> Domain:
    """All that either of two sides may be, of which neither fails where it is asked for alone."""
    values: set[int] = set()
    for side in quantity.operands[1:]:
        for value in space.domain(side).values:
            if type(value) is not int:
                raise UnprovedError("a choice of what are no integers")
            values.add(value)
    atoms = tuple(sorted(values))
    return Domain(atoms, np.ones((1, 1, len(atoms)), dtype=bool))
