"""A sum of what is a number of one thing where another holds, and 0 elsewhere, as a sum over fewer
keys.

    n = times[tokens] if indices % 2 == 1 else 0;
    total = round((indices + 1) * aggregate(select(indices, indices, <=), n));

adds up a function of token and index, which neurons in front of the attention would have to
compute.  But to add nothing is to leave a key out: it is also the sum of the numbers of tokens over
the selected keys of odd index, for which none are needed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import Group, Term
from rasp.compiler.variables import (
    Categorical,
    Computed,
    Mean,
    PositionVariable,
    TokenVariable,
    Unit,
)


def over_fewer_keys(mean: Mean, unit: Unit) -> tuple[Term, Categorical, Floats] | None:
    """What such a sum selects, the variable that selected keys carry, and the numbers of it; None
    if what is averaged is no such function, or needs no neurons before the first attention."""
    value = mean.value
    if not isinstance(value, Computed) or not value.is_tabled or value.depth:
        return None
    if mean.term.products is not None or mean.term.rank is not None:
        return None
    if len(value.leaves) != 2 or (value.codes < 0).any():
        return None
    for place, (kept, other) in enumerate((value.leaves, value.leaves[::-1])):
        if not isinstance(kept, (TokenVariable, PositionVariable)):
            return None
        if not isinstance(other, (TokenVariable, PositionVariable)):
            return None
        # [value of the filter, of the other]
        table: Floats = np.full((kept.size, other.size), np.nan)
        table[value.rows[:, place], value.rows[:, 1 - place]] = mean.numbers[value.codes]
        for axis, leaf in enumerate((kept, other)):
            if leaf in value.alike:
                table = table.take(value.alike[leaf], axis=axis)
        chosen: Bools = np.any(table, axis=1)
        if np.isnan(table).any() or not chosen.any():
            return None
        numbers = table[chosen][0]
        if bool((table[chosen] == numbers).all()):
            group = Group(unit, kept, Relation(chosen[None, :]))
            return _narrowed(mean.term, group), other, numbers
    return None


def _narrowed(term: Term, group: Group) -> Term:
    """The term, of keys that the group selects; there is one group for each pair of variables."""
    groups = []
    for own in term.groups:
        if own.query is group.query and own.key is group.key:
            both: Bools = own.matrix & group.matrix
            group = Group(group.query, group.key, Relation(both))
        else:
            groups.append(own)
    return replace(term, groups=(*groups, group))
