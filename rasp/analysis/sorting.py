"""Does an s-op sort, and what does that ask of attention?

A program sorts if it moves values to the position that the number of smaller keys names: it reads
at `place == index` (or anything of the position), where `place` comes from the width of a selector
that compares keys with keys by order.

Sorting n distinct keys by comparing them takes at least log2(n!) comparisons, and an attended pair
of positions is at most one comparison.  So if a mask allows p(n) pairs, then (layers) x (heads) x
p(n) is at least log2(n!) for any Transformer that sorts with it by comparing; where p(n) grows like
n, no constant number of layers and heads is enough for all n.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, lgamma, log
from typing import Any

from rasp.analysis.masks import Mask
from rasp.graph.nodes import (
    INDICES,
    TOKENS,
    Aggregate,
    Constant,
    Elementwise,
    Fetch,
    Node,
    Select,
    SelectorAnd,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    children,
)
from rasp.graph.walk import topological

LENGTHS = (4, 16, 64, 256, 1024)


@dataclass(frozen=True, slots=True)
class SortingBound:
    """How many comparisons sorting takes at a length, and how many pairs the mask allows a head."""

    length: int
    comparisons: int
    pairs: int

    @property
    def heads(self) -> int:
        """The least number of heads, over all layers together."""
        return -(-self.comparisons // self.pairs) if self.pairs else 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "length": self.length,
            "comparisons": self.comparisons,
            "mask_pairs": self.pairs,
            "layers_times_heads": self.heads,
        }


def comparisons(length: int) -> int:
    """log2(n!), rounded up."""
    bits = lgamma(length + 1) / log(2)
    return ceil(bits - 1e-6 * bits)  # 2! takes one comparison, not two because of rounding


def sorting_bounds(mask: Mask) -> tuple[SortingBound, ...]:
    longest = mask.max_length or LENGTHS[-1]
    return tuple(
        SortingBound(length, comparisons(length), mask.n_pairs(length))
        for length in LENGTHS
        if length <= longest
    )


def sorts(root: Node) -> Aggregate | Fetch | None:
    """An aggregate or fetch below the root that puts values into order, if there is one."""
    order = topological([root])
    places, of_position = _ranks(order), _of_position(order)
    for node in reversed(order):
        match node:
            case (
                Aggregate(selector=Select(key=key, query=query, comparison="=="))
                | Fetch(selector=Select(key=key, query=query, comparison="=="))
            ):
                if (key in places and query in of_position) or (
                    query in places and key in of_position
                ):
                    return node
    return None


def _ranks(order: list[Node]) -> set[Node]:
    """How many keys are smaller, and elementwise functions of that."""
    with_tokens: set[Node] = set()
    orderings: set[Node] = set()
    found: set[Node] = set()
    for node in order:
        below = children(node)
        if node is TOKENS or any(child in with_tokens for child in below):
            with_tokens.add(node)
        match node:
            case Select(key=key, query=query, comparison=comparison):
                if key is query and key in with_tokens and comparison not in ("==", "!="):
                    orderings.add(node)
            case SelectorNot() | SelectorAnd() | SelectorOr():
                if any(child in orderings for child in below):
                    orderings.add(node)
            # The share of the first position among those selected stands for their number.
            case SelectorWidth(selector=selector) | Aggregate(selector=selector):
                if selector in orderings:
                    found.add(node)
            case Elementwise():
                if any(child in found for child in below):
                    found.add(node)
    return found


def _of_position(order: list[Node]) -> set[Node]:
    """Functions of the position alone, which are not constant."""
    found: set[Node] = {INDICES}
    for node in order:
        if (
            isinstance(node, Elementwise)
            and any(child in found for child in node.operands)
            and all(child in found or isinstance(child, Constant) for child in node.operands)
        ):
            found.add(node)
    return found
