"""What nodes are called in a drawing: every name is of one node only.

A program may bind a name again and again, in a loop or in a function that is called twice.  What
shares a name is numbered, in the order in which it is computed: acc.1, acc.2, and the last acc.
"""

from __future__ import annotations

from collections.abc import Sequence

from rasp.graph.construct import tokens as conversion
from rasp.graph.nodes import Constant, Node
from rasp.graph.origins import Origins


def distinct(
    order: Sequence[Node], origins: Origins | None, *, strings: bool, root_name: str | None = None
) -> Origins:
    """Names and places for the nodes of a graph, the root last.

    strings: the tokens are strings, so that `tokens_str`, which every program calls `tokens`, may
    be called so here.  root_name: what the root was asked for by.
    """
    names: dict[Node, str] = {}
    for node in order:
        name = origins.name(node) if origins else None
        if strings and node is conversion("str"):
            name = "tokens"
        if name is not None and not isinstance(node, Constant):
            names[node] = name
    root = order[-1]
    if root_name is not None:
        names[root] = root_name
    sharing: dict[str, list[Node]] = {}
    for node, name in names.items():
        sharing.setdefault(name, []).append(node)
    found = Origins()
    for node in order:
        found.add(node, span=origins.span(node) if origins else None)
    for name, (*earlier, last) in sharing.items():
        for number, node in enumerate(earlier, start=1):
            found.add(node, name=f"{name}.{number}")
        found.add(last, name=name)
    return found
