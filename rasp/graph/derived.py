"""Graphs that the language has syntax for though they are made of other nodes."""

from __future__ import annotations

from rasp.graph.construct import FULL, aggregate, elementwise, select
from rasp.graph.nodes import INDICES, Atom, SOpNode

# Only position 0 has index 0, so its share is 1/n.
LENGTH: SOpNode = elementwise(
    "round",
    elementwise(
        "divide",
        1,
        aggregate(FULL, elementwise("indicator", elementwise("equal", INDICES, 0))),
    ),
)


def gather(sop: SOpNode, positions: SOpNode | Atom) -> SOpNode:
    """``sop[positions]``: at each position the value of `sop` where `positions` says; 0 outside."""
    return aggregate(select(INDICES, positions, "=="), sop)


def element(sop: SOpNode, place: int) -> SOpNode:
    """``sop[place]``: the value at one position, counted from the end if negative, everywhere."""
    return gather(sop, place if place >= 0 else elementwise("add", LENGTH, place))


def total(sop: SOpNode) -> SOpNode:
    """``sum(sop)``: the sum over all positions, at each of them.

    The share of whole numbers is rounded, so that it is exact although it comes from a mean.
    """
    whole = elementwise("round", sop)
    of_whole = elementwise("round", elementwise("multiply", LENGTH, aggregate(FULL, whole)))
    rest = aggregate(FULL, elementwise("subtract", sop, whole))
    return elementwise("add", of_whole, elementwise("multiply", LENGTH, rest))


def occurs(atom: Atom, sop: SOpNode) -> SOpNode:
    """``atom in sop``: whether any position holds the atom."""
    share = aggregate(FULL, elementwise("indicator", elementwise("equal", sop, atom)))
    return elementwise("greater", share, 0)
