"""Whether anything is selected, as a variable that a head reads: what checks are made of."""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.domains import Domain
from rasp.compiler.lowering.depths import attention_depth
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import Read
from rasp.graph import construct
from rasp.graph.nodes import SelectorNode


def presence(
    lowering: Lowering, selector: SelectorNode, term: Term, limits: Bounds, label: str
) -> Read:
    """True where the term, which is the selector's or a part of it, selects a key, else False: the
    values of the variable, in this order."""
    read = Read(
        node=construct.aggregate(selector, True, False),
        label=label,
        depth=attention_depth([term]),
        possible=Domain.everywhere([True, False], lowering.contexts),
        term=term,
        value=lowering.unit,
        codes=np.zeros(1, dtype=np.int64),
        default_code=1,
        checked=False,
        single=limits.at_most_one,
    )
    lowering.variables.append(read)
    return read
