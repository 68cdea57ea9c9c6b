"""The proof as a walk through the model: for every sublayer, what it reads, writes and decides.

For each dimension of the residual stream there is a bound on |what the stream holds - what it
should hold|, over all inputs of up to max_len tokens and all positions.  For each decision (a step,
the separation of selected from unselected keys, the read-out) there is a margin; the model is exact
if every bound is below its margin.  docs/certificate.md has the formulae and what they assume.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate.attention import SELECTION_MARGIN, Written, attention
from rasp.certificate.forms import BOS_PLACE, POSITION, TOKEN, Forms, Ints, Stream
from rasp.certificate.neurons import STEP_MARGIN, feedforward
from rasp.certificate.plan import Direction, Head, Neurons, Plan, PlanError
from rasp.certificate.rounding import LARGEST_NUMBER, MOST_MISFIT
from rasp.deadline import done
from rasp.model.config import TransformerConfig
from rasp.vocabulary import BOS, FIRST_TOKEN, PAD

LARGEST = 1e300
"""In place of bounds that are larger, or no numbers at all."""

ROOM = 1 + 1e-9
"""Bounds are computed in float64, with errors of their own."""

ROOM_FOR_PLANS = 1 + 1e-3
"""The plan's words on sizes are checked but for a share of 1e-6 each."""

TOLERANCE = 1e-10
"""How much bounds may differ, relatively, that are computed again from the same numbers."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: it is right if bound < margin."""

    read: str
    bound: float
    margin: float

    @property
    def ok(self) -> bool:
        return self.bound < min(self.margin, LARGEST)


@dataclass(frozen=True, slots=True)
class Decisions:
    """Every decision of the model, for the certificate (`rasp.report`)."""

    reads: tuple[Decision, ...]

    @property
    def ok(self) -> bool:
        return all(read.ok for read in self.reads)

    def to_dict(self, dtype: str) -> dict[str, Any]:
        """A form for JSON."""
        reads = [
            {"read": read.read, "bound": read.bound, "margin": read.margin, "ok": read.ok}
            for read in self.reads
        ]
        return {"ok": self.ok, "dtype": dtype, "reads": reads}

    def difference(self, data: dict[str, Any], dtype: str) -> str | None:
        """Where such data are not these decisions, in words."""
        reads = data.get("reads")
        if data.get("ok") is not self.ok or data.get("dtype") != dtype:
            return "it comes to another conclusion"
        if not isinstance(reads, list) or len(reads) != len(self.reads):
            return "it has another number of reads"
        for read, stored in zip(self.reads, reads, strict=True):
            match stored:
                case {
                    "read": read.read,
                    "bound": float() | int() as bound,
                    "margin": float() | int() as margin,
                    "ok": bool(ok),
                    **rest,
                } if not rest and ok is read.ok:
                    if _close(bound, read.bound) and _close(margin, read.margin):
                        continue
            return f"{read.read} has the bound {read.bound:.3g} and the margin {read.margin:.3g}"
        return None


@dataclass(frozen=True, slots=True)
class Deviations:
    """How far the numbers of the network, were all arithmetic exact, are from what they should be.

    written: of each direction of the plan; decisions: by sublayer, of the scores of each head, in
    units of the gap, or of the inputs of the steps of each group of neurons; columns: of the
    output.
    """

    written: tuple[float, ...]
    decisions: tuple[tuple[float, ...], ...]
    columns: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sublayer:
    """kind: "a" or "f"; labels: of heads, or of groups of neurons."""

    kind: str
    tensors: dict[str, NDArray[Any]]
    labels: Sequence[str]


def certify(
    config: TransformerConfig,
    tensors: dict[str, NDArray[Any]],
    plan: Plan,
    *,
    head_labels: Sequence[Sequence[str]],
    neuron_labels: Sequence[Sequence[str]],
    outputs: Sequence[tuple[str, float]],
    watch: Callable[[Stream], None] | None = None,
    deviations: Deviations | None = None,
) -> Decisions:
    """Check the weights against the plan and bound every read.

    tensors: as stored, all finite, with the shapes of config.  head_labels, neuron_labels: by
    block.  outputs: what each column of the unembedding is, and how far it may be off.  watch: is
    shown what is known about the residual stream after the embedding and after every sublayer.
    deviations: how far the network is from what it should be, were all arithmetic exact; None
    takes the plan's word for it.

    Raises PlanError for weights that are not what the plan says.
    """
    with np.errstate(all="ignore"):  # what is too large, or no number, is no bound: see `_read`
        found = _certified(
            config, tensors, plan, head_labels, neuron_labels, outputs, watch, deviations
        )
    if deviations is None:
        return found
    reads = (Decision(read.read, read.bound * ROOM_FOR_PLANS, read.margin) for read in found.reads)
    return Decisions(tuple(reads))


