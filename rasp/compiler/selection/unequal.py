"""An inequality as few products, where only the sign of a score matters.

`key != query` among N values has full rank, too: whoever attends to all other keys equally needs
about N products.  But the bits of two codes differ in one place at least exactly where the values
do, so that d - 1, for d bits that differ, is at least 0 for the keys that are selected and -1 for
all others.  That takes a product for each bit, ten for a thousand words.  Attention goes to the
selected keys whose codes differ most.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rasp.compiler.facts.rows import Lines
from rasp.compiler.matrices import by_cell
from rasp.compiler.selection.factors import Factors, numbers_of, sign_code

FORM = "unequal code"


def unequal(rows: Lines) -> Factors | None:
    """Scores that are at least 0 where a query selects a key and -1 elsewhere; None if keys that
    are not selected are not an equality.

    rows: of the matrix [query value, key value], is it selected?
    """
    n_missing = len(rows) - rows.selecting()  # different rows, for each key
    if int(n_missing.max(initial=0)) > 1 or not bool(n_missing.any()):
        return None
    code = sign_code(*numbers_of(by_cell(np.logical_not, rows.matrix)))
    # The code scores 0 less the number of bits that differ.
    pairs = [(None if query is None else -query, key) for query, key in code.pairs]
    largest = float(len(pairs) - 1)
    return replace(code, form=FORM, pairs=pairs, bias=-code.bias - 1.0, largest=largest)
