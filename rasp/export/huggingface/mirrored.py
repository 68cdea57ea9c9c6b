"""A network without layer norms -> the same one for a class that normalises everywhere.

Every direction of the residual stream is there twice, as x and as -x: what writes x writes both,
what reads x reads half of x less half of -x.  So the mean that a layer norm subtracts is 0, and
what it divides by is sqrt(variance + eps), which is sqrt(eps) where eps is so large that the
variance disappears beside it; a gamma of sqrt(eps), a power of two, takes that back.  The sums that
readers make are of the same numbers, half of each twice.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from rasp.export.uniform import Array, Uniform, UniformBlock

EPSILON = 2.0**120
GAMMA = 2.0**60


@dataclass(frozen=True, slots=True)
class Shape:
    """How a network lies in a stock class: hidden = n_heads * d_head, at least 2 * d_model."""

    n_heads: int
    d_head: int

    @property
    def hidden(self) -> int:
        return self.n_heads * self.d_head


def smallest_shape(d_model: int, n_heads: int, d_head: int, *, powers_of_four: bool) -> Shape:
    """The smallest shape with at least these sizes.

    powers_of_four: d_head has an exact square root that is a power of two.
    """
    if not powers_of_four:
        return Shape(n_heads, max(d_head, -(-2 * d_model // n_heads)))
    least = max(1, d_head)
    sizes = [4**power for power in range(32) if least <= 4**power < 4 * max(least, 2 * d_model)]
    shapes = [Shape(max(n_heads, -(-2 * d_model // size)), size) for size in sizes]
    return min(shapes, key=lambda shape: (shape.hidden, shape.n_heads))


def mirrored(network: Uniform, hidden: int) -> Uniform:
    """The network with a residual stream of `hidden` directions: x0, -x0, x1, -x1, ..., zeros."""
    d = network.d_model
    writes = np.zeros((d, hidden))
    writes[np.arange(d), 2 * np.arange(d)] = 1.0
    writes[np.arange(d), 2 * np.arange(d) + 1] = -1.0
    reads = writes.T / 2
    blocks = tuple(
        UniformBlock(
            **{
                field.name: _moved(field.name, getattr(block, field.name), writes, reads)
                for field in fields(block)
            }
        )
        for block in network.blocks
    )
    return Uniform(
        network.W_E @ writes, network.W_pos @ writes, blocks, reads @ network.W_U, network.b_U
    )


def _moved(name: str, tensor: Array, writes: NDArray[np.float64], reads: Array) -> Array:
    if name in ("W_Q", "W_K", "W_V", "W_in"):
        return reads @ tensor
    if name in ("W_O", "b_O", "W_out", "b_out"):
        return tensor @ writes
    return tensor