def _certified(
    config: TransformerConfig,
    tensors: dict[str, NDArray[Any]],
    plan: Plan,
    head_labels: Sequence[Sequence[str]],
    neuron_labels: Sequence[Sequence[str]],
    outputs: Sequence[tuple[str, float]],
    watch: Callable[[Stream], None] | None,
    deviations: Deviations | None,
) -> Decisions:
    sublayers = list(_sublayers(config, tensors, head_labels, neuron_labels))
    if len(sublayers) != len(plan.sublayers):
        raise PlanError("another number of sublayers")
    life = _Life(plan.directions, config.d_model, len(sublayers))
    stream = Stream(plan.directions, config.d_model, config.dtype, plan.fit)
    _embed(tensors, life, stream)
    written = np.zeros(len(plan.directions))
    decided: Sequence[Sequence[float]] = [[0.0] * len(entries) for entries in plan.sublayers]
    if deviations is not None:
        written, decided = np.array(deviations.written), deviations.decisions
        for direction in life.born[0]:
            stream.error[plan.directions[direction].place] += written[direction]
    watch = watch or (lambda stream: None)
    watch(stream)
    reads: list[Decision] = []
    for number, (sublayer, planned) in enumerate(zip(sublayers, plan.sublayers, strict=True), 1):
        done((number - 1) / len(sublayers))
        try:
            reads += _run(
                sublayer,
                planned,
                number,
                life,
                stream,
                config.n_ctx - 1,
                written,
                decided[number - 1],
                plan.scale(config.dtype),
            )
        except PlanError as error:
            raise PlanError(f"sublayer {number}: {error}") from None
        watch(stream)
    columns = [0.0] * len(outputs) if deviations is None else deviations.columns
    reads += _unembed(tensors, stream, outputs, columns)
    if deviations is None and not plan.fit <= MOST_MISFIT:
        reads.append(_read("fitted functions", plan.fit, MOST_MISFIT))
    if not stream.largest < LARGEST_NUMBER[config.dtype]:
        reads.append(_read("size of numbers", stream.largest, LARGEST_NUMBER[config.dtype]))
    return Decisions(tuple(reads))


class _Life:
    """Which directions are born and cleared at each sublayer.  Raises PlanError if they overlap."""

    def __init__(self, directions: Sequence[Direction], d_model: int, n_sublayers: int) -> None:
        self.directions = directions
        self.born: list[list[int]] = [[] for _ in range(n_sublayers + 1)]
        self.cleared: list[list[int]] = [[] for _ in range(n_sublayers + 1)]
        last: dict[int, Direction] = {}
        births: dict[int, int] = {}
        for number, direction in enumerate(directions):
            place, born, cleared = direction.place, direction.born, direction.cleared
            before = last.get(place)
            if not (BOS_PLACE < place < d_model and 0 <= born <= n_sublayers):
                raise PlanError(f"direction {number} is nowhere in the model")
            if before is not None and not 0 < before.cleared <= born:
                raise PlanError(f"direction {number} is born where another one is")
            if cleared and not born < cleared <= n_sublayers:
                raise PlanError(f"direction {number} is cleared before it is born")
            if direction.family is not None and births.setdefault(direction.family, born) != born:
                raise PlanError("directions of one family are born in several sublayers")
            last[place] = direction
            self.born[born].append(number)
            if cleared:
                self.cleared[cleared].append(number)
        if len(last) != d_model - 1:
            raise PlanError("there are dimensions that hold nothing")

    def born_places(self, sublayer: int) -> Ints:
        return np.array([self.directions[n].place for n in self.born[sublayer]], dtype=np.int64)

    def cleared_places(self, sublayer: int) -> Ints:
        return np.array([self.directions[n].place for n in self.cleared[sublayer]], dtype=np.int64)


