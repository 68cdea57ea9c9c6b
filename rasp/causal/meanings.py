"""The plan and the witness of a model -> what each dimension of its residual stream holds, when.

The compiler says so, and the proof of meaning checks it; weights that were changed may hold
something else.  A *quantity* is an s-op of the program (or of the program as the compiler rewrote
it), or a function of such that no s-op is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rasp.artifact import Artifact
from rasp.certificate.plan import Direction
from rasp.compiler.layout import NEXT_MEANING
from rasp.graph.construct import is_sop
from rasp.graph.nodes import Node, Tokens
from rasp.graph.origins import Origins
from rasp.graph.text import to_text
from rasp.graph.walk import topological
from rasp.meaning.witness import (
    Beside,
    Disagreement,
    Joint,
    Meaning,
    Quantity,
    Total,
    made_of,
)

BOS = "beginning of sequence"
MAX_NAMES = 4
"""So many s-ops are named of which joint values are made."""

UNSAID = "nothing that was said"
"""What a dimension holds that the plan knows nothing of."""


@dataclass(frozen=True, slots=True)
class Content:
    """One direction: what a dimension holds from one sublayer on.

    number: its place in plan and witness; label: in words; quantities: what it is a function of,
    the one that it was made for first; none where nothing is said of it.
    """

    number: int
    direction: Direction
    label: str
    meaning: Meaning | None
    quantities: tuple[Quantity, ...]

    @property
    def quantity(self) -> Quantity | None:
        """What it was made for."""
        return self.quantities[0] if self.quantities else None

    def held_at(self, sublayer: int) -> bool:
        """Is it there for what the sublayer reads?"""
        born, cleared = self.direction.born, self.direction.cleared
        return born < sublayer and (cleared == 0 or sublayer <= cleared)


class Contents:
    """What the residual stream holds."""

    def __init__(self, artifact: Artifact, origins: Origins) -> None:
        self.origins = origins
        self.labels = artifact.labels.residual
        self.contents: tuple[Content, ...] = tuple(_contents(artifact))

    @cached_property
    def by_place(self) -> dict[int, list[Content]]:
        """By dimension, in order of time."""
        found: dict[int, list[Content]] = {}
        for content in self.contents:
            found.setdefault(content.direction.place, []).append(content)
        return found

    def written(self, place: int, sublayer: int) -> Content | None:
        """What a sublayer begins in a dimension."""
        return self._first(c for c in self.by_place.get(place, ()) if c.direction.born == sublayer)

    def cleared(self, place: int, sublayer: int) -> Content | None:
        """What a sublayer takes out of a dimension."""
        found = self.by_place.get(place, ())
        return self._first(c for c in found if sublayer and c.direction.cleared == sublayer)

    def _first(self, contents: Iterator[Content]) -> Content | None:
        return next(contents, None)

    def name(self, content: Content) -> str:
        """What it was made for, as the program calls it."""
        quantity = content.quantity
        return content.label if quantity is None else named(quantity, self.origins)


def _contents(artifact: Artifact) -> Iterator[Content]:
    if artifact.plan is None:
        return
    seen: dict[int, int] = {}  # how many directions a dimension had before
    meanings = None if artifact.witness is None else artifact.witness.directions
    for number, direction in enumerate(artifact.plan.directions):
        before = seen.get(direction.place, 0)
        seen[direction.place] = before + 1
        texts = artifact.labels.residual[direction.place].split(NEXT_MEANING)
        label = texts[min(before, len(texts) - 1)]
        meaning = None if meanings is None else meanings[number]
        quantities: dict[Quantity, None] = {}
        if meaning is not None and artifact.witness is not None:
            said = [part.quantity for part in meaning.terms]
            said += [part.quantity for part in meaning.multiples]
            quantities = dict.fromkeys(artifact.witness.quantities[place] for place in said)
        yield Content(number, direction, label, meaning, tuple(quantities))


def named(quantity: Quantity, origins: Origins) -> str:
    """A quantity as the program calls it, or as an expression."""
    match quantity:
        case Joint():
            names = dict.fromkeys(_text(node, origins) for node in roots(quantity))
            shown = list(names)[:MAX_NAMES]
            return f"({', '.join(shown)}{', ...' if len(names) > len(shown) else ''})"
        case Disagreement(aggregate=node):
            return f"whether what {_text(node, origins)} selects differs"
        case Total(aggregate=node):
            return f"the sum in {_text(node, origins)}"
        case Beside(aggregate=node):
            return f"a second mean in {_text(node, origins)}"
    return _text(quantity, origins)


def _text(node: Node, origins: Origins) -> str:
    if isinstance(node, Tokens):
        return "tokens"
    return origins.name(node) or to_text(node, origins)


def roots(quantity: Quantity) -> list[Node]:
    """The s-ops that a quantity is, or is made of; joint values may be made of joint values, many
    deep, and of the same ones many times."""
    found: dict[Node, None] = {}
    seen: set[Quantity] = set()
    stack: list[Quantity] = [quantity]
    while stack:
        part = stack.pop()
        if part in seen:
            continue
        seen.add(part)
        if is_sop(part):
            found[part] = None
        else:
            stack.extend(reversed(made_of(part)))
    return list(found)


def depends_on_tokens(quantity: Quantity) -> bool:
    """Can two inputs of one length differ in it?  Where this is False, they cannot."""
    return any(isinstance(node, Tokens) for node in topological(roots(quantity)))
