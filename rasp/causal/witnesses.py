"""Edges -> edges with witnesses: pairs of inputs on which patching them changes the output.

And the other way round: pairs of parts without an edge -> the largest effect of patching them,
which has to be 0.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rasp.causal.anatomy import Anatomy, Part, Reader, anatomy
from rasp.causal.circuit import Circuit
from rasp.causal.edges import Answer, Edge, Shuffle, Witness, same_answer
from rasp.causal.original import original_of
from rasp.causal.pairs import KINDS, N_PAIRS, Kind, Pairs, batches
from rasp.causal.patching import Patching, Run
from rasp.compiled.inputs import Tokens
from rasp.compiled.runnable import RunnableModel
from rasp.errors import RaspError, RaspValueError
from rasp.graph.nodes import Atom
from rasp.readout import Outcome
from rasp.vocabulary import FIRST_TOKEN

if TYPE_CHECKING:
    from torch import Tensor

VISIBLE = 1e-6
"""Numbers change if they do by more than this, relative to the largest that the model puts out."""

SHUFFLES: Mapping[Kind, Shuffle] = {
    "tokens": "none",
    "lengths": "none",
    "positions": "positions",
    "BOS": "BOS",
}


def with_witnesses(
    model: RunnableModel, circuit: Circuit, *, n_pairs: int = N_PAIRS, seed: int = 0
) -> Circuit:
    """The circuit, with a witness for each edge that has one among n_pairs pairs of each kind."""
    if n_pairs < 1:
        return circuit
    search = _Search(model, anatomy(model.artifact), seed, n_pairs)
    found = dict(enumerate(circuit.edges))
    for kind in KINDS:
        for trial in search.trials(kind):
            for number, edge in found.items():
                if edge.witness is None and _may_show(edge, kind):
                    found[number] = trial.tried(edge)
        if all(edge.witness is not None for edge in found.values()):
            break
    return circuit.with_edges(found.values())


def patched(
    model: RunnableModel,
    edge: Edge,
    base: Tokens,
    source: Tokens,
    places: Sequence[int] | None = None,
) -> Outcome:
    """What the model answers on `base`, with what comes along an edge as it is on `source`.

    places: for each position of the base, BOS first, the position of the source whose contribution
    comes; each keeps its own if they are not given, and the base's where the source is shorter.
    The answer, or the error that the model reports.  Raises VocabularyError for an input that the
    model does not take, RaspValueError for an edge of another model or places that are not there.
    A rotated model is patched in the basis in which it was compiled.
    """
    model = original_of(model)
    found = anatomy(model.artifact)
    parts = {part.name: part for part in found.parts}
    readers = {reader.name: reader for reader in found.readers}
    if edge.writer not in parts or edge.reader not in readers:
        raise RaspValueError(f"this model has no edge from {edge.writer} to {edge.reader}")
    patching = Patching(model)
    here, there = (patching.run(*patching.encode([tokens])) for tokens in (base, source))
    n_pos, n_there = here.ids.shape[1], there.ids.shape[1]
    if places is None:
        places = [place if place < n_there else -1 for place in range(n_pos)]
    if len(places) != n_pos or not all(-1 <= place < n_there for place in places):
        raise RaspValueError(
            f"places has to have a position of the source (0 for BOS, to {n_there - 1}) for each of"
            f" {n_pos} positions, got {list(places)}"
        )
    whole = patching.change(here, there, np.array([places]), parts[edge.writer])
    change = whole.new_zeros(whole.shape)  # [1, pos, d_model]
    change[..., edge.dimensions] = whole[..., edge.dimensions]
    output = patching.effect(here, readers[edge.reader], change)
    return patching.outcomes(output, here.lengths)[0]


@dataclass(frozen=True, slots=True)
class Outside:
    """What was tried of a circuit's complement.

    n_patched: pairs of a writer and a reader that have no edge, or have one and were patched in all
    dimensions that the edge does not name; n_inputs: pairs of inputs; largest: effect, 0.0 if the
    circuit is right; where: the first patch with an effect, in words.
    """

    n_patched: int
    n_inputs: int
    largest: float
    where: str | None = None

    def to_text(self) -> str:
        tried = f"patched {self.n_patched:,} times what has no edge, on {self.n_inputs:,} pairs"
        where = "" if self.where is None else f" ({self.where})"
        return f"{tried}: the largest effect is {self.largest}{where}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "n_patched": self.n_patched,
            "n_inputs": self.n_inputs,
            "largest": self.largest,
            "where": self.where,
        }


def outside(
    model: RunnableModel, circuit: Circuit, *, n_pairs: int = N_PAIRS, seed: int = 0
) -> Outside:
    """Patch everything that is not an edge of the circuit, on n_pairs pairs of each kind.

    A rotated model is patched in the basis in which it was compiled: in another one nothing is
    exactly 0.
    """
    model = original_of(model)
    found = anatomy(model.artifact)
    search = _Search(model, found, seed, n_pairs)
    listed: dict[tuple[str, str], set[int]] = {}
    for edge in circuit.edges:
        listed.setdefault((edge.writer, edge.reader), set()).update(edge.dimensions)
    d_model = model.artifact.config.d_model
    patches = [
        (
            writer,
            reader,
            sorted(set(range(d_model)) - listed.get((writer.name, reader.name), set())),
        )
        for writer, reader in found.pairs()
    ]
    largest, where, n_inputs = 0.0, None, 0
    for kind in KINDS:
        for trial in search.trials(kind):
            n_inputs += len(trial.pairs.lengths)
            for writer, reader, dimensions in patches:
                effect = float(trial.effects(writer, reader, dimensions)[1].max(initial=0.0))
                if effect > 0.0 and where is None:
                    where = f"{writer.name} -> {reader.name}, {kind}"
                largest = max(largest, effect)
    return Outside(len(patches), n_inputs, largest, where)


def _may_show(edge: Edge, kind: Kind) -> bool:
    """Can patching change anything at all on pairs of a kind?"""
    match edge.carries:
        case "tokens":
            return True
        case "positions":
            return kind in ("positions", "BOS") or (
                kind == "lengths" and edge.writer != "pos_embed"
            )
        case "BOS":
            return kind == "BOS"


class _Search:
    """Trials of a model."""

    def __init__(self, model: RunnableModel, found: Anatomy, seed: int, n_pairs: int) -> None:
        self.model, self.seed, self.n_pairs = model, seed, n_pairs
        self.patching = Patching(model)
        self.parts = {part.name: part for part in found.parts}
        self.readers = {reader.name: reader for reader in found.readers}

    def trials(self, kind: Kind) -> Iterator[_Trial]:
        n_tokens = len(self.model.vocabulary.tokens)
        for made in batches(kind, n_tokens, self.model.max_len, self.seed, self.n_pairs):
            base = self.patching.run(made.base, made.lengths)
            source = self.patching.run(made.source, made.others)
            yield _Trial(self, made, base, source)


class _Trial:
    """A batch of pairs of inputs."""

    def __init__(self, search: _Search, pairs: Pairs, base: Run, source: Run) -> None:
        self.search, self.pairs, self.base, self.source = search, pairs, base, source
        self._changes: dict[str, Tensor] = {}

    @cached_property
    def before(self) -> list[Outcome]:
        return self.search.patching.outcomes(self.base.output, self.base.lengths)

    def change(self, writer: Part) -> Tensor:
        """What the writer adds on the sources, less what it adds on the bases [batch, pos, d]."""
        if writer.name not in self._changes:
            patching, places = self.search.patching, self.pairs.places
            self._changes[writer.name] = patching.change(self.base, self.source, places, writer)
        return self._changes[writer.name]

    def effects(
        self, writer: Part, reader: Reader, dimensions: Sequence[int]
    ) -> tuple[Tensor, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        """The patched output, and by how much it differs at most, input by input."""
        import torch

        whole = self.change(writer)
        change = torch.zeros_like(whole)  # [batch, pos, d_model]
        change[..., dimensions] = whole[..., dimensions]
        output = self.search.patching.effect(self.base, reader, change)
        before = self.base.output  # [batch, pos, column]
        same = (output == before) | (output.isnan() & before.isnan())  # [batch, pos, column]
        differ = (output - before).abs().nan_to_num(nan=np.inf)  # [batch, pos, column]
        differ = torch.where(same, 0.0, differ)  # [batch, pos, column]
        there = torch.arange(differ.shape[1]) <= torch.from_numpy(self.base.lengths)[:, None]
        differ = torch.where(there, differ.cpu().amax(dim=2), 0.0)  # [batch, pos]
        effects = differ.amax(dim=1).double().numpy()  # [batch]
        return output, effects

    def tried(self, edge: Edge) -> Edge:
        """The edge with a witness, if this batch has one: one that changes the answer, if any."""
        writer, reader = self.search.parts[edge.writer], self.search.readers[edge.reader]
        output, effects = self.effects(writer, reader, edge.dimensions)
        edge = replace(edge, n_pairs=edge.n_pairs + len(effects))
        size = 1.0 + float(self.base.output.abs().max())
        seen = np.flatnonzero(effects > VISIBLE * size).tolist()
        if not seen:
            return edge
        after = self.search.patching.outcomes(output, self.base.lengths)
        answers = {row: (_answer(self.before[row]), _answer(after[row])) for row in seen}
        changed = [row for row, (one, two) in answers.items() if not same_answer(one, two)]
        lengths = self.base.lengths
        # An answer says more than an error, and a short input more than a long one.
        row = min(
            changed or seen, key=lambda row: (isinstance(answers[row][1], str), lengths[row], row)
        )
        places = None
        if SHUFFLES[self.pairs.kind] != "none":
            places = tuple(self.pairs.places[row, : 1 + int(lengths[row])].tolist())
        return replace(
            edge,
            witness=Witness(
                self._tokens(self.pairs.base[row], int(lengths[row])),
                self._tokens(self.pairs.source[row], int(self.source.lengths[row])),
                places,
                SHUFFLES[self.pairs.kind],
                *answers[row],
                float(effects[row]),
            ),
        )

    def _tokens(
        self, ids: np.ndarray[tuple[int], np.dtype[np.int64]], length: int
    ) -> tuple[Atom, ...]:
        tokens = self.search.model.vocabulary.tokens
        return tuple(tokens[number - FIRST_TOKEN] for number in ids[1 : 1 + length].tolist())


def _answer(outcome: Outcome) -> Answer:
    return outcome.message if isinstance(outcome, RaspError) else tuple(outcome)
