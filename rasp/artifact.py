"""What the compiler hands over: tensors, and what is needed to use and to explain them.

Everything here is plain data (NumPy arrays, strings, numbers), so that it can be saved in a
checkpoint and read back without running anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Decisions, Deviations, Plan, PlanError, Stream, certify
from rasp.compile_report import CompileReport, MeaningProof, RoundingProof
from rasp.graph.nodes import SOpNode
from rasp.model.config import TransformerConfig
from rasp.outputs import Readout
from rasp.vocabulary import Vocabulary

if TYPE_CHECKING:
    from rasp.meaning.witness import Witness


FAILURE_MARGIN = 0.5
"""A failure is told at 1/2, between 0 and 1."""


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
        from rasp.drawing import rich
        from rasp.markup import html

        return html.fragment(rich.labels(self.residual, self.heads, self.neurons))


@dataclass(frozen=True, slots=True)
class Artifact:
    """A compiled program.  tensors has exactly the names and shapes of config.shapes().

    plan: how the weights are proved exact, None where nothing is proved; certified: the proof has
    been checked on these very tensors, and the report has what came out.
    graph: the s-op as it was written;
    witness: what every direction is said to hold, for the proof that the network is the s-op.
    compiled: the compiler has just made these very tensors; of those in a file nobody knows that.
    basis [direction, d_model]: where the directions that were compiled are in a stream that was
    rotated or squeezed (`rasp.dial`), None where each is a dimension.
    """

    config: TransformerConfig
    tensors: dict[str, NDArray[Any]]
    vocabulary: Vocabulary
    max_len: int
    readout: Readout
    labels: Labels
    report: CompileReport
    plan: Plan | None = None
    certified: bool = False
    graph: SOpNode | None = None
    witness: Witness | None = None
    basis: NDArray[np.float64] | None = None
    compiled: bool = False

    def certify(
        self,
        watch: Callable[[Stream], None] | None = None,
        deviations: Deviations | None = None,
    ) -> Decisions:
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
        changed = replace(self, config=config, tensors=tensors, certified=True, compiled=False)
        report = replace(
            self.report,
            dtype_reason=None,
            tested=None,
            changed=True,
            rounding=changed.new_certificate(),
        )
        changed = replace(changed, report=report)
        return replace(changed, report=replace(report, meaning=changed.new_meaning()))

    def new_certificate(self) -> RoundingProof:
        """The certificate of the tensors as they are.

        Where weights are not what the plan says, it has no reads, and a reason.
        """
        try:
            for name, tensor in self.tensors.items():
                if not np.isfinite(tensor).all():
                    raise PlanError(f"{name} has numbers that are not finite")
            return RoundingProof.of(self.certify(), self.config.dtype)
        except PlanError as error:
            return RoundingProof(False, self.config.dtype, reason=str(error))

    def new_meaning(self) -> MeaningProof:
        """Whether the network of these tensors is proved to be the s-op."""
        from rasp.meaning.proof import prove

        if self.plan is None or self.witness is None or self.graph is None:
            return MeaningProof(False, "there is no witness of what the directions hold")
        if not self.report.is_certified:
            return MeaningProof(False, "the rounding is not certified")
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
            return MeaningProof(False, proof.reason, proof.place)
        for read in self.certify(deviations=proof.deviations).reads:
            if not read.ok:
                return MeaningProof(
                    False, "the numbers of the weights are too far from it", read.read
                )
        return MeaningProof(True, free=proof.free)
