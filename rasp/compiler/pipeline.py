"""The compiler as one straight function: s-op graph -> variables -> blocks -> layout -> tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from rasp.artifact import Artifact, Failure
from rasp.compiler.blocks import Blocks
from rasp.compiler.certify import Certifier, OutputMargin
from rasp.compiler.contexts import Contexts
from rasp.compiler.encodings import Encoder
from rasp.compiler.layout import Layout, lay_out
from rasp.compiler.lower import Lowering
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
    lowering.run(graph, lambda share: progress("domains", LOWERED * share))
    target = choose_readout(lowering, graph)
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
    margins = target.margins(readout)
    margins += [OutputMargin(check.message, 0.5) for check in lowering.checks]
    progress("certificate", ENCODED + 0.05)
    chosen, certificate = _certify(blocks, layout, max_len, margins, dtype)
    progress("weights", ENCODED + 0.1)
    config, tensors, labels = transcribe(blocks, layout, vocabulary, max_len, causal, chosen)
    failures = tuple(Failure(check.message, check.place) for check in lowering.checks)
    artifact = Artifact(
        config,
        {name: tensor.astype(chosen) for name, tensor in tensors.items()},
        vocabulary,
        max_len,
        replace(readout, failures=failures),
        labels,
        {
            "rasp_layers": 0,
            "rasp_heads_per_layer": [],
            "certificate": certificate,
            "extra_sublayers": extra_sublayers(layout, blocks),
        },
    )
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


def _certify(
    blocks: Blocks, layout: Layout, max_len: int, margins: list[OutputMargin], dtype: DType
) -> tuple[str, dict[str, Any]]:
    """The dtype (float32 if its margins suffice) and the certificate, as plain data."""
    for candidate in ("float32", "float64"):
        if dtype not in ("auto", candidate):
            continue
        certifier = Certifier(max_len, candidate)
        certifier.run(blocks, layout, margins)
        if certifier.ok:
            break
    reads = [
        {"read": check.read, "bound": check.bound, "margin": check.margin, "ok": check.ok}
        for check in certifier.checks
    ]
    return candidate, {"ok": certifier.ok, "dtype": candidate, "reads": reads}


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
