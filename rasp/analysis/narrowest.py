"""Operations -> the layers that make the widest layer as narrow as possible.

Layers are filled one after another, by a depth-first search over which heads each of them has.  An
operation whose head is there anyway is done as soon as it can be, and a layer has as many heads as
it may: neither can hurt.  A width at which the search ends without success is impossible, so the
first one at which it succeeds is the least.  The search gives up after a fixed amount of work; then
the best that is known is returned, with what has been proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from rasp.analysis.operations import Operations
from rasp.graph.nodes import Node

MAX_OPERATIONS = 1_000
MAX_NODES = 20_000
MAX_VISITS = 3_000_000
"""How many operations are looked at, a second or two of work."""


def narrowest_placement(
    operations: Operations, early: Sequence[int], late: Sequence[int]
) -> tuple[list[int], int]:
    """The layer of each attention operation, and the least width that is not ruled out.

    early, late: the first and the last layer that each operation can be in.
    """
    heads = [attention.head for attention in operations.attention]
    best = min(list(early), list(late), key=lambda placement: _width(heads, placement))
    bound = _lower_bound(heads, early, late, _width(heads, best))
    too_large = len(heads) > MAX_OPERATIONS or len(operations.order) > MAX_NODES
    if bound == _width(heads, best) or too_large:
        return best, bound
    search = _Search(heads, _waits_for(operations), late)
    given_up = False
    for width in range(bound, _width(heads, best)):
        placement = search.run(width)
        if placement is not None:
            return placement, bound
        given_up = given_up or search.exhausted
        if not given_up:
            bound = width + 1
    return best, bound


def _width(heads: Sequence[int], placement: Sequence[int]) -> int:
    layers: dict[int, set[int]] = {}
    for head, layer in zip(heads, placement, strict=True):
        layers.setdefault(layer, set()).add(head)
    return max(map(len, layers.values()), default=0)


def _lower_bound(
    heads: Sequence[int], early: Sequence[int], late: Sequence[int], enough: int
) -> int:
    """Heads that have to be somewhere within a range of layers, per layer.  At most `enough`."""
    best = min(1, len(heads))
    if best == enough:
        return best
    if len(heads) > MAX_OPERATIONS:
        # Only the operations that have no choice of a layer.
        fixed = [(h, a) for h, a, b in zip(heads, early, late, strict=True) if a == b]
        return max(best, _width([h for h, _ in fixed], [a for _, a in fixed]))
    for start in sorted(set(early)):
        inside = [(b, h) for h, a, b in zip(heads, early, late, strict=True) if a >= start]
        inside.sort()
        seen: set[int] = set()
        for end, head in inside:
            seen.add(head)
            best = max(best, -(-len(seen) // (end - start + 1)))
        if best >= enough:
            break
    return min(best, enough)


def _waits_for(operations: Operations) -> list[int]:
    """For each attention operation the set, as bits, of those that have to be in earlier layers."""
    own: dict[Node, int] = {}
    for place, attention in enumerate(operations.attention):
        own[attention.node] = own.get(attention.node, 0) | 1 << place
    waits: dict[Node, int] = {}

    def attend(node: Node, below: int) -> int:
        waits[node] = below
        return own[node]

    operations.flow(0, join=lambda one, other: one | other, attend=attend)
    return [waits[attention.node] for attention in operations.attention]


class _Search:
    """The search, for one width after another."""

    def __init__(
        self,
        heads: Sequence[int],
        waits: Sequence[int],
        late: Sequence[int],
    ) -> None:
        self._heads, self._waits, self._late = heads, waits, late
        self._everything = (1 << len(heads)) - 1
        self._visits = 0

    @property
    def exhausted(self) -> bool:
        return self._visits > MAX_VISITS

    def run(self, width: int) -> list[int] | None:
        """A placement of at most this width; None if there is none, or if it has given up."""
        dead: set[tuple[int, int]] = set()
        path = [0]
        choices = [self._choices(0, 1, width)]
        while choices:
            self._visits += 1
            done = next(choices[-1], None)
            layer = len(choices)
            if done is None:
                choices.pop()
                dead.add((layer, path.pop()))
            elif done == self._everything:
                return self._placement([*path, done])
            elif (layer + 1, done) not in dead and self._possible(done, layer, width):
                path.append(done)
                choices.append(self._choices(done, layer + 1, width))
            if self.exhausted:
                return None
        return None

    def _choices(self, done: int, layer: int, width: int) -> Iterator[int]:
        """What may be done after this layer, most urgent heads first."""
        self._visits += len(self._heads)
        ready: dict[int, int] = {}
        urgency: dict[int, int] = {}
        for place, head in enumerate(self._heads):
            bit = 1 << place
            if done & bit or self._waits[place] & ~done:
                continue
            ready[head] = ready.get(head, 0) | bit
            urgency[head] = min(urgency.get(head, self._late[place]), self._late[place])
        due = [head for head in ready if urgency[head] <= layer]
        others = sorted((head for head in ready if urgency[head] > layer), key=urgency.__getitem__)
        room = width - len(due)
        if room < 0:
            return
        for chosen in combinations(others, min(room, len(others))):
            after = done
            for head in (*due, *chosen):
                after |= ready[head]
            yield after

    def _possible(self, done: int, layer: int, width: int) -> bool:
        """Whether what is due by each later layer fits into the layers until then."""
        self._visits += len(self._heads)
        left = [
            (self._late[place], head)
            for place, head in enumerate(self._heads)
            if not done >> place & 1
        ]
        left.sort()
        seen: set[int] = set()
        for due, head in left:
            seen.add(head)
            if len(seen) > width * (due - layer):
                return False
        return True

    def _placement(self, path: Sequence[int]) -> list[int]:
        """path: what is done after each layer."""
        return [
            next(layer for layer, done in enumerate(path) if done >> place & 1)
            for place in range(len(self._heads))
        ]
