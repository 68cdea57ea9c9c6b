"""What the compiler hands over: tensors, and what is needed to use and to explain them.

Everything here is plain data (NumPy arrays, strings, numbers), so that it can be saved in a
checkpoint and read back without running anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rasp import ratios
from rasp.certificate import Certificate, Deviations, Plan, PlanError, Stream, certify
from rasp.graph.nodes import Atom, SOpNode
from rasp.graph.operators import show
from rasp.model.config import TransformerConfig
from rasp.source import Span
from rasp.vocabulary import Vocabulary

if TYPE_CHECKING:
    from rasp.meaning.witness import Witness

Context = Literal["", "i", "n", "in"]

UNLIMITED = 1e30
"""Margin of a read-out that cannot go wrong, having one value."""

FAILURE_MARGIN = 0.5
"""A failure is told at 1/2, between 0 and 1."""

FORMULA_OPERATORS = {
    "add": 2,
    "subtract": 2,
    "multiply": 2,
    "divide": 2,
    "negate": 1,
    "plus": 1,
    "where": 3,
}
"""What parts of a value are put together with, and how many operands each takes."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A column of the output that is above 1/2 at a position where an operation fails there.

    place: "file:line:column" of the source expression, or ""; span: the expression in its text,
    None where the text is not at hand.
    """

    message: str
    place: str = ""
    span: Span | None = None

    @classmethod
    def at(cls, message: str, span: Span | None) -> Failure:
        """A failure of the expression that is written there."""
        return cls(message, "" if span is None else str(span), span)


@dataclass(frozen=True, slots=True)
class Spread:
    """A second column that tells whether a number is an int: the mean of (v - middle)^2 over the
    selected values v, and of 1 more for each that is a float.  Where the mean is a whole number w,
    this is (w - middle)^2 if all selected values are the integer w, and else larger by `apart` at
    least: then the mean is a float, as means of different numbers are.
    """

    middle: float
    apart: float


@dataclass(frozen=True, slots=True)
class Low:
    """One more column, right after the number, with what the number leaves out: its value, which
    the readout (a grid or a fraction) says, divided by `below`, is to be added.  The exact sum is
    rounded once.
    """

    readout: Readout
    below: int


@dataclass(frozen=True, slots=True)
class Readout:
    """How the numbers that the model puts out at a position become a value.

    The output has, in this order, the columns of the value and one column for each failure.

    categorical: column k is the logit of values[k]; the largest is the answer.  The margin to the
    second is at least `margin`; a smaller one means that the selected values differ (an error).
    numeric: one column, a number y.  The value is that of the nearest centre among those that
    belong to the context: rows of `centres`/`codes` are contexts, padded with nan/-1 and sorted;
    the row is chosen by nothing, the index i, the length n, or both, (n - 1) * max_len + i, as
    `context` says; codes point into `values`. grid: one column; the value is round(y * scale[row])
    / scale[row], an int where that is one and `integer` says so.
    fraction: one column, a number y near (start + step * k / m) / below for some integer k and some
    m from least to most; start, step, below, least, most are fractions[row].  The value is the
    nearest of these, or where least is not most the nearest with any m up to most; it is rounded
    once, and an int as for a grid.
    low: grid and fraction may have a column for the low part of the number.
    spread: numeric, grid and fraction may have a last column, which tells whole numbers that are
    ints from those that are floats; without it, and without `integer`, all are as listed, or
    floats.
    parts: the columns of all `parts` one after the other; the value is what `formula` makes of
    theirs, in reverse Polish notation: ("part", k), ("constant", value), or an elementwise operator
    and how many operands it takes.
    span: where the s-op is written, if its values can be wrong as a whole: a margin of logits may
    be small, strings may stand among others.
    by_rule: whether whole numbers are ints or floats is not known everywhere; then they are as the
    readout says, where the program may say otherwise.
    """

    kind: Literal["categorical", "numeric", "grid", "fraction", "parts"]
    values: tuple[Atom, ...] = ()
    margin: float = 0.5
    context: Context = ""
    centres: NDArray[np.float64] | None = None  # [contexts, points]
    codes: NDArray[np.int64] | None = None  # [contexts, points]
    scale: NDArray[np.float64] | None = None  # [contexts]
    fractions: NDArray[np.int64] | None = None  # [contexts, (start, step, below, least, most)]
    integer: bool = False
    low: Low | None = None
    spread: Spread | None = None
    parts: tuple[Readout, ...] = ()
    formula: tuple[tuple[str, Atom], ...] = ()
    by_rule: bool = False
    failures: tuple[Failure, ...] = ()
    span: Span | None = None

    @property
    def n_values(self) -> int:
        """How many columns the value has."""
        match self.kind:
            case "categorical":
                return len(self.values)
            case "parts":
                return sum(part.n_values for part in self.parts)
            case _:
                return 1 + (self.low is not None) + (self.spread is not None)

    @property
    def n_columns(self) -> int:
        """d_vocab_out."""
        return self.n_values + len(self.failures)

    @property
    def value_margins(self) -> tuple[float, ...]:
        """How far each column of the value may be off: half of what keeps two values apart."""
        match self.kind:
            case "categorical":
                return (self.value_margin,) * self.n_values
            case "parts":
                return tuple(margin for part in self.parts for margin in part.value_margins)
            case _:
                low = () if self.low is None else self.low.readout.value_margins
                spread = () if self.spread is None else (self.spread.apart / 2,)
                return (self.value_margin, *low, *spread)

    @property
    def value_margin(self) -> float:
        """The smallest of them, but for what tells ints from floats.

        Raises PlanError for a read-out without the tables of its kind.
        """
        match self.kind:
            case "categorical":
                return (1 - self.margin) / 2
            case "grid" if self.scale is not None and (self.scale > 0).all():
                return 0.5 / float(self.scale.max())
            case "fraction" if self.fractions is not None:
                _, step, below, least, most = self.fractions.T
                apart = step / below * ratios.smallest_distance(least, most)
                return float(apart.min()) / 2 * ratios.ROOM
            case "numeric" if self.centres is not None:
                gaps = np.diff(self.centres, axis=1)
                gaps = gaps[np.isfinite(gaps)]  # rows are padded with nan
                return float(gaps.min(initial=2 * UNLIMITED)) / 2
            case "parts" if self.parts:
                return min(part.value_margin for part in self.parts)
        raise PlanError(f"the read-out has not the tables of a {self.kind} one")


def column_names(readout: Readout) -> list[str]:
    """What each column of the value is, in words."""
    match readout.kind:
        case "categorical":
            return list(map(show, readout.values))
        case "parts":
            named = (column_names(part) for part in readout.parts)
            return [f"part {n}: {name}" for n, names in enumerate(named, 1) for name in names]
        case _:
            names = ["the value"]
            names += ["what the value leaves out"] if readout.low is not None else []
            return names + (["whether it is an integer"] if readout.spread is not None else [])


@dataclass(frozen=True, slots=True)
class Labels:
    """What everything in the model is for, in words with source places.

    residual: one per direction of the residual stream; where a direction is reused, its meanings in
    order, separated by "; then ".  heads[block][head]; neurons[block]: (first, last + 1, label).
    """

    residual: tuple[str, ...]
    heads: tuple[tuple[str, ...], ...]
    neurons: tuple[tuple[tuple[int, int, str], ...], ...]

    def _repr_html_(self) -> str:
        from rasp.drawing import html, rich

        return html.fragment(rich.labels(self.residual, self.heads, self.neurons))


@dataclass(frozen=True, slots=True)
class Artifact:
    """A compiled program.  tensors has exactly the names and shapes of config.shapes().

    plan: how the weights are proved exact, None where nothing is proved; certified: the proof has
    been checked on these very tensors, and the report has what came out.  report["changed"] is true
    where the tensors are not those that the compiler made.  graph: the s-op as it was written;
    witness: what every direction is said to hold, for the proof that the network is the s-op.
    basis [direction, d_model]: where the directions that were compiled are in a stream that was
    rotated or squeezed (`rasp.dial`), None where each is a dimension.
    """

    config: TransformerConfig
    tensors: dict[str, NDArray[Any]]
    vocabulary: Vocabulary
    max_len: int
    readout: Readout
    labels: Labels
    report: dict[str, Any]  # plain data: see rasp.report
    plan: Plan | None = None
    certified: bool = False
    graph: SOpNode | None = None
    witness: Witness | None = None
    basis: NDArray[np.float64] | None = None

    def certify(
        self,
        watch: Callable[[Stream], None] | None = None,
        deviations: Deviations | None = None,
    ) -> Certificate:
        """Check the weights against the plan and bound every read.

        watch: is shown what is known about the residual stream, sublayer by sublayer; deviations:
        of the network from its meaning, where these are known.

        Raises PlanError for weights that are not what the plan says, or without a plan.
        """
        if self.plan is None:
            raise PlanError("there is no plan")
        outputs = [(self.plan.output, margin) for margin in self.readout.value_margins]
        outputs += [(failure.message, FAILURE_MARGIN) for failure in self.readout.failures]
        return certify(
            self.config,
            self.tensors,
            self.plan,
            head_labels=self.labels.heads,
            neuron_labels=[[label for *_, label in groups] for groups in self.labels.neurons],
            outputs=outputs,
            watch=watch,
            deviations=deviations,
        )

    def with_weights(self, tensors: dict[str, NDArray[Any]], dtype: str) -> Artifact:
        """The artifact that this becomes with other weights of the same shapes.

        Its report says that it was changed, and its certificate is computed on these weights in
        this dtype, the plan being tried on them.
        """
        config = replace(self.config, dtype=dtype)
        of_others = ("dtype_reason", "tested")
        report = {name: fact for name, fact in self.report.items() if name not in of_others}
        changed = replace(self, config=config, tensors=tensors, report=report, certified=True)
        report |= {"changed": True, "certificate": changed.new_certificate()}
        report["meaning"] = changed.new_meaning()
        return changed

    def new_certificate(self) -> dict[str, Any]:
        """The certificate of the tensors as they are, as plain data for the report.

        Where weights are not what the plan says, it has no reads, and a reason.
        """
        try:
            for name, tensor in self.tensors.items():
                if not np.isfinite(tensor).all():
                    raise PlanError(f"{name} has numbers that are not finite")
            return self.certify().to_dict(self.config.dtype)
        except PlanError as error:
            refusal = {"ok": False, "dtype": self.config.dtype, "reads": []}
            return {**refusal, "reason": str(error)}

    def new_meaning(self) -> dict[str, Any]:
        """Whether the network of these tensors is proved to be the s-op, as plain data for the
        report: ok; reason and place, where it is not; free: of how many results only the number of
        selected keys decides whether they are ints or floats.
        """
        from rasp.meaning.proof import prove

        if self.plan is None or self.witness is None or self.graph is None:
            return _unproved("there is no witness of what the directions hold")
        if self.report["certificate"].get("ok") is not True:
            return _unproved("the rounding is not certified")
        proof = prove(
            self.config,
            self.tensors,
            self.plan,
            self.witness,
            self.readout,
            self.vocabulary.tokens,
            self.graph,
        )
        if proof.reason is not None:
            return _unproved(proof.reason, proof.place)
        for read in self.certify(deviations=proof.deviations).reads:
            if not read.ok:
                return _unproved("the numbers of the weights are too far from it", read.read)
        return {"ok": True, "reason": None, "place": "", "free": proof.free}


def _unproved(reason: str, place: str = "") -> dict[str, Any]:
    return {"ok": False, "reason": reason, "place": place, "free": 0}
