"""Numbers -> the nearest fractions with denominators up to a limit, in an ONNX graph.

The algorithm is that of `rasp.ratios.nearest_fractions`, in integers of 64 bits: the continued
fraction of a number, cut off where denominators become too large.  What is a loop there is written
out here; denominators grow at least as Fibonacci's numbers do, so it is short.
"""

from __future__ import annotations

import numpy as np

from rasp.export.onnx.graph import Graph
from rasp.ratios import SPARE_BITS

_LARGEST = 2.0**61


def nearest_fractions(graph: Graph, numbers: str, most: str, largest: int) -> tuple[str, str]:
    """Numerators and denominators, float64 [batch, pos] both.

    numbers: float64 [batch, pos]; most: the largest denominator of each, float64; largest: of all.
    """
    bits = 2 * largest.bit_length() + SPARE_BITS
    unit = 2.0**bits

    def integer(value: int) -> str:
        return graph.constant(np.int64(value))

    bound = _LARGEST / unit
    clipped = graph.op("Max", numbers, graph.constant(np.float64(-bound)))
    clipped = graph.op("Min", clipped, graph.constant(np.float64(bound)))
    scale = graph.constant(np.float64(unit))
    scaled = graph.op("Round", graph.op("Mul", clipped, scale))  # an integer
    exact = graph.op("Div", scaled, scale)
    floor = graph.op("Floor", exact)
    # The first step is that of the whole part, which alone may be negative.
    rest = graph.cast(graph.op("Mul", graph.op("Sub", exact, floor), scale), np.int64)
    most = graph.cast(most, np.int64)
    above, below = graph.op("Add", graph.op("Mul", rest, integer(0)), integer(1 << bits)), rest
    p0, q0 = integer(1), integer(0)
    p1, q1 = graph.cast(floor, np.int64), integer(1)
    limit = graph.op("Add", most, integer(1))
    going: str | None = None
    for _ in range(_steps(largest)):
        whole = graph.op("Div", above, graph.op("Max", below, integer(1)))
        left = graph.op("Sub", above, graph.op("Mul", whole, below))
        # A denominator that is far too large must not overflow.
        whole = graph.op("Min", whole, limit)
        ahead = graph.op("Add", q0, graph.op("Mul", whole, q1))
        fits = graph.op("Not", graph.op("Greater", ahead, most))
        fits = graph.op("And", fits, graph.op("Greater", below, integer(0)))
        going = fits if going is None else graph.op("And", going, fits)
        top = graph.op("Add", p0, graph.op("Mul", whole, p1))
        p0, p1 = graph.op("Where", going, p1, p0), graph.op("Where", going, top, p1)
        q0, q1 = graph.op("Where", going, q1, q0), graph.op("Where", going, ahead, q1)
        above, below = graph.op("Where", going, below, above), graph.op("Where", going, left, below)
    # p1 / q1 is the last convergent, exact where nothing is left below.
    steps = graph.op("Div", graph.op("Sub", most, q0), q1)
    p2 = graph.op("Add", p0, graph.op("Mul", steps, p1))
    q2 = graph.op("Add", q0, graph.op("Mul", steps, q1))
    between = graph.op("Greater", graph.op("Min", below, q2), integer(0))
    first, second = (graph.cast(name, np.float64) for name in (p1, p2))
    first_below, second_below = (graph.cast(name, np.float64) for name in (q1, q2))
    some = graph.op("Where", between, second_below, graph.constant(np.float64(1)))
    nearer = graph.op(
        "Less",
        graph.op("Abs", graph.op("Sub", graph.op("Div", second, some), exact)),
        graph.op("Abs", graph.op("Sub", graph.op("Div", first, first_below), exact)),
    )
    nearer = graph.op("And", nearer, between)
    return (
        graph.op("Where", nearer, second, first),
        graph.op("Where", nearer, second_below, first_below),
    )


def _steps(largest: int) -> int:
    """How many steps the longest continued fraction takes after its whole part."""
    count, smaller, larger = 1, 1, 1
    while larger <= largest:
        smaller, larger = larger, smaller + larger
        count += 1
    return count
