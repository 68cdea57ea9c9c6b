"""A compiled model without its tensors -> the manifest as JSON data."""

from __future__ import annotations

from typing import Any

from rasp.artifact import Artifact
from rasp.certificate.plain import plain_plan
from rasp.compiled.specification import Specification
from rasp.graph.plain import plain_atom, plain_graph
from rasp.manifest.failures import plain_failure, plain_span
from rasp.manifest.fields import FORMAT, FORMAT_VERSION, text_digest
from rasp.meaning.plain import plain_witness
from rasp.outputs import Readout
from rasp.source import Source
from rasp.vocabulary import BOS, PAD


def manifest_of(artifact: Artifact, specification: Specification) -> dict[str, Any]:
    """The manifest as JSON data."""
    config, readout, labels = artifact.config, artifact.readout, artifact.labels
    source = specification.source
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "program": {
            "sop": specification.name,
            "source_name": source.name if source else None,
            "source": source.text if source else None,
            "sha256": text_digest(source.text) if source else None,
        },
        "graph": plain_graph(specification.node),
        "vocabulary": [plain_atom(token) for token in artifact.vocabulary.tokens],
        "bos": BOS,
        "pad": PAD,
        "max_len": artifact.max_len,
        "config": {
            "d_vocab": config.d_vocab,
            "n_ctx": config.n_ctx,
            "d_model": config.d_model,
            "d_vocab_out": config.d_vocab_out,
            "blocks": [
                {"n_heads": block.n_heads, "d_head": block.d_head, "d_mlp": block.d_mlp}
                for block in config.blocks
            ],
            "causal": config.causal,
            "dtype": config.dtype,
        },
        "readout": plain_readout(readout, source),
        "labels": {
            "residual": list(labels.residual),
            "heads": [list(heads) for heads in labels.heads],
            "neurons": [[list(group) for group in groups] for groups in labels.neurons],
        },
        "report": artifact.report.to_dict(),
        "plan": None if artifact.plan is None else plain_plan(artifact.plan),
        "witness": None if artifact.witness is None else plain_witness(artifact.witness),
    }


def plain_readout(readout: Readout, source: Source | None = None) -> dict[str, Any]:
    """The readout without its tables; source: the program text that is saved with it."""
    low, spread = readout.low, readout.spread
    plain: dict[str, Any] = {
        "kind": readout.kind,
        "values": [plain_atom(value) for value in readout.values],
        "margin": float(readout.margin),
        "context": readout.context,
        "integer": readout.integer,
        "by_rule": readout.by_rule,
        "low": None if low is None else [plain_readout(low.readout), plain_atom(low.below)],
        "spread": None if spread is None else [float(spread.middle), float(spread.apart)],
        "parts": [plain_readout(part) for part in readout.parts],
        "formula": [[name, plain_atom(argument)] for name, argument in readout.formula],
        "failures": [plain_failure(failure, source) for failure in readout.failures],
    }
    if readout.span is not None:
        plain["span"] = plain_span(readout.span, source)
    return plain
