"""Operations -> the shortest orders of sublayers that run them.

An order runs a program exactly if every chain of operations is a subsequence of it, so these are
the shortest common supersequences of the chains.  They are found by a best-first search over what
has been done so far; the number of attention and of feed-forward operations on the longest chains
that are left bounds what is still needed, which makes the search exact, and quick for real
programs.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

from rasp.analysis.operations import Operations
from rasp.graph.nodes import Node, SOpNode

MAX_OPERATIONS = 400
MAX_NODES = 20_000
MAX_VISITS = 2_000_000
"""How many operations are looked at, over all that has been done so far."""

MAX_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of equal cost, attention first among them; n_orders: how many there are in all.

    exact: whether it is proved that there is no cheaper one.
    """

    orders: tuple[str, ...]
    n_orders: int
    exact: bool


@dataclass(frozen=True, slots=True)
class _Tasks:
    """kinds, and as bits what each waits for; heights: longest chains of a kind from each on."""

    kinds: tuple[str, ...]
    waits: tuple[int, ...]
    heights: tuple[tuple[int, int], ...]  # attention, feed-forward


def shortest_orders(operations: Operations, *, attention: int = 1, feed_forward: int = 1) -> Orders:
    """The orders of least cost, given the costs of the two kinds of sublayers."""
    tasks = _tasks(operations)
    found = None if tasks is None else _search(tasks, attention, feed_forward)
    return found or _simple(operations)


def _simple(operations: Operations) -> Orders:
    """Attention for each layer, and feed-forward wherever the earliest schedule has some."""
    depth = operations.depth
    computed = {depth[node] for node in operations.feed_forward}
    order = "".join(
        ("a" if layer else "") + ("f" if layer in computed else "")
        for layer in range(operations.n_layers + 1)
    )
    # Nothing is shorter than the layers alone.
    return Orders((order,), 1, exact=not computed)


def _tasks(operations: Operations) -> _Tasks | None:
    """None if there are too many."""
    kinds: list[str] = []
    waits: list[int] = []

    def task(kind: str, below: int) -> int:
        kinds.append(kind)
        waits.append(below)
        return 1 << (len(kinds) - 1)

    def attend(node: Node, below: int) -> int:
        return task("a", below)

    def compute(node: SOpNode, below: int) -> int:
        return task("f", below)

    n_attention = len({attention.node for attention in operations.attention})
    n_operations = n_attention + len(operations.feed_forward)
    if n_operations > MAX_OPERATIONS or len(operations.order) > MAX_NODES:
        return None
    operations.flow(0, join=lambda one, other: one | other, attend=attend, compute=compute)
    heights = [(0, 0)] * len(kinds)
    for number in reversed(range(len(kinds))):  # those that wait for it come after it
        above = [heights[k] for k in range(number + 1, len(kinds)) if waits[k] >> number & 1]
        a = max((height for height, _ in above), default=0)
        f = max((height for _, height in above), default=0)
        heights[number] = (a + 1, f) if kinds[number] == "a" else (a, f + 1)
    return _Tasks(tuple(kinds), tuple(waits), tuple(heights))


def _search(tasks: _Tasks, attention: int, feed_forward: int) -> Orders | None:
    """None if the search gives up."""
    cost = {"a": attention, "f": feed_forward}
    everything = (1 << len(tasks.kinds)) - 1

    def bound(done: int) -> int:
        left = [heights for k, heights in enumerate(tasks.heights) if not done >> k & 1]
        return attention * max((a for a, _ in left), default=0) + feed_forward * max(
            (f for _, f in left), default=0
        )

    best = {0: 0}
    before: dict[int, list[tuple[str, int]]] = {0: []}
    queue = [(bound(0), 0, 0)]
    limit: int | None = None
    expanded: set[int] = set()
    while queue:
        estimate, _, done = heappop(queue)
        if limit is not None and estimate > limit:
            break
        if done in expanded:
            continue
        expanded.add(done)
        if len(expanded) * len(tasks.kinds) > MAX_VISITS:
            return None
        if done == everything:
            limit = estimate
            continue
        for kind, after in _steps(tasks, done):
            total = best[done] + cost[kind]
            if total < best.get(after, total + 1):
                best[after] = total
                before[after] = []
                heappush(queue, (total + bound(after), -total, after))
            if total == best[after]:
                before[after].append((kind, done))
    return _orders(before, everything)


def _steps(tasks: _Tasks, done: int) -> list[tuple[str, int]]:
    """What one more sublayer of either kind can do, where that is anything."""
    after = {"a": done, "f": done}
    for number, (kind, waits) in enumerate(zip(tasks.kinds, tasks.waits, strict=True)):
        if not waits & ~done:
            after[kind] |= 1 << number
    return [(kind, state) for kind, state in after.items() if state != done]


def _orders(before: dict[int, list[tuple[str, int]]], goal: int) -> Orders:
    """The first few of the orders that lead to the goal, attention first, and their number."""
    # A state has more done than those before it, so numbers are in the order of the steps.
    reaching: dict[int, int] = {0: 1}
    states = _leading_to(before, goal)
    for state in states:
        if state:
            reaching[state] = sum(reaching[earlier] for _, earlier in before[state])
    after: dict[int, list[tuple[str, int]]] = {}
    for state in states:
        for kind, earlier in before[state]:
            after.setdefault(earlier, []).append((kind, state))
    found: list[str] = []
    stack = [(0, "")]
    while stack and len(found) < MAX_SHOWN:
        state, order = stack.pop()
        if state == goal:
            found.append(order)
            continue
        steps = sorted(after.get(state, ()), reverse=True)  # the last on the stack comes first
        stack.extend((then, order + kind) for kind, then in steps)
    return Orders(tuple(found), reaching[goal], exact=True)


def _leading_to(before: dict[int, list[tuple[str, int]]], goal: int) -> list[int]:
    """The states on the ways to the goal, in the order of the steps."""
    found = {goal}
    pending = [goal]
    while pending:
        for _, earlier in before[pending.pop()]:
            if earlier not in found:
                found.add(earlier)
                pending.append(earlier)
    return sorted(found)
