"""An ONNX file -> outcomes, by onnxruntime and by what its metadata says, as any user of it would.

This is what an export is compared by: nothing but the file is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.compiled.inputs import Ids
from rasp.errors import RaspRuntimeError
from rasp.export.checking import Run
from rasp.export.labels import unmixed
from rasp.export.optional import require
from rasp.export.reading import value_of
from rasp.graph.nodes import Atom
from rasp.graph.plain import atom_from_plain
from rasp.readout import Outcome

METADATA_KEY = "rasp"


def session_of(content: bytes) -> tuple[Any, dict[str, Any]]:
    """A session of onnxruntime on one thread, and the metadata."""
    runtime = require("onnxruntime", "onnx")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return session, json.loads(session.get_modelmeta().custom_metadata_map[METADATA_KEY])


def whole(content: bytes) -> Run:
    """Runs the graph that takes whole inputs."""
    session, metadata = session_of(content)
    outputs = {item.name for item in session.get_outputs()}
    readout = metadata.get("readout")
    names = ["codes" if metadata["values"] is not None else "values", "errors"]
    if readout is not None:
        names[0] = "numbers"
    names += ["ints"] if "ints" in outputs else []

    def run(ids: Ids, lengths: NDArray[np.int64]) -> list[Outcome]:
        found, errors, *ints = session.run(names, {"tokens": ids})
        results: list[Outcome] = []
        for n, length in enumerate(lengths.tolist()):
            own = slice(1, 1 + length)
            if readout is not None:
                failed = errors[n, own].tolist()
                results.append(_read(found[n, own].tolist(), failed, metadata))
                continue
            values = [_value(item, metadata) for item in found[n, own].tolist()]
            if ints:
                whole = ints[0][n, own].tolist()
                values = [
                    int(v) if is_int else float(v) for v, is_int in zip(values, whole, strict=True)
                ]
            results.append(_outcome(values, errors[n, own].tolist(), metadata["errors"]))
        return results

    return run


def stepwise(content: bytes) -> Run:
    """Runs the step graph: half of each input at once, then a token at a time.

    The outcome of an input is the ids that it gives at all positions, -1 where there is no token.
    """
    session, metadata = session_of(content)
    caches = [item.name for item in session.get_inputs() if item.name.startswith("past.")]
    kinds = {item.name: item for item in session.get_inputs()}
    names = ["next", "errors", *(name.replace("past", "present", 1) for name in caches)]

    def run(ids: Ids, lengths: NDArray[np.int64]) -> list[Outcome]:
        batch, n_pos = ids.shape
        mask = (ids != metadata["pad"]).astype(np.int64)  # [batch, pos]
        positions = np.broadcast_to(np.arange(n_pos), ids.shape)  # [batch, pos]
        past = {name: _empty(kinds[name], batch) for name in caches}
        half = max(1, n_pos // 2)
        found = []
        for start, stop in [(0, half), *((place, place + 1) for place in range(half, n_pos))]:
            given = {"tokens": ids[:, start:stop], "positions": positions[:, start:stop]}
            following, errors, *present = session.run(
                names, given | past | {"mask": mask[:, :stop]}
            )
            past = dict(zip(caches, present, strict=True))
            found.append((following, errors))
        following, errors = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
        return [
            _outcome(
                row[1 : 1 + length].tolist(),
                failed[1 : 1 + length].tolist(),
                metadata["errors"],
            )
            for row, failed, length in zip(following, errors, lengths.tolist(), strict=True)
        ]

    return run


def _read(rows: list[list[float]], errors: list[int], metadata: dict[str, Any]) -> Outcome:
    """rows: the numbers at each position."""
    if any(errors):
        return _outcome([], errors, metadata["errors"])
    n, readout = len(rows), metadata["readout"]
    try:
        values = [value_of(row, i, n, readout) for i, row in enumerate(rows)]
    except ValueError as error:
        return RaspRuntimeError(str(error))
    return unmixed([*values])


def _empty(cache: Any, batch: int) -> NDArray[Any]:
    """Keys or values of no position."""
    _, n_heads, _, d_head = cache.shape
    dtype = np.float64 if cache.type == "tensor(double)" else np.float32
    return np.zeros((batch, n_heads, 0, d_head), dtype)


def _value(item: Any, metadata: dict[str, Any]) -> Atom:
    """item: a code, or a number where values are not listed."""
    if metadata["values"] is not None:
        return atom_from_plain(metadata["values"][max(item, 0)])
    if metadata["whole_numbers_are_ints"] and float(item).is_integer():
        return int(item)
    value: Atom = item
    return value


def _outcome(values: list[Atom], errors: Iterable[int], messages: list[str]) -> Outcome:
    for error in errors:
        if error:
            return RaspRuntimeError(messages[error - 1])
    return unmixed(values)
