"""A node -> the order in which everything below it is evaluated, and when each value is let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from rasp.graph.construct import is_sop
from rasp.graph.nodes import Best, Node, Select, children
from rasp.graph.walk import deferring, topological

BLOCK_CELLS = 2**22
"""How many booleans (pairs of positions) are computed on at once."""

COLUMN_BYTES = 2**28
"""About how much the values that are alive at one time may take."""


@dataclass(frozen=True, slots=True)
class Plan:
    """order: children before parents, of one root that root last; released[k]: what nobody reads
    after step k.

    n_alive: the largest number of values that are alive at one time.  deferred: the nodes whose
    failures count only where a `best` reads them.
    """

    order: tuple[Node, ...]
    released: tuple[tuple[Node, ...], ...]
    n_alive: int
    deferred: frozenset[Node]

    @property
    def root(self) -> Node:
        return self.order[-1]

    @classmethod
    def of(cls, *roots: Node) -> Self:
        order = topological(roots)
        deferred = deferring(order, roots)
        # Selectors compute when they are read, so what they are made of lives until their own last
        # reader.  A comparison, though, takes what it needs from its s-ops when its turn comes, and
        # so does `best` with its scores.  What a deferred failure is about is asked for later.
        last = dict.fromkeys(roots, len(order))
        for step, node in reversed(list(enumerate(order))):
            here = (is_sop(node) or isinstance(node, Select)) and node not in deferred
            for child in children(node):
                scored = isinstance(node, Best) and child is node.score
                last[child] = max(last.get(child, 0), step if here or scored else last[node])
        released: list[list[Node]] = [[] for _ in range(len(order) + 1)]
        for node, step in last.items():
            released[step].append(node)
        alive = most = 0
        for group in released:
            alive += 1
            most = max(most, alive)
            alive -= len(group)
        return cls(tuple(order), tuple(map(tuple, released[:-1])), most, deferred)

    def batch_size(self, length: int) -> int:
        """How many inputs of this length are evaluated at once."""
        by_selectors = BLOCK_CELLS // length**2
        by_columns = COLUMN_BYTES // (8 * length * self.n_alive)
        return max(1, min(by_selectors, by_columns, 2**16))