def _sublayers(
    config: TransformerConfig,
    tensors: dict[str, NDArray[Any]],
    head_labels: Sequence[Sequence[str]],
    neuron_labels: Sequence[Sequence[str]],
) -> Iterator[Sublayer]:
    parts: dict[str, dict[str, NDArray[Any]]] = {}
    for name, tensor in tensors.items():
        prefix, _, own_name = name.rpartition(".")
        parts.setdefault(prefix, {})[own_name] = tensor
    for number, block in enumerate(config.blocks):
        for kind, part, size, labels in (
            ("a", "attn", block.n_heads, head_labels[number]),
            ("f", "mlp", block.d_mlp, neuron_labels[number]),
        ):
            if size:
                yield Sublayer(kind, parts.get(f"blocks.{number}.{part}", {}), labels)


def _embed(tensors: dict[str, NDArray[Any]], life: _Life, stream: Stream) -> None:
    """What tokens and positions write, which is there to be looked at."""
    w_e, w_pos = tensors["embed.W_E"], tensors["pos_embed.W_pos"]
    marks = np.zeros(w_e.shape[1])
    marks[BOS_PLACE] = 1.0
    if not np.array_equal(w_e[BOS], marks) or w_pos[0].any() or w_e[PAD].any():
        raise PlanError("BOS is not embedded as the direction that only BOS has")
    written = np.flatnonzero(w_e[FIRST_TOKEN:].any(axis=0) | w_pos[1:].any(axis=0))
    if not np.isin(written, life.born_places(0)).all():
        raise PlanError("the embedding writes a dimension that the plan does not know")
    if (w_e[FIRST_TOKEN:].any(axis=0) & w_pos[1:].any(axis=0)).any():
        raise PlanError("a dimension holds something of the token and something of the position")
    stream.bos[BOS_PLACE] = 1.0
    numbers = np.array(life.born[0], dtype=np.int64)
    places = life.born_places(0)
    rows = np.concatenate([w_e[FIRST_TOKEN:, places], w_pos[1:, places]]).astype(np.float64)
    for number, column in zip(numbers.tolist(), rows.T, strict=True):
        direction = life.directions[number]
        largest = float(np.abs(column).max())
        if not largest <= direction.bound * (1 + 4 * stream.unit):
            raise PlanError(f"dimension {direction.place} is not as small as it should be")
        if direction.dyadic and (column * 4 != np.round(column * 4)).any():
            raise PlanError(f"dimension {direction.place} holds more than multiples of 1/4")
        if direction.nonnegative and (column < 0).any():
            raise PlanError(f"dimension {direction.place} holds numbers below 0")
        error = 0.0
        if not direction.dyadic:
            error = (stream.unit + stream.fit) * direction.bound + stream.smallest
        stream.write(number, error, one_sided=True)
    stream.listed = {TOKEN: w_e[FIRST_TOKEN:].astype(np.float64), POSITION: w_pos[1:].astype(float)}
    stream.source[w_e[FIRST_TOKEN:].any(axis=0)] = TOKEN
    stream.source[w_pos[1:].any(axis=0)] = POSITION
    families = [life.directions[number].family for number in numbers.tolist()]
    _check_families(rows, len(w_e) - FIRST_TOKEN, families)


def _check_families(rows: NDArray[Any], n_tokens: int, families: Sequence[int | None]) -> None:
    """rows [token or position, direction], tokens first: at most one direction of a family is not
    0 at a position, where both a token and a position are."""
    numbers = np.array([-1 if family is None else family for family in families], dtype=np.int64)
    known = np.flatnonzero(numbers >= 0)
    of_token, of_position = (part[:, known].any(axis=0) for part in np.split(rows, [n_tokens]))
    if np.intersect1d(numbers[known][of_token], numbers[known][of_position]).size:
        raise PlanError("directions of one family are not a one-hot")
    row, column = np.nonzero(rows[:, known])
    pairs = np.stack([row, numbers[known][column]])
    if np.unique(pairs, axis=1).shape[1] < pairs.shape[1]:
        raise PlanError("directions of one family are not a one-hot")


