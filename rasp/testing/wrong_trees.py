"""Chains of `max` and `min` put together wrongly, for trying the proof of meaning on.

TREES[name]()               a model of what the chain becomes, as one of the chain
misled(name)                within, the graph is told to be put together so
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from rasp.artifact import Artifact
from rasp.graph.nodes import Node, SOpNode
from rasp.graph.rebuild import over
from rasp.graph.walk import topological
from rasp.meaning import trees
from rasp.testing.wrong_models import model_of, node_of

Build = Callable[[], Artifact]

_CHOICES = """
def max2(a, b) { return a if a > b else b; }
def min2(a, b) { return a if a < b else b; }
"""
_CHAINS = {
    "one left out": ("max2(max2(tokens_int, indices), 1)", "max2(tokens_int, indices)"),
    "all the largest": ("max2(min2(tokens_int, indices), 1)", "max2(max2(tokens_int, indices), 1)"),
}
"""What is written, and what it becomes."""


def _text(chain: str) -> str:
    return f"{_CHOICES}x = {chain};"


def _model(name: str) -> Build:
    written, becomes = _CHAINS[name]
    return lambda: replace(model_of(_text(becomes), "02", 3), graph=node_of(_text(written)))


@contextmanager
def misled(name: str) -> Iterator[None]:
    """Within, chains become what they should not.  It is the proof of the whole process that is
    told so."""
    becomes = node_of(_text(_CHAINS[name][1]))

    def balanced(root: SOpNode) -> dict[Node, Node]:
        new: dict[Node, Node] = {}
        for node in topological([root]):
            new[node] = becomes if node is root else over(node, new)
        return new

    before = vars(trees)["balanced"]
    vars(trees)["balanced"] = balanced
    try:
        yield
    finally:
        vars(trees)["balanced"] = before


TREES: dict[str, Build] = {name: _model(name) for name in _CHAINS}
