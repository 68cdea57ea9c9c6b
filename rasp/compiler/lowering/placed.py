"""Means of which index and length say what they are: functions of the index, over such places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.placed import placed_means
from rasp.compiler.limits import MOST_DETAILED
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import Variable
from rasp.graph.nodes import Atom


def placed_domain(
    lowering: Lowering, term: Term, variable: Variable, carried: Sequence[Atom | None]
) -> Domain | None:
    """The means, if index and length say what they are; None if they do not, or if it is more than
    integers that is averaged."""
    position, unit = lowering.position, lowering.unit
    numbers = [value for value in carried if type(value) is int]
    if variable is not position or len(numbers) < len(carried) or len(carried) > MOST_DETAILED:
        return None
    if term.products is not None or term.rank is not None:
        return None
    sides = [side for group in term.groups for side in (group.query, group.key)]
    if not all(side is position or side is unit for side in sides):
        return None
    size = lowering.contexts.max_len
    by_query = any(group.query is position for group in term.groups)
    chosen = np.ones((size if by_query or lowering.contexts.causal else 1, size), dtype=bool)
    for group in term.groups:
        chosen &= np.broadcast_to(group.matrix, chosen.shape)
    if lowering.contexts.causal:
        chosen &= np.tri(size, dtype=bool)
    return placed_means(chosen, np.array(numbers), lowering.contexts)
