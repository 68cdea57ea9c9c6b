"""An s-op -> the attention layers that it needs, by the theory, with everything that is in them.

Every attention operation is in the earliest layer possible.  The heads of a layer are the
different selectors (`rasp.analysis.canonical`) that are aggregated with in it.  `selector_width(S)`
is two heads, `S or first` and `S and first`, where `first` selects position 0; if inputs begin with
a token of their own (`bos`), `S or first` alone is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rasp.analysis.canonical import CanonicalSelectors
from rasp.analysis.depth import critical_path, depths
from rasp.graph.construct import select, selector_and, selector_or
from rasp.graph.nodes import (
    INDICES,
    SELECTOR_TYPES,
    SOP_TYPES,
    TOKENS,
    Aggregate,
    Elementwise,
    Node,
    Select,
    SelectorNode,
    SelectorWidth,
    SOpNode,
    children,
)
from rasp.graph.origins import Origins
from rasp.graph.text import to_text
from rasp.graph.walk import topological
from rasp.source import Span

FIRST = select(INDICES, 0, "==")
"""Selects position 0 from everywhere."""

TEXT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Mention:
    """A node with its name, its expression and its place, as far as these are known."""

    node: Node
    origins: Origins | None = field(default=None, repr=False)

    @property
    def name(self) -> str | None:
        return self.origins.name(self.node) if self.origins else None

    @property
    def text(self) -> str:
        """The expression, after the name if there is one."""
        text = to_text(self.node, self.origins, limit=TEXT_LIMIT)
        return text if self.name in (None, text) else f"{self.name} = {text}"

    @property
    def place(self) -> Span | None:
        return self.origins.span(self.node) if self.origins else None

    def to_dict(self) -> dict[str, Any]:
        place = self.place
        return {"text": self.text, "place": None if place is None else str(place)}


@dataclass(frozen=True, slots=True)
class Head:
    """One selector, and the aggregates and widths of its layer that use it."""

    selector: Mention
    users: tuple[Mention, ...]

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
class Analysis:
    """The theory's account of an s-op.

    sublayers: an `a` for the attention of each layer, and an `f` wherever a feed-forward has
    something to compute: results of elementwise operations (or widths, which end in some) that are
    used by attention or are the s-op itself.  Before the first layer there is an `f` only for what
    depends on tokens and positions together; functions of one of them are embeddings.

    critical_path: a chain of attention operations, one a layer, that makes fewer layers impossible.
    """

    root: Mention
    bos: bool
    layers: tuple[Layer, ...]
    sublayers: str
    critical_path: tuple[Mention, ...]

    @property
    def n_layers(self) -> int:
        return len(self.layers)

    @property
    def heads_per_layer(self) -> list[int]:
        return [len(layer.heads) for layer in self.layers]

    @property
    def max_heads(self) -> int:
        return max(self.heads_per_layer, default=0)

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "sop": self.root.to_dict(),
            "bos": self.bos,
            "n_layers": self.n_layers,
            "heads_per_layer": self.heads_per_layer,
            "max_heads": self.max_heads,
            "sublayers": self.sublayers,
            "layers": [layer.to_dict() for layer in self.layers],
            "critical_path": [mention.to_dict() for mention in self.critical_path],
        }

    def to_text(self) -> str:
        """A heading and a table of the heads."""
        lines = [f"{self.root.text}: {self._summary()}"]
        for layer in self.layers:
            lines.append(f"layer {layer.number}: {_count(len(layer.heads), 'head')}")
            for head in layer.heads:
                lines.append(_line("head", head.selector))
                lines.extend(_line("  of", user) for user in head.users)
            lines.extend(_line("then", sop) for sop in layer.sops)
        if self.critical_path:
            lines.append("longest chain of attention:")
            lines.extend(
                _line(f"{number:4}", mention)
                for number, mention in enumerate(self.critical_path, start=1)
            )
        return "\n".join(lines)

    def _summary(self) -> str:
        if not self.layers:
            return "no attention"
        heads = ", ".join(map(str, self.heads_per_layer))
        return (
            f"{_count(self.n_layers, 'layer')}, heads per layer {heads}, sublayers {self.sublayers}"
        )


def analyze(node: Node, *, bos: bool = False, origins: Origins | None = None) -> Analysis:
    """The account of an s-op; of a selector as if it were aggregated with.

    bos: inputs begin with a token of their own, which makes a width one head.
    """
    return _Account(node, bos, origins).analysis()


class _Account:
    """What is found on the way."""

    def __init__(self, root: Node, bos: bool, origins: Origins | None) -> None:
        self.root = root
        self.bos = bos
        self.origins = origins
        self.order = topological([root])
        self.depth = depths(self.order)

    def analysis(self) -> Analysis:
        heads, sops = self._heads(), self._elementwise_results()
        layers = tuple(
            Layer(number, tuple(heads.get(number, ())), tuple(sops.get(number, ())))
            for number in range(1, self.depth[self.root] + 1)
        )
        path = tuple(map(self._mention, critical_path(self.root, self.depth)))
        return Analysis(self._mention(self.root), self.bos, layers, self._sublayers(), path)

    def _mention(self, node: Node) -> Mention:
        return Mention(node, self.origins)

    def _uses(self) -> list[tuple[int, SelectorNode, Node]]:
        """(layer, selector, the attention operation that aggregates with it), in order."""
        uses: list[tuple[int, SelectorNode, Node]] = []
        for node in self.order:
            if isinstance(node, Aggregate):
                uses.append((self.depth[node], node.selector, node))
            elif isinstance(node, SelectorWidth):
                uses.append((self.depth[node], selector_or(node.selector, FIRST), node))
                if not self.bos:
                    uses.append((self.depth[node], selector_and(node.selector, FIRST), node))
        if isinstance(self.root, SELECTOR_TYPES):
            uses.append((self.depth[self.root], self.root, self.root))
        return uses

    def _heads(self) -> dict[int, list[Head]]:
        """The heads of each layer."""
        uses = self._uses()
        canonical = CanonicalSelectors()
        canonical.add_all(node for node in self.order if isinstance(node, SELECTOR_TYPES))
        canonical.add(FIRST)
        shared: dict[int, dict[int, list[tuple[SelectorNode, Node]]]] = {}
        for layer, selector, user in uses:
            if selector not in self.depth:
                canonical.add(selector)
            number = canonical[selector]
            shared.setdefault(layer, {}).setdefault(number, []).append((selector, user))
        return {
            layer: [
                Head(
                    self._mention(pairs[0][0]),
                    tuple(self._mention(user) for user in dict.fromkeys(user for _, user in pairs)),
                )
                for pairs in heads.values()
            ]
            for layer, heads in shared.items()
        }

    def _results(self) -> list[SOpNode]:
        """What attention reads, and the s-op itself."""
        read: dict[Node, None] = {}
        for node in self.order:
            if isinstance(node, Select):
                read.update(dict.fromkeys((node.key, node.query)))
            elif isinstance(node, Aggregate):
                read[node.value] = None
        read[self.root] = None
        return [node for node in read if isinstance(node, SOP_TYPES)]

    def _elementwise_results(self) -> dict[int, list[Mention]]:
        """By layer, those that a reader wants to know of."""
        wanted = {node for node in self._results() if isinstance(node, Elementwise)}
        found: dict[int, list[Mention]] = {}
        for node in self.order:
            named = self.origins is not None and self.origins.name(node) is not None
            if isinstance(node, Elementwise) and (named or node in wanted):
                found.setdefault(self.depth[node], []).append(self._mention(node))
        return found

    def _sublayers(self) -> str:
        embedded = self._embedded()
        computed = {
            self.depth[node]
            for node in self._results()
            if isinstance(node, (Elementwise, SelectorWidth)) and node not in embedded
        }
        layers = range(self.depth[self.root] + 1)
        return "".join(("a" if d else "") + ("f" if d in computed else "") for d in layers)

    def _embedded(self) -> set[Node]:
        """Functions of the token alone or of the position alone."""
        inputs: dict[Node, frozenset[Node]] = {}
        for node in self.order:
            if node is TOKENS or node is INDICES:
                inputs[node] = frozenset({node})
            elif self.depth[node] == 0:
                inputs[node] = frozenset().union(*(inputs[child] for child in children(node)))
        return {node for node, below in inputs.items() if len(below) < 2}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _line(label: str, mention: Mention) -> str:
    place = "" if mention.place is None else f"  ({mention.place})"
    return f"  {label}  {mention.text}{place}"
