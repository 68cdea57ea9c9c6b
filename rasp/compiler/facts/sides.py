"""On which side of constants a mean is, for whoever asks no more than that.

A mean of n numbers takes about n^2 values, and at thousands of tokens they are too many to list.  A
comparison with a constant c changes nowhere but at c: the largest mean below c, c itself if it is
one, and the smallest above c decide it.  Fractions with denominators up to M are at least 1 / M^2
apart (Farey's neighbours), so that the gaps are small, but no smaller than where all are listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.means import Grid, Quotients
from rasp.compiler.limits import CLOSEST_MEANS, LARGEST_FINITE
from rasp.graph.nodes import SOP_TYPES, Aggregate, Constant, Elementwise, Node, SOpNode, children
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.graph.walk import topological

CLOSELY = 1 + 2.0**-40
"""Distances that differ by no more than this factor are compared as fractions."""

_COMPARISONS = frozenset(COMPARISON_OPERATORS.values())


@dataclass(frozen=True)
class Compared:
    """constants: the numbers that an s-op is compared with; only: does nothing else read it?"""

    constants: tuple[int | float, ...]
    only: bool


def compared_below(root: SOpNode) -> Mapping[SOpNode, Compared]:
    """Each s-op below the root that is compared with numbers somewhere."""
    constants: dict[Node, dict[int | float, None]] = {}
    others: set[Node] = {root}
    for node in topological([root]):
        found = comparison(node)
        if found is not None:
            constants.setdefault(found[0], {})[found[1]] = None
        else:
            others.update(children(node))
    return {
        node: Compared(tuple(numbers), node not in others)
        for node, numbers in constants.items()
        if isinstance(node, SOP_TYPES)
    }


def only_added(root: SOpNode) -> frozenset[SOpNode]:
    """The s-ops below the root, and itself, of which nothing is asked but sums, means, and
    comparisons with each other: no list of their values is ever needed."""
    order = topological([root])
    asked: set[Node] = set()
    for node in reversed(order):
        match node:
            case Elementwise(operator=operator) if operator in _COMPARISONS:
                pass
            case Elementwise(operator="add" | "subtract" | "negate") if node not in asked:
                pass
            case Elementwise(operator="multiply", operands=operands) if node not in asked and any(
                isinstance(operand, Constant) for operand in operands
            ):
                pass
            case Aggregate(selector=selector, value=value):
                asked.add(selector)
                asked |= {value} if node in asked else set()
            case _:
                asked.update(children(node))
    return frozenset(node for node in order if isinstance(node, SOP_TYPES) and node not in asked)


def comparison(node: Node) -> tuple[SOpNode, int | float] | None:
    """An s-op that is compared with a number that a mean may be, and the number."""
    if not isinstance(node, Elementwise) or node.operator not in _COMPARISONS:
        return None
    match node.operands:
        case (operand, Constant(value=value)) | (Constant(value=value), operand):
            if isinstance(operand, Constant) or isinstance(value, (bool, str)):
                return None
            return (operand, value) if abs(value) <= LARGEST_FINITE else None
    return None


def neighbours(
    means: Quotients, grid: Grid, constants: Sequence[int | float]
) -> tuple[Fraction, ...] | None:
    """The means nearest to each constant on either side, what is equal to it, and the smallest and
    the largest of all, in the order of numbers; None where floats do not tell them apart.

    grid: that of all the means, the default among them.
    """
    closest = Fraction(CLOSEST_MEANS) * max(means.reach, abs(means.low), Fraction(1))
    found = {grid.low, grid.high}
    for constant in constants:
        found |= _beside(means, grid, constant)
    ordered = sorted(found)
    apart = all(b - a > closest for a, b in pairwise(ordered))
    return tuple(ordered) if apart else None


def _beside(means: Quotients, grid: Grid, constant: int | float) -> set[Fraction]:
    """The largest mean below a constant, those that are equal to it as floats, and the smallest
    above.

    A mean over m keys is low + step * k / m for an integer k, and the constant low + step * p / q:
    they are step * (k q - m p) / (m q) apart.
    """
    if not means.step:
        return {means.low}
    numbers = np.arange(max(1, int(means.counts[:, 0].min())), int(means.counts[:, 1].max()) + 1)
    place = (Fraction(constant) - means.low) / means.step
    limits = [(side - means.low) / means.step for side in (grid.low, grid.high)]
    largest = max(max(abs(f.numerator), f.denominator) for f in (place, *limits))
    bound = (largest + 4) ** 2 * 4 * int(numbers[-1] + 1)
    exact = np.int64 if bound < 1 << 62 else object
    m = numbers.astype(exact)[:, None]  # integers of Python where they do not fit
    p, q = place.numerator, place.denominator
    k = p * m // q + np.arange(-1, 3).astype(exact)[None, :]
    (low, at_low), (high, at_high) = ((f.numerator, f.denominator) for f in limits)
    there = (k * at_low >= m * low) & (k * at_high <= m * high)
    off = (k * q - p * m)[there]
    count, k = np.broadcast_to(m, there.shape)[there], k[there]
    distance = np.abs(off.astype(np.float64)) / count.astype(np.float64)
    near: set[Fraction] = set()
    for side in (off == 0, off < 0, off > 0):
        near |= _nearest(means, k[side], count[side], distance[side], constant)
    return near


def _nearest(
    means: Quotients, k: Ints, count: Ints, distance: Floats, constant: int | float
) -> set[Fraction]:
    """Of means on one side of a constant the nearest, and the next where these are equal to it as
    floats."""
    found: set[Fraction] = set()
    while len(distance):
        near = distance <= float(distance.min()) * CLOSELY
        ratios = {Fraction(int(a), int(b)) for a, b in zip(k[near], count[near], strict=True)}
        found |= {means.low + means.step * ratio for ratio in ratios}
        if any(float(mean) != constant for mean in found):
            break
        k, count, distance = k[~near], count[~near], distance[~near]
    return found
