"""Operations -> layers: attention as early as it can be, as late, or where it is least crowded.

    earliest    each operation in the layer that its depth names, the account of the RASP paper
    latest      each operation as late as the minimal number of layers allows
    narrowest   within the minimal number of layers, the least number of heads in the widest layer

The heads of a layer are the different selectors that are aggregated with in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from rasp.analysis.mentions import Mention
from rasp.analysis.narrowest import narrowest_placement
from rasp.analysis.operations import FIRST, Operations
from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Elementwise,
    Fetch,
    Node,
    SelectorAnd,
    SelectorNode,
    SelectorOr,
    SelectorWidth,
    children,
)
from rasp.graph.origins import Origins

ScheduleName: TypeAlias = Literal["earliest", "latest", "narrowest"]
SCHEDULES: tuple[ScheduleName, ...] = ("earliest", "latest", "narrowest")


@dataclass(frozen=True, slots=True)
class Head:
    """One selector, and the aggregates and widths of its layer that use it."""

    selector: Mention
    users: tuple[Mention, ...]

    @property
    def label(self) -> str:
        """The selector; of a part of a width, its selector and what has been added to it."""
        match self.selector.node:
            case SelectorOr(left=selector, right=added) | SelectorAnd(left=selector, right=added):
                widths = {user.node for user in self.users if isinstance(user.node, SelectorWidth)}
                if added is FIRST and any(node.selector is selector for node in widths):
                    word = "or" if isinstance(self.selector.node, SelectorOr) else "and"
                    own = Mention(selector, self.selector.origins).label
                    return f"{own} {word} position 0"
        return self.selector.label

    def to_dict(self) -> dict[str, Any]:
        return {
            "selector": self.selector.to_dict(),
            "users": [user.to_dict() for user in self.users],
        }


@dataclass(frozen=True, slots=True)
class Layer:
    """number: from 1; sops: the elementwise results of the layer that have a name or are used by
    attention or as the result."""

    number: int
    heads: tuple[Head, ...]
    sops: tuple[Mention, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": self.number,
            "heads": [head.to_dict() for head in self.heads],
            "sops": [sop.to_dict() for sop in self.sops],
        }


@dataclass(frozen=True, slots=True)
class Schedule:
    """A layer for every attention operation, in the least number of layers.

    at_least: no schedule of as few layers has a smaller widest layer than this; so a schedule whose
    `max_heads` is `at_least` is as narrow as can be, and otherwise it is the best that was found.
    """

    name: ScheduleName
    layers: tuple[Layer, ...]
    at_least: int

    @property
    def heads_per_layer(self) -> list[int]:
        return [len(layer.heads) for layer in self.layers]

    @property
    def max_heads(self) -> int:
        return max(self.heads_per_layer, default=0)

    @property
    def is_narrowest(self) -> bool:
        """Whether it is proved that no other schedule is narrower."""
        return self.max_heads <= self.at_least

    def to_dict(self) -> dict[str, Any]:
        return {
            "heads_per_layer": self.heads_per_layer,
            "max_heads": self.max_heads,
            "max_heads_at_least": self.at_least,
            "layers": [layer.to_dict() for layer in self.layers],
        }


def make_schedule(operations: Operations, name: ScheduleName, origins: Origins | None) -> Schedule:
    at_least = 0
    if name == "earliest":
        placement = earliest(operations)
    elif name == "latest":
        placement = latest(operations)
    else:
        placement, at_least = narrowest_placement(
            operations, earliest(operations), latest(operations)
        )
    return Schedule(name, _layers(operations, placement, origins), at_least)


def earliest(operations: Operations) -> list[int]:
    """The layer of each attention operation if none waits longer than it has to."""
    return [operations.depth[attention.node] for attention in operations.attention]


def latest(operations: Operations) -> list[int]:
    """The layer of each attention operation if all wait as long as the s-op allows."""
    root, n_layers = operations.root, operations.n_layers
    due: dict[Node, int] = dict.fromkeys(operations.order, n_layers)
    for node in reversed(operations.order):
        if isinstance(node, (Aggregate, Fetch, SelectorWidth)) or (
            node is root and isinstance(node, SELECTOR_TYPES)
        ):
            below = due[node] - 1
        else:
            below = due[node]
        for child in children(node):
            due[child] = min(due[child], below)
    return [
        n_layers if attention.node is root else due[attention.node]
        for attention in operations.attention
    ]


def _layers(
    operations: Operations, placement: Sequence[int], origins: Origins | None
) -> tuple[Layer, ...]:
    heads = _heads(operations, placement, origins)
    sops = _elementwise_results(operations, placement, origins)
    return tuple(
        Layer(number, tuple(heads.get(number, ())), tuple(sops.get(number, ())))
        for number in range(1, operations.n_layers + 1)
    )


def _heads(
    operations: Operations, placement: Sequence[int], origins: Origins | None
) -> dict[int, list[Head]]:
    """The heads of each layer."""
    shared: dict[int, dict[int, list[tuple[SelectorNode, Node]]]] = {}
    for attention, layer in zip(operations.attention, placement, strict=True):
        heads = shared.setdefault(layer, {})
        heads.setdefault(attention.head, []).append((attention.selector, attention.node))
    return {
        layer: [
            Head(
                Mention(pairs[0][0], origins),
                tuple(Mention(user, origins) for user in dict.fromkeys(user for _, user in pairs)),
            )
            for pairs in heads.values()
        ]
        for layer, heads in shared.items()
    }


def _elementwise_results(
    operations: Operations, placement: Sequence[int], origins: Origins | None
) -> dict[int, list[Mention]]:
    """By layer, those that a reader wants to know of."""
    layer: dict[Node, int] = {}
    for attention, number in zip(operations.attention, placement, strict=True):
        layer[attention.node] = max(number, layer.get(attention.node, 0))
    reached = operations.flow(0, join=max, attend=lambda node, _: layer[node])
    wanted = {node for node in operations.read if isinstance(node, Elementwise)}
    found: dict[int, list[Mention]] = {}
    for node in operations.order:
        named = origins is not None and origins.name(node) is not None
        if isinstance(node, Elementwise) and (named or node in wanted):
            found.setdefault(reached[node], []).append(Mention(node, origins))
    return found
