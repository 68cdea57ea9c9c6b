"""An s-op and the names of its program -> the s-ops that a user can name.

A name that several s-ops have (it was bound anew, as in a loop) is that of the last one; all of
them, in the order in which they are computed, are `name#1`, `name#2`, ...
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from rasp.errors import RaspNameError, RaspTypeError
from rasp.graph.construct import is_sop
from rasp.graph.nodes import Constant, SOpNode
from rasp.graph.operators import type_name
from rasp.graph.origins import Origins
from rasp.graph.walk import topological


def named_sops(root: SOpNode, origins: Origins, root_name: str | None = None) -> dict[str, SOpNode]:
    """The s-ops below the root, and itself, by all their names; constants are none.

    root_name: one more name of the root.
    """
    found: dict[str, list[SOpNode]] = {}
    for node in topological([root]):
        if is_sop(node) and not isinstance(node, Constant):
            names = dict.fromkeys(origins.names(node))
            if node is root and root_name is not None:
                names[root_name] = None
            for name in names:
                found.setdefault(name, []).append(node)
    by_name: dict[str, SOpNode] = {}
    for name, nodes in found.items():
        by_name[name] = nodes[-1]
        if len(nodes) > 1:
            by_name |= {f"{name}#{number}": node for number, node in enumerate(nodes, 1)}
    return by_name


def resolved(names: str | Iterable[object], known: dict[str, SOpNode]) -> list[SOpNode]:
    """The s-ops of names, or of nodes.  Raises RaspNameError for a name that is not known."""
    given = [names] if isinstance(names, str) else list(names)
    nodes: list[SOpNode] = []
    for name in given:
        if is_sop(name):
            nodes.append(name)
        elif not isinstance(name, str):
            raise RaspTypeError(f"expected the name of an s-op, got {type_name(name)}")
        elif name in known:
            nodes.append(known[name])
        else:
            near = get_close_matches(name, known, n=2)
            hint = f"did you mean {' or '.join(near)}?" if near else None
            listed = ", ".join(known) or "none"
            raise RaspNameError(
                f"there is no s-op {name!r}", hint=hint or f"the names are {listed}"
            )
    return nodes
