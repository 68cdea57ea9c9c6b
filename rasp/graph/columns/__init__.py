"""Many values at once: typed columns of atoms, and the operators applied to whole columns.

`Column` holds the values, `apply_column` is the vectorised form of `rasp.graph.operators.apply`.
A value that cannot be computed is an element of the column (a `Failure`), not an exception.
"""

from rasp.graph.columns.column import Column, Failure, choose, concatenate
from rasp.graph.columns.operations import apply_column

__all__ = ["Column", "Failure", "apply_column", "choose", "concatenate"]
