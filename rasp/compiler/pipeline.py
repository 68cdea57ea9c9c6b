"""The compiler as one straight function: s-op graph -> variables -> blocks -> layout -> tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np

from rasp.artifact import Artifact, Failure
from rasp.certificate import PlanError
from rasp.compiler.blocks import Blocks
from rasp.compiler.contexts import Contexts
from rasp.compiler.encodings import Encoder
from rasp.compiler.layout import Layout, lay_out
from rasp.compiler.lower import Lowering
from rasp.compiler.plan import plan_of
from rasp.compiler.readout import choose_readout
from rasp.compiler.simplify import simplify
from rasp.compiler.stages import Compilation, extra_sublayers
from rasp.compiler.variables import Computed, Read, Scalar, Width
from rasp.compiler.weights import transcribe
from rasp.errors import CompileError
from rasp.graph.nodes import SOpNode
from rasp.graph.origins import Origins
from rasp.vocabulary import Vocabulary

DType = Literal["auto", "float32", "float64"]
Progress: TypeAlias = Callable[[str, float], None]
"""Called with the stage that is under way and about which share of the whole is done."""

LOWERED, ENCODED = 0.5, 0.85  # shares: after variables, after blocks

MAX_PARAMETERS = 100_000_000


def compile_graph(
    root: SOpNode,
    *,
    vocabulary: Vocabulary,
    max_len: int,
    causal: bool = False,
    dtype: DType = "auto",
    origins: Origins | None = None,
    progress: Progress | None = None,
) -> Artifact:
    """The s-op as a Transformer for inputs of 1..max_len tokens of the vocabulary.

    Raises CompileError, with the place, for what cannot be compiled.
    """
    return compile_stages(
        root,
        vocabulary=vocabulary,
        max_len=max_len,
        causal=causal,
        dtype=dtype,
        origins=origins,
        progress=progress,
    ).artifact


def compile_stages(
    root: SOpNode,
    *,
    vocabulary: Vocabulary,
    max_len: int,
    causal: bool = False,
    dtype: DType = "auto",
    origins: Origins | None = None,
    progress: Progress | None = None,
) -> Compilation:
    """As `compile_graph`, with everything on the way."""
    if max_len < 1:
        raise CompileError(f"max_len has to be at least 1, got {max_len}")
    origins = origins if origins is not None else Origins()
    progress = progress if progress is not None else _silent
    progress("graph", 0.0)
    graph = simplify(root, origins)
    lowering = Lowering(vocabulary, Contexts(max_len, causal), origins)
    target = choose_readout(
        lowering, graph, lambda share: progress("domains", LOWERED * share)
    )
    lowering.check_the_rest(graph)
    _add_disagreements(lowering, graph)
    _choose_readings(lowering)
    columns, readout = target.finish()
    encoder = Encoder(lowering)
    blocks = encoder.run(
        [*columns, *(check.flag for check in lowering.checks)],
        lambda share: progress("encodings", LOWERED + (ENCODED - LOWERED) * share),
    )
    progress("layout", ENCODED)
    layout = lay_out(blocks)
    _refuse_if_too_large(blocks, layout, vocabulary, max_len)
    failures = tuple(Failure(check.message, check.place) for check in lowering.checks)
    readout = replace(readout, failures=failures)
    report = {
        "rasp_layers": 0,
        "rasp_heads_per_layer": [],
        "extra_sublayers": extra_sublayers(layout, blocks),
    }
    plan = plan_of(blocks, layout, f"output {target.variable.label}", encoder.misfit)

    def written(chosen: str) -> Artifact:
        config, tensors, labels = transcribe(blocks, layout, vocabulary, max_len, causal, chosen)
        with np.errstate(over="ignore"):  # too large for the dtype: infinite, and not certified
            stored = {name: tensor.astype(chosen) for name, tensor in tensors.items()}
        return Artifact(config, stored, vocabulary, max_len, readout, labels, report, plan)

    progress("weights", ENCODED + 0.05)
    artifact = _certified(written, dtype)
    return Compilation(graph, lowering, encoder, blocks, layout, artifact)


def _silent(stage: str, share: float) -> None:
    """Progress that nobody looks at."""


def _refuse_if_too_large(
    blocks: Blocks, layout: Layout, vocabulary: Vocabulary, max_len: int
) -> None:
    """Count parameters before anything is allocated."""
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
            hint="a smaller vocabulary or a smaller max_len",
        )


def _certified(written: Callable[[str], Artifact], dtype: DType) -> Artifact:
    """In the dtype that is asked for; else in float32 if its margins suffice, or in float64."""
    candidates = [name for name in ("float32", "float64") if dtype in ("auto", name)]
    for candidate in candidates:
        artifact = written(candidate)
        try:
            certificate = artifact.certify()
        except PlanError as error:
            if candidate != candidates[-1]:
                continue
            raise CompileError(
                f"the weights cannot be written in {candidate}: {error}",
                hint='dtype="float64"' if candidate == "float32" else None,
            ) from None
        if certificate.ok:
            break
    report = {**artifact.report, "certificate": certificate.to_dict(artifact.config.dtype)}
    return replace(artifact, report=report, certified=True)


def _add_disagreements(lowering: Lowering, root: SOpNode) -> None:
    """Where selected values may differ, somebody has to notice: the readout itself, or neurons."""
    for variable in list(lowering.variables):
        if isinstance(variable, Read) and variable.checked and variable.node is not root:
            lowering.check_agreement(variable)


def _choose_readings(lowering: Lowering) -> None:
    """Widths that meet other numbers in one function have to be linear; alone they are faithful."""
    stepped = {lowering.made[node].variable for node in lowering.stepped}
    for variable in lowering.variables:
        if isinstance(variable, Computed):
            scalars = [leaf for leaf in variable.leaves if isinstance(leaf, Scalar)]
            if len(scalars) > 1 or not stepped.isdisjoint(variable.leaves):
                for scalar in scalars:
                    if isinstance(scalar, Width):
                        scalar.linear = True
