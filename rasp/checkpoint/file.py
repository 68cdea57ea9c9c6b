"""Networks -> checkpoint files, and what is in such a file.

A checkpoint is a safetensors file: the tensors under their usual names, and in the metadata one
JSON manifest (`rasp.manifest`).  The same model gives the same bytes.  Reading runs nothing from
the file, looks at sizes before it allocates, and raises CheckpointError for whatever is not exactly
a checkpoint.
"""

from __future__ import annotations

import io
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from rasp import digests
from rasp.artifact import Artifact
from rasp.certificate import PlanError
from rasp.compiled.runnable import RunnableModel
from rasp.compiled.specification import Specification
from rasp.errors import CheckpointError
from rasp.files import write_whole
from rasp.manifest import BASIS, manifest_of, parse_json, parse_manifest, readout_tensors

MANIFEST_KEY = "rasp"
LENGTH_BYTES = 8
MAX_HEADER_BYTES = 64 * 1024 * 1024
ALIGNMENT = 8
ITEM_SIZES = {"F32": 4, "F64": 8, "I64": 8}


def save(model: RunnableModel, path: str | Path) -> None:
    """Write the model, with the weights that it has now, to a file; all of it or nothing.

    Weights that were changed since they were compiled have a certificate of their own in the file,
    which says so.  Raises CheckpointError, also for numbers that are not finite, and RaspTypeError
    for a module that is no such model any more.
    """
    data = to_bytes(model)
    try:
        write_whole(Path(path), data)
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise CheckpointError(f"cannot write {path}: {_reason(error)}") from None


Parts: TypeAlias = tuple[Artifact, Specification]
"""What a checkpoint has: a model without the module."""


def from_file(path: str | Path, *, check: bool = True) -> Parts:
    """What is in a file.  Raises CheckpointError.

    check: compare digests, and check the certificate on the weights; without it what the file says
    is taken for what it is.
    """
    try:
        with _open_regular(Path(path)) as file:
            return _load(file, os.fstat(file.fileno()).st_size, check)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read {path}: {_reason(error)}") from None
    except MemoryError:
        raise CheckpointError(f"cannot read {path}: it does not fit into memory") from None
    except CheckpointError as error:
        is_program = Path(path).suffix == ".rasp"
        hint = "it is a program: `rasp compile` makes a model of it" if is_program else error.hint
        raise CheckpointError(f"{path}: {error.message}", hint=hint) from None


def to_bytes(model: RunnableModel) -> bytes:
    """The checkpoint's content.  Raises CheckpointError."""
    artifact = model.artifact
    tensors: dict[str, NDArray[Any]] = {}
    for name, tensor in artifact.tensors.items():
        if not np.isfinite(tensor).all():
            raise CheckpointError(f"the tensor {name} has numbers that are not finite")
        tensors[name] = np.ascontiguousarray(tensor, dtype=artifact.config.dtype)
    for name, table in readout_tensors(artifact.readout).items():
        tensors[name] = np.ascontiguousarray(table)
    if artifact.basis is not None:
        tensors[BASIS] = np.ascontiguousarray(artifact.basis)
    manifest = manifest_of(artifact, model.specification)
    try:
        return packed({**manifest, digests.FIELD: digests.digests_of(manifest, tensors)}, tensors)
    except ValueError as error:
        raise CheckpointError(f"the manifest cannot be written: {error}") from None


def packed(manifest: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> bytes:
    """A file with this manifest and these tensors, whatever they are.

    Raises ValueError for a manifest that is not JSON, CheckpointError for one that is too large.
    """
    text = json.dumps(manifest, allow_nan=False, separators=(",", ":"))
    if len(text) > MAX_HEADER_BYTES // 2:  # quoting it in the header makes it longer
        raise CheckpointError("the program is too large for a checkpoint")
    return _canonical(safetensors.numpy.save(tensors, {"format": "pt", MANIFEST_KEY: text}))


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The manifest and the tensors of a checkpoint's content, by name, unchecked."""
    end = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "little")
    header = json.loads(data[LENGTH_BYTES:end])
    tensors = safetensors.numpy.load(data)  # in any order
    manifest = json.loads(header["__metadata__"][MANIFEST_KEY])
    return manifest, {name: tensors[name] for name in sorted(tensors)}


def from_bytes(data: bytes, *, check: bool = True) -> Parts:
    """What is in a checkpoint's content.  Raises CheckpointError."""
    return _load(io.BytesIO(data), len(data), check)


