"""How much is drawn: what is larger could not be read, and is refused with what would help."""

from __future__ import annotations

from rasp.errors import RaspLimitError

MAX_FLOW_TOKENS = 40
MAX_FLOW_ROWS = 300
"""Operations of a flow: elementwise results shown, aggregates and widths."""
MAX_MATRIX_TOKENS = 100
MAX_CELLS = 20_000
"""Pairs of positions, of all matrices of a flow together."""
MAX_TABLE_TOKENS = 200
MAX_TABLE_ROWS = 300
MAX_GRAPH_NODES = 200


def require(size: int, limit: int, noun: str, of: str, hint: str) -> None:
    """Raises RaspLimitError if there is more than can be drawn."""
    if size > limit:
        raise RaspLimitError(
            f"{of} of {size:,} {noun} is too large to be drawn: the limit is {limit:,}", hint=hint
        )
