"""All nodes below some quantities, as the bits of one number: those of each node are found once.

In a program of many rounds every direction is above all that came before it; as sets these would
take as much memory as the square of the rounds.
"""

from __future__ import annotations

from collections.abc import Iterable

from rasp.graph.construct import is_sop
from rasp.graph.nodes import Node, children
from rasp.graph.walk import topological
from rasp.meaning.witness import Quantity, made_of


class Cones:
    """Which nodes are below which."""

    def __init__(self) -> None:
        self.numbers: dict[Node, int] = {}
        self.bits: dict[Node, int] = {}

    def below(self, quantities: Iterable[Quantity]) -> int:
        """A bit for each node below some quantities, and for these themselves."""
        found = 0
        stack = list(quantities)
        while stack:
            quantity = stack.pop()
            if is_sop(quantity):
                found |= self._below(quantity)
            else:
                stack.extend(made_of(quantity))
        return found

    def has(self, bits: int, node: Node) -> bool:
        """Is the node one of these?"""
        return bits >> self.numbers.get(node, len(self.numbers)) & 1 == 1

    def _below(self, root: Node) -> int:
        for node in topological([root], self.bits):
            self.numbers[node] = len(self.numbers)
            bits = 1 << self.numbers[node]
            for child in children(node):
                bits |= self.bits[child]
            self.bits[node] = bits
        return self.bits[root]
