"""A graph without cycles, and the sizes of its boxes -> places for them, layer below layer.

Every vertex is in the row after the last one that it reads.  An edge that passes a row gets a place
there, as if it were a narrow vertex.  Within rows, vertices are sorted by where their neighbours
are, up and down several times, and the order with the fewest crossings is kept; then each is moved
towards its neighbours as far as the others leave room.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

N_SWEEPS = 12
STRAIGHT = 6.0
"""How much more it counts that an edge passes a row straight than that a box is in the middle."""
PASSING = 14.0
"""The width of the place where an edge passes a row."""
MAX_PASSING = 1500
"""How many such places there are at most."""


@dataclass(frozen=True, slots=True)
class Places:
    """centres: x of each vertex; rows: the row of each; bends: for each edge the x at which it
    passes each row between, or nothing; width: of the whole."""

    centres: tuple[float, ...]
    rows: tuple[int, ...]
    bends: tuple[tuple[float, ...], ...]
    width: float


def place(widths: Sequence[float], edges: Sequence[tuple[int, int]], *, gap: float) -> Places:
    """edges: from lower to higher numbers."""
    rows = _rows(len(widths), edges)
    chains, all_rows, all_widths = _with_passing(widths, edges, rows)
    pairs = [pair for chain in chains for pair in pairwise(chain)]
    links = [(upper, lower) for upper, lower in pairs if all_rows[lower] == all_rows[upper] + 1]
    order = _ordered(all_rows, links)
    centres, width = _centres(order, all_widths, _wishes(len(widths), chains), gap)
    return Places(
        tuple(centres[: len(widths)]),
        tuple(rows),
        tuple(tuple(centres[vertex] for vertex in chain[1:-1]) for chain in chains),
        width,
    )


def _rows(n: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    rows = [0] * n
    for source, target in sorted(edges, key=lambda edge: edge[1]):
        rows[target] = max(rows[target], rows[source] + 1)
    # What reads nothing stands just above its first reader.
    reads = {target for _, target in edges}
    for vertex in range(n):
        readers = [rows[target] for source, target in edges if source == vertex]
        if vertex not in reads and readers:
            rows[vertex] = min(readers) - 1
    return rows


def _with_passing(
    widths: Sequence[float], edges: Sequence[tuple[int, int]], rows: list[int]
) -> tuple[list[list[int]], list[int], list[float]]:
    """Each edge as a chain of vertices, one a row, with the rows and widths of all of them.

    Where there is no place for all, the longest edges have none, and go behind what is in between.
    """
    all_rows, all_widths = list(rows), list(widths)
    chains = [[source, target] for source, target in edges]
    for chain in sorted(chains, key=lambda chain: rows[chain[1]] - rows[chain[0]]):
        passed = range(rows[chain[0]] + 1, rows[chain[1]])
        if len(all_rows) - len(rows) + len(passed) > MAX_PASSING:
            break
        chain[1:1] = range(len(all_rows), len(all_rows) + len(passed))
        all_rows += passed
        all_widths += [PASSING] * len(passed)
    return chains, all_rows, all_widths


def _ordered(rows: Sequence[int], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The vertices of each row from left to right."""
    above: list[list[int]] = [[] for _ in rows]
    below: list[list[int]] = [[] for _ in rows]
    for upper, lower in links:
        above[lower].append(upper)
        below[upper].append(lower)
    order: list[list[int]] = [[] for _ in range(max(rows) + 1)]
    for vertex, row in enumerate(rows):
        order[row].append(vertex)
    best, fewest = [list(row) for row in order], _crossings(order, below)
    for sweep in range(N_SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        indices = range(1, len(order)) if down else range(len(order) - 2, -1, -1)
        for index in indices:
            other = order[index - 1 if down else index + 1]
            position = {vertex: place for place, vertex in enumerate(other)}
            own = {vertex: float(place) for place, vertex in enumerate(order[index])}
            weight = {
                vertex: fmean(position[n] for n in neighbours[vertex])
                if neighbours[vertex]
                else own[vertex]
                for vertex in order[index]
            }
            order[index].sort(key=weight.__getitem__)
        crossings = _crossings(order, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in order], crossings
    return best


def _crossings(order: list[list[int]], below: list[list[int]]) -> int:
    total = 0
    for upper, lower in pairwise(order):
        position = {vertex: place for place, vertex in enumerate(lower)}
        seen: list[int] = []
        for vertex in upper:
            ends = [position[n] for n in below[vertex]]
            total += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _centres(
    order: list[list[int]],
    widths: Sequence[float],
    wishes: Sequence[Sequence[int]],
    gap: float,
) -> tuple[list[float], float]:
    """The x of each vertex, and how wide the whole is.  wishes: what each would stand amid."""
    centres = [0.0] * len(widths)
    for row in order:
        x = 0.0
        for vertex in row:
            centres[vertex] = x + widths[vertex] / 2
            x += widths[vertex] + gap
    for sweep in range(2 * N_SWEEPS):
        for row in order if sweep % 2 == 0 else reversed(order):
            wanted = [fmean(centres[other] for other in wishes[vertex]) for vertex in row]
            weights = [STRAIGHT if widths[vertex] == PASSING else 1.0 for vertex in row]
            apart = _apart(wanted, weights, [widths[v] for v in row], gap)
            for vertex, x in zip(row, apart, strict=True):
                centres[vertex] = x
    left = min(c - w / 2 for c, w in zip(centres, widths, strict=True))
    centres = [c - left for c in centres]
    return centres, max(c + w / 2 for c, w in zip(centres, widths, strict=True))


def _wishes(n_boxes: int, chains: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each vertex those it would stand amid: a box amid its neighbours, an edge that passes
    a row where it passes the others, so that it is straight."""
    n = max([n_boxes - 1, *(vertex for chain in chains for vertex in chain)]) + 1
    wishes: list[list[int]] = [[] for _ in range(n)]
    for chain in chains:
        for vertex in chain[1:-1]:
            wishes[vertex] = list(chain) if len(chain) == 3 else list(chain[1:-1])
        wishes[chain[0]].append(chain[1])
        wishes[chain[-1]].append(chain[-2])
    return [near or [vertex] for vertex, near in enumerate(wishes)]


def _apart(
    wanted: Sequence[float], weights: Sequence[float], widths: Sequence[float], gap: float
) -> list[float]:
    """Places in the same order, as near to the wanted ones as leaves a gap between the boxes.

    Neighbours that would overlap become a block, which stands where its members want on average.
    """
    blocks: list[_Block] = []
    for place, (wish, weight) in enumerate(zip(wanted, weights, strict=True)):
        block = _Block(wish * weight, weight, [place], [0.0])
        while blocks:
            before = blocks[-1]
            room = (widths[before.members[-1]] + widths[block.members[0]]) / 2 + gap
            if block.start - (before.start + before.offsets[-1]) >= room:
                break
            blocks.pop()
            block = before.followed(block, before.offsets[-1] + room)
        blocks.append(block)
    result = [0.0] * len(wanted)
    for block in blocks:
        for member, offset in zip(block.members, block.offsets, strict=True):
            result[member] = block.start + offset
    return result


@dataclass(frozen=True, slots=True)
class _Block:
    """Boxes at fixed distances.  wish: the sum of where each wants the block to start, weighted."""

    wish: float
    weight: float
    members: list[int]
    offsets: list[float]

    @property
    def start(self) -> float:
        return self.wish / self.weight

    def followed(self, other: _Block, distance: float) -> _Block:
        """One block of both, the other starting at a distance from this one's start."""
        return _Block(
            self.wish + other.wish - distance * other.weight,
            self.weight + other.weight,
            [*self.members, *other.members],
            [*self.offsets, *(offset + distance for offset in other.offsets)],
        )
