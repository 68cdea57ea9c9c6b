"""A record -> the files of its folder, and its line in the index."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from rasp.checkpoint import to_bytes
from rasp.datasets.record import Record

PROGRAM, CHECKPOINT, CIRCUIT, REPORT = (
    "program.rasp",
    "model.safetensors",
    "circuit.json",
    "report.json",
)


@dataclass(frozen=True)
class Files:
    """What is written of a record.  entry: its line in the index, without its paths."""

    entry: dict[str, Any]
    files: dict[str, bytes]


def files_of(record: Record) -> Files:
    """The record as files, by their names in its folder."""
    files = {
        PROGRAM: record.text.encode(),
        CHECKPOINT: to_bytes(record.model),
        CIRCUIT: json_bytes(record.circuit.to_dict()),
        REPORT: json_bytes(record.report.to_dict()),
    }
    return Files(entry_of(record), files)


def entry_of(record: Record) -> dict[str, Any]:
    """What the index says of the record: numbers, texts and lists of these, the same type in every
    line."""
    report, certificate = record.report, record.certificate
    return {
        "name": record.name,
        "candidate": record.number,
        "text": record.text,
        "sop": record.sop.name or "",
        "vocab": list(record.vocab),
        "max_len": record.max_len,
        "causal": report.causal,
        "rasp_layers": report.rasp_layers,
        "rasp_heads_per_layer": list(report.rasp_heads_per_layer),
        "n_layers": record.n_layers,
        "sublayers": report.sublayers,
        "heads_per_layer": list(report.heads_per_layer),
        "d_model": report.d_model,
        "d_head": report.d_head,
        "d_mlp": report.d_mlp,
        "n_parameters": report.n_parameters,
        "dtype": report.dtype,
        "n_edges": len(record.circuit.edges),
        "rounding_proved": certificate.rounding.ok,
        "meaning_proved": certificate.meaning.ok,
        "inputs": [list(tokens) for tokens in record.inputs],
        "outputs": [json.dumps(list(values), allow_nan=False) for values in record.outputs],
    }


def with_paths(files: Files, folder: str) -> dict[str, Any]:
    """The entry, with where each file is and its SHA-256."""
    paths: dict[str, str] = {}
    for kind, name in (
        ("program", PROGRAM),
        ("checkpoint", CHECKPOINT),
        ("circuit", CIRCUIT),
        ("report", REPORT),
    ):
        paths[kind] = f"{folder}/{name}"
        paths[f"{kind}_sha256"] = hashlib.sha256(files.files[name]).hexdigest()
    return {**files.entry, **paths}


def json_bytes(data: Any) -> bytes:
    """A JSON file: one line, the same for the same data."""
    return (json.dumps(data, allow_nan=False, separators=(",", ":")) + "\n").encode()
