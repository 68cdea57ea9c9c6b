"""Which rows of the tables of a read-out belong to which positions: by index, length, or both."""

from __future__ import annotations

import numpy as np

from rasp.meaning.states import Ints, States, UnprovedError
from rasp.outputs import Readout

MAX_LOOKUPS = 20_000_000


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


def contexts_of(readout: Readout, states: States, size: int) -> tuple[Ints, Ints, Ints]:
    """All (length, index, row) in inputs of up to `size` tokens, as far as the read-out asks for
    them.  Raises UnprovedError."""
    asked = readout.context
    if asked == "":
        zeros = np.zeros(states.size, dtype=np.int64)
        return zeros, zeros, np.arange(states.size)
    lengths, indices = states.at_lengths(size), states.at_indices(size)
    if asked == "n":
        rows, found = np.nonzero(lengths)
        return found, np.zeros_like(found), rows
    if asked == "i":
        rows, found = np.nonzero(indices)
        return np.zeros_like(found), found, rows
    if states.size * size * size > 4 * MAX_LOOKUPS:
        raise UnprovedError("there are too many contexts of results")
    mask = np.broadcast_to(states.mask, (*states.mask.shape[:2], states.size))
    whole = (
        lengths.T[:, None, :]
        & indices.T[None, :, :]
        & (np.arange(size)[None, :] <= np.arange(size)[:, None])[:, :, None]
    )
    if states.length is None and states.index is None:
        whole = whole & mask
    found_n, found_i, rows = np.nonzero(whole)
    return found_n, found_i, rows
