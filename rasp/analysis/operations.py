"""A graph -> the operations of its account, and what each of them waits for.

There are two kinds.  *Attention operations* are aggregates, fetches and widths; a width is two of
them, over the selectors `S or first` and `S and first`, where `first` selects position 0 (only the
former if inputs begin with a token of their own).  *Feed-forward results* are elementwise results
that attention reads or that are the s-op itself; everything elementwise below one of them, down to
results of attention, is one function, which one feed-forward sublayer computes.  Functions of the
token alone or of the position alone are embeddings and cost nothing.  What `best` chooses by is
read at the keys in the very operation that reads the values.

Non-goals: whether attention could compute some of the elementwise functions by itself, which linear
ones are; the compiler knows that (`rasp analyze --compiled` shows it).
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, assert_never

from rasp.analysis.canonical import CanonicalSelectors
from rasp.analysis.depth import depths
from rasp.graph.construct import select, selector_and, selector_or
from rasp.graph.nodes import (
    INDICES,
    SELECTOR_TYPES,
    SOP_TYPES,
    TOKENS,
    Aggregate,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
    Tokens,
    children,
)
from rasp.graph.walk import topological

FIRST = select(INDICES, 0, "==")
"""Selects position 0 from everywhere."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Attention:
    """An attention operation.

    node: the aggregate, the width, or the selector itself where an account is of a selector.
    head: equal numbers for selectors that are equal (`rasp.analysis.canonical`).
    """

    node: Node = field(repr=False)
    selector: SelectorNode = field(repr=False)
    head: int


class Operations:
    """What is to be done for a root, an s-op or a selector (as if it were aggregated with)."""

    def __init__(self, root: Node, *, bos: bool) -> None:
        self.root = root
        self.bos = bos
        self.order = topological([root])
        self.depth = depths(self.order)

    def opposite(self) -> Operations:
        """The same with the opposite assumption on what inputs begin with."""
        other = copy(self)
        other.__dict__.pop("attention", None)
        other.bos = not self.bos
        return other

    @property
    def n_layers(self) -> int:
        return self.depth[self.root]

    @cached_property
    def attention(self) -> tuple[Attention, ...]:
        """All attention operations, in topological order."""
        canonical = CanonicalSelectors()
        canonical.add_all(node for node in self.order if isinstance(node, SELECTOR_TYPES))
        canonical.add(FIRST)
        found = []
        for node, selector in self._uses():
            if selector not in self.depth:
                canonical.add(selector)
            found.append(Attention(node, selector, canonical[selector]))
        return tuple(found)

    def _uses(self) -> list[tuple[Node, SelectorNode]]:
        uses: list[tuple[Node, SelectorNode]] = []
        for node in self.order:
            if isinstance(node, (Aggregate, Fetch)):
                uses.append((node, node.selector))
            elif isinstance(node, SelectorWidth):
                uses.append((node, selector_or(node.selector, FIRST)))
                if not self.bos:
                    uses.append((node, selector_and(node.selector, FIRST)))
        if isinstance(self.root, SELECTOR_TYPES):
            uses.append((self.root, self.root))
        return uses

    @cached_property
    def read(self) -> tuple[SOpNode, ...]:
        """The s-ops that attention reads, and the root if it is an s-op; each once."""
        found: dict[Node, None] = {}
        for node in self.order:
            if isinstance(node, Select):
                found.update(dict.fromkeys((node.key, node.query)))
            elif isinstance(node, Best):
                found[node.score] = None
            elif isinstance(node, (Aggregate, Fetch)):
                found[node.value] = None
        found[self.root] = None
        return tuple(node for node in found if isinstance(node, SOP_TYPES))

    @cached_property
    def feed_forward(self) -> dict[SOpNode, None]:
        """The feed-forward results, in order."""
        embedded = self._embedded()
        return {
            node: None
            for node in self.read
            if isinstance(node, (Elementwise, SelectorWidth)) and node not in embedded
        }

    def _embedded(self) -> set[Node]:
        """Functions of the token alone or of the position alone."""
        inputs: dict[Node, frozenset[Node]] = {}
        for node in self.order:
            if node is TOKENS or node is INDICES:
                inputs[node] = frozenset({node})
            elif self.depth[node] == 0:
                inputs[node] = frozenset().union(*(inputs[child] for child in children(node)))
        return {node for node, below in inputs.items() if len(below) < 2}

    def flow(
        self,
        start: T,
        *,
        join: Callable[[T, T], T],
        attend: Callable[[Node, T], T],
        compute: Callable[[SOpNode, T], T] = lambda node, below: below,
    ) -> dict[Node, T]:
        """What reaches each node from below, one visit a node.

        Leaves have `start`; what comes from several sides is joined.  `attend` is what an attention
        operation makes of that which reaches it, `compute` a feed-forward result: values pass
        through it only on their way to their readers, since all elementwise work above it is
        computed together with it.
        """
        raw: dict[Node, T] = {}
        computed: dict[SOpNode, T] = {}

        def ready(node: SOpNode) -> T:
            """The value of an s-op for attention to read."""
            if node not in self.feed_forward:
                return raw[node]
            if node not in computed:
                computed[node] = compute(node, raw[node])
            return computed[node]

        for node in self.order:
            match node:
                case Tokens() | Indices() | Constant():
                    raw[node] = start
                case Elementwise(operands=operands):
                    raw[node] = _joined(join, [raw[operand] for operand in operands])
                case Select(key=key, query=query):
                    raw[node] = join(ready(key), ready(query))
                case SelectorNot(operand=operand):
                    raw[node] = raw[operand]
                case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
                    raw[node] = join(raw[left], raw[right])
                case Best(selector=selector, score=score):
                    raw[node] = join(raw[selector], ready(score))
                case (
                    Aggregate(selector=selector, value=value)
                    | Fetch(selector=selector, value=value)
                ):
                    raw[node] = attend(node, join(raw[selector], ready(value)))
                case SelectorWidth(selector=selector):
                    raw[node] = attend(node, raw[selector])
                case _:
                    assert_never(node)
        if isinstance(self.root, SELECTOR_TYPES):
            attend(self.root, raw[self.root])
        elif isinstance(self.root, SOP_TYPES):
            ready(self.root)
        return raw


def _joined(join: Callable[[T, T], T], values: list[T]) -> T:
    result, *rest = values
    for value in rest:
        result = join(result, value)
    return result
