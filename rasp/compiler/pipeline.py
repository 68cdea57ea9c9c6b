"""The compiler as one straight function: s-op graph -> variables -> blocks -> layout -> tensors."""

from __future__ import annotations

from typing import Any, Literal

from rasp.artifact import Artifact, Failure, Readout
from rasp.compiler.blocks import Blocks
from rasp.compiler.certify import Certifier, OutputMargin
from rasp.compiler.contexts import Contexts
from rasp.compiler.encodings import Encoder
from rasp.compiler.layout import Layout, lay_out
from rasp.compiler.lower import Lowering
from rasp.compiler.readout import choose_readout
from rasp.compiler.simplify import simplify
from rasp.compiler.variables import Computed, Disagreement, Read, Scalar, Width
from rasp.compiler.weights import transcribe
from rasp.errors import CompileError
from rasp.graph.nodes import SOpNode
from rasp.graph.origins import Origins
from rasp.vocabulary import Vocabulary

DType = Literal["auto", "float32", "float64"]

MAX_PARAMETERS = 200_000_000


def compile_graph(
    root: SOpNode,
    *,
    vocabulary: Vocabulary,
    max_len: int,
    causal: bool = False,
    dtype: DType = "auto",
    origins: Origins | None = None,
) -> Artifact:
    """The s-op as a Transformer for inputs of 1..max_len tokens of the vocabulary.

    Raises CompileError, with the place, for what cannot be compiled.
    """
    if max_len < 1:
        raise CompileError(f"max_len has to be at least 1, got {max_len}")
    origins = origins if origins is not None else Origins()
    root = simplify(root, origins)
    lowering = Lowering(vocabulary, Contexts(max_len, causal), origins)
    lowering.run(root)
    target = choose_readout(lowering, root)
    _add_disagreements(lowering, root)
    _choose_readings(lowering)
    encoder = Encoder(lowering)
    columns, readout = target.finish()
    flags = [check.flag for check in lowering.checks]
    blocks = encoder.run([*columns, *flags])
    layout = lay_out(blocks)
    margins = target.margins(readout) + [OutputMargin(check.message, 0.5) for check in lowering.checks]
    chosen, certificate = _certify(blocks, layout, max_len, margins, dtype)
    config, tensors, labels = transcribe(blocks, layout, vocabulary, max_len, causal, chosen)
    n_parameters = sum(tensor.size for tensor in tensors.values())
    if n_parameters > MAX_PARAMETERS:
        raise CompileError(f"the model would have {n_parameters:,} parameters")
    cast: dict[str, Any] = {name: tensor.astype(chosen) for name, tensor in tensors.items()}
    failures = tuple(Failure(check.message, check.place) for check in lowering.checks)
    return Artifact(
        config,
        cast,
        vocabulary,
        max_len,
        _with_failures(readout, failures),
        labels,
        {"rasp_layers": 0, "rasp_heads_per_layer": [], "certificate": certificate},
    )


def _certify(
    blocks: Blocks, layout: Layout, max_len: int, margins: list[OutputMargin], dtype: DType
) -> tuple[str, dict[str, Any]]:
    """The dtype (float32 if its margins suffice) and the certificate, as plain data."""
    for candidate in ("float32", "float64"):
        if dtype not in ("auto", candidate):
            continue
        certifier = Certifier(max_len, candidate)
        certifier.run(blocks, layout.stages, margins)
        if certifier.ok:
            break
    reads = [
        {"read": check.read, "bound": check.bound, "margin": check.margin, "ok": check.ok}
        for check in certifier.checks
    ]
    return candidate, {"ok": certifier.ok, "dtype": candidate, "reads": reads}


def _with_failures(readout: Readout, failures: tuple[Failure, ...]) -> Readout:
    from dataclasses import replace

    return replace(readout, failures=failures)


def _add_disagreements(lowering: Lowering, root: SOpNode) -> None:
    """Where selected values may differ, somebody has to notice: the readout itself, or neurons."""
    for variable in list(lowering.variables):
        if isinstance(variable, Read) and variable.checked and variable.node is not root:
            lowering.check_agreement(variable)


def _choose_readings(lowering: Lowering) -> None:
    """Widths that meet other scalars in one function have to be linear; alone, they are faithful."""
    for variable in lowering.variables:
        if isinstance(variable, Computed):
            scalars = [leaf for leaf in variable.leaves if isinstance(leaf, Scalar)]
            if len(scalars) > 1:
                for scalar in scalars:
                    if isinstance(scalar, Width):
                        scalar.linear = True