def _run(
    sublayer: Sublayer,
    planned: tuple[Head, ...] | tuple[Neurons, ...],
    number: int,
    life: _Life,
    stream: Stream,
    max_len: int,
    written: NDArray[Any],
    decided: Sequence[float],
    scale: float,
) -> Iterator[Decision]:
    """One sublayer: its reads, and the stream as it is after it.

    written, decided: as in `Deviations`, of all directions and of this sublayer; scale: how large
    the gap between scores is.
    """
    heads = tuple(entry for entry in planned if isinstance(entry, Head))
    groups = tuple(entry for entry in planned if isinstance(entry, Neurons))
    if len(heads if sublayer.kind == "a" else groups) != len(planned):
        raise PlanError("the plan has a sublayer of the other kind")
    if len(planned) != len(sublayer.labels):
        raise PlanError("not one label for every head or group of neurons")
    born = {life.directions[n].place: n for n in life.born[number]}
    errors: dict[int, float] = {}
    parts: dict[int, list[Written]] = {}
    if sublayer.kind == "a":
        if life.cleared[number]:
            raise PlanError("attention cannot empty a dimension")
        selections = attention(sublayer.tensors, heads, stream, max_len, decided, scale)
        for label, selection in zip(sublayer.labels, selections, strict=True):
            yield _read(f"selection of {label}", selection.noise, SELECTION_MARGIN)
            for value in selection.written:
                parts.setdefault(value.place, []).append(value)
        for place, values in parts.items():
            errors[place] = _together(values, stream)
        if errors.keys() != born.keys():
            raise PlanError("the heads write other directions than the plan says")
    else:
        places = life.born_places(number)
        cleared = life.cleared_places(number)
        activations = feedforward(sublayer.tensors, groups, stream, places, cleared)
        for label, group, off in zip(sublayer.labels, activations, decided, strict=True):
            if group.steps is not None:
                yield _read(f"steps of {label}", group.steps + off, STEP_MARGIN)
            errors |= {written.place: written.error for written in group.written}
    for n in life.cleared[number]:
        stream.clear(life.directions[n].place)
    for place, error in errors.items():
        error += written[born[place]]
        stream.write(born[place], error, one_sided=sublayer.kind == "a")
        stream.counts[place] = place in parts and all(value.counts for value in parts[place])


def _together(values: Sequence[Written], stream: Stream) -> float:
    """The error of what heads add up in one dimension, in any order; BOS is written there."""
    n_added = 2 * (len(values) - 1)
    additions = n_added * stream.unit
    place, bos = values[0].place, [value.bos for value in values]
    if np.count_nonzero(bos) > 1:
        stream.bos_error[place] += additions * float(np.abs(bos).sum())
    for value in values:
        stream.write_bos(place, value.bos, value.bos_error)
    error, size = sum(value.error for value in values), sum(value.size for value in values)
    stream.note(size)
    return error + additions * size + n_added * stream.smallest


def _unembed(
    tensors: dict[str, NDArray[Any]],
    stream: Stream,
    outputs: Sequence[tuple[str, float]],
    columns: Sequence[float],
) -> Iterator[Decision]:
    """The columns of the output; of columns that show the same only the worst is kept."""
    w_u = tensors["unembed.W_U"]
    if w_u[BOS_PLACE].any():
        raise PlanError("the unembedding reads what only BOS has")
    if w_u.shape[1] != len(outputs):
        raise PlanError(
            f"the read-out decodes {len(outputs)} columns, and the unembedding has {w_u.shape[1]}"
        )
    error = stream.read(Forms.of(w_u, tensors["unembed.b_U"])).error
    worst: dict[str, Decision] = {}
    for (label, margin), bound, off in zip(outputs, error.tolist(), columns, strict=True):
        read = _read(label, bound + off, margin)
        before = worst.setdefault(label, read)
        nearer = read.bound * before.margin > before.bound * read.margin
        if nearer if read.ok is before.ok else before.ok:
            worst[label] = read
    yield from worst.values()


def _close(stored: float, computed: float) -> bool:
    """The same but for the order in which numbers were added."""
    return abs(stored - computed) <= TOLERANCE * abs(computed)


def _read(label: str, bound: float, margin: float) -> Decision:
    bound *= ROOM
    return Decision(label, bound if bound <= LARGEST else LARGEST, margin)
