"""How the values of a Tracr s-op are held by s-ops of ours.

Tracr's values are any values of Python; ours are atoms.  An atom is itself, None and everything
else are an atom that stands for them (`Leaf.meant`), and a tuple may be several s-ops, one for each
part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rasp.graph.nodes import Atom, SOpNode
from rasp.tracr.tracing import Traced


@dataclass(frozen=True)
class Leaf:
    """meant: the values that atoms stand for, of those that are not meant themselves."""

    node: SOpNode
    meant: Mapping[Atom, Any] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Are the atoms themselves meant, but for None?"""
        return all(value is None for value in self.meant.values())


Shape: TypeAlias = "Leaf | tuple[Shape, ...]"


def leaves(shape: Shape) -> list[Leaf]:
    if isinstance(shape, Leaf):
        return [shape]
    return [leaf for part in shape for leaf in leaves(part)]


def value_of(shape: Shape, atoms: Iterator[Atom]) -> Any:
    """The value that is meant by the next atoms, one for each leaf."""
    if isinstance(shape, Leaf):
        atom = next(atoms)
        return shape.meant.get(atom, atom)
    return tuple(value_of(part, atoms) for part in shape)


def with_nodes(shape: Shape, nodes: Iterator[SOpNode]) -> Traced:
    """The shape as a function sees it that is called with stand-ins, one node for each leaf."""
    if isinstance(shape, Leaf):
        return next(nodes)
    return tuple(with_nodes(part, nodes) for part in shape)


def of_traced(traced: Traced) -> Shape:
    if isinstance(traced, tuple):
        return tuple(map(of_traced, traced))
    return Leaf(traced)
