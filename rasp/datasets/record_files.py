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
    return Files(record.to_dict(), files)


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