def _load(file: BinaryIO, size: int, check: bool) -> Parts:
    """Header first; the tensors are read only if the file has the size that it says."""
    start = file.read(LENGTH_BYTES)
    length = int.from_bytes(start, "little")
    n_tensor_bytes = size - LENGTH_BYTES - length
    if not 2 <= length <= MAX_HEADER_BYTES or n_tensor_bytes < 0:
        raise CheckpointError("it is no safetensors file, or it is cut off")
    head = file.read(length)
    manifest = parse_manifest(_manifest_text(head, n_tensor_bytes), check=check)
    try:
        tensors = safetensors.numpy.load(start + head + file.read())
    except safetensors.SafetensorError as error:
        raise CheckpointError(f"the tensors are damaged: {error}") from None
    artifact = manifest.artifact(tensors, check=check)
    return _certified(artifact) if check else artifact, manifest.specification


def _certified(artifact: Artifact) -> Artifact:
    """The artifact, once its certificate is found to be that of its weights.

    Raises CheckpointError if it is not.
    """
    stored = artifact.report.rounding
    nothing_said = stored is not None and not stored.ok and not stored.reads
    if artifact.plan is None:
        if not nothing_said:
            raise CheckpointError("it has a certificate, and no plan of how that is proved")
        if artifact.report.meaning is not None and artifact.report.meaning.ok:
            raise CheckpointError("it says what it means, and has no plan of how that is proved")
        return artifact
    try:
        certificate = artifact.certify()
    except PlanError as error:
        if nothing_said and stored is not None and stored.dtype == artifact.config.dtype:
            # A changed model, which does not claim more than is proved of it.
            changed = artifact.report.changed is not False  # compiled so, with its sharpness
            rounding = artifact.new_certificate()
            report = replace(artifact.report, changed=changed, rounding=rounding)
            return _with_meaning(replace(artifact, report=report, certified=True))
        raise CheckpointError(f"the weights do not fit the certificate: {error}") from None
    said = {} if stored is None else stored.to_dict()
    difference = certificate.difference(said, artifact.config.dtype)
    if difference is not None:
        raise CheckpointError(f"the certificate is not that of the weights: {difference}")
    return _with_meaning(replace(artifact, certified=True))


def _with_meaning(artifact: Artifact) -> Artifact:
    """The artifact, once it is found that no more is said of its meaning than can be proved.

    Raises CheckpointError if it is.
    """
    stored = artifact.report.meaning
    found = artifact.new_meaning()
    if stored is not None and stored.ok and not found.ok:
        where = f", at {found.place}" if found.place else ""
        raise CheckpointError(f"the weights are not proved to be the s-op{where}: {found.reason}")
    return replace(artifact, report=replace(artifact.report, meaning=found))


def _canonical(data: bytes) -> bytes:
    """The same file with the keys of its header in order: safetensors leaves them in any."""
    end = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "little")
    header = json.loads(data[LENGTH_BYTES:end])
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return len(text).to_bytes(LENGTH_BYTES, "little") + text + data[end:]


def _manifest_text(head: bytes, n_tensor_bytes: int) -> str:
    """The manifest in the header of a file with so many bytes after the header."""
    try:
        header = parse_json(head.decode(), "the header")
    except UnicodeDecodeError:
        raise CheckpointError("it is no safetensors file: the header is not UTF-8") from None
    if not isinstance(header, dict):
        raise CheckpointError("it is no safetensors file: the header is not an object")
    metadata = header.pop("__metadata__", None)
    manifest = metadata.get(MANIFEST_KEY) if isinstance(metadata, dict) else None
    if not isinstance(manifest, str):
        raise CheckpointError("it is no RASP checkpoint: there is no RASP manifest in it")
    if _tensor_bytes(header) != n_tensor_bytes:
        raise CheckpointError("it is cut off, or something follows the tensors")
    return manifest


def _tensor_bytes(entries: dict[str, Any]) -> int:
    """How many bytes the tensors take, by what the header says of each."""
    total = 0
    for name, entry in entries.items():
        match entry:
            case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [int(), int()]} if (
                dtype in ITEM_SIZES and all(type(size) is int and size > 0 for size in shape)
            ):
                size = ITEM_SIZES[dtype]
                for factor in shape:
                    size = min(size * factor, 1 << 62)
                total += size
            case _:
                raise CheckpointError(f"the tensor {name!r} is not described as one of a model")
    return total


def _open_regular(path: Path) -> BinaryIO:
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("it is not a regular file")
    return path.open("rb")


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
