"""What the compiler hands over: tensors, and what is needed to use and to explain them.

Everything here is plain data (NumPy arrays, strings, numbers), so that it can be saved in a
checkpoint and read back without running anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rasp import ratios
from rasp.certificate import Certificate, Plan, PlanError, Stream, certify
from rasp.graph.nodes import Atom
from rasp.model.config import TransformerConfig
from rasp.vocabulary import Vocabulary

Context = Literal["", "i", "n", "in"]

UNLIMITED = 1e30
"""Margin of a read-out that cannot go wrong, having one value."""

FAILURE_MARGIN = 0.5
"""A failure is told at 1/2, between 0 and 1."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A column of the output that is above 1/2 at a position where an operation fails there."""

    message: str
    place: str  # "file:line:column" of the source expression, or ""


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
    """

    kind: Literal["categorical", "numeric", "grid", "fraction"]
    values: tuple[Atom, ...] = ()
    margin: float = 0.5
    context: Context = ""
    centres: NDArray[np.float64] | None = None  # [contexts, points]
    codes: NDArray[np.int64] | None = None  # [contexts, points]
    scale: NDArray[np.float64] | None = None  # [contexts]
    fractions: NDArray[np.int64] | None = None  # [contexts, (start, step, below, least, most)]
    integer: bool = False
    failures: tuple[Failure, ...] = ()

    @property
    def n_columns(self) -> int:
        """d_vocab_out."""
        return (len(self.values) if self.kind == "categorical" else 1) + len(self.failures)

    @property
    def value_margin(self) -> float:
        """How far the columns of the value may be off: half of what keeps two values apart."""
        match self.kind:
            case "categorical":
                return (1 - self.margin) / 2
            case "grid":
                assert self.scale is not None
                return 0.5 / float(self.scale.max())
            case "fraction":
                assert self.fractions is not None
                _, step, below, least, most = self.fractions.T
                apart = step / below * ratios.smallest_distance(least, most)
                return float(apart.min()) / 2 * ratios.ROOM
            case "numeric":
                assert self.centres is not None
                gaps = np.diff(self.centres, axis=1)
                gaps = gaps[np.isfinite(gaps)]  # rows are padded with nan
                return float(gaps.min(initial=2 * UNLIMITED)) / 2


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
    where the tensors are not those that the compiler made.
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

    def certify(self, watch: Callable[[Stream], None] | None = None) -> Certificate:
        """Check the weights against the plan and bound every read.

        watch: is shown what is known about the residual stream, sublayer by sublayer.

        Raises PlanError for weights that are not what the plan says, or without a plan.
        """
        if self.plan is None:
            raise PlanError("there is no plan")
        margin = self.readout.value_margin
        n_values = self.readout.n_columns - len(self.readout.failures)
        outputs = [(self.plan.output, margin)] * n_values
        outputs += [(failure.message, FAILURE_MARGIN) for failure in self.readout.failures]
        return certify(
            self.config,
            self.tensors,
            self.plan,
            head_labels=self.labels.heads,
            neuron_labels=[[label for *_, label in groups] for groups in self.labels.neurons],
            outputs=outputs,
            watch=watch,
        )

    def with_weights(self, tensors: dict[str, NDArray[Any]], dtype: str) -> Artifact:
        """The artifact that this becomes with other weights of the same shapes.

        Its report says that it was changed, and its certificate is computed on these weights in
        this dtype, the plan being tried on them.
        """
        config = replace(self.config, dtype=dtype)
        report = {name: fact for name, fact in self.report.items() if name != "dtype_reason"}
        changed = replace(self, config=config, tensors=tensors, report=report, certified=True)
        report |= {"changed": True, "certificate": changed.new_certificate()}
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
