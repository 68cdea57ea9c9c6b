"""A compiled model -> its causal variables: the s-ops that live in its residual stream, and where.

variables     name -> Variable, and for every other name why it has no place of its own
interchange   the model's answers on bases, with variables as they are on sources
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact
from rasp.causal.anatomy import anatomy
from rasp.causal.dependence import carriers, dependence_of
from rasp.causal.meanings import Contents, named
from rasp.causal.names import origins_of
from rasp.causal.original import CHANGED, SQUEEZED, compiled_before, is_squeezed
from rasp.causal.subspace import Exchange, exchanges
from rasp.compiled.inputs import Encoder, Tokens
from rasp.compiled.runnable import RunnableModel
from rasp.errors import RaspError, RaspNameError, RaspValueError
from rasp.graph.construct import is_sop
from rasp.graph.naming import named_sops
from rasp.graph.nodes import Atom, Node, SOpNode
from rasp.graph.origins import Origins
from rasp.interpreter.interchange import check_lengths
from rasp.meaning.witness import Beside, Disagreement, Joint, Quantity
from rasp.model.config import TransformerConfig
from rasp.readout import Decoder, Outcome

if TYPE_CHECKING:
    from torch import Tensor

    from rasp.model.taps import Function
    from rasp.sop import SOp

Array = NDArray[Any]


@dataclass(frozen=True)
class Variable:
    """An s-op that lives in the residual stream.

    name, sop: as in the program; carriers: the s-ops that are exchanged for it, itself or what only
    it is made of; points: where the stream holds it, in the order of the forward pass; exchanges:
    the directions that hold it.  basis [direction, d_model]: where these are in a rotated stream;
    None where each is a dimension.
    """

    name: str
    sop: SOp
    carriers: tuple[str, ...]
    points: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    config: TransformerConfig
    basis: Array | None = None

    def dimensions(self, point: str) -> tuple[int, ...]:
        """The dimensions of the residual stream that hold it at a point of the stream.

        Raises RaspValueError for a point that is not one of `points`, and where the stream is
        rotated: all dimensions hold something of it then.
        """
        if self.basis is not None:
            raise RaspValueError(
                f"the residual stream is rotated, and no dimension holds {self.name}",
                hint=f"directions({point!r}) has the directions that do",
            )
        return self.rows(point)

    def rows(self, point: str) -> tuple[int, ...]:
        """The numbers of these directions: rows of the model's `artifact.basis` where the stream is
        rotated, else dimensions.  Raises RaspValueError for a point that is not one of `points`."""
        return tuple(exchange.content.direction.place for exchange in self._at(point))

    def directions(self, point: str) -> Array:
        """The directions that hold it at a point, as rows [direction, d_model]: exchanging the
        stream along them exchanges the variable.  Raises RaspValueError as `rows`."""
        basis = np.eye(self.config.d_model) if self.basis is None else self.basis
        return basis[list(self.rows(point))]

    def holds(self, point: str) -> tuple[str, ...]:
        """What each of the directions holds, in words."""
        return tuple(exchange.content.label for exchange in self._at(point))

    def _at(self, point: str) -> list[Exchange]:
        if point not in self.points:
            listed = ", ".join(self.points)
            raise RaspValueError(f"{self.name} is not at {point}", hint=f"it is at {listed}")
        sublayer = _stream(self.config)[point]
        return [e for e in self.exchanges if e.content.held_at(sublayer + 1)]

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "name": self.name,
            "carriers": list(self.carriers),
            "points": {
                point: {
                    "dimensions" if self.basis is None else "rows": list(self.rows(point)),
                    "holds": list(self.holds(point)),
                }
                for point in self.points
            },
        }

    def __repr__(self) -> str:
        return f"<Variable {self.name}: {len(self.exchanges)} directions from {self.points[0]} on>"


@dataclass(frozen=True)
class Variables(Mapping[str, Variable]):
    """The variables of a model by name.  elsewhere: the other named s-ops, and why each has no
    place of its own."""

    found: Mapping[str, Variable]
    elsewhere: Mapping[str, str]

    def __getitem__(self, name: str) -> Variable:
        """Raises RaspNameError, with the reason where the program has the name."""
        if name in self.found:
            return self.found[name]
        if name in self.elsewhere:
            raise RaspNameError(
                f"{name} does not live in the residual stream", hint=self.elsewhere[name]
            )
        listed = ", ".join(self.found) or "none"
        raise RaspNameError(f"there is no variable {name!r}", hint=f"the variables are {listed}")

    def __contains__(self, name: object) -> bool:
        return name in self.found

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "variables": [variable.to_dict() for variable in self.found.values()],
            "elsewhere": dict(self.elsewhere),
        }


def variables_of(model: RunnableModel) -> Variables:
    """The variables of a model, as it was compiled."""
    return model.once(_find_variables)


def _find_variables(model: RunnableModel) -> Variables:
    from rasp.sop import SOp

    basis = model.compiled_artifact.basis
    if basis is not None:
        return _in_basis(model, basis)
    artifact = _as_compiled(model)
    origins = origins_of(model)
    contents = Contents(artifact, origins)
    root = model.specification.node
    dependence = dependence_of(artifact, root, contents)
    found: dict[str, Variable] = {}
    elsewhere: dict[str, str] = {}
    known: dict[SOpNode, tuple[tuple[str, ...], tuple[Exchange, ...]] | str] = {}
    for name, node in named_sops(root, origins, model.specification.name).items():
        if node not in known:
            known[node] = _place(artifact, contents, carriers(dependence, node), origins)
        place = known[node]
        if isinstance(place, str):
            elsewhere[name] = place
            continue
        names, moves = place
        points = tuple(
            point
            for point, sublayer in _stream(artifact.config).items()
            if any(move.content.held_at(sublayer + 1) for move in moves)
        )
        sop = SOp(node, origins, name=name)
        found[name] = Variable(name, sop, names, points, moves, artifact.config)
    return Variables(found, elsewhere)


def _in_basis(model: RunnableModel, basis: Array) -> Variables:
    """The variables of a rotated model: those from before, along the rows of the basis."""
    before = None if is_squeezed(model.compiled_artifact) else compiled_before(model)
    if before is None:
        names = named_sops(model.specification.node, origins_of(model), model.specification.name)
        reason = SQUEEZED if is_squeezed(model.compiled_artifact) else CHANGED
        return Variables({}, dict.fromkeys(names, reason))
    known = variables_of(before)
    found = {name: replace(variable, basis=basis) for name, variable in known.found.items()}
    return Variables(found, known.elsewhere)


def _as_compiled(model: RunnableModel) -> Artifact:
    """The model with the weights that the compiler made: those of a file may be others."""
    artifact = model.compiled_artifact
    if not artifact.report.changed:
        return artifact
    from rasp.verification.departure import compiled_again

    again = compiled_again(artifact, model).artifact
    if again.config != replace(artifact.config, dtype=again.config.dtype):
        raise RaspValueError(
            "the weights are not as compiled, and the program, compiled again, has another shape"
        )
    return replace(again, labels=artifact.labels)


def _place(
    artifact: Artifact, contents: Contents, chosen: tuple[Node, ...] | str, origins: Origins
) -> tuple[tuple[str, ...], tuple[Exchange, ...]] | str:
    """The carriers by name and how they are exchanged; or why they are not."""
    if isinstance(chosen, str):
        return chosen
    names = tuple(named(node, origins) for node in chosen if is_sop(node))
    quantities: set[Quantity] = {node for node in chosen if is_sop(node)}
    heads = _heads_of(artifact, contents, quantities)
    for content in contents.contents:
        match content.quantity:
            # The rest of what is known of the same values: their low parts, types, agreement.
            case Beside(aggregate=node) | Disagreement(aggregate=node) if node in quantities:
                quantities.add(content.quantity)
            case Joint(rows=()) if heads & _heads_of(artifact, contents, {content.quantity}):
                quantities.add(content.quantity)
    moves = exchanges(artifact, contents, quantities)
    if isinstance(moves, str):
        return moves
    return names, tuple(moves)


def _heads_of(artifact: Artifact, contents: Contents, quantities: Set[Quantity]) -> set[str]:
    """The heads that write what was made for some quantities."""
    found = anatomy(artifact)
    return {
        part.name
        for content in contents.contents
        if content.quantity in quantities
        for part in found.parts
        if part.kind == "head"
        and part.sublayer == content.direction.born
        and found.writes[part][content.direction.place]
    }


def _stream(config: TransformerConfig) -> dict[str, int]:
    """The points of the residual stream, each with the sublayer after which it is."""
    points = {"hook_embed": 0}
    sublayer = 0
    for number, block in enumerate(config.blocks):
        points[f"blocks.{number}.hook_resid_pre"] = sublayer
        sublayer += block.n_heads > 0
        points[f"blocks.{number}.hook_resid_mid"] = sublayer
        sublayer += block.d_mlp > 0
        points[f"blocks.{number}.hook_resid_post"] = sublayer
    return points


def interchange(
    model: RunnableModel, base: Tokens, source: Tokens, names: str | Iterable[str]
) -> list[Atom]:
    """What the model answers on `base` with variables as they are on `source`.

    Raises VocabularyError for an input that the model does not take, RaspValueError for inputs of
    different lengths, RaspNameError for a name that is no variable, RaspRuntimeError where the
    model reports that the program fails.
    """
    (outcome,) = interchanged(model, [base], [source], names)
    if isinstance(outcome, RaspError):
        raise outcome
    return outcome


def interchanged(
    model: RunnableModel,
    bases: Sequence[Tokens],
    sources: Sequence[Tokens],
    names: str | Iterable[str],
) -> list[Outcome]:
    """The same for many pairs, with errors in the place of answers: those that the model reports on
    the base, on the source, or with the exchanged values."""
    import torch

    from rasp.model.precision import full_precision
    from rasp.model.taps import Taps

    variables = variables_of(model)
    listed = [names] if isinstance(names, str) else list(names)
    moves = {m.content.number: m for name in listed for m in variables[name].exchanges}
    encoded, errors = Encoder(model.vocabulary, model.max_len).encode([*bases, *sources])
    for error in errors.values():
        raise error
    n_pairs = len(bases)
    lengths = encoded.lengths[:n_pairs]
    for here, there in zip(lengths.tolist(), encoded.lengths[n_pairs:].tolist(), strict=True):
        check_lengths(range(here), range(there))
    ids = encoded.batch(np.arange(2 * n_pairs))  # [2 * pair, pos]
    decoder = Decoder(model.artifact.readout, model.max_len)
    device = model.device
    by_sublayer: dict[int, list[Exchange]] = {}
    for number in sorted(moves):
        by_sublayer.setdefault(moves[number].content.direction.born, []).append(moves[number])
    where = _places(model.artifact.config)
    turned = model.compiled_artifact.basis
    with torch.inference_mode(), full_precision(device):
        basis = None if turned is None else torch.tensor(turned, device=device)
        both = torch.from_numpy(ids).to(device)  # [2 * pair, pos]
        kept = Taps(kept=frozenset(where[sublayer] for sublayer in by_sublayer))
        alone = model.module.run_with_taps(both, kept)  # [2 * pair, pos, d_vocab_out]
        functions = {
            where[sublayer]: _exchange(group, kept.cache[where[sublayer]][n_pairs:], basis)
            for sublayer, group in by_sublayer.items()
        }
        output = model.module.run_with_taps(both[:n_pairs], Taps(functions))
    after = decoder.decode(output[:, 1:].cpu().numpy(), lengths)
    before = decoder.decode(alone[:, 1:].cpu().numpy(), encoded.lengths)
    outcomes: list[Outcome] = []
    for number, outcome in enumerate(after):
        failed = (before[number], before[n_pairs + number])
        first = next((error for error in failed if isinstance(error, RaspError)), None)
        outcomes.append(outcome if first is None else first)
    return outcomes


def _places(config: TransformerConfig) -> dict[int, str]:
    """Where in the module the stream is, right after each sublayer.

    The embedding of tokens stands for the whole embedding: positions are the same for both inputs.
    """
    places = {0: "embed"}
    for number, block in enumerate(config.blocks):
        if block.n_heads:
            places[len(places)] = f"blocks.{number}.resid_mid"
        if block.d_mlp:
            places[len(places)] = f"blocks.{number}.resid_post"
    return places


def _exchange(group: Sequence[Exchange], source: Tensor, basis: Tensor | None) -> Function:
    """What becomes of the stream of the bases [pair, pos, d_model], given that of the sources.

    basis [direction, d_model]: of a rotated stream, which is exchanged along its rows.
    """

    def exchanged(stream: Tensor) -> Tensor:
        if basis is None:
            return _along(group, stream.clone(), source)
        turned = basis.to(stream.dtype)  # the module may have been moved to another one
        old = stream @ turned.T  # [pair, pos, direction]
        new = _along(group, old.clone(), source @ turned.T)
        return stream + (new - old) @ turned

    return exchanged


def _along(group: Sequence[Exchange], new: Tensor, source: Tensor) -> Tensor:
    """`new` with the group's exchanged; it and `source` are [pair, pos, direction]."""
    for exchange in group:
        place = exchange.content.direction.place
        new[..., place] = source[..., place]
        for other, factor in exchange.part:
            # What is read of others as it is now, and as it was on the source.
            new[..., place] += factor * (new[..., other] - source[..., other])
    return new
