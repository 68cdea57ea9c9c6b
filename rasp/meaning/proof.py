"""Weights, plan, witness and read-out, against the s-op graph: is the network the program?

By induction over the sublayers: if every direction holds what it is said to hold before a sublayer,
so do those that the sublayer writes.  The embedding is the beginning, the read-out the end.  What
is found is exact but for `Deviations`: how far the ideal numbers of the stored weights are from the
meanings, which the bounds of the rounding then start from.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Deviations, Head, Neurons, Plan
from rasp.deadline import done
from rasp.graph.nodes import (
    INDICES,
    TOKENS,
    Atom,
    Node,
    SelectorWidth,
    SOpNode,
    atom_key,
)
from rasp.graph.walk import topological
from rasp.meaning.attended import Attended
from rasp.meaning.chosen import corners_of
from rasp.meaning.failures import Failures, check_deferred, check_defined
from rasp.meaning.heads import Attention
from rasp.meaning.neurons import Feedforward
from rasp.meaning.parts import check_output, read_out
from rasp.meaning.products import MAX_STATES
from rasp.meaning.rewrites import normal, normal_quantity
from rasp.meaning.seconds import parts_of
from rasp.meaning.states import Ints, States, TooManyError, UnprovedError, describe
from rasp.meaning.stream import SLIGHTLY_MORE, TOLERANCE, Streams
from rasp.meaning.trees import in_trees
from rasp.meaning.wholes import check_words, holds_whole
from rasp.meaning.within import asked_of
from rasp.meaning.witness import Beside, Quantity, Witness
from rasp.model.config import TransformerConfig
from rasp.outputs import Readout
from rasp.vocabulary import FIRST_TOKEN

MOST_TOKENS = 5_000
"""Of longer inputs, what index and length say of values takes too long to look at."""

EFFORT = 3e10
"""About how many numbers are looked at before the proof is given up."""

ONCE_MORE = 10
"""A proof that failed after this part of them is tried with more combinations of values."""


@dataclass(frozen=True, slots=True)
class Proof:
    """reason: why it is not proved, None if it is; place: what the proof was about then;
    deviations: of the ideal numbers from the meanings; free: results whose type, int or float,
    only the number of selected keys decides."""

    reason: str | None
    place: str = ""
    deviations: Deviations | None = None
    free: int = 0

    @property
    def ok(self) -> bool:
        return self.reason is None


def prove(
    config: TransformerConfig,
    tensors: dict[str, NDArray[Any]],
    plan: Plan,
    witness: Witness,
    readout: Readout,
    tokens: Sequence[Atom],
    root: SOpNode,
    *,
    effort: float = EFFORT,
) -> Proof:
    """tensors: those that `rasp.certificate.certify` has found to fit the plan; root: the s-op that
    the user wrote."""
    if config.n_ctx - 1 > MOST_TOKENS:
        return Proof(f"inputs have more than {MOST_TOKENS:,} tokens", "the graph")
    proving = _Proving(config, tensors, plan, witness, readout, tokens, root, effort)
    try:
        with np.errstate(all="ignore"):
            try:
                deviations = proving.run()
            except UnprovedError:
                if not proving.space.rough or proving.space.effort > effort / ONCE_MORE:
                    raise
                proving = _Proving(config, tensors, plan, witness, readout, tokens, root, effort)
                proving.space.enough = MAX_STATES
                deviations = proving.run()
    except UnprovedError as error:
        return Proof(str(error), proving.place)
    except OverflowError:
        return Proof("numbers are too large", proving.place)
    except RecursionError:
        return Proof("the program is too deep", proving.place)
    except MemoryError:
        return Proof("it takes too much memory", proving.place)
    return Proof(None, "", deviations, proving.free)


class _Proving:
    def __init__(
        self,
        config: TransformerConfig,
        tensors: dict[str, NDArray[Any]],
        plan: Plan,
        witness: Witness,
        readout: Readout,
        tokens: Sequence[Atom],
        root: SOpNode,
        effort: float,
    ) -> None:
        self.config, self.tensors, self.plan, self.readout = config, tensors, plan, readout
        self.place = "the graph"
        self.free = 0
        self.written: dict[int, float] = {}
        self.witness, self.original = witness, root
        self.space = Attended(tuple(tokens), config.n_ctx - 1, causal=config.causal)
        self.space.most = effort

    def run(self) -> Deviations:
        tensors, plan = self.tensors, self.plan
        known: dict[Quantity, Quantity] = {}
        new: dict[Node, Node] = {}
        check_deferred(topological([self.original]), [self.original], self.space)
        self.space.counted = self._counted()
        if not self.space.causal:
            self.space.asked = asked_of(self.witness.quantities)
        root = normal(in_trees(self.original), self.space, new)
        quantities = tuple(
            normal_quantity(quantity, self.space, known, new)
            for quantity in self.witness.quantities
        )
        witness = Witness(quantities, self.witness.values, self.witness.directions)
        self.space.asks([*quantities, *read_out(self.readout, root, self.space)])
        check_defined(witness, root, self.space)
        streams = Streams(self.space, plan, witness, self.config.d_model)
        self.place = "the embedding"
        self._embedding(streams, streams.advance(0))
        scores: list[tuple[float, ...]] = []
        for number, (kind, own) in enumerate(self._sublayers(), 1):
            self.place = f"sublayer {number}"
            done((number - 1) / max(1, len(plan.sublayers)))
            entries = plan.sublayers[number - 1]
            born = [n for n, direction in enumerate(plan.directions) if direction.born == number]
            if kind == "a":
                heads = [entry for entry in entries if isinstance(entry, Head)]
                attention = Attention(own, heads, streams, self.plan.scale(self.config.dtype))
                found = attention.check(born)
                scores.append(tuple(attention.scores))
                streams.bos = streams.bos + _at_bos(own, streams.bos)
            else:
                groups = [entry for entry in entries if isinstance(entry, Neurons)]
                feedforward = Feedforward(own, groups, streams, self.config.dtype)
                found = feedforward.check(born)
                scores.append(tuple(feedforward.steps))
            if set(found) != set(born):
                raise UnprovedError("not every direction is written")
            streams.advance(number)
            self._words(streams, born)
            self.written |= found
        self.place = "the output"
        columns, self.free = check_output(tensors, self.readout, streams, root)
        self.place = "the failures"
        columns += Failures(tensors, self.readout, streams, root).check()
        for direction, rough in streams.rough.items():
            self.written[direction] += rough
        written = tuple(self.written.get(n, 0.0) for n in range(len(plan.directions)))
        return Deviations(written, tuple(scores), tuple(columns))

    def _sublayers(self) -> list[tuple[str, dict[str, NDArray[Any]]]]:
        parts: dict[str, dict[str, NDArray[Any]]] = {}
        for name, tensor in self.tensors.items():
            prefix, _, own_name = name.rpartition(".")
            parts.setdefault(prefix, {})[own_name] = tensor
        found = []
        for number, block in enumerate(self.config.blocks):
            for kind, part, size in (("a", "attn", block.n_heads), ("f", "mlp", block.d_mlp)):
                if size:
                    found.append((kind, parts.get(f"blocks.{number}.{part}", {})))
        return found

    def _counted(self) -> frozenset[Quantity]:
        """The widths among the quantities of the witness, in normal form."""
        known: dict[Quantity, Quantity] = {}
        new: dict[Node, Node] = {}
        widths = (q for q in self.witness.quantities if isinstance(q, SelectorWidth))
        return frozenset(normal_quantity(width, self.space, known, new) for width in widths)

    def _embedding(self, streams: Streams, born: list[int]) -> None:
        w_e = self.tensors["embed.W_E"][FIRST_TOKEN:].astype(np.float64)
        w_pos = self.tensors["pos_embed.W_pos"][1:].astype(np.float64)
        for direction in born:
            place = self.plan.directions[direction].place
            of_token = bool(w_e[:, place].any())
            if of_token and w_pos[:, place].any():
                raise UnprovedError("a dimension holds something of the token and of the position")
            source = TOKENS if of_token else INDICES
            weights = (w_e if of_token else w_pos)[:, place]
            quantities = streams.quantities([direction])
            states = self.space.states([source, *quantities]).succeeding()
            off = np.abs(streams.contents(direction, states) - weights[self._rows(source, states)])
            largest = float(off.max(initial=0.0)) if states.size else 0.0
            if not largest <= TOLERANCE * (1.0 + float(np.abs(weights).max())):
                what = ", ".join(map(describe, quantities)) or "a constant"
                raise UnprovedError(f"{what}: the embedding holds something else")
            self.written[direction] = largest
            streams.settle(direction, [])
        self._words(streams, born)

    def _rows(self, source: SOpNode, states: States) -> Ints:
        """The row of the embedding for the token, or the index, of each state."""
        if ("row", source) not in states.noted:
            codes, atoms = states.codes(source)
            keys = {atom_key(a): n for n, a in enumerate(self.space.domain(source).values)}
            places = np.array([keys[atom_key(atom)] for atom in atoms])
            states.noted["row", source] = places[codes]
        return np.asarray(states.noted["row", source])

    def _states(self, streams: Streams, number: int, quantities: Sequence[Quantity]) -> States:
        """All values that what a direction speaks of has together, or the corners of a choice."""
        try:
            return self.space.states(quantities, near=quantities).succeeding()
        except TooManyError:
            corners = corners_of(streams, [number], ())
            if corners is None:
                raise
            return corners.states

    def _words(self, streams: Streams, born: Sequence[int]) -> None:
        """The plan's words on directions: how large, of which form, which of them a one-hot."""
        families: dict[int, list[int]] = {}
        for number in born:
            direction = self.plan.directions[number]
            if direction.family is not None:
                families.setdefault(direction.family, []).append(number)
            quantities = streams.quantities([number])
            if direction.family is None and holds_whole(streams, number):
                with suppress(UnprovedError):
                    check_words(streams, number)
                    continue
            match quantities:
                case [Beside() as beside]:
                    parts = parts_of(beside)
                    second = np.array([n for part in parts for n in (*part.numbers, part.default)])
                    if direction.dyadic or (direction.nonnegative and not (second >= 0.0).all()):
                        raise UnprovedError("a second number is not as the plan says")
                    if not np.abs(second).max() <= direction.bound * SLIGHTLY_MORE:
                        raise UnprovedError("a direction is larger than the plan says")
                    continue
            if len(quantities) < 2:
                states = self.space.alone((*quantities, self.space.unit)[0])
                self._word(streams, number, states)
                continue
            try:
                self._word(streams, number, self._states(streams, number, quantities))
            except UnprovedError:
                found = self.space.since_attention(quantities)
                if found is None:
                    raise
                self._word(streams, number, found.succeeding())
        for members in families.values():
            quantities = streams.quantities(members)
            if len(quantities) != 1:
                raise UnprovedError("a one-hot is of several s-ops")
            states = self.space.alone(quantities[0])
            active = np.count_nonzero(streams.held_by(members, states), axis=1)
            if (active > 1).any():
                raise UnprovedError("directions of one family are not a one-hot")

    def _word(self, streams: Streams, number: int, states: States) -> None:
        """The plan's words on one direction, where this is what there can be."""
        direction = self.plan.directions[number]
        held = streams.contents(number, states, straight=not direction.dyadic)
        if np.isnan(held).any():
            raise UnprovedError("the meaning of a direction lists not all values")
        streams.round_sum(number, states)
        if not np.abs(held).max(initial=0.0) <= direction.bound * SLIGHTLY_MORE:
            raise UnprovedError("a direction is larger than the plan says")
        if direction.dyadic and (held * 4 != np.round(held * 4)).any():
            raise UnprovedError("a direction holds more than multiples of 1/4")
        if direction.nonnegative:
            streams.round_up(number, held)


def _at_bos(own: dict[str, NDArray[Any]], bos: NDArray[Any]) -> NDArray[Any]:
    """What the heads write at the beginning of the sequence, which sees itself alone."""
    total = np.zeros_like(bos)
    for number in range(len(own["W_V"])):
        value = bos @ own["W_V"][number].astype(np.float64) + own["b_V"][number].astype(np.float64)
        total += value @ own["W_O"][number].astype(np.float64)
    return total
