"""An inequality as few products, where only the sign of a score matters.

`key != query` among N values has full rank, too: whoever attends to all other keys equally needs
about N products.  But the bits of two codes differ in one place at least exactly where the values
do, so that d - 1, for d bits that differ, is at least 0 for the keys that are selected and -1 for
all others.  That takes a product for each bit, ten for a thousand words.  Attention goes to the
selected keys whose codes differ most.
"""

from __future__ import annotations

from dataclasses import replace

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.selection.factors import Factors, numbers_of, sign_code

FORM = "unequal code"


def unequal(rows: Bools, row_of: Ints) -> Factors | None:
    """Scores that are at least 0 where a query selects a key and -1 elsewhere; None if keys that
    are not selected are not an equality.

    rows: [different query, key value] is it selected?  row_of: for each query value its row.
    """
    missed = ~rows
    if int(missed.sum(axis=0).max(initial=0)) > 1 or not bool(missed.any()):
        return None
    code = sign_code(*numbers_of(missed[row_of]))
    # The code scores 0 less the number of bits that differ.
    pairs = [(None if query is None else -query, key) for query, key in code.pairs]
    largest = float(len(pairs) - 1)
    return replace(code, form=FORM, pairs=pairs, bias=-code.bias - 1.0, largest=largest)
