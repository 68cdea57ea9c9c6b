"""Blocks and their layout, too large or not -> an artifact in the dtype whose certificate is found.

In the smaller dtype if all its reads are certified, else in the larger one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from rasp.artifact import Artifact
from rasp.certificate import Decisions, PlanError
from rasp.compile_report import RoundingProof
from rasp.compiler.blocks import Blocks
from rasp.compiler.layout import Layout
from rasp.compiler.limits import MAX_PARAMETERS
from rasp.errors import CompileError
from rasp.source import Label
from rasp.vocabulary import Vocabulary

DType = Literal["auto", "float32", "float64"]


def refuse_if_too_large(
    blocks: Blocks,
    layout: Layout,
    vocabulary: Vocabulary,
    max_len: int,
    labels: tuple[Label, ...],
) -> int:
    """Count parameters before anything is allocated, but for biases: there are so many at least."""
    d_model = layout.d_model
    total = d_model * (vocabulary.size + max_len + 1 + len(blocks.outputs))
    for depth in {head.depth for head in blocks.heads}:
        heads = [head for head in blocks.heads if head.depth == depth]
        d_head = max(max(len(head.pairs) + 1, len(head.values)) for head in heads)
        total += 4 * len(heads) * d_model * d_head
    neurons = {group: len(group.inputs) for group in blocks.feedforwards}
    total += 2 * d_model * sum(neurons.values())
    if total > MAX_PARAMETERS:
        largest = max(neurons, key=lambda group: neurons[group]).label if neurons else "attention"
        raise CompileError(
            f"the model would have about {total:,} parameters, most of them for {largest}",
            labels=labels,
            hint="a smaller vocabulary or a smaller max_len",
        )
    return total


def certified(
    written: Callable[[str], Artifact], dtype: DType, labels: tuple[Label, ...], *, hard: bool
) -> Artifact:
    """In the dtype that is asked for; else in float32 if its margins suffice, or in float64.

    hard: attention is so sharp that the weights have to be what the plan says; others may not be
    certified at all.
    """
    candidates = [name for name in ("float32", "float64") if dtype in ("auto", name)]
    not_before: str | None = None  # why not in the dtype before
    for candidate in candidates:
        artifact = written(candidate)
        try:
            certificate = artifact.certify()
        except PlanError as error:
            if candidate != candidates[-1]:
                not_before = f"in {candidate} {error}"
                continue
            if not hard:
                rounding = artifact.new_certificate()
                return _with_rounding(artifact, not_before, rounding, changed=False)
            raise CompileError(
                f"the weights cannot be written in {candidate}: {error}",
                hint='dtype="float64"' if candidate == "float32" else None,
                labels=labels,
            ) from None
        if certificate.ok:
            break
        if candidate != candidates[-1]:
            not_before = f"in {candidate} {_doubt(certificate)}"
    rounding = RoundingProof.of(certificate, artifact.config.dtype)
    return _with_rounding(artifact, not_before, rounding)


def _with_rounding(
    artifact: Artifact,
    dtype_reason: str | None,
    rounding: RoundingProof,
    changed: bool | None = None,
) -> Artifact:
    report = replace(artifact.report, dtype_reason=dtype_reason, rounding=rounding, changed=changed)
    return replace(artifact, report=report, certified=True)


def _doubt(decisions: Decisions) -> str:
    """What is not certified first, in words."""
    first = next(read for read in decisions.reads if not read.ok)
    return f"the {first.read} could be off by {first.bound:.2g}, not less than {first.margin:.2g}"
