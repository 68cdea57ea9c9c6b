"""An order as two products, where only the sign of a score matters.

`key < query` among N values has full rank: whoever attends to all smaller keys equally needs about
N products.  But where all selected keys carry one value, it is enough that some selected key has
the largest score.  2 (q - k) - 1 is at least 1 for the keys k < q and at most -1 for all others,
and takes two products.  Attention goes to the selected key that is farthest from the threshold.

Beside a threshold, or any scores of which selected keys have up to T, what any other comparison
misses by is made larger than T: its scores are multiplied by 1 + T.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rasp.compiler.facts.contexts import Bools
from rasp.compiler.facts.rows import nested
from rasp.compiler.selection.factors import Factors, Pair

FORM = "threshold"


def threshold(matrix: Bools) -> tuple[Factors, float] | None:
    """Scores that are at least 1 where matrix[query, key] is true and at most -1 elsewhere, and the
    largest of them; None if the rows are not nested."""
    found = nested(matrix)
    if found is None:
        return None
    n_selected, place = found
    sizes, queries = np.unique(n_selected, return_inverse=True)
    keys = np.searchsorted(sizes, place, side="right")  # selected by queries of this rank on
    ranks = queries.reshape(-1)
    middle = len(sizes) // 2
    query, key = 2.0 * (ranks - middle), 2.0 * (keys - middle)
    largest = float(query.max() - key.min() + 1)
    return Factors(FORM, [(query, None), (None, 1.0 - key)]), largest


def with_uneven(
    forms: list[Factors], candidates: list[Factors | None]
) -> tuple[list[Factors], int] | None:
    """The forms of a conjunction, one of them uneven, and which; None if none is shorter.

    candidates: for each comparison such scores of it, None where there are none.
    """
    best: tuple[int, int, Factors] | None = None
    for number, found in enumerate(candidates):
        if found is None:
            continue
        saved = len(forms[number].pairs) - len(found.pairs)
        if saved > 0 and (best is None or saved > best[0]):
            best = saved, number, found
    if best is None:
        return None
    _, ranked, found = best
    by = scale_beside(found)
    scaled = [found if number == ranked else _scaled(form, by) for number, form in enumerate(forms)]
    return scaled, ranked


def scale_beside(uneven: Factors) -> float:
    """What the scores of other comparisons are multiplied by."""
    return 1.0 + max(uneven.largest, 0.0)


def _scaled(factors: Factors, by: float) -> Factors:
    pairs: list[Pair] = []
    for query, key in factors.pairs:
        if key is not None:
            pairs.append((query, by * key))
        else:
            assert query is not None  # what is no feature of either side is in the bias
            pairs.append((by * query, None))
    return replace(factors, pairs=pairs, bias=by * factors.bias)
