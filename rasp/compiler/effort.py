"""A graph -> is it too much to compile?  Asked before anything is done that takes long."""

from __future__ import annotations

from rasp.compiler.limits import MOST_OPERATIONS
from rasp.compiler.names import Names
from rasp.errors import CompileError
from rasp.graph.nodes import Aggregate, Fetch, SelectorWidth, SOpNode
from rasp.graph.walk import topological


def refuse_if_too_much(names: Names, root: SOpNode) -> None:
    """Raise CompileError, with the place, for more attention than is compiled within minutes."""
    kinds = (Aggregate, Fetch, SelectorWidth)
    number = sum(isinstance(node, kinds) for node in topological([root]))
    if number > MOST_OPERATIONS:
        raise CompileError(
            f"{names.text(root)} is made of {number:,} aggregates and widths, and at most "
            f"{MOST_OPERATIONS:,} are compiled",
            labels=names.labels(root),
            hint="fewer rounds of a loop, or several models one after the other",
        )
