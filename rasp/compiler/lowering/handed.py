"""What attention reads -> at how many positions each value can be then.

A place that only one position reads is at one position.  Where numbers are different, what is read
of `select(number, indices, ==)` are different places, and `select(place, indices, ==)` selects one
key at most, so that a value is read there and no mean.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Ints
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import View


def handed_on(
    lowering: Lowering,
    term: Term,
    view: View,
    places: Ints,
    default_code: int,
    known: Ints | None,
) -> Ints | None:
    """For each value that is read, at how many positions it can be, as far as that is less than any
    number: at no more than there are keys that carry it, times the queries that may select one and
    the same key.

    places: for each value of the view's variable, which value is read of it; default_code: which
    one is read where nothing is selected, -1 for none; known: what is known of them already.
    """
    variable, size = view.variable, lowering.contexts.max_len
    if variable.multiplicity is None or variable.within is not None or term.products is not None:
        return known
    readers = size
    for group in term.groups:
        counted = group.query.multiplicity
        if counted is not None and group.query.within is None:
            per_key = group.matrix.T.astype(np.int64) @ np.minimum(counted, size)
            readers = min(readers, int(per_key.max(initial=0)))
    places = np.broadcast_to(places, (variable.size,))
    carried = places >= 0
    n_values = int(max(places.max(initial=-1), default_code)) + 1
    keys = np.bincount(places[carried], np.minimum(variable.multiplicity, size)[carried], n_values)
    found = np.full(n_values, size) if known is None else known.copy()
    is_read = np.unique(places[carried])
    found[is_read] = np.minimum(found[is_read], keys[is_read] * readers)
    if default_code >= 0 and default_code in is_read:
        found[default_code] = size  # wherever nothing is selected
    return found if bool((found < size).any()) else None
