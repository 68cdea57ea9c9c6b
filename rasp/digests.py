"""Digests of what a checkpoint holds, so that a change of any number or word is noticed and named.

Every field of the manifest and every tensor has a digest of its own.  They protect against damage
and against changes by hand, not against somebody who computes them anew: for that there are the
certificate, which is checked on the weights, and `rasp verify`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.errors import CheckpointError

FIELD = "digests"


def digests_of(manifest: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """The digests of all fields and tensors, as JSON data."""
    return {
        "manifest": {name: _of_data(value) for name, value in sorted(manifest.items())},
        "tensors": {name: of_tensor(tensor) for name, tensor in sorted(tensors.items())},
    }


def check_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    """The digests of tensors, once all fields are found to be what they were.

    Raises CheckpointError for a field that is not.
    """
    fields = {name: value for name, value in manifest.items() if name != FIELD}
    expected = _table(manifest, "manifest")
    _same_names("field of the manifest", set(fields), set(expected))
    for name, value in fields.items():
        try:
            digest = _of_data(value)
        except (ValueError, RecursionError):  # 1e999, or lists in lists
            raise CheckpointError(f"'{name}' in the manifest cannot be written as JSON") from None
        if digest != expected[name]:
            raise CheckpointError(f"'{name}' in the manifest has been changed: its digest differs")
    return _table(manifest, "tensors")


def check_tensors(expected: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
    """Raises CheckpointError for a tensor that is not what it was.  expected: digests by name."""
    _same_names("tensor", set(tensors), set(expected))
    for name, tensor in tensors.items():
        if of_tensor(tensor) != expected[name]:
            raise CheckpointError(f"the tensor {name} has been changed: its digest differs")


def _table(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    digests = manifest.get(FIELD)
    table = digests.get(name) if isinstance(digests, dict) else None
    if not isinstance(table, dict):
        raise CheckpointError("the manifest has no digests")
    return table


def _same_names(what: str, found: set[str], expected: set[str]) -> None:
    for name in sorted(found ^ expected):
        there = "has no digest" if name in found else "is missing"
        raise CheckpointError(f"the {what} '{name}' {there}")


def _of_data(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def of_tensor(tensor: NDArray[Any]) -> str:
    """Of dtype, shape and numbers, bit for bit."""
    digest = hashlib.sha256(f"{tensor.dtype.str}{tensor.shape}".encode())
    digest.update(np.ascontiguousarray(tensor).data)
    return digest.hexdigest()
