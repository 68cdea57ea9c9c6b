"""A compiled model -> its circuit: from its weights, with names from plan and witness."""

from __future__ import annotations

from collections.abc import Iterator

from rasp.artifact import Artifact
from rasp.causal.anatomy import Anatomy, Part, Reader, anatomy
from rasp.causal.circuit import Circuit
from rasp.causal.edges import Carries, Edge, Role
from rasp.causal.meanings import BOS, UNSAID, Content, Contents, depends_on_tokens
from rasp.certificate.plan import Head
from rasp.graph.origins import Origins
from rasp.vocabulary import BOS as BOS_ID

BOS_PLACE = 0
"""The dimension that is 1 at the beginning of the sequence, and 0 elsewhere."""


def circuit_of(artifact: Artifact, origins: Origins, name: str) -> Circuit:
    """The circuit, without witnesses.  origins: of the s-op; name: what it is called."""
    found = anatomy(artifact)
    contents = Contents(artifact, origins)
    pairs = list(found.pairs())
    edges = [edge for pair in pairs for edge in _edges(found, contents, artifact, *pair)]
    return Circuit(name, found.parts, tuple(edges), len(pairs))


def _edges(
    found: Anatomy, contents: Contents, artifact: Artifact, writer: Part, reader: Reader
) -> Iterator[Edge]:
    """One for each variable that goes from the one to the other."""
    groups: dict[tuple[str, Role, Carries], list[tuple[int, str]]] = {}
    for place in found.touched(writer, reader):
        variable, holds, carries, role = _said(contents, artifact, place, writer, reader)
        groups.setdefault((variable, role, carries), []).append((place, holds))
    for (variable, role, carries), members in groups.items():
        yield Edge(
            writer.name,
            reader.name,
            variable,
            tuple(place for place, _ in members),
            tuple(dict.fromkeys(holds for _, holds in members)),
            carries,
            role,
        )


def _said(
    contents: Contents, artifact: Artifact, place: int, writer: Part, reader: Reader
) -> tuple[str, str, Carries, Role]:
    """Variable, content in words, what it can tell, and the role of a dimension in an edge."""
    content = contents.written(place, writer.sublayer)
    if content is not None and not _writes(artifact, writer, place):
        content = None
    role: Role = "reads"
    if content is None:
        content, role = contents.cleared(place, writer.sublayer), "empties"
    elif not content.held_at(reader.part.sublayer):
        role = "cancels"
    if content is None:
        if place == BOS_PLACE and writer.kind == "embedding":
            return BOS, BOS, "BOS", "reads"
        return UNSAID, contents.labels[place], "tokens", "reads"
    return contents.name(content), content.label, _carries(content), role


def _writes(artifact: Artifact, writer: Part, place: int) -> bool:
    """Is it this writer, of all in its sublayer, that puts a number other than BOS's there?"""
    if writer.kind == "embedding":
        tokens = artifact.tensors["embed.W_E"][:, place]
        return bool((tokens[BOS_ID + 1 :] != 0).any())
    if writer.kind == "neurons" and artifact.plan is not None:
        return not _is_emptying(artifact, writer)
    return True


def _is_emptying(artifact: Artifact, writer: Part) -> bool:
    """Are these the neurons that empty dimensions?"""
    assert artifact.plan is not None
    assert writer.neurons is not None
    first = 0
    for group in artifact.plan.sublayers[writer.sublayer - 1]:
        if isinstance(group, Head):
            return False
        if first == writer.neurons[0]:
            return group.empties
        first += group.n
    return False


def _carries(content: Content) -> Carries:
    known = content.quantities
    return "tokens" if not known or any(map(depends_on_tokens, known)) else "positions"
