"""Nodes <-> pickles: a node is pickled as its graph in plain data, and made anew by `construct`.

Interned nodes could not be made in any other way, and recursion would not reach the end of a deep
graph.  `rasp.graph` has all classes of nodes registered before there is a node.
"""

from __future__ import annotations

import copyreg
from typing import Any

from rasp.graph.nodes import SELECTOR_TYPES, SOP_TYPES, Node


def register() -> None:
    """From now on nodes can be pickled."""
    for kind in (*SOP_TYPES, *SELECTOR_TYPES):
        copyreg.pickle(kind, _reduced)  # type: ignore[arg-type]


def _reduced(node: Node) -> tuple[Any, ...]:
    from rasp.graph.plain import graph_from_plain, plain_graph

    return graph_from_plain, (plain_graph(node),)  # type: ignore[arg-type]
