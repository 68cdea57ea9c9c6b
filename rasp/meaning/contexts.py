"""Which rows of the tables of a read-out belong to which positions: by index, length, or both."""

from __future__ import annotations

import numpy as np

from rasp.meaning.states import Ints, UnprovedError
from rasp.outputs import Readout


def rows_of(readout: Readout, lengths: Ints, indices: Ints, size: int) -> Ints:
    """The row of the tables for each context: lengths less 1 and indices, in inputs of up to `size`
    tokens.  Raises UnprovedError where the tables have another number of rows."""
    tables = {"numeric": readout.centres, "fraction": readout.fractions}
    table = tables.get(readout.kind, readout.scale)
    n_rows = {"": 1, "i": size, "n": size}.get(readout.context, size * size)
    if table is None or len(table) != n_rows:
        raise UnprovedError("the tables of results are of other contexts")
    match readout.context:
        case "":
            return np.zeros_like(lengths)
        case "i":
            return indices
        case "n":
            return lengths
    return lengths * size + indices
